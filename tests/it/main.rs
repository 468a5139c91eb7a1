//! All integration tests, linked as one binary: one module a subject.

mod decode;
mod schemas;
mod services;
