//! What a failed SMTP step means for the notice.
//!
//! The one question that matters is whether the server may have taken the mail. Up to the final dot it
//! certainly has not; after a reply it has said so; between the two nobody can know (RFC 1047).

use std::{error::Error, io, time::Duration};

use lettre::transport::smtp;

use super::super::{Outcome, RetryClass};

/// A step of the SMTP dialogue, named in every reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Connect,
    Greeting,
    Starttls,
    Auth,
    Reset,
    Mail,
    Rcpt,
    Data,
    /// The mail's text, before its end was written.
    Text,
    /// From the final dot to the reply.
    End,
}

impl Step {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Greeting => "greeting",
            Self::Starttls => "starttls",
            Self::Auth => "auth",
            Self::Reset => "rset",
            Self::Mail => "mail from",
            Self::Rcpt => "rcpt to",
            Self::Data => "data",
            Self::Text => "message text",
            Self::End => "end of message",
        }
    }

    /// Whether a permanent refusal here concerns this notice alone. Earlier steps are the same for
    /// every mail, so a refusal there is a matter for the operator.
    const fn concerns_one_mail(self) -> bool {
        matches!(self, Self::Rcpt | Self::Data | Self::Text | Self::End)
    }
}

/// One failed step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    step: Step,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// The server answered no: reply code and, where given, the enhanced code of RFC 3463.
    Reply { code: u16, enhanced: Option<String> },
    /// The connection failed or was lost.
    Network(Option<io::ErrorKind>),
    /// No answer within the limit.
    Timeout(Duration),
    /// The server's certificate or its TLS is not acceptable.
    Tls,
    /// The server does not offer what the configuration or the mail needs.
    Lacks(&'static str),
}

impl Fault {
    pub(super) fn timeout(step: Step, limit: Duration) -> Self {
        Self::new(step, Kind::Timeout(limit))
    }

    pub(super) fn lacks(step: Step, what: &'static str) -> Self {
        Self::new(step, Kind::Lacks(what))
    }

    pub(super) fn io(step: Step, error: &io::Error) -> Self {
        Self::new(step, Kind::Network(Some(error.kind())))
    }

    /// Reads a lettre error. Its text is dropped: servers like to repeat the address in it.
    pub(super) fn of(step: Step, error: &smtp::Error) -> Self {
        let kind = if let Some(code) = error.status() {
            Kind::Reply {
                code: code.into(),
                enhanced: error.source().and_then(|text| enhanced_code(&text.to_string())),
            }
        } else if error.is_client() {
            Kind::Lacks(match step {
                Step::Starttls => "STARTTLS",
                Step::Auth => "AUTH PLAIN or LOGIN",
                _ => "a needed extension",
            })
        } else {
            network_or_tls(error)
        };
        Self::new(step, kind)
    }

    const fn new(step: Step, kind: Kind) -> Self {
        Self { step, kind }
    }

    /// Whether the dialogue is still in step, so that RSET makes the connection good for another mail.
    pub(super) fn leaves_session_usable(&self) -> bool {
        let answered = matches!(self.kind, Kind::Reply { code, .. } if code != 421);
        let refused_here = matches!(self.kind, Kind::Lacks(_));
        (answered || refused_here) && matches!(self.step, Step::Mail | Step::Rcpt | Step::Data | Step::End)
    }

    pub(super) fn outcome(&self) -> Outcome {
        let reason = self.reason();
        if self.step == Step::End && !matches!(self.kind, Kind::Reply { .. }) {
            return Outcome::Unknown { reason };
        }
        match self.retry_class() {
            Some(class) => Outcome::Retry { class, after: None, reason },
            None => Outcome::Failed { reason },
        }
    }

    /// The class of a retry, or `None` when the refusal is final.
    fn retry_class(&self) -> Option<RetryClass> {
        match &self.kind {
            Kind::Network(_) => Some(RetryClass::Network),
            Kind::Timeout(_) => Some(RetryClass::Timeout),
            Kind::Tls => Some(RetryClass::Config),
            Kind::Lacks(_) if self.step.concerns_one_mail() => None,
            Kind::Lacks(_) => Some(RetryClass::Config),
            Kind::Reply { code, .. } => self.reply_class(*code),
        }
    }

    fn reply_class(&self, code: u16) -> Option<RetryClass> {
        match code {
            450 | 451 if self.step.concerns_one_mail() || self.step == Step::Mail => Some(RetryClass::Greylisted),
            400..=499 => Some(RetryClass::Busy),
            // Authentication required, failed, or only under encryption (RFC 4954 §6).
            530 | 535 | 538 => Some(RetryClass::Config),
            _ if self.step.concerns_one_mail() => None,
            _ => Some(RetryClass::Config),
        }
    }

    fn reason(&self) -> String {
        let step = self.step.as_str();
        match &self.kind {
            Kind::Reply { code, enhanced: Some(enhanced) } => format!("smtp {step}: {code} {enhanced}"),
            Kind::Reply { code, .. } => format!("smtp {step}: {code}"),
            Kind::Network(Some(kind)) => format!("smtp {step}: {kind}"),
            Kind::Network(None) => format!("smtp {step}: connection lost or not understood"),
            Kind::Timeout(limit) => format!("smtp {step}: no answer within {limit:?}"),
            Kind::Tls => {
                format!("smtp {step}: TLS refused, check host name, certificate and ca_file")
            }
            Kind::Lacks(what) => format!("smtp {step}: the server does not offer {what}"),
        }
    }
}

/// Looks through the causes for what rustls or the system said. rustls hides inside an `io::Error`.
fn network_or_tls(error: &smtp::Error) -> Kind {
    let mut system = None;
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(current) = cause {
        if current.is::<rustls::Error>() {
            return Kind::Tls;
        }
        if let Some(inner) = current.downcast_ref::<io::Error>() {
            if let Some(hidden) = inner.get_ref()
                && hidden.is::<rustls::Error>()
            {
                return Kind::Tls;
            }
            system = system.or(Some(inner.kind()));
        }
        cause = current.source();
    }
    Kind::Network(system)
}

/// `5.1.1` and the like at the start of a reply's text.
fn enhanced_code(text: &str) -> Option<String> {
    let word = text.split_whitespace().next()?;
    let parts: Vec<&str> = word.split('.').collect();
    let number = |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    (parts.len() == 3 && parts.iter().all(number)).then(|| word.to_owned())
}
