//! One SMTP connection, driven step by step so that a failure names its step.

use std::{
    future::Future,
    iter,
    sync::OnceLock,
    time::{Duration, Instant},
};

use lettre::{
    Address,
    transport::smtp::{
        self,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, TlsParameters},
        commands::{Data, Mail, Rcpt, Rset},
        extension::{ClientId, Extension, MailBodyParameter, MailParameter},
    },
};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;

use super::{
    super::{super::meter, receipt_from},
    config::{SetupError, SmtpConfig, TlsMode},
    fault::{Fault, Step},
    stream,
};

/// Opens sessions with one server.
pub(super) struct Dialer {
    host: String,
    port: u16,
    mode: TlsMode,
    tls: Option<TlsParameters>,
    hello: ClientId,
    login: Option<(String, SecretString)>,
    limits: Limits,
}

#[derive(Clone, Copy)]
struct Limits {
    command: Duration,
    message: Duration,
}

impl Dialer {
    pub(super) fn new(config: &SmtpConfig) -> Result<Self, SetupError> {
        config.check()?;
        Ok(Self {
            host: config.host.clone(),
            port: config.port(),
            mode: config.tls,
            tls: config.tls_parameters()?,
            hello: client_id(config.ehlo_name.as_deref())?,
            login: config.username.clone().zip(config.password.clone()),
            limits: Limits { command: config.timeout, message: config.reply_timeout },
        })
    }

    /// Connects, greets, encrypts and logs in.
    pub(super) async fn dial(&self) -> Result<Session, Fault> {
        let limit = self.limits.command;
        let socket = stream::connect(&self.host, self.port, limit).await?;
        let stream = match (self.mode, &self.tls) {
            (TlsMode::Implicit, Some(tls)) => stream::encrypted(socket, tls.clone(), limit).await?,
            (TlsMode::Starttls, _) => stream::upgradable(socket),
            _ => stream::plain(socket),
        };
        let greeting = AsyncSmtpConnection::connect_with_transport(stream, &self.hello);
        let mut connection = within(limit, Step::Greeting, greeting).await?;
        if let (TlsMode::Starttls, Some(tls)) = (self.mode, &self.tls) {
            let upgrade = connection.starttls(tls.clone(), &self.hello);
            within(limit, Step::Starttls, upgrade).await?;
        }
        self.log_in(&mut connection).await?;
        Ok(Session { connection, limits: self.limits })
    }

    async fn log_in(&self, connection: &mut AsyncSmtpConnection) -> Result<(), Fault> {
        let Some((username, password)) = &self.login else {
            return Ok(());
        };
        let credentials = Credentials::new(username.clone(), password.expose_secret().to_owned());
        let auth = connection.auth(DEFAULT_MECHANISMS, &credentials);
        within(self.limits.command, Step::Auth, auth).await.map(drop)
    }
}

/// The name for EHLO; an IP address is written as the address literal that RFC 5321 §4.1.3 wants.
fn client_id(name: Option<&str>) -> Result<ClientId, SetupError> {
    let Some(name) = name else {
        return Ok(ClientId::default());
    };
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(SetupError::EhloName);
    }
    Ok(match name.parse() {
        Ok(std::net::IpAddr::V4(ip)) => ClientId::Ipv4(ip),
        Ok(std::net::IpAddr::V6(ip)) => ClientId::Ipv6(ip),
        Err(_) => ClientId::Domain(name.to_owned()),
    })
}

/// One open connection.
pub(super) struct Session {
    connection: AsyncSmtpConnection,
    limits: Limits,
}

impl Session {
    /// Forgets a half-done transaction, and shows whether the server is still there.
    pub(super) async fn reset(&mut self) -> Result<(), Fault> {
        self.command(Step::Reset, Rset).await
    }

    /// Hands over one mail; gives the server's receipt.
    pub(super) async fn deliver(&mut self, from: &Address, to: &Address, mail: &[u8]) -> Result<String, Fault> {
        let options = self.mail_options(to, mail)?;
        self.command(Step::Mail, Mail::new(Some(from.clone()), options)).await?;
        self.command(Step::Rcpt, Rcpt::new(to.clone(), Vec::new())).await?;
        self.command(Step::Data, Data).await?;
        self.text(mail).await
    }

    /// Text outside ASCII stands in a mail only where an address is outside ASCII (RFC 6531).
    fn mail_options(&self, to: &Address, mail: &[u8]) -> Result<Vec<MailParameter>, Fault> {
        if mail.is_ascii() && AsRef::<str>::as_ref(to).is_ascii() {
            return Ok(Vec::new());
        }
        let server = self.connection.server_info();
        if !server.supports_feature(Extension::SmtpUtfEight) {
            return Err(Fault::lacks(Step::Rcpt, "SMTPUTF8, which this address needs"));
        }
        Ok(vec![MailParameter::SmtpUtfEight, MailParameter::Body(MailBodyParameter::EightBitMime)])
    }

    /// Writes the text and waits for the verdict. lettre asks the iterator for more just before it
    /// writes the final dot; that moment divides "certainly not taken" from "perhaps taken".
    async fn text(&mut self, mail: &[u8]) -> Result<String, Fault> {
        let ending = OnceLock::new();
        let last = || {
            ending.get_or_init(Instant::now);
            None
        };
        // lettre writes a line end of its own before the dot.
        let text = mail.strip_suffix(b"\r\n").unwrap_or(mail);
        let parts = iter::once(text).chain(iter::from_fn(last));
        let written = timeout(self.limits.message, self.connection.message_iter(parts)).await;
        let step = if ending.get().is_some() { Step::End } else { Step::Text };
        if let Some(began) = ending.get() {
            let answered = matches!(&written, Ok(Ok(_))) || matches!(&written, Ok(Err(e)) if e.status().is_some());
            meter::final_dot(answered, began.elapsed());
        }
        match written {
            Ok(Ok(reply)) => Ok(receipt_from(reply.first_line().unwrap_or_default())),
            Ok(Err(error)) => Err(Fault::of(step, &error)),
            Err(_) => Err(Fault::timeout(step, self.limits.message)),
        }
    }

    async fn command(&mut self, step: Step, command: impl std::fmt::Display) -> Result<(), Fault> {
        let sent = self.connection.command(command);
        within(self.limits.command, step, sent).await.map(drop)
    }
}

async fn within<T>(
    limit: Duration,
    step: Step,
    work: impl Future<Output = Result<T, smtp::Error>>,
) -> Result<T, Fault> {
    match timeout(limit, work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(Fault::of(step, &error)),
        Err(_) => Err(Fault::timeout(step, limit)),
    }
}
