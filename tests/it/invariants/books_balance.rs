//! The books balance: events in and notices due each end in exactly one account, and so does the money.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use forewarn::engine::{Attempt, Record};
use forewarn::store::port::{Book, GrantRow, NoticeRow, NoticeState};
use forewarn_core::grant::GrantStatus;
use forewarn_core::ids::{MerchantId, OrderId};
use forewarn_core::{Instant, OrderKey, Span};

use super::floor::{Floor, sent};
use super::generated::{Dice, Generated, floor, start};

/// A generated floor played with a bad network, processes that die, and events that come late.
struct Played {
    floor: Floor,
    dice: Dice,
    records: Vec<Record>,
    read: u64,
}

impl Played {
    fn new(seed: u64, made: &Generated) -> Self {
        let mut played = Self {
            floor: Floor::over(forewarn::store::sqlite::Db::in_memory().expect("memory"), Some(start())),
            dice: Dice::new(seed),
            records: Vec::new(),
            read: 0,
        };
        let mut arrivals: Vec<(Instant, String)> = Vec::new();
        for line in made.lines(&mut Dice::new(seed)) {
            let event: serde_json::Value = serde_json::from_str(&line).expect("a line we made");
            let time = Instant::parse(event["time"].as_str().unwrap_or_default()).expect("a time we made");
            let late = if played.dice.chance(12) { played.dice.below(3_000) } else { 0 };
            arrivals.push((time + Span::minutes(i64::try_from(late).expect("two days")), line));
        }
        arrivals.sort();
        for (at, line) in arrivals {
            played.pass(at);
            played.floor.now = at;
            let junk = played.dice.chance(3);
            played.floor.raw(if junk { b"{\"not\":" } else { line.as_bytes() });
            played.read += 1;
        }
        let end = played.floor.now + Span::hours(24 * 40);
        played.pass(end);
        played
    }

    fn pass(&mut self, until: Instant) {
        while let Some(due) = self.floor.next_due().filter(|due| *due < until) {
            self.floor.now = self.floor.now.max(due);
            self.settle_down();
        }
    }

    fn settle_down(&mut self) {
        let now = self.floor.now;
        while self.floor.run(|engine, tx| engine.learn(tx, now)) {}
        while self.floor.run(|engine, tx| engine.sweep(tx, now, 10)) {}
        let woken = self.floor.wake();
        self.records.extend(woken.records);
        self.records.extend(self.floor.run(|engine, tx| engine.grant_at_once(tx, now, 100)));
        self.floor.settle_stranded();
        let claimed = self.floor.claim("p");
        self.records.extend(claimed.records);
        for notice in &claimed.ready {
            let attempt = match self.dice.below(12) {
                0 => {
                    Attempt::Retry { after: Duration::from_secs(60 * self.dice.below(900)), reason: "try later".into() }
                }
                1 => Attempt::Failed { reason: "no such address".into() },
                2 => Attempt::Unknown { reason: "cut off".into() },
                // The process dies: nobody settles, until the lease runs out.
                3 => continue,
                _ => sent(),
            };
            self.records.extend(self.floor.settle(notice, "p", &attempt));
        }
    }
}

fn rows<R>(
    played: &mut Played,
    made: &Generated,
    read: impl Fn(&mut dyn forewarn::store::Tx, &OrderKey) -> Result<Vec<R>, forewarn::store::StoreError>,
) -> Vec<R> {
    let key = |(merchant, order, ..): &(String, String, String, &str)| OrderKey {
        merchant_id: MerchantId::new(merchant).expect("a short id"),
        order_id: OrderId::new(order).expect("a short id"),
    };
    made.orders.iter().flat_map(|order| played.floor.run(|_, tx| read(tx, &key(order)))).collect()
}

#[test]
fn books_balance_on_random_floors() {
    for seed in [1, 2, 3] {
        let made = floor(seed, 120);
        let mut played = Played::new(seed, &made);
        events_balance(&mut played);
        let notices = rows(&mut played, &made, |tx, key| tx.notices_of(key));
        let grants = rows(&mut played, &made, |tx, key| tx.grants_of(key));
        notices_balance(&played, &notices);
        money_balances(&mut played, &notices, &grants);
    }
}

fn events_balance(played: &mut Played) {
    let five = [Book::Applied, Book::Repeated, Book::Stale, Book::Parked, Book::DeadLetters];
    let sums = five.map(|book| played.floor.book(book));
    assert_eq!((played.floor.book(Book::Read), sums.iter().sum()), (played.read, played.read), "{sums:?}");
    assert!(sums[0] > 0 && sums[1] > 0 && sums[4] > 0);
    assert_eq!(sums[3], 0, "a generated event parked its order");
}

fn notices_balance(played: &Played, notices: &[NoticeRow]) {
    let suppressed: BTreeMap<_, Instant> = played
        .records
        .iter()
        .filter_map(|r| if let Record::Suppressed(s) = r { Some((s.notice_id.clone(), s.at)) } else { None })
        .collect();
    let mut due: BTreeSet<_> = suppressed.keys().cloned().collect();
    due.extend(notices.iter().map(|n| n.notice_id.clone()));
    let count = |wanted: &[NoticeState]| notices.iter().filter(|n| wanted.contains(&n.state)).count();
    let settled = count(&[NoticeState::Sent]) + count(&[NoticeState::Failed]) + count(&[NoticeState::Unknown]);
    let pending = count(&[NoticeState::Ready, NoticeState::Retry, NoticeState::Claimed, NoticeState::Sending]);
    let gone: Vec<_> = notices.iter().filter(|n| n.state == NoticeState::Withdrawn).collect();
    for notice in &gone {
        assert!(suppressed.contains_key(&notice.notice_id), "{} was withdrawn in silence", notice.key);
    }
    let written: BTreeSet<_> =
        notices.iter().filter(|n| n.state != NoticeState::Withdrawn).map(|n| n.notice_id.clone()).collect();
    let not_sent = due.difference(&written).count();
    assert_eq!(due.len(), settled + pending + not_sent);
    assert_eq!(pending, 0, "after forty days nothing waits");
    for notice in notices.iter().filter(|n| n.state == NoticeState::Sent) {
        let later = suppressed.get(&notice.notice_id).filter(|at| Some(**at) > notice.sent_at);
        assert!(later.is_none(), "{} is on record as not sent after it was sent", notice.key);
    }
    let ids: Vec<_> = played
        .records
        .iter()
        .filter_map(|r| if let Record::Notice(n) = r { Some(&n.notice_id) } else { None })
        .collect();
    assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "a notice was sent twice");
    assert_eq!(ids.len(), count(&[NoticeState::Sent]));
    assert!(!gone.is_empty() && settled > 100);
}

fn money_balances(played: &mut Played, notices: &[NoticeRow], grants: &[GrantRow]) {
    let totals = played.floor.run(|_, tx| tx.grant_totals(None));
    let sum = |status: GrantStatus| {
        grants.iter().filter(|g| g.status == status).map(|g| g.money.amount.thousandths()).sum::<i64>()
    };
    for status in GrantStatus::ALL {
        let stored: i64 = totals.iter().filter(|t| t.1 == *status).map(|t| t.4).sum();
        assert_eq!(stored, sum(*status), "{status}");
    }
    assert_eq!(totals.iter().map(|t| t.3).sum::<u64>(), grants.len() as u64);
    let by_key: BTreeMap<&str, &NoticeRow> = notices.iter().map(|n| (n.key.as_str(), n)).collect();
    for grant in grants {
        let notice = by_key.get(grant.notice_key.as_str()).expect("every grant belongs to a notice");
        let told = notice.state == NoticeState::Sent && notice.composed.as_ref().is_some_and(|c| c.grant_id.is_some());
        assert!(!(told && grant.status == GrantStatus::Released), "{} was told and taken back", grant.notice_key);
        assert!(grant.status != GrantStatus::Reserved, "{} still waits after forty days", grant.notice_key);
    }
    assert!(sum(GrantStatus::Granted) > 0);
}
