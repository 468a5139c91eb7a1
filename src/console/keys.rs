//! Signed sessions and form tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use forewarn_core::{Instant, Span};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// How long a session lasts from its log-in, however busy it is: a working day.
pub(super) const SESSION: Span = Span::hours(12);

/// The key behind sessions and forms.
pub(super) struct Keys {
    secret: Vec<u8>,
}

impl Keys {
    pub(super) fn new(secret: &[u8]) -> Self {
        Self { secret: secret.to_owned() }
    }

    /// A session for the holder of the token with this hash, from `now` on.
    pub(super) fn session(&self, token_hash: &str, now: Instant) -> String {
        let body = format!("{token_hash}.{}", (now + SESSION).ms());
        format!("{body}.{}", self.sign("session", &body))
    }

    /// The hash of the token behind a session we signed and that has not ended by `now`.
    pub(super) fn open<'a>(&self, session: &'a str, now: Instant) -> Option<&'a str> {
        let (body, signature) = session.rsplit_once('.')?;
        let (token_hash, until) = body.split_once('.')?;
        let holds = self.is_signed("session", body, signature) && now.ms() < until.parse::<i64>().ok()?;
        holds.then_some(token_hash)
    }

    /// The token that forms of this session must bring back.
    pub(super) fn form(&self, session: &str) -> String {
        self.sign("form", session)
    }

    /// Whether a form of this session brought its token back.
    pub(super) fn is_form(&self, session: &str, token: &str) -> bool {
        self.is_signed("form", session, token)
    }

    fn sign(&self, purpose: &str, body: &str) -> String {
        let tag = self.mac(purpose, body).map(|mac| mac.finalize().into_bytes());
        tag.map_or_else(String::new, |tag| URL_SAFE_NO_PAD.encode(tag))
    }

    fn is_signed(&self, purpose: &str, body: &str, signature: &str) -> bool {
        let tag = URL_SAFE_NO_PAD.decode(signature).ok();
        let mac = self.mac(purpose, body);
        mac.zip(tag).is_some_and(|(mac, tag)| mac.verify_slice(&tag).is_ok())
    }

    fn mac(&self, purpose: &str, body: &str) -> Option<Hmac<Sha256>> {
        // HMAC takes a key of any length; the constructor's error is for other MACs.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).ok()?;
        // The purpose keeps a form's token from passing as a session, and links use purposes of their own.
        for part in [purpose.as_bytes(), &[0x1f], body.as_bytes()] {
            mac.update(part);
        }
        Some(mac)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_and_cannot_be_made_up() {
        let keys = Keys::new(b"a secret of some length");
        let now = Instant::from_ms(1_000_000);
        let session = keys.session("abc", now);
        assert_eq!(keys.open(&session, now), Some("abc"));
        assert_eq!(keys.open(&session, now + SESSION - Span::from_ms(1)), Some("abc"));
        assert_eq!(keys.open(&session, now + SESSION), None);
        assert_eq!(keys.open(&session.replace("abc", "abd"), now), None);
        assert_eq!(Keys::new(b"another secret").open(&session, now), None);
        assert_eq!(keys.open("", now), None);
    }

    #[test]
    fn a_form_token_belongs_to_its_session() {
        let keys = Keys::new(b"a secret of some length");
        let token = keys.form("one session");
        assert!(keys.is_form("one session", &token));
        assert!(!keys.is_form("another session", &token));
        assert!(!keys.is_form("one session", ""));
    }
}
