//! Builds the MIME text of one notice, apart from any transport.

use lettre::{
    Address, Message,
    message::{
        Mailbox, MessageBuilder, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};

use super::{
    super::Outgoing,
    config::{SetupError, SmtpConfig},
    header::{self, Refused},
};

/// The sender of all mails of one channel.
pub(super) struct Sender {
    /// Address in the From header and in MAIL FROM.
    pub(super) envelope: Address,
    name: Option<String>,
    reply_to: Option<Address>,
}

impl Sender {
    pub(super) fn new(config: &SmtpConfig) -> Result<Self, SetupError> {
        let parse =
            |field: &'static str, text: &str| header::address(field, text).map_err(|_| SetupError::Address { field });
        Ok(Self {
            // A sender outside ASCII would need SMTPUTF8 of every server on the way.
            envelope: parse("from", &config.from).and_then(ascii_only)?,
            name: config.from_name.as_deref().map(header::line),
            reply_to: config.reply_to.as_deref().map(|text| parse("reply_to", text)).transpose()?,
        })
    }

    fn from(&self, outgoing: &Outgoing) -> Mailbox {
        let own = outgoing.from_name.as_deref().map(header::line);
        let name = own.filter(|name| !name.is_empty()).or_else(|| self.name.clone());
        Mailbox::new(name.filter(|name| !name.is_empty()), self.envelope.clone())
    }

    fn reply_to(&self, outgoing: &Outgoing) -> Result<Option<Address>, Refused> {
        match &outgoing.reply_to {
            Some(text) => header::address("reply_to", text).map(Some),
            None => Ok(self.reply_to.clone()),
        }
    }
}

fn ascii_only(address: Address) -> Result<Address, SetupError> {
    if AsRef::<str>::as_ref(&address).is_ascii() {
        return Ok(address);
    }
    Err(SetupError::Address { field: "from" })
}

/// The whole mail as it goes over the wire, CRLF line ends, ASCII only unless an address is not.
pub(super) fn build(sender: &Sender, to: &Address, outgoing: &Outgoing) -> Result<Vec<u8>, Refused> {
    let message_id = header::message_id(&outgoing.message_id, sender.envelope.domain())?;
    let notice = header::token("notice_id", &outgoing.notice_id)?;
    let mut builder = Message::builder()
        .date_now()
        .from(sender.from(outgoing))
        .to(Mailbox::new(None, to.clone()))
        .subject(header::line(&outgoing.subject))
        .raw_header(verbatim("Message-ID", message_id))
        .raw_header(verbatim("Auto-Submitted", "auto-generated".to_owned()))
        .raw_header(verbatim("X-Forewarn-Notice", notice.to_owned()));
    if let Some(address) = sender.reply_to(outgoing)? {
        builder = builder.reply_to(Mailbox::new(None, address));
    }
    if let Some(url) = &outgoing.unsubscribe_url {
        builder = unsubscribe(builder, header::link("unsubscribe_url", url)?);
    }
    let message = builder
        .multipart(body(outgoing))
        .map_err(|_| Refused { field: "headers", fault: "were not accepted by the mail builder" })?;
    Ok(message.formatted())
}

/// The list headers of RFC 2369 and RFC 8058; the latter allows the one-click post for https only.
fn unsubscribe(builder: MessageBuilder, url: &str) -> MessageBuilder {
    let builder = builder.raw_header(verbatim("List-Unsubscribe", format!("<{url}>")));
    if !url.starts_with("https://") {
        return builder;
    }
    let one_click = "List-Unsubscribe=One-Click".to_owned();
    builder.raw_header(verbatim("List-Unsubscribe-Post", one_click))
}

fn body(outgoing: &Outgoing) -> MultiPart {
    let text = header::body(&outgoing.text);
    let html = header::body(&outgoing.html);
    MultiPart::alternative_plain_html(text, html)
}

/// A header written as it stands: its value is known to be visible ASCII, and folding or encoding it
/// would break what others compare byte by byte.
fn verbatim(name: &'static str, value: String) -> HeaderValue {
    let name = HeaderName::new_from_ascii_str(name);
    HeaderValue::dangerous_new_pre_encoded(name, value.clone(), value)
}

#[cfg(test)]
mod tests;
