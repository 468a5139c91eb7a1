//! The bearer token that opens the way in.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// The token as its hash: comparing hashes takes as long whatever was guessed, and its length stays unknown.
pub(super) struct Token([u8; 32]);

impl Token {
    pub(super) fn new(token: &SecretString) -> Self {
        Self(Sha256::digest(token.expose_secret().as_bytes()).into())
    }

    /// Whether the request carries this token.
    pub(super) fn opens(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(AUTHORIZATION).map(axum::http::HeaderValue::as_bytes).and_then(bearer);
        given.is_some_and(|given| self.is(given))
    }

    fn is(&self, given: &[u8]) -> bool {
        let given: [u8; 32] = Sha256::digest(given).into();
        let differences = self.0.iter().zip(given).fold(0, |all, (ours, theirs)| all | (ours ^ theirs));
        differences == 0
    }
}

/// What stands after the scheme, whose case does not matter (RFC 7235).
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| token.trim_ascii())
}
