//! Scheduled work of a process that dies in the middle: who comes after it goes on where it stood.

use std::time::Duration;

use crate::process::events::from_now;
use crate::process::{AT_ANY_HOUR, Place, Running};
use crate::services;

use super::post::{Mood, Post};

/// When the reports are due, counted from the first start: late enough for a debug build to be up.
const DUE_IN: Duration = Duration::from_secs(8);
const PATIENCE: Duration = Duration::from_secs(60);

/// Two shops, whose reports are due at one moment today.
fn place(post: &Post) -> Place {
    let due = from_now(0) + forewarn_core::Span::from_ms(DUE_IN.as_millis().try_into().unwrap());
    let due = due.to_string();
    let [hour, minute, second] = [11..13, 14..16, 17..19].map(|part| due[part].to_owned());
    let shop = |id: &str| format!("[shop.{id}]\nname = \"{id}\"\nreport_to = \"{id}@example.com\"\n");
    let cron = format!("[cron]\nmerchant_mail = \"{second} {minute} {hour} * * *\"\n");
    Place::new(&[Place::live(), post.section("jobs"), cron, shop("a"), shop("b")].concat(), "", AT_ANY_HOUR)
}

/// One report is taken; the process dies while the second one's server does not answer.
async fn dies_between_two_reports(place: &Place, post: &Post) {
    post.next(1, Mood::Take);
    post.next(1, Mood::SilentAtRcpt);
    let mut first = place.serve();
    let met = async |_: &Running<'_>| post.book().met.contains_key("b");
    first.within(PATIENCE, "the second report is under way", met).await;
    first.kill_nine();
    assert_eq!(post.book().orders.get("a"), Some(&1));

    let mut next = place.serve();
    next.within(PATIENCE, "the second report is made up for", async |_| post.book().orders.contains_key("b")).await;
    // Both were due once: by now nobody is at them any more.
    next.ready().await;
    next.stop();
    let mut last = place.serve();
    last.ready().await;
    last.stop();
    let book = post.book();
    assert_eq!((book.orders.get("a"), book.orders.get("b")), (Some(&1), Some(&1)), "each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_under_way_at_a_death_is_made_up_for_on_sqlite() {
    let post = Post::start().await;
    let place = place(&post);
    dies_between_two_reports(&place, &post).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_under_way_at_a_death_is_made_up_for_on_postgresql() {
    let Some(server) = services::postgres() else { return };
    let database = services::database(&server);
    let post = Post::start().await;
    let place = place(&post).sharing(&database.url);
    dies_between_two_reports(&place, &post).await;
}
