//! The channel against a scripted server: what each failing step means.

mod pooled;
mod server;
mod speed;
mod tls;

use std::time::Duration;

use mail_parser::MessageParser;

use self::server::{Act, Script, Server};
use super::{EmailChannel, SmtpConfig, config::tests::local};
use crate::deliver::channel::{Channel, Outcome, Recipient, RetryClass, tests::sample};

/// A configuration with time-outs short enough for a test.
fn config(port: u16) -> SmtpConfig {
    let mut config = local(port);
    config.timeout = Duration::from_millis(1_500);
    config.reply_timeout = Duration::from_millis(700);
    config
}

fn channel(server: &Server) -> EmailChannel {
    EmailChannel::new("email", &config(server.port)).unwrap()
}

async fn outcome_when(step: &'static str, act: Act) -> Outcome {
    let server = Script::new().on(step, &[act]).start().await;
    channel(&server).send(&sample()).await
}

/// The class of a retry; anything else ends the test.
fn retry_class(outcome: Outcome) -> RetryClass {
    match outcome {
        Outcome::Retry { class, .. } => class,
        other => panic!("expected a retry, got {other:?}"),
    }
}

#[tokio::test]
async fn a_mail_is_taken_whole_and_the_receipt_kept() {
    let server = Script::new().start().await;
    let outcome = channel(&server).send(&sample()).await;
    let receipt = "2.0.0 Ok: queued as Q1".to_owned();
    assert_eq!(outcome, Outcome::Sent { receipt });
    assert_eq!(
        server.commands(),
        ["EHLO forewarn.test", "MAIL FROM:<shop@mail.example.com>", "RCPT TO:<buyer.secret@example.org>", "DATA"]
    );
    let mails = server.mails();
    let mail = MessageParser::default().parse(&mails[0]).unwrap();
    assert_eq!(mail.subject(), Some(sample().subject.as_str()));
    assert_eq!(mail.body_text(0).unwrap().replace("\r\n", "\n"), sample().text);
}

#[tokio::test]
async fn a_text_of_lone_dots_arrives_as_it_was() {
    let server = Script::new().start().await;
    let mut outgoing = sample();
    outgoing.text = "one\n.\n..\n.three\nQUIT\n".to_owned();
    assert!(matches!(channel(&server).send(&outgoing).await, Outcome::Sent { .. }));
    let mails = server.mails();
    let mail = MessageParser::default().parse(&mails[0]).unwrap();
    assert_eq!(mail.body_text(0).unwrap().replace("\r\n", "\n"), outgoing.text);
}

#[tokio::test]
async fn before_the_dot_temporary_refusals_are_retried_by_their_class() {
    let cases = [
        ("BANNER", "421 4.3.2 too busy", RetryClass::Busy),
        ("EHLO", "421 closing", RetryClass::Busy),
        ("MAIL", "451 4.7.1 later", RetryClass::Greylisted),
        ("MAIL", "452 4.3.1 full", RetryClass::Busy),
        ("RCPT", "450 4.2.0 greylisted", RetryClass::Greylisted),
        ("RCPT", "421 4.7.0 closing", RetryClass::Busy),
        ("DATA", "451 4.3.0 later", RetryClass::Greylisted),
        ("END", "452 4.3.1 full", RetryClass::Busy),
        ("END", "451 4.7.1 greylisted", RetryClass::Greylisted),
    ];
    for (step, reply, class) in cases {
        assert_eq!(retry_class(outcome_when(step, Act::Say(reply)).await), class, "{step} {reply}");
    }
}

#[tokio::test]
async fn what_only_an_operator_can_mend_is_kept_for_him() {
    for (step, reply) in [
        ("BANNER", "554 5.7.1 go away"),
        ("EHLO", "550 5.5.0 bad name"),
        ("MAIL", "553 5.7.1 sender not yours"),
        ("RCPT", "530 5.7.0 log in first"),
    ] {
        assert_eq!(retry_class(outcome_when(step, Act::Say(reply)).await), RetryClass::Config, "{step}");
    }
}

#[tokio::test]
async fn final_refusals_of_this_mail_fail_without_repeating_the_address() {
    for (step, reply, reason) in [
        ("RCPT", "550 5.1.1 <buyer.secret@example.org> unknown", "smtp rcpt to: 550 5.1.1"),
        ("RCPT", "550 no buyer.secret@example.org here", "smtp rcpt to: 550"),
        ("DATA", "554 5.6.0 no", "smtp data: 554 5.6.0"),
        ("END", "554 5.7.1 spam", "smtp end of message: 554 5.7.1"),
    ] {
        let reason = reason.to_owned();
        assert_eq!(outcome_when(step, Act::Say(reply)).await, Outcome::Failed { reason });
    }
}

#[tokio::test]
async fn silence_before_the_dot_is_a_retry() {
    for step in ["BANNER", "EHLO", "MAIL", "RCPT", "DATA"] {
        let server = Script::new().on(step, &[Act::Hang]).start().await;
        let mut config = config(server.port);
        config.timeout = Duration::from_millis(250);
        let channel = EmailChannel::new("email", &config).unwrap();
        let class = retry_class(channel.send(&sample()).await);
        assert_eq!(class, RetryClass::Timeout, "{step}");
    }
}

#[tokio::test]
async fn a_connection_lost_before_the_dot_is_a_retry() {
    for step in ["BANNER", "EHLO", "MAIL", "RCPT", "DATA"] {
        assert_eq!(retry_class(outcome_when(step, Act::Drop).await), RetryClass::Network, "{step}");
    }
}

#[tokio::test]
async fn after_the_dot_a_lost_late_or_garbled_answer_is_unknown() {
    for act in [Act::Drop, Act::Hang, Act::Drip, Act::Say("yes?")] {
        let outcome = outcome_when("END", act).await;
        assert!(
            matches!(&outcome, Outcome::Unknown { reason } if reason.contains("end of message")),
            "{act:?} {outcome:?}"
        );
    }
}

#[tokio::test]
async fn a_line_that_is_cut_after_the_receipt_changes_nothing() {
    let outcome = outcome_when("END", Act::SayAndDrop("250 2.0.0 Ok: queued as Q1")).await;
    assert!(matches!(outcome, Outcome::Sent { .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_connection_that_stalls_inside_a_large_text_is_a_retry() {
    let server = Script::new().on("TEXT", &[Act::Hang]).start().await;
    let mut outgoing = sample();
    // More than the socket buffers of both sides hold, so that the text cannot be written out.
    outgoing.html = "x".repeat(24 << 20);
    let outcome = channel(&server).send(&outgoing).await;
    assert!(
        matches!(&outcome, Outcome::Retry { class: RetryClass::Timeout, reason, .. } if reason.contains("message text")),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn no_server_at_all_is_a_network_retry() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let refused = EmailChannel::new("email", &config(port)).unwrap();
    assert_eq!(retry_class(refused.send(&sample()).await), RetryClass::Network);

    let mut nowhere = config(25);
    nowhere.host = "no-such-host.invalid".to_owned();
    let unresolved = EmailChannel::new("email", &nowhere).unwrap();
    let class = retry_class(unresolved.send(&sample()).await);
    assert!(matches!(class, RetryClass::Network | RetryClass::Timeout));
}

#[tokio::test]
async fn logging_in_uses_plain_then_login_and_a_wrong_password_waits_for_the_operator() {
    for (offer, replies, sent) in [
        ("250-test\r\n250 AUTH LOGIN PLAIN", vec![Act::Say("235 ok")], "AUTH PLAIN AHUAcA=="),
        ("250-test\r\n250 AUTH LOGIN", vec![Act::Say("334 VXNlcm5hbWU6")], "AUTH LOGIN"),
    ] {
        let server = Script::new()
            .on("EHLO", &[Act::Say(offer)])
            .on("AUTH", &replies)
            .on("OTHER", &[Act::Say("334 UGFzc3dvcmQ6"), Act::Say("235 ok")])
            .start()
            .await;
        assert!(matches!(with_login(server.port).send(&sample()).await, Outcome::Sent { .. }));
        assert!(server.commands().contains(&sent.to_owned()), "{:?}", server.commands());
    }
    for (step, reply, class) in [
        ("AUTH", "535 5.7.8 wrong", RetryClass::Config),
        ("AUTH", "454 4.7.0 later", RetryClass::Busy),
        ("EHLO", "250 test", RetryClass::Config),
    ] {
        let server = Script::new().on(step, &[Act::Say(reply)]).start().await;
        assert_eq!(retry_class(with_login(server.port).send(&sample()).await), class, "{reply}");
    }
}

fn with_login(port: u16) -> EmailChannel {
    let mut config = config(port);
    (config.username, config.password) = (Some("u".to_owned()), Some("p".into()));
    EmailChannel::new("email", &config).unwrap()
}

#[tokio::test]
async fn a_bad_recipient_fails_before_any_connection() {
    let server = Script::new().start().await;
    for bad in ["", "nobody", "a@b\r\nRCPT TO:<c@d>", "a b@example.org"] {
        let mut outgoing = sample();
        outgoing.to = Recipient::new(bad);
        assert!(matches!(channel(&server).send(&outgoing).await, Outcome::Failed { .. }), "{bad}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn an_address_outside_ascii_needs_a_server_that_takes_it() {
    let mut outgoing = sample();
    outgoing.to = Recipient::new("用户@例子.中国");
    let plain = Script::new().start().await;
    assert!(matches!(channel(&plain).send(&outgoing).await, Outcome::Failed { .. }));

    let offer = Act::Say("250-test\r\n250-8BITMIME\r\n250 SMTPUTF8");
    let able = Script::new().on("EHLO", &[offer]).start().await;
    assert!(matches!(channel(&able).send(&outgoing).await, Outcome::Sent { .. }));
    assert!(able.commands().contains(&"MAIL FROM:<shop@mail.example.com> SMTPUTF8 BODY=8BITMIME".to_owned()));
}
