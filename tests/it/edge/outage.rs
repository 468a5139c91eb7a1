//! A channel that is down for days: what its notices have become when it is back, and the other way round it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use forewarn::deliver::channel::{Channel, Outcome, Outgoing, RetryClass, Sending};
use forewarn::deliver::channels::Channels;
use forewarn::deliver::gate::Limits;
use forewarn::store::port::NoticeState;
use forewarn_core::Span;
use forewarn_core::notice::{Kind, Why};
use serde_json::{Value, json};

use super::stage::{dispatcher, settle};
use crate::invariants::floor::{Floor, about, at};

/// A channel whose server is away, or is not.
struct Server {
    name: &'static str,
    outcome: Outcome,
    seen: Mutex<Vec<Outgoing>>,
}

impl Server {
    fn new(name: &'static str, outcome: Outcome) -> Arc<Self> {
        Arc::new(Self { name, outcome, seen: Mutex::default() })
    }

    fn kinds(&self) -> Vec<String> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|o| o.kind.clone()).collect()
    }
}

impl Channel for Server {
    fn name(&self) -> &str {
        self.name
    }

    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Sending<'a> {
        Box::pin(async {
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(outgoing.clone());
            self.outcome.clone()
        })
    }
}

fn away() -> Outcome {
    Outcome::Retry { class: RetryClass::Network, after: None, reason: "smtp connect: connection refused".into() }
}

fn busy() -> Outcome {
    Outcome::Retry { class: RetryClass::Busy, after: None, reason: "smtp banner: 421".into() }
}

fn taken() -> Outcome {
    Outcome::Sent { receipt: "250 ok".into() }
}

struct Stage {
    path: PathBuf,
    floor: Floor,
    _folder: tempfile::TempDir,
}

impl Stage {
    fn new(policy: &str, buyer: &Value) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("f.db");
        let mut floor = Floor::open(&path);
        floor.policy(policy);
        floor.order_with("02 10:00", "1", buyer.clone());
        Self { path, floor, _folder: folder }
    }

    /// Lets time pass until `time`, hour by hour, with `servers` in place.
    async fn until(&mut self, time: &str, servers: &[&Arc<Server>]) {
        while self.floor.now < at(time) {
            self.floor.now = (self.floor.now + Span::hours(1)).min(at(time));
            self.look(servers).await;
        }
    }

    async fn look(&mut self, servers: &[&Arc<Server>]) {
        let now = self.floor.now;
        while self.floor.run(|engine, tx| engine.learn(tx, now)) {}
        while self.floor.wake().orders > 0 {}
        deliver(&self.path, servers, now).await;
        while self.floor.wake().orders > 0 {}
    }
}

async fn deliver(path: &Path, servers: &[&Arc<Server>], now: forewarn_core::Instant) {
    let mut channels = Channels::default();
    for server in servers {
        channels.add(Arc::<Server>::clone(server), Limits::default());
    }
    settle(&dispatcher(path, channels, now, 4).start(Arc::new(|| {}))).await;
}

const MAIL_ONLY: &str = "[quiet_hours]\nfrom = \"00:00\"\nto = \"00:00\"\n";

fn mail() -> Value {
    json!({ "buyer": { "buyer_id": "lin", "email": "lin@example.com", "locale": "en" } })
}

#[tokio::test(flavor = "multi_thread")]
async fn after_three_days_only_what_is_still_worth_saying_is_said() {
    let mut stage = Stage::new(MAIL_ONLY, &mail());
    let down = Server::new("email", away());
    stage.until("05 10:00", &[&down]).await;
    // Paid three days ago, and warned of a limit that is a day past: both are no news any more.
    let floor = &mut stage.floor;
    assert_eq!(floor.states("1", Kind::OrderAccepted), [NoticeState::Withdrawn]);
    assert_eq!(floor.states("1", Kind::DelayWarning), [NoticeState::Withdrawn]);
    let why = floor.suppressions("1");
    assert!(
        why.contains(&(Kind::OrderAccepted, Why::Stale)) && why.contains(&(Kind::DelayWarning, Why::Stale)),
        "{why:?}"
    );
    assert!(!floor.states("1", Kind::PromiseMissed).contains(&NoticeState::Withdrawn));

    let back = Server::new("email", taken());
    stage.look(&[&back]).await;
    stage.until("05 12:00", &[&back]).await;
    assert_eq!(back.kinds(), ["promise_missed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_apology_three_days_late_is_not_made() {
    let mut stage = Stage::new(MAIL_ONLY, &mail());
    let down = Server::new("email", away());
    // Promised for 4 March, 10:00; the apology is worth something for 72 hours.
    stage.until("07 14:00", &[&down]).await;
    assert_eq!(stage.floor.states("1", Kind::PromiseMissed), [NoticeState::Withdrawn]);
    assert!(stage.floor.suppressions("1").contains(&(Kind::PromiseMissed, Why::Stale)));
    let back = Server::new("email", taken());
    stage.look(&[&back]).await;
    stage.until("07 17:00", &[&back]).await;
    assert_eq!(back.kinds(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_shipped_meanwhile_is_told_as_shipped_and_nothing_else() {
    let mut stage = Stage::new(MAIL_ONLY, &mail());
    let down = Server::new("email", away());
    stage.until("04 09:00", &[&down]).await;
    let parcel = json!({ "parcel_id": "p", "carrier": "SF" });
    stage.floor.say("04 09:30", "warehouse.shipped", about("1", parcel));
    stage.until("05 10:00", &[&down]).await;
    let back = Server::new("email", taken());
    stage.look(&[&back]).await;
    stage.until("05 12:00", &[&back]).await;
    assert_eq!(back.kinds(), ["shipped"]);
}

fn both() -> Value {
    let buyer = json!({ "buyer_id": "lin", "email": "lin@example.com", "phone": "+8613800000000", "locale": "en" });
    json!({ "buyer": buyer })
}

fn failing_over() -> String {
    format!("{MAIL_ONLY}[delivery]\nfailover = [\"sms\"]\nfailover_after = \"2h\"\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_down_for_long_is_gone_round_where_the_policy_says_so() {
    let mut stage = Stage::new(&failing_over(), &both());
    let (down, sms) = (Server::new("email", away()), Server::new("sms", taken()));
    // Six orders more, so that the channel is found to be down.
    for n in 2..8 {
        let mut buyer = both();
        buyer["buyer"]["buyer_id"] = json!(format!("b-{n}"));
        stage.floor.order_with("02 10:00", &n.to_string(), buyer);
    }
    stage.look(&[&down, &sms]).await;
    stage.until("02 11:00", &[&down, &sms]).await;
    assert_eq!(sms.kinds().len(), 0, "not yet");
    stage.until("02 13:00", &[&down, &sms]).await;
    assert_eq!(sms.kinds(), ["order_accepted"; 7]);
    assert_eq!(stage.floor.states("1", Kind::OrderAccepted), [NoticeState::Sent]);
    let told = stage.floor.notices("1").remove(0).composed.expect("it was sent");
    assert_eq!((told.channel.as_str(), told.to.reveal()), ("sms", "+8613800000000"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_works_again_is_found_out_while_all_goes_another_way() {
    let mut stage = Stage::new(&failing_over(), &both());
    let (down, sms) = (Server::new("email", away()), Server::new("sms", taken()));
    for n in 2..8 {
        let mut buyer = both();
        buyer["buyer"]["buyer_id"] = json!(format!("b-{n}"));
        stage.floor.order_with("02 10:00", &n.to_string(), buyer);
    }
    stage.until("02 14:00", &[&down, &sms]).await;
    assert_eq!(sms.kinds(), ["order_accepted"; 7]);
    // Everybody can be reached the other way, so nothing has to go by mail; it is found out all the same.
    let back = Server::new("email", taken());
    stage.floor.say("02 14:10", "warehouse.shipped", about("1", json!({ "parcel_id": "p", "carrier": "SF" })));
    stage.until("02 15:00", &[&back, &sms]).await;
    assert_eq!(back.kinds(), ["shipped"]);
    assert!(stage.floor.run(|_, tx| forewarn::engine::Engine::channels_down(tx)).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_notice_that_is_refused_for_long_takes_the_other_way_alone() {
    let mut stage = Stage::new(&failing_over(), &both());
    let (refusing, sms) = (Server::new("email", busy()), Server::new("sms", taken()));
    stage.until("02 11:00", &[&refusing, &sms]).await;
    assert_eq!((refusing.kinds().is_empty(), sms.kinds().len()), (false, 0));
    stage.until("02 14:00", &[&refusing, &sms]).await;
    assert_eq!(sms.kinds(), ["order_accepted"]);
    assert!(stage.floor.run(|_, tx| forewarn::engine::Engine::channels_down(tx)).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_another_way_without_address_wish_or_policy() {
    let no_wish = json!({ "merchant_id": "qinghe", "buyer_id": "lin", "channel": "sms", "allow": false });
    for (policy, buyer, wish) in
        [(MAIL_ONLY.to_owned(), both(), None), (failing_over(), mail(), None), (failing_over(), both(), Some(no_wish))]
    {
        let mut stage = Stage::new(&policy, &buyer);
        if let Some(wish) = wish {
            stage.floor.say("02 10:01", "buyer.preference", wish);
        }
        let (down, sms) = (Server::new("email", busy()), Server::new("sms", taken()));
        stage.until("02 16:00", &[&down, &sms]).await;
        assert_eq!(sms.kinds(), [""; 0]);
        assert_eq!(stage.floor.states("1", Kind::OrderAccepted), [NoticeState::Retry]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_perhaps_taken_never_changes_its_way() {
    let policy = failing_over().replace("[delivery]", "[delivery]\nuncertain = \"resend\"");
    let mut stage = Stage::new(&policy, &both());
    let lost = Server::new("email", Outcome::Unknown { reason: "smtp end of message: timed out".into() });
    let sms = Server::new("sms", taken());
    stage.look(&[&lost, &sms]).await;
    assert_eq!(stage.floor.states("1", Kind::OrderAccepted), [NoticeState::Retry]);
    let since = stage.floor.now;
    let down = forewarn::engine::Down { since, why: "smtp connect: connection refused".into() };
    stage.floor.run(|_, tx| forewarn::engine::Engine::note_channel(tx, "email", Some(&down)));
    let refusing = Server::new("email", busy());
    stage.until("02 15:00", &[&refusing, &sms]).await;
    assert_eq!(sms.kinds(), [""; 0]);
    assert_eq!(stage.floor.states("1", Kind::OrderAccepted), [NoticeState::Retry]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_perhaps_taken_on_the_other_way_goes_again_by_that_one() {
    let policy = failing_over().replace("[delivery]", "[delivery]\nuncertain = \"resend\"");
    let mut stage = Stage::new(&policy, &both());
    let refusing = Server::new("email", busy());
    let lost = Server::new("sms", Outcome::Unknown { reason: "gateway: timed out".into() });
    stage.until("02 13:00", &[&refusing, &lost]).await;
    assert_eq!(lost.kinds(), ["order_accepted"]);
    assert_eq!(stage.floor.states("1", Kind::OrderAccepted), [NoticeState::Retry]);
    // The first way works again, and it must not be heard on both.
    let (back, sms) = (Server::new("email", taken()), Server::new("sms", taken()));
    stage.until("02 15:00", &[&back, &sms]).await;
    assert_eq!((back.kinds().len(), sms.kinds()), (0, vec!["order_accepted".to_owned()]));
    assert_eq!(stage.floor.states("1", Kind::OrderAccepted), [NoticeState::Sent]);
}
