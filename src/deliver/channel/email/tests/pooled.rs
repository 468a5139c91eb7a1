//! Connections are kept, counted, checked and let go.

use std::{sync::Arc, time::Duration};

use super::{
    super::EmailChannel,
    channel, config,
    server::{Act, Script},
};
use crate::deliver::channel::{Channel, Outcome, tests::sample};

#[tokio::test]
async fn three_mails_share_one_connection_with_a_reset_between() {
    let server = Script::new().start().await;
    let channel = channel(&server);
    for _ in 0..3 {
        assert!(matches!(channel.send(&sample()).await, Outcome::Sent { .. }));
    }
    assert_eq!(server.connections(), 1);
    assert_eq!(server.mails().len(), 3);
    assert_eq!(server.commands().iter().filter(|c| *c == "RSET").count(), 2);
}

#[tokio::test]
async fn a_greeting_logs_in_and_leaves_its_connection_to_the_first_mail() {
    let server = Script::new().start().await;
    let channel = channel(&server);
    channel.greet().expect("mail can be greeted").await.expect("it answers");
    assert_eq!(server.commands(), ["EHLO forewarn.test"]);
    assert!(matches!(channel.send(&sample()).await, Outcome::Sent { .. }));
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_greeting_that_fails_says_what_a_mail_would_have_come_to() {
    let server = Script::new().on("EHLO", &[Act::Say("554 5.7.1 go away")]).start().await;
    let refused = channel(&server).greet().expect("mail can be greeted").await;
    assert_eq!(refused, Err(channel(&server).send(&sample()).await));
    assert!(matches!(refused, Err(Outcome::Retry { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_refused_recipient_does_not_cost_the_connection() {
    let server = Script::new().on("RCPT", &[Act::Say("550 5.1.1 no"), Act::Say("250 ok")]).start().await;
    let channel = channel(&server);
    assert!(matches!(channel.send(&sample()).await, Outcome::Failed { .. }));
    assert!(matches!(channel.send(&sample()).await, Outcome::Sent { .. }));
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_kept_connection_that_the_server_closed_is_replaced_at_once() {
    for act in [Act::Drop, Act::Say("421 4.4.2 idle too long")] {
        let server = Script::new().on("RSET", &[act]).start().await;
        let channel = channel(&server);
        for _ in 0..2 {
            assert!(matches!(channel.send(&sample()).await, Outcome::Sent { .. }));
        }
        assert_eq!(server.connections(), 2);
    }
}

#[tokio::test]
async fn after_an_unknown_outcome_the_connection_is_not_used_again() {
    let server = Script::new().on("END", &[Act::Say("yes?"), Act::Say("250 ok")]).start().await;
    let channel = channel(&server);
    assert!(matches!(channel.send(&sample()).await, Outcome::Unknown { .. }));
    assert!(matches!(channel.send(&sample()).await, Outcome::Sent { .. }));
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn an_idle_connection_is_let_go_after_its_time() {
    let server = Script::new().start().await;
    let mut config = config(server.port);
    config.idle_timeout = Duration::from_millis(50);
    let channel = EmailChannel::new("email", &config).unwrap();
    for _ in 0..2 {
        assert!(matches!(channel.send(&sample()).await, Outcome::Sent { .. }));
        tokio::time::sleep(Duration::from_millis(80)).await;
    }
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn no_more_connections_than_configured_are_opened() {
    let server = Script::new().start().await;
    let mut config = config(server.port);
    config.connections = 3;
    let channel = Arc::new(EmailChannel::new("email", &config).unwrap());
    let mails: Vec<_> = (0..40)
        .map(|_| {
            let channel = Arc::clone(&channel);
            tokio::spawn(async move { channel.send(&sample()).await })
        })
        .collect();
    for mail in mails {
        assert!(matches!(mail.await.unwrap(), Outcome::Sent { .. }));
    }
    assert_eq!(server.mails().len(), 40);
    assert!(server.connections() <= 3, "{}", server.connections());
}
