use super::*;

const FIRST: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const SECOND: &str = "whsec_c2Vjb25kLXNlY3JldC1vZi0zMi1ieXRlcy1sZW5ndGg=";

/// The worked example of the Standard Webhooks documents, so that other libraries can verify us.
#[test]
fn the_signature_is_the_one_of_the_published_example() {
    let signer = Signer::new([FIRST]).unwrap();
    let signed = signer.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
    assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

#[test]
fn while_a_secret_changes_either_side_may_be_ahead() {
    let both = Signer::new([FIRST, SECOND]).unwrap();
    let header = both.sign("n1", 1_000, b"{}");
    assert_eq!(header.split(' ').count(), 2);
    for receiver in [FIRST, SECOND] {
        let receiver = Signer::new([receiver]).unwrap();
        assert_eq!(receiver.verify("n1", 1_000, b"{}", &header, 1_000), Ok(()));
        let old = receiver.sign("n1", 1_000, b"{}");
        assert_eq!(both.verify("n1", 1_000, b"{}", &old, 1_299), Ok(()));
    }
}

#[test]
fn any_change_is_noticed() {
    let signer = Signer::new([FIRST]).unwrap();
    let header = signer.sign("n1", 1_000, b"{}");
    for (id, time, body) in
        [("n2", 1_000, &b"{}"[..]), ("n1", 1_001, b"{}"), ("n1", 1_000, b"{ }"), ("n1.1000", 1_000, b"")]
    {
        assert_eq!(signer.verify(id, time, body, &header, 1_000), Err(VerifyError::Mismatch));
    }
    for header in ["", "v1,", "v2,AAAA", "v1,!!", "v1", &header.replace("v1", "v1a")] {
        assert_eq!(signer.verify("n1", 1_000, b"{}", header, 1_000), Err(VerifyError::Mismatch), "{header}");
    }
}

#[test]
fn an_old_or_early_request_is_stale() {
    let signer = Signer::new([FIRST]).unwrap();
    let header = signer.sign("n1", 1_000, b"{}");
    for now in [1_301, 699, i64::MIN, i64::MAX] {
        assert_eq!(signer.verify("n1", 1_000, b"{}", &header, now), Err(VerifyError::Stale));
    }
}

#[test]
fn secrets_of_another_form_or_length_are_refused_without_being_repeated() {
    assert_eq!(Signer::new([]).err(), Some(SecretError::Missing));
    assert_eq!(Signer::new(["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]).err(), Some(SecretError::Form));
    assert_eq!(Signer::new(["whsec_not base64"]).err(), Some(SecretError::Form));
    assert_eq!(Signer::new(["whsec_c2hvcnQ="]).err(), Some(SecretError::Length(5)));
}
