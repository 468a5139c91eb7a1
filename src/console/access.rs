//! Access tokens: 256 random bits, printed once, kept as a hash.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use forewarn_core::Instant;
use sha2::{Digest, Sha256};

use crate::store::port::{Access, AccessRole};

/// Random bits were not to be had.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random numbers; an access token cannot be made")]
pub struct NoRandomness(#[source] getrandom::Error);

/// Makes a token and what the store keeps of it. The token itself is nowhere else: print it now or never.
///
/// # Errors
/// [`NoRandomness`] when the system has none.
pub fn issue(role: AccessRole, name: &str, now: Instant) -> Result<(String, Access), NoRandomness> {
    let mut bits = [0_u8; 32];
    getrandom::fill(&mut bits).map_err(NoRandomness)?;
    let token = URL_SAFE_NO_PAD.encode(bits);
    let access = Access { token_hash: hash(&token), role, name: name.to_owned(), at: now };
    Ok((token, access))
}

/// What is kept of a token. Its bits are random, so one round of SHA-256 is as hard to turn back as the token is to
/// guess, and no salt is needed.
pub fn hash(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
