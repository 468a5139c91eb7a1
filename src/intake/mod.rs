//! The way in: bytes become events, or a named reason why they do not.
//!
//! [`decode`] reads one event from bytes, whoever brought them; [`kafka`] brings them from a broker, [`http`] from
//! whoever posts them, [`mod@file`] from recorded files. What cannot be read is never dropped here: it leaves as a
//! [`Fault`] for the dead letters. [`Freshness`] says whether what came in is new enough to act on.

pub mod decode;
pub mod file;
pub mod freshness;
pub mod guard;
pub mod http;
pub mod kafka;
pub mod letters;
pub mod letters_shown;
mod pieces;
pub mod reason;

pub use decode::{Fault, attributes, binary, message, structured};
pub use file::{FileError, Line, read};
pub use freshness::Freshness;
pub use guard::{Guard, Limits};
pub use letters::LetterDesk;
pub use reason::Reason;

/// The name under which a dead letter keeps the key of the Kafka message it came in, beside the message's headers.
pub const KEY_HEADER: &str = "forewarn_key";

/// Told what became of each batch, after it is durable.
pub type Observer = std::sync::Arc<dyn Fn(&crate::engine::Ingested) + Send + Sync>;
