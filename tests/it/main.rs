//! All integration tests, linked as one binary: one module a subject.

mod browser;
mod decode;
mod demo;
mod deploy;
mod invariants;
mod http_intake;
mod kafka;
mod process;
mod schemas;
mod services;
mod simulate;
