//! What the operator sets for e-mail, and what can be wrong with it.

use std::{fs, io, net::IpAddr, num::NonZeroU32, path::PathBuf, time::Duration};

use lettre::transport::smtp::{
    self,
    client::{Certificate, CertificateStore, TlsParameters},
};
use secrecy::SecretString;
use serde::Deserialize;

use super::super::duration;
use crate::deliver::{gate::Limits, pace::Limit};

/// The SMTP server and the sender.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpConfig {
    /// Name or IP address of the SMTP server; with TLS also the name its certificate must bear.
    pub host: String,
    /// TCP port; by default 25 for `none`, 587 for `starttls`, 465 for `implicit`.
    pub port: Option<u16>,
    /// How the connection is encrypted; `starttls` by default.
    #[serde(default)]
    pub tls: TlsMode,
    /// PEM file of the only authorities to trust; without it the public ones of Mozilla's list.
    pub ca_file: Option<PathBuf>,
    /// Name for AUTH; goes together with `password`.
    pub username: Option<String>,
    /// Password for AUTH; goes together with `username`.
    pub password: Option<SecretString>,
    /// Address in the From header and the envelope; bounces go there.
    pub from: String,
    /// Name shown beside `from` when the notice brings none.
    pub from_name: Option<String>,
    /// Address for answers when the notice brings none.
    pub reply_to: Option<String>,
    /// Name given in EHLO; the machine's host name by default.
    pub ehlo_name: Option<String>,
    /// Connections open at most, kept between mails, and so mails under way at once; 1 to 256, 4 by default.
    #[serde(default = "default_connections")]
    pub connections: usize,
    /// Mails begun in a minute at most, 1 to 1,000,000; no limit by default.
    pub rate_per_minute: Option<NonZeroU32>,
    /// Mails under way at once to the recipients of one domain, 1 to 256; no limit of its own by default.
    pub per_domain_concurrency: Option<NonZeroU32>,
    /// Mails begun in a minute to the recipients of one domain, 1 to 1,000,000; no limit of its own by default.
    pub per_domain_rate_per_minute: Option<NonZeroU32>,
    /// Longest wait for the connection and for each command's reply, `"30s"` by default.
    #[serde(default = "default_timeout", deserialize_with = "duration::deserialize")]
    pub timeout: Duration,
    /// Longest wait for sending a mail's text and for the reply to it, `"10m"` by default as RFC 5321
    /// §4.5.3.2.6 asks: past it nobody knows whether the mail was taken. Delivery leases must be longer.
    #[serde(default = "default_reply_timeout", deserialize_with = "duration::deserialize")]
    pub reply_timeout: Duration,
    /// An unused connection is closed after this, `"30s"` by default.
    #[serde(default = "default_idle_timeout", deserialize_with = "duration::deserialize")]
    pub idle_timeout: Duration,
}

const fn default_connections() -> usize {
    4
}

const fn default_timeout() -> Duration {
    Duration::from_secs(30)
}

const fn default_reply_timeout() -> Duration {
    Duration::from_secs(600)
}

const fn default_idle_timeout() -> Duration {
    Duration::from_secs(30)
}

/// How an SMTP connection is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TlsMode {
    /// Not at all; for a server on the same machine or a closed network.
    None,
    /// Plain at first, then upgraded; a server that offers no upgrade is not used.
    #[default]
    Starttls,
    /// From the first byte.
    Implicit,
}

impl SmtpConfig {
    /// The port to connect to.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            TlsMode::None => 25,
            TlsMode::Starttls => 587,
            TlsMode::Implicit => 465,
        })
    }

    /// What the server bears, as the operator says.
    pub fn limits(&self) -> Limits {
        let concurrency = u32::try_from(self.connections).ok().and_then(NonZeroU32::new);
        Limits {
            channel: Limit { concurrency, per_minute: self.rate_per_minute },
            domain: Limit { concurrency: self.per_domain_concurrency, per_minute: self.per_domain_rate_per_minute },
        }
    }

    pub(super) fn check(&self) -> Result<(), SetupError> {
        if self.host.is_empty() || !self.host.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(SetupError::Host);
        }
        if !(1..=256).contains(&self.connections) {
            return Err(SetupError::Connections(self.connections));
        }
        if self.username.is_some() != self.password.is_some() {
            return Err(SetupError::HalfCredentials);
        }
        if self.username.is_some() && self.tls == TlsMode::None && !self.is_loopback() {
            return Err(SetupError::PasswordInClear);
        }
        Ok(())
    }

    fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// The trust both encrypted modes share.
    pub(super) fn tls_parameters(&self) -> Result<Option<TlsParameters>, SetupError> {
        if self.tls == TlsMode::None {
            return Ok(None);
        }
        let mut builder = TlsParameters::builder(self.host.clone());
        if let Some(path) = &self.ca_file {
            let pem = fs::read(path).map_err(|source| SetupError::CaFile { path: path.clone(), source })?;
            let authority =
                Certificate::from_pem(&pem).map_err(|source| SetupError::CaPem { path: path.clone(), source })?;
            builder = builder.certificate_store(CertificateStore::None).add_root_certificate(authority);
        }
        builder.build().map(Some).map_err(SetupError::Tls)
    }
}

/// Why the e-mail channel cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// `host` cannot be a host name.
    #[error("email: `host` is empty or holds a space or a character outside ASCII; give a host name or an IP address")]
    Host,
    /// `ehlo_name` cannot be a host name.
    #[error("email: `ehlo_name` is empty or holds a space or a character outside ASCII; give a host name")]
    EhloName,
    /// `connections` is out of range.
    #[error("email: `connections` is {0}; give a number from 1 to 256")]
    Connections(usize),
    /// An address does not parse; the address itself is not repeated.
    #[error("email: `{field}` is not a plain ASCII e-mail address; write it as name@example.com")]
    Address {
        /// The field of the configuration.
        field: &'static str,
    },
    /// Only one of `username` and `password` is set.
    #[error("email: `username` and `password` belong together; set both or none")]
    HalfCredentials,
    /// A password would go over the network unencrypted.
    #[error("email: a password must not travel unencrypted; set `tls` to \"starttls\" or \"implicit\"")]
    PasswordInClear,
    /// The CA file cannot be read.
    #[error("email: cannot read `ca_file` {path}; check the path and its permissions")]
    CaFile {
        /// The path as configured.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The CA file holds no usable certificate.
    #[error("email: `ca_file` {path} holds no usable PEM certificate")]
    CaPem {
        /// The path as configured.
        path: PathBuf,
        /// What the parser said.
        #[source]
        source: smtp::Error,
    },
    /// The TLS library refused the parameters.
    #[error("email: TLS cannot be set up; check `ca_file`")]
    Tls(#[source] smtp::Error),
}

#[cfg(test)]
pub(super) mod tests;
