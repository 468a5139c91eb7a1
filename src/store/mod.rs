//! The store: everything Forewarn must not forget, behind a port with one adapter per database.
//!
//! A step of the engine is one transaction: it is handed a [`Tx`], reads what it needs, writes what it decided, and
//! either all of it stands or none. The port is synchronous on purpose; an adapter runs the step where it can block.

#[cfg(test)]
pub(crate) mod contract;
mod damage;
mod document;
mod error;
mod finding;
mod fingerprint;
mod handle;
pub mod memory;
pub mod port;
pub mod postgres;
pub mod sqlite;
mod turn;

pub use damage::unreadable;
pub use error::{Class, StoreError};
pub use finding::{FINDINGS_MAX, Finding, Inspection};
pub use handle::{Job, News, Ring, Store, StoreBackend};
pub use port::Tx;
pub(crate) use turn::Turn;
