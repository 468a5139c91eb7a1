//! The way in: bytes become events, or a named reason why they do not.
//!
//! [`decode`] reads one event from bytes, whoever brought them; [`file`] brings them from recorded files. What
//! cannot be read is never dropped here: it leaves as a [`Fault`] for the dead letters.

pub mod decode;
pub mod file;
pub mod reason;

pub use decode::{Fault, attributes, binary, message, structured};
pub use file::{FileError, Line, read};
pub use reason::Reason;
