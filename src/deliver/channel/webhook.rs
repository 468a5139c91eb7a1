//! Notices as signed HTTP posts, for gateways to SMS, chat and whatever else a shop uses.
//!
//! The request follows Standard Webhooks: `webhook-id` is the message's id, the same on every attempt,
//! also when an order that has shipped since was left out of it, and `webhook-signature` binds id, time and body. A receiver must drop an id it has already taken.
//! That duty is why a lost or late answer is a *retry* here and not, as with SMTP, *unknown*: to send
//! it again does no harm, and not to send it could leave the buyer in silence.
//!
//! The URL comes from the operator's configuration and from nowhere else, and redirects are not
//! followed, so no event can make Forewarn call an address of somebody's choosing. Private addresses
//! are allowed, since gateways often stand beside Forewarn.

pub mod config;
mod reply;
pub mod signature;

use jiff::Timestamp;
use reqwest::{
    Client, Url,
    header::{CONTENT_TYPE, HeaderValue, USER_AGENT},
    redirect,
};
use serde::Serialize;

pub use self::config::{SetupError, WebhookConfig};
use self::signature::Signer;
use super::{Channel, Outcome, Outgoing, RetryClass, Sending};
use crate::store::port::Json;

/// Posts notices to one URL.
pub struct WebhookChannel {
    name: String,
    url: Url,
    client: Client,
    signer: Signer,
}

impl WebhookChannel {
    /// Checks the configuration and prepares the client; makes no request yet.
    ///
    /// Installs ring as the process's TLS provider when none is installed: reqwest is built without
    /// one of its own.
    ///
    /// # Errors
    /// [`SetupError`] names the field that is wrong and how to mend it.
    pub fn new(name: impl Into<String>, config: &WebhookConfig) -> Result<Self, SetupError> {
        Ok(Self { name: name.into(), url: config.parsed_url()?, client: client(config)?, signer: config.signer()? })
    }

    async fn attempt(&self, outgoing: &Outgoing) -> Outcome {
        let Some(id) = id_header(&outgoing.message_id) else {
            return failed("webhook not sent: message_id is not 1 to 200 visible ASCII characters");
        };
        let Ok(body) = serde_json::to_vec(&Payload::of(outgoing)) else {
            return failed("webhook not sent: the variables cannot be written as JSON");
        };
        let now = Timestamp::now().as_second();
        let signature = self.signer.sign(&outgoing.message_id, now, &body);
        let request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, concat!("forewarn/", env!("CARGO_PKG_VERSION")))
            .header(signature::ID_HEADER, id)
            .header(signature::TIMESTAMP_HEADER, now)
            .header(signature::SIGNATURE_HEADER, signature)
            .body(body);
        match request.send().await {
            Ok(response) => reply::outcome(response, Timestamp::now()).await,
            Err(error) => no_reply(&error),
        }
    }
}

impl Channel for WebhookChannel {
    fn name(&self) -> &str {
        &self.name
    }

    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Sending<'a> {
        Box::pin(self.attempt(outgoing))
    }
}

/// The body of the request.
#[derive(Serialize)]
struct Payload<'a> {
    r#type: &'static str,
    message_id: &'a str,
    notice_id: &'a str,
    kind: &'a str,
    template: &'a str,
    class: super::Class,
    merchant_id: &'a str,
    order_id: &'a str,
    orders: &'a [super::ToldOrder],
    locale: &'a str,
    to: &'a str,
    variables: &'a Json,
    subject: &'a str,
    text: &'a str,
}

impl<'a> Payload<'a> {
    fn of(outgoing: &'a Outgoing) -> Self {
        Self {
            r#type: "notice",
            message_id: &outgoing.message_id,
            notice_id: &outgoing.notice_id,
            kind: &outgoing.kind,
            template: &outgoing.template,
            class: outgoing.class,
            merchant_id: &outgoing.merchant_id,
            order_id: &outgoing.order_id,
            orders: &outgoing.orders,
            locale: &outgoing.locale,
            to: outgoing.to.expose(),
            variables: &outgoing.variables,
            subject: &outgoing.subject,
            text: &outgoing.text,
        }
    }
}

/// `HeaderValue` would let spaces and bytes outside ASCII pass, which receivers read differently.
fn id_header(message_id: &str) -> Option<HeaderValue> {
    let visible = message_id.bytes().all(|b| b.is_ascii_graphic());
    let fits = (1..=200).contains(&message_id.len());
    (visible && fits).then(|| HeaderValue::from_str(message_id).ok())?
}

fn client(config: &WebhookConfig) -> Result<Client, SetupError> {
    ensure_tls_provider();
    let mut builder = Client::builder()
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .timeout(config.timeout);
    if let Some(authorities) = config.authorities()? {
        builder = builder.tls_certs_only(authorities);
    }
    builder.build().map_err(SetupError::Client)
}

fn ensure_tls_provider() {
    if rustls::crypto::CryptoProvider::get_default().is_some() {
        return;
    }
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        // Another thread installed one between the two lines; any one serves.
        tracing::debug!("a TLS provider was installed meanwhile");
    }
}

/// No status line came. Whether the request was taken is unknown, but a repeat is harmless, see the module's head.
fn no_reply(error: &reqwest::Error) -> Outcome {
    let (class, what) = if error.is_builder() {
        (RetryClass::Config, "the request cannot be built, check the URL")
    } else if error.is_timeout() {
        (RetryClass::Timeout, "no answer in time")
    } else if error.is_connect() {
        (RetryClass::Network, "no connection")
    } else {
        (RetryClass::Network, "connection lost before the answer")
    };
    Outcome::Retry { class, after: None, reason: format!("webhook: {what}") }
}

fn failed(reason: &str) -> Outcome {
    Outcome::Failed { reason: reason.to_owned() }
}

#[cfg(test)]
mod tests;
