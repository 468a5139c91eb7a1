//! Standard Webhooks signatures: HMAC-SHA-256 over id, time and body.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Header with the id under which the receiver drops repeats.
pub const ID_HEADER: &str = "webhook-id";
/// Header with the time of the attempt, seconds since 1970.
pub const TIMESTAMP_HEADER: &str = "webhook-timestamp";
/// Header with one signature per secret, separated by spaces.
pub const SIGNATURE_HEADER: &str = "webhook-signature";

/// How far the time of a request may be from the receiver's clock, in seconds; five minutes is the
/// tolerance of the reference libraries of Standard Webhooks.
pub const TOLERANCE_SECONDS: i64 = 300;

const SECRET_PREFIX: &str = "whsec_";
const VERSION: &str = "v1";

/// Secret length in bytes, as Standard Webhooks recommends.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Signs with one secret, or with two while a secret is being changed. It has no `Debug`: it holds keys.
#[derive(Clone)]
pub struct Signer {
    keys: Vec<Hmac<Sha256>>,
}

impl Signer {
    /// Reads secrets of the form `whsec_` and base64.
    ///
    /// # Errors
    /// [`SecretError`] when a secret has another form or length, or there is none.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Result<Self, SecretError> {
        let keys: Vec<_> = secrets.into_iter().map(key).collect::<Result<_, _>>()?;
        if keys.is_empty() {
            return Err(SecretError::Missing);
        }
        Ok(Self { keys })
    }

    /// The value of [`SIGNATURE_HEADER`] for a request at `timestamp` seconds since 1970.
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let signatures: Vec<String> = self
            .keys
            .iter()
            .map(|key| {
                let digest = mac(key, id, timestamp, body).finalize().into_bytes();
                format!("{VERSION},{}", STANDARD.encode(digest))
            })
            .collect();
        signatures.join(" ")
    }

    /// For receivers: whether one of the given signatures is one of ours and the time is near `now`,
    /// both in seconds since 1970. The comparison takes the same time wherever the first difference is.
    ///
    /// # Errors
    /// [`VerifyError`] tells a stale request from a wrong signature.
    pub fn verify(&self, id: &str, timestamp: i64, body: &[u8], header: &str, now: i64) -> Result<(), VerifyError> {
        if now.abs_diff(timestamp) > TOLERANCE_SECONDS.unsigned_abs() {
            return Err(VerifyError::Stale);
        }
        let given = header.split(' ').filter_map(|one| {
            let encoded = one.strip_prefix(VERSION)?.strip_prefix(',')?;
            STANDARD.decode(encoded).ok()
        });
        for signature in given {
            let matches = |key| mac(key, id, timestamp, body).verify_slice(&signature).is_ok();
            if self.keys.iter().any(matches) {
                return Ok(());
            }
        }
        Err(VerifyError::Mismatch)
    }
}

fn mac(key: &Hmac<Sha256>, id: &str, timestamp: i64, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = key.clone();
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    mac
}

fn key(secret: &str) -> Result<Hmac<Sha256>, SecretError> {
    let encoded = secret.strip_prefix(SECRET_PREFIX).ok_or(SecretError::Form)?;
    let bytes = STANDARD.decode(encoded).map_err(|_| SecretError::Form)?;
    if !SECRET_BYTES.contains(&bytes.len()) {
        return Err(SecretError::Length(bytes.len()));
    }
    Hmac::new_from_slice(&bytes).map_err(|_| SecretError::Form)
}

/// Why a secret cannot be used; the secret is not repeated.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// No secret was given.
    #[error("no secret is set; make one with: echo whsec_$(openssl rand -base64 32)")]
    Missing,
    /// It is not `whsec_` and base64.
    #[error("a secret is `whsec_` followed by base64; make one with: echo whsec_$(openssl rand -base64 32)")]
    Form,
    /// It is too short or too long.
    #[error("a secret has 24 to 64 bytes, this one has {0}; make one with: echo whsec_$(openssl rand -base64 32)")]
    Length(usize),
}

/// Why a request is not to be believed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Too old or too far ahead: perhaps a replay, perhaps a wrong clock.
    #[error("the request's time is more than {TOLERANCE_SECONDS} s away; check both clocks")]
    Stale,
    /// No signature fits.
    #[error("no signature fits; check that both sides hold the same secret and the body is unchanged")]
    Mismatch,
}

#[cfg(test)]
mod tests;
