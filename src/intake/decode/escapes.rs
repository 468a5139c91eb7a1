//! Escapes that name half a character.
//!
//! The JSON grammar lets `\ud800` stand alone, yet no text can hold it, and readers differ on what they make of
//! it. Such an event is refused wherever the escape stands, so that it means the same to every reader of ours.

/// Whether `json` has a `\u` escape for one half of a surrogate pair without the other.
pub(super) fn broken(json: &[u8]) -> bool {
    // Searching for one byte is next to free, and most events have no escape at all.
    json.contains(&b'\\') && halves(json)
}

fn halves(json: &[u8]) -> bool {
    let mut rest = json;
    while let Some((byte, tail)) = rest.split_first() {
        rest = tail;
        if *byte != b'\\' {
            continue;
        }
        let Some((unit, after)) = code_unit(rest) else {
            // The escaped byte may be a backslash itself and must not open an escape of its own.
            rest = rest.get(1..).unwrap_or_default();
            continue;
        };
        rest = match unit {
            0xdc00..=0xdfff => return true,
            0xd800..=0xdbff => match after.strip_prefix(b"\\").and_then(code_unit) {
                Some((0xdc00..=0xdfff, after_pair)) => after_pair,
                _ => return true,
            },
            _ => after,
        };
    }
    false
}

/// Reads `uXXXX`, what follows a backslash.
fn code_unit(text: &[u8]) -> Option<(u16, &[u8])> {
    let (digits, after) = text.strip_prefix(b"u")?.split_at_checked(4)?;
    let unit = u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    Some((unit, after))
}
