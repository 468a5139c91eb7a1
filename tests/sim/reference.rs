//! The reference model: plain bookkeeping of what must be true, told of everything that was committed.
//!
//! It knows no SQL, no leases and no timers. What the engine's shell carries is checked against it after every commit;
//! rules about orders are the core's and are asked anew, over facts folded from the plain set of accepted events.

use std::collections::{BTreeMap, BTreeSet};

use forewarn::engine::{Attempt, Incoming, Ingested, Position, Record, Taken};
use forewarn::intake::Reason;
use forewarn::policy::PolicyBook;
use forewarn::store::port::{NoticeRow, NoticeState};
use forewarn_core::event::{Body, Event, OrderEvent, Stamp, Subject};
use forewarn_core::facts::Facts;
use forewarn_core::grant::GrantStatus;
use forewarn_core::ids::NoticeId;
use forewarn_core::order::Order;
use forewarn_core::policy::Uncertain;
use forewarn_core::{Instant, OrderKey};

use crate::broker::Place;
use crate::ledger::Ledger;

/// A notice that left the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Out {
    pub(crate) key: String,
    pub(crate) state: NoticeState,
    /// Under which lease, and until when, while it is on its way.
    pub(crate) lease: Option<(String, Instant)>,
    /// Which message told it, and on which channel.
    pub(crate) way: (String, String),
    /// Whether it tells of a coupon or promotes something: such a notice is never sent again unasked.
    is_rich: bool,
    /// Nobody knows whether an earlier attempt was taken.
    pub(crate) in_doubt: bool,
    /// It was sent once more for that reason, which may happen once.
    pub(crate) resent: bool,
}

type Said = BTreeMap<(String, String), (Stamp, u64, OrderEvent)>;

/// What must be true.
pub(crate) struct Reference {
    /// Accepted events of each order, by source and id.
    said: BTreeMap<OrderKey, Said>,
    /// Owner's epoch and next offset of each partition.
    pub(crate) offsets: BTreeMap<Place, (i64, Option<i64>)>,
    /// Notices that left the outbox.
    pub(crate) out: BTreeMap<NoticeId, Out>,
    pub(crate) ledger: Ledger,
    /// Whether a condition was ever raised.
    pub(crate) conditions: bool,
    pub(crate) policy: PolicyBook,
    /// Answers by account: applied or stale, repeated, dead letters.
    pub(crate) answers: [u64; 3],
    /// Notices on record as sent.
    recorded: BTreeSet<NoticeId>,
    /// Where refused messages stood.
    pub(crate) refused: BTreeSet<(Place, i64)>,
}

impl Reference {
    pub(crate) fn new() -> Self {
        Self {
            said: BTreeMap::new(),
            offsets: BTreeMap::new(),
            out: BTreeMap::new(),
            ledger: Ledger::default(),
            conditions: false,
            policy: PolicyBook::default(),
            answers: [0; 3],
            recorded: BTreeSet::new(),
            refused: BTreeSet::new(),
        }
    }

    /// Every order of which something was accepted.
    pub(crate) fn orders(&self) -> Vec<OrderKey> {
        self.said.keys().cloned().collect()
    }

    /// The facts of an order: its accepted events folded in the order of their stamps.
    pub(crate) fn facts(&self, key: &OrderKey) -> Facts {
        let mut all: Vec<_> = self.said[key].values().collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        let mut facts = Facts::default();
        for (stamp, digest, event) in all {
            facts.fold(stamp, *digest, event.clone());
        }
        facts
    }

    /// The order as its accepted events tell it.
    pub(crate) fn order(&self, key: &OrderKey) -> Order {
        Order::read(key, &self.facts(key))
    }

    /// Whether a write of these positions must be let through.
    pub(crate) fn lets_write(&self, positions: &[Position]) -> bool {
        positions.iter().all(|p| {
            let known = self.offsets.get(&(p.topic.clone(), p.partition));
            known == Some(&(p.epoch, p.expected))
        })
    }

    /// A batch was committed: each event gets the one right answer, and each partition moves on.
    pub(crate) fn ingested(&mut self, batch: &[Incoming], positions: &[Position], ingested: &Ingested) {
        assert_eq!(batch.len(), ingested.taken.len(), "one answer an event");
        let mut records = ingested.records.iter();
        for p in positions {
            self.offsets.insert((p.topic.clone(), p.partition), (p.epoch, Some(p.next)));
        }
        for (incoming, answer) in batch.iter().zip(&ingested.taken) {
            let expected = self.hear(incoming);
            assert!(
                expected.iter().any(|e| e == answer),
                "{:?} was answered {answer:?}, right would be {expected:?}",
                incoming.origin
            );
            let account = match answer {
                Taken::Applied | Taken::Stale => 0,
                Taken::Repeated => 1,
                Taken::DeadLetter(_) => 2,
                Taken::Parked => panic!("an order was set aside: {:?}", incoming.origin),
            };
            self.answers[account] += 1;
            if account == 2 {
                let place = (incoming.origin.topic.clone(), incoming.origin.partition);
                self.refused.insert((place, incoming.origin.offset));
            }
            // What the coupon system's word changed is on record, in the order of the words.
            let is_word = matches!(&incoming.event, Ok(Event { body: Body::GrantResult(_), .. }));
            if is_word && *answer == Taken::Applied {
                self.record(records.next().map(std::slice::from_ref).unwrap_or_default());
            }
        }
        assert!(records.next().is_none(), "a grant changed and nobody had answered");
    }

    /// Takes an event to heart and gives the answers that would be right.
    fn hear(&mut self, incoming: &Incoming) -> Vec<Taken> {
        let event = match &incoming.event {
            Ok(event) => event,
            Err(fault) => return vec![Taken::DeadLetter(fault.reason)],
        };
        let either = vec![Taken::Applied, Taken::Stale];
        match (&event.subject, &event.body) {
            (Subject::Order(key), Body::Order(said)) => self.hear_order(key, event, said),
            (Subject::Condition(_), _) => {
                self.conditions = true;
                either
            }
            (Subject::Notice(id), _) if !self.out.contains_key(id) => vec![Taken::DeadLetter(Reason::UnknownNotice)],
            (Subject::Grant(_), Body::GrantResult(result)) => vec![self.ledger.hear(event, result.status)],
            (Subject::Notice(_), _) => vec![Taken::Applied],
            _ => either,
        }
    }

    fn hear_order(&mut self, key: &OrderKey, event: &Event, said: &OrderEvent) -> Vec<Taken> {
        let stamp = &event.stamp;
        let name = (stamp.source.to_string(), stamp.id.to_string());
        let known = self.said.entry(key.clone()).or_default();
        match known.get(&name) {
            Some((_, digest, _)) if *digest == event.digest() => vec![Taken::Repeated],
            Some(_) => vec![Taken::DeadLetter(Reason::IdReused)],
            None => {
                known.insert(name, (stamp.clone(), event.digest(), said.clone()));
                vec![Taken::Applied, Taken::Stale]
            }
        }
    }

    /// A claim was committed: what it lets out was not out before. What was perhaps taken keeps its message and its way,
    /// and tells of no coupon.
    pub(crate) fn let_out(&mut self, notice: &NoticeRow, token: &str, until: Instant) {
        let known = self.out.get(&notice.notice_id);
        let state = known.map(|out| out.state);
        assert!(matches!(state, None | Some(NoticeState::Retry)), "{} leaves again after {state:?}", notice.key);
        let composed = notice.composed.as_ref().expect("what leaves has words");
        let way = (composed.message_id.clone(), composed.channel.clone());
        let is_rich = composed.grant_id.is_some() || composed.promotional;
        let in_doubt = known.is_some_and(|out| out.in_doubt);
        let same = known.is_none_or(|out| out.way == way && !is_rich);
        let other = "was perhaps taken and leaves as another message";
        assert!(!in_doubt || same, "{} {other}: {known:?}, now {way:?}, {composed:?}", notice.key);
        let resent = known.is_some_and(|out| out.resent);
        let (key, lease) = (notice.key.clone(), Some((token.to_owned(), until)));
        let out = Out { key, state: NoticeState::Sending, lease, way, is_rich, in_doubt, resent };
        self.out.insert(notice.notice_id.clone(), out);
    }

    /// An outcome was committed under `token`; gives what becomes of the notice if it may count.
    pub(crate) fn settles(&mut self, id: &NoticeId, token: &str, answer: &Attempt) -> Option<NoticeState> {
        let resends = self.policy.base().delivery.uncertain == Uncertain::Resend;
        let out = self.out.get_mut(id).expect("only what left can be settled");
        out.lease.take_if(|(own, _)| own == token)?;
        out.state = match answer {
            Attempt::Sent { .. } => NoticeState::Sent,
            Attempt::Retry { .. } => NoticeState::Retry,
            Attempt::Failed { .. } if !out.in_doubt => NoticeState::Failed,
            Attempt::Unknown { .. } if resends && !out.in_doubt && !out.is_rich => {
                out.resent = true;
                NoticeState::Retry
            }
            Attempt::Failed { .. } | Attempt::Unknown { .. } => NoticeState::Unknown,
        };
        out.in_doubt |= matches!(answer, Attempt::Unknown { .. });
        Some(out.state)
    }

    /// Notices that were perhaps taken and wait to be sent once more.
    pub(crate) fn doubtful(&self) -> Vec<NoticeId> {
        let waits = |out: &Out| out.in_doubt && out.state == NoticeState::Retry;
        self.out.iter().filter(|(_, out)| waits(out)).map(|(id, _)| id.clone()).collect()
    }

    /// A claim found that one of them need not or must not be sent again.
    pub(crate) fn closes(&mut self, notice: &NoticeRow) {
        let arrived = matches!(notice.feedback.as_deref(), Some("delivered" | "opened"));
        let right = notice.state == NoticeState::Unknown || (notice.state == NoticeState::Sent && arrived);
        assert!(right, "{} was perhaps taken and is {:?} now", notice.key, notice.state);
        let told = self.recorded.contains(&notice.notice_id);
        assert_eq!(told, notice.state == NoticeState::Sent, "{} is on record otherwise", notice.key);
        self.out.get_mut(&notice.notice_id).expect("it left").state = notice.state;
    }

    /// Notices whose lease has run out by `now` while they were on their way.
    pub(crate) fn stranded(&self, now: Instant) -> BTreeSet<NoticeId> {
        let over = |out: &Out| out.lease.as_ref().is_some_and(|(_, until)| *until <= now);
        self.out.iter().filter(|(_, out)| over(out)).map(|(id, _)| id.clone()).collect()
    }

    /// When the next lease of a notice on its way runs out.
    pub(crate) fn next_lease_end(&self) -> Option<Instant> {
        self.out.values().filter_map(|out| out.lease.as_ref()).map(|(_, until)| *until).min()
    }

    /// Records were committed.
    pub(crate) fn record(&mut self, records: &[Record]) {
        for record in records {
            match record {
                Record::Notice(n) => {
                    assert!(self.recorded.insert(n.notice_id.clone()), "{} is on record as sent twice", n.notice_id);
                }
                Record::Suppressed(s) => {
                    let sent = self.recorded.contains(&s.notice_id);
                    assert!(!sent, "{} is on record as not sent after it was sent", s.notice_id);
                }
                Record::Grant(g) => {
                    let status = GrantStatus::named(g.status).expect("a status of the contract");
                    let key = OrderKey {
                        merchant_id: forewarn_core::ids::MerchantId::new(&g.merchant_id).expect("a short id"),
                        order_id: forewarn_core::ids::OrderId::new(&g.order_id).expect("a short id"),
                    };
                    let buyer = self.order(&key).buyer.map(|b| b.buyer_id);
                    self.ledger.record(g, status, (key, buyer), self.policy.base());
                }
            }
        }
    }
}
