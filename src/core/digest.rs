//! Stable hashes: ids of notices, grants and links are hashes of what makes them one of a kind.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// The first 128 bits of SHA-256 over `parts`, each ended by a byte no id can hold, as 32 hexadecimal digits.
///
/// 128 bits: with a thousand million notices the chance that any two share an id is below 10^-20.
pub fn of(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0x1f]);
    }
    hash.finalize().iter().take(16).fold(String::with_capacity(32), |mut text, byte| {
        // Writing to a string cannot fail.
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
}

/// A number in parts per million, evenly spread over 0..1,000,000 and fixed by `parts`: the coin that decides
/// who stands in the holdout.
pub fn ppm(parts: &[&str]) -> u32 {
    let hex = of(parts);
    let word = hex.get(..12).and_then(|h| u64::from_str_radix(h, 16).ok()).unwrap_or_default();
    u32::try_from(word % 1_000_000).unwrap_or_default()
}
