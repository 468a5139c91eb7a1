//! `[email]`: the SMTP server. The keys are those of [`SmtpConfig`].

use std::num::NonZeroU32;

use serde::{Serialize, Serializer};

use super::checks::Checks;
use super::secret::MASK;
use super::wording::Wording;
use crate::deliver::channel::email::{EmailChannel, SetupError, SmtpConfig, TlsMode};

#[derive(Serialize)]
struct Shown<'a> {
    host: &'a str,
    port: u16,
    tls: &'static str,
    ca_file: Option<&'a std::path::Path>,
    username: Option<&'static str>,
    password: Option<&'static str>,
    from: &'a str,
    from_name: Option<&'a str>,
    reply_to: Option<&'a str>,
    ehlo_name: Option<&'a str>,
    connections: usize,
    rate_per_minute: Option<NonZeroU32>,
    per_domain_concurrency: Option<NonZeroU32>,
    per_domain_rate_per_minute: Option<NonZeroU32>,
    timeout: String,
    reply_timeout: String,
    idle_timeout: String,
}

/// For `#[serde(serialize_with)]`: every value in force, without name and password.
pub(super) fn shown<S: Serializer>(email: &Option<SmtpConfig>, to: S) -> Result<S::Ok, S::Error> {
    let Some(email) = email else {
        return to.serialize_none();
    };
    let seconds = |span: std::time::Duration| format!("{}s", span.as_secs_f64());
    let shown = Shown {
        host: &email.host,
        port: email.port(),
        tls: match email.tls {
            TlsMode::None => "none",
            TlsMode::Starttls => "starttls",
            TlsMode::Implicit => "implicit",
        },
        ca_file: email.ca_file.as_deref(),
        username: email.username.as_ref().map(|_| MASK),
        password: email.password.as_ref().map(|_| MASK),
        from: &email.from,
        from_name: email.from_name.as_deref(),
        reply_to: email.reply_to.as_deref(),
        ehlo_name: email.ehlo_name.as_deref(),
        connections: email.connections,
        rate_per_minute: email.rate_per_minute,
        per_domain_concurrency: email.per_domain_concurrency,
        per_domain_rate_per_minute: email.per_domain_rate_per_minute,
        timeout: seconds(email.timeout),
        reply_timeout: seconds(email.reply_timeout),
        idle_timeout: seconds(email.idle_timeout),
    };
    to.serialize_some(&shown)
}

/// The channel itself knows what it can work with; it is set up and let go, without a connection.
pub(super) fn check(email: &SmtpConfig, checks: &mut Checks) {
    checks.rate("email.rate_per_minute", email.rate_per_minute);
    checks.rate("email.per_domain_rate_per_minute", email.per_domain_rate_per_minute);
    if let Some(concurrency) = email.per_domain_concurrency {
        checks.number("email.per_domain_concurrency", concurrency.get().into(), 1, 256);
    }
    let Err(error) = EmailChannel::new("email", email) else {
        return;
    };
    let (key, chinese) = key_of(&error);
    let text = error.to_string();
    let text = text.strip_prefix("email: ").unwrap_or(&text);
    let (message, remedy) = text.split_once("; ").unwrap_or((text, "correct it"));
    let message = match std::error::Error::source(&error) {
        Some(source) => format!("{message} ({source})"),
        None => message.to_owned(),
    };
    let (message_zh, remedy_zh) = chinese;
    let message = Wording::from((message, message_zh));
    checks.broken(&format!("email.{key}"), message, (remedy.to_owned(), remedy_zh));
}

/// The key an error is about, and what is wrong and what to do in Chinese.
fn key_of(error: &SetupError) -> (&'static str, (&'static str, &'static str)) {
    let host = "不是主机名";
    let ca = "没有可用的 PEM 证书,或无法读取";
    match error {
        SetupError::Host => ("host", (host, "请填主机名或 IP 地址")),
        SetupError::EhloName => ("ehlo_name", (host, "请填主机名")),
        SetupError::Connections(_) => ("connections", ("超出范围", "请填 1 到 256 之间的整数")),
        SetupError::Address { field } => (field, ("不是纯 ASCII 邮箱地址", "请写成 name@example.com")),
        SetupError::HalfCredentials => ("username", ("username 与 password 必须成对", "请两者都填或都不填")),
        SetupError::PasswordInClear => ("tls", ("密码不能明文传输", "请把 tls 设为 starttls 或 implicit")),
        SetupError::CaFile { .. } | SetupError::CaPem { .. } => ("ca_file", (ca, "请检查路径、权限和内容")),
        SetupError::Tls(_) => ("ca_file", ("无法建立 TLS", "请检查 ca_file")),
    }
}
