//! All integration tests, linked as one binary: one module a subject.

mod decode;
mod deploy;
mod invariants;
mod http_intake;
mod kafka;
mod schemas;
mod services;
