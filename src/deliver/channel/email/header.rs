//! What may stand in a header or an SMTP command: the guard against header and command injection.
//!
//! Identifiers, addresses and links are *refused* when they hold anything odd, because a mended one
//! would point elsewhere. Texts shown to a person are *cleaned*, because a stray line break in a
//! shop's name is no reason to keep the buyer waiting.

use lettre::Address;

/// Longest address accepted: RFC 5321 §4.5.3.1.3 allows 256 characters with the angle brackets.
const MAX_ADDRESS: usize = 254;

/// Longest identifier or link in a header line, within the 998 bytes a line may have (RFC 5322 §2.1.1).
const MAX_TOKEN: usize = 900;

/// A value that cannot go into a mail; the value itself is never repeated.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("mail not built: {field} {fault}")]
pub(super) struct Refused {
    pub(super) field: &'static str,
    pub(super) fault: &'static str,
}

const fn refused(field: &'static str, fault: &'static str) -> Refused {
    Refused { field, fault }
}

/// A plain address, without a name and without anything that could end a line or an angle bracket.
pub(super) fn address(field: &'static str, text: &str) -> Result<Address, Refused> {
    let odd = |c: char| is_invisible(c) || c.is_whitespace() || matches!(c, '<' | '>' | '"' | '\\');
    if text.len() > MAX_ADDRESS {
        return Err(refused(field, "is longer than an e-mail address can be"));
    }
    if text.contains(odd) {
        return Err(refused(field, "holds a character no address may have"));
    }
    text.parse().map_err(|_| refused(field, "is not an e-mail address"))
}

/// `<local@domain>` from any of the three spellings that `Outgoing::message_id` allows.
pub(super) fn message_id(text: &str, sender_domain: &str) -> Result<String, Refused> {
    const FIELD: &str = "message_id";
    let bare = text.strip_prefix('<').and_then(|inner| inner.strip_suffix('>')).unwrap_or(text);
    let (local, domain) = bare.split_once('@').unwrap_or((bare, sender_domain));
    if bare.len() > MAX_TOKEN || !is_dot_atom(local) || !is_dot_atom(domain) {
        return Err(refused(FIELD, "is not of the form local@domain"));
    }
    Ok(format!("<{local}@{domain}>"))
}

/// Visible ASCII without spaces, such as an id.
pub(super) fn token<'a>(field: &'static str, text: &'a str) -> Result<&'a str, Refused> {
    let visible = text.bytes().all(|b| b.is_ascii_graphic());
    if text.is_empty() || text.len() > MAX_TOKEN || !visible {
        return Err(refused(field, "is empty, too long or not visible ASCII"));
    }
    Ok(text)
}

/// An `http` or `https` link that can stand between angle brackets.
pub(super) fn link<'a>(field: &'static str, text: &'a str) -> Result<&'a str, Refused> {
    let text = token(field, text)?;
    let known = text.starts_with("https://") || text.starts_with("http://");
    if !known || text.contains(['<', '>', '"', '\\', ',']) {
        return Err(refused(field, "is not an http or https link"));
    }
    Ok(text)
}

/// One line for a person to read: control characters, line separators and direction overrides become
/// single spaces.
pub(super) fn line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if is_invisible(c) { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A body with one kind of line break and no control characters but tabs: a bare CR or LF could be
/// taken for the end of the mail by a lax server.
pub(super) fn body(text: &str) -> String {
    text.replace("\r\n", "\n")
        .replace('\r', "\n")
        .chars()
        .filter(|c| matches!(c, '\n' | '\t') || !c.is_control())
        .collect::<String>()
        .replace('\n', "\r\n")
}

/// Control characters, U+2028 and U+2029, and the marks that reverse the reading direction.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// `dot-atom-text` of RFC 5322 §3.2.3, ASCII only.
fn is_dot_atom(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
    text.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(allowed))
}

#[cfg(test)]
pub(super) mod tests;
