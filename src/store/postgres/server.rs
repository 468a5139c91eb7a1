//! Which server to talk to, and every setting of a connection that differs from the defaults, with its reason.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use postgres::Config;
use postgres::config::TargetSessionAttrs;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::connection::Connection;
use super::{fault, migrations};
use crate::store::{Class, StoreError};

/// How long a new connection may take to stand. Our choice: with two servers named, a dead first one costs this much.
const CONNECT: Duration = Duration::from_secs(5);
/// A silent line is found dead after 10 s + 3 × 5 s: a server that vanished without a word must not hold a step, and
/// with it the rows of other processes, for the two hours that are the systems' default.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(10);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
const KEEPALIVE_RETRIES: u32 = 3;
/// The same for a line on which what was sent is not acknowledged.
const UNACKNOWLEDGED: Duration = Duration::from_secs(25);
/// A transaction that its program has forgotten is undone by the server, and its locks are free: a process that stands
/// still in the middle of a step keeps the others from its partitions no longer than this. Far longer than any step
/// computes between two statements.
const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(15);

/// After this long the server gives waiting for a lock up, and the step runs again later: our own steps hold their rows
/// for milliseconds, so whoever holds one for longer is stuck or a person.
const LOCK: Duration = Duration::from_secs(10);

/// A commit is on the disk when it returns, whatever the server's default is; stronger defaults stay. Documents are packed
/// with LZ4 where the server can: packing was most of the time a claim took.
const SET_UP: &str = "SELECT set_config('synchronous_commit', 'on', false)
        WHERE current_setting('synchronous_commit') IN ('off', 'local');
    SELECT set_config(name, 'lz4', false) FROM pg_settings
        WHERE name = 'default_toast_compression' AND 'lz4' = ANY(enumvals)";

/// What the operator says about the database.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `postgres://user@host:port/database?…`, or the same as `key=value` words; without a password.
    pub url: String,
    /// The password.
    pub password: Option<secrecy::SecretString>,
    /// PEM file of the only authorities to trust; without it those of the system. Either way a server that speaks TLS
    /// must prove its name.
    pub ca_file: Option<std::path::PathBuf>,
    /// Most connections of this process, the one that listens for news not counted; at least 2.
    pub connections: usize,
    /// After this long the server gives a statement up.
    pub statement_timeout: Duration,
}

impl Settings {
    /// Settings for the database at `url`, with our defaults.
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            password: None,
            ca_file: None,
            connections: 10,
            statement_timeout: Duration::from_secs(30),
        }
    }
}

/// Opens connections that are all set up alike.
#[derive(Clone)]
pub(super) struct Server {
    config: Config,
    tls: MakeRustlsConnect,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("hosts", &self.config.get_hosts()).finish_non_exhaustive()
    }
}

impl Server {
    /// Reads the settings; nothing is opened.
    ///
    /// # Errors
    /// When the address or the certificate file cannot be read.
    pub(super) fn new(settings: &Settings) -> Result<Self, StoreError> {
        let mut config: Config = settings.url.parse().map_err(|source: postgres::Error| StoreError::Database {
            operation: "reading the database's address",
            remedy: "give store.url as postgres://user@host:port/database",
            class: Class::Fatal,
            source: Box::new(source),
        })?;
        if let Some(password) = &settings.password {
            config.password(secrecy::ExposeSecret::expose_secret(password));
        }
        let options = format!("{} {}", config.get_options().unwrap_or_default(), session_options(settings));
        config
            .options(options.trim())
            .connect_timeout(CONNECT)
            .keepalives(true)
            .keepalives_idle(KEEPALIVE_IDLE)
            .keepalives_interval(KEEPALIVE_INTERVAL)
            .keepalives_retries(KEEPALIVE_RETRIES)
            .tcp_user_timeout(UNACKNOWLEDGED)
            // Of several servers the one that takes writes, which is how a failover is followed.
            .target_session_attrs(TargetSessionAttrs::ReadWrite)
            .notice_callback(|notice| tracing::debug!(code = notice.code().code(), "a notice of the database"));
        if config.get_application_name().is_none() {
            config.application_name("forewarn");
        }
        Ok(Self { config, tls: MakeRustlsConnect::new(tls(settings.ca_file.as_deref())?) })
    }

    /// Opens a connection.
    ///
    /// # Errors
    /// When no server answers, or the one that does refuses.
    pub(super) fn connect(&self) -> Result<Connection, StoreError> {
        let client = self.config.connect(self.tls.clone()).map_err(unreachable)?;
        let mut connection = Connection::new(client);
        connection.batch(SET_UP).map_err(fault::at("setting up a connection"))?;
        Ok(connection)
    }

    /// Opens a connection and brings the schema up to date over it.
    ///
    /// # Errors
    /// As [`Server::connect`], and when the schema is newer than this program.
    pub(super) fn prepare(&self) -> Result<Connection, StoreError> {
        let mut connection = self.connect()?;
        migrations::migrate(&mut connection)?;
        Ok(connection)
    }
}

fn session_options(settings: &Settings) -> String {
    [
        ("statement_timeout", settings.statement_timeout.as_millis().to_string()),
        ("lock_timeout", LOCK.as_millis().to_string()),
        ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION.as_millis().to_string()),
        // Our statements are short: compiling one takes longer than running it.
        ("jit", "off".into()),
        // Plans do not depend on bound values: no statement is planned anew at each call, and none changes its plan in
        // the middle of the night.
        ("plan_cache_mode", "force_generic_plan".into()),
    ]
    .map(|(name, value)| format!("-c {name}={value}"))
    .join(" ")
}

/// No error of connecting is about what a step did, so most may pass by themselves. What a server itself said is
/// explained already.
fn unreachable(source: postgres::Error) -> StoreError {
    let answered = source.code().is_some();
    let remedy = match is_untrusted(&source) {
        true => {
            "the server's certificate is not to be trusted; check store.ca_file, the server's name in store.url, and \
             whether the certificate has run out; it is tried again"
        }
        false => "no server took the connection; check store.url, the network and the server; it is tried again",
    };
    match fault::at("connecting to the database")(source) {
        StoreError::Database { operation, class, source, .. } if class == Class::Permanent || !answered => {
            StoreError::Database { operation, remedy, class: Class::Retry, source }
        }
        other => other,
    }
}

/// Whether TLS was refused by us. rustls hides its word inside an `io::Error`.
fn is_untrusted(error: &postgres::Error) -> bool {
    let refused =
        |e: &(dyn std::error::Error + 'static)| matches!(e.downcast_ref(), Some(rustls::Error::InvalidCertificate(_)));
    let hidden = |e: &(dyn std::error::Error + 'static)| {
        let inner = e.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        inner.is_some_and(|inner| refused(inner))
    };
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.into_iter().any(|cause| refused(cause) || hidden(cause))
}

fn tls(ca_file: Option<&Path>) -> Result<ClientConfig, StoreError> {
    let refused = |source: Box<dyn std::error::Error + Send + Sync>| StoreError::Database {
        operation: "setting up TLS for the database",
        remedy: "store.ca_file must name a PEM file with certificates of authorities",
        class: Class::Fatal,
        source,
    };
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| refused(e.into()))?;
    let Some(file) = ca_file else {
        // A machine without any authority can still talk to a server that does without TLS.
        let system = builder.clone().with_platform_verifier();
        let trusting_nobody = || builder.with_root_certificates(RootCertStore::empty());
        return Ok(system.unwrap_or_else(|_| trusting_nobody()).with_no_client_auth());
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|e| refused(e.into()))? {
        roots.add(certificate.map_err(|e| refused(e.into()))?).map_err(|e| refused(e.into()))?;
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
