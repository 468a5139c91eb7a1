//! Signatures: what we sign verifies, what was changed or made up does not, whatever it looks like.

use forewarn::deliver::channel::webhook::signature::{Signer, TOLERANCE_SECONDS};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Four lines (secret, id, signature header, time), then the body.
pub(crate) fn webhook(data: &[u8]) {
    let mut parts = data.splitn(5, |byte| *byte == b'\n');
    let mut text = || String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    let (secret, id, header, time) = (text(), text(), text(), text());
    let body = parts.next().unwrap_or_default();
    let at: i64 = time.parse().unwrap_or(1_772_409_600);
    let signer = Signer::new([SECRET]).expect("a good secret");
    let signed = signer.sign(&id, at, body);
    assert!(signer.verify(&id, at, body, &signed, at).is_ok(), "our own signature does not verify");
    let with_more = format!("v1a,x {header} {signed}");
    assert!(signer.verify(&id, at, body, &with_more, at).is_ok(), "one good signature among others suffices");
    if !header.split(' ').any(|one| signed == one) {
        assert!(signer.verify(&id, at, body, &header, at).is_err(), "a made-up signature verifies");
    }
    let stale = at.saturating_add(TOLERANCE_SECONDS + 1);
    assert!(stale == i64::MAX || signer.verify(&id, at, body, &signed, stale).is_err(), "a stale request verifies");
    let changed: Vec<u8> = body.iter().copied().chain([0]).collect();
    assert!(signer.verify(&id, at, &changed, &signed, at).is_err(), "a changed body verifies");
    if let Ok(theirs) = Signer::new([secret.as_str()]) {
        // HMAC fills a key up with zero bytes (RFC 2104), so a secret that differs by zeros at its end is the same one.
        let known = secret.trim_end_matches(['A', '=']) == SECRET;
        assert_eq!(theirs.verify(&id, at, body, &signed, at).is_ok(), known, "another secret verifies");
    }
}
