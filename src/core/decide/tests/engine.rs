//! A small engine around the core: fold, learn, wake, deliver, each at its instant, until nothing is due.
//!
//! It keeps the contracts the real engine keeps, and at every decision it checks what must hold for all of them.

use std::collections::{BTreeMap, BTreeSet};

use super::ledger::Ledger;
use super::script::Arrival;
use crate::condition::{Condition, ConditionFacts};
use crate::decide::join::{self, Passage, Topic};
use crate::decide::{
    Case, Decision, Due, Got, Guard, Pause, Paused, Preferences, Saying, Suppression, Told, decide, reach,
};
use crate::desk::{self, Change, Matter};
use crate::event::{Body, Event, Subject};
use crate::expedite;
use crate::facts::{Facts, Folded};
use crate::forecast::{Model, Observation, observe};
use crate::grant::Proposal;
use crate::ids::{BuyerId, ConditionId, OrderKey, Platform};
use crate::instant::{Instant, Span};
use crate::notice::Why;
use crate::order::Order;
use crate::policy::Policy;
use crate::promise;

/// How often the model learns.
const TICK: Span = Span::minutes(15);

/// What came out.
#[derive(Clone, Debug)]
pub(super) enum Record {
    /// What was told, what was given for it, and the orders or parcels told of in the same message.
    Sent(Box<Due>, Option<Proposal>, Vec<String>),
    Kept(Suppression),
    /// What a person is called for, or is not any more.
    Desk(Change),
    /// Its place among the orders the warehouse should take first.
    Queue(expedite::Change),
    Dead(Folded),
}

#[derive(Default)]
struct Book {
    facts: Facts,
    told: Told,
    wake_at: Option<Instant>,
}

/// What a scene has done beside its events.
#[derive(Clone, Copy, Debug)]
pub(super) enum Deed {
    /// A person settles the open entries of a matter.
    Settled(Matter),
    /// The coupon system refuses what the newest notice gave.
    Refused,
    /// A person holds notices back.
    Pauses(Paused),
    /// A person lets go what is held back.
    LetsGo,
}

/// The whole small world.
pub(super) struct Engine {
    pub(super) policy: Policy,
    pub(super) guard: Guard,
    pub(super) records: Vec<(Instant, OrderKey, Record)>,
    /// Keys whose send fails for good.
    pub(super) failing: BTreeSet<String>,
    /// While the mail server is away, decided notices wait.
    pub(super) outage: Option<(Instant, Instant)>,
    books: BTreeMap<OrderKey, Book>,
    conditions: BTreeMap<ConditionId, ConditionFacts>,
    preferences: BTreeMap<BuyerId, Preferences>,
    /// What people do, and when.
    pub(super) deeds: Vec<(Instant, Deed)>,
    sent: Vec<(Instant, BuyerId, Got)>,
    ledger: Ledger,
    spoke_at: Option<Instant>,
    model: Model,
    lessons: Vec<Observation>,
}

impl Engine {
    pub(super) fn new(policy: Policy, guard: Guard) -> Self {
        Self {
            policy,
            guard,
            records: Vec::new(),
            failing: BTreeSet::new(),
            outage: None,
            books: BTreeMap::new(),
            conditions: BTreeMap::new(),
            preferences: BTreeMap::new(),
            deeds: Vec::new(),
            sent: Vec::new(),
            ledger: Ledger::default(),
            spoke_at: None,
            model: Model::default(),
            lessons: Vec::new(),
        }
    }

    /// Plays `arrivals`, then goes on until nothing is due or `until` has passed.
    pub(super) fn play(&mut self, mut arrivals: Vec<Arrival>, until: Instant) {
        arrivals.sort_by_key(|a| (a.at, a.event.stamp.time, a.event.rank()));
        let mut arrivals = arrivals.into_iter().peekable();
        loop {
            let woken = self.books.values().filter_map(|b| b.wake_at).min();
            let next = arrivals.peek().map(|a| a.at);
            let done = self.deeds.first().map(|(at, _)| *at);
            let Some(now) = [woken, next, done].into_iter().flatten().min().filter(|at| *at <= until) else {
                return;
            };
            self.learn(now);
            let mut touched = BTreeSet::new();
            while let Some(arrival) = arrivals.next_if(|a| a.at == now) {
                touched.extend(self.ingest(arrival.event, now));
            }
            while self.deeds.first().is_some_and(|(at, _)| *at == now) {
                let (_, deed) = self.deeds.remove(0);
                touched.extend(self.done(&deed, now));
            }
            let due = self.books.iter().filter(|(_, b)| b.wake_at.is_some_and(|at| at <= now)).map(|(k, _)| k.clone());
            touched.extend(due.collect::<Vec<_>>());
            for key in touched {
                self.settle(&key, now);
            }
        }
    }

    fn ingest(&mut self, event: Event, now: Instant) -> Vec<OrderKey> {
        let digest = event.digest();
        assert_eq!(event.check(), Ok(()));
        match (event.subject, event.body) {
            (Subject::Order(key), Body::Order(said)) => {
                let from_warehouse = (5..=8).contains(&said.rank());
                self.spoke_at = self.spoke_at.max(from_warehouse.then_some(event.stamp.time));
                let book = self.books.entry(key.clone()).or_default();
                let folded = book.facts.fold(&event.stamp, digest, said);
                if matches!(folded, Folded::IdReused | Folded::TooMany) {
                    self.records.push((now, key.clone(), Record::Dead(folded)));
                }
                vec![key]
            }
            (Subject::Condition(id), Body::ConditionRaised(raised)) => {
                self.conditions.entry(id).or_default().raise(&event.stamp, raised);
                self.books.keys().cloned().collect()
            }
            (Subject::Condition(id), _) => {
                self.conditions.entry(id).or_default().clear(&event.stamp);
                self.books.keys().cloned().collect()
            }
            (Subject::Buyer(buyer), Body::Preference(word)) => {
                self.preferences.entry(buyer.buyer_id).or_default().take(word.channel, &event.stamp, word.allow);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// A person, or the coupon system, does something to every order.
    fn done(&mut self, deed: &Deed, now: Instant) -> Vec<OrderKey> {
        match deed {
            Deed::Pauses(of) => self.guard.pauses = vec![Pause { of: *of, since: now }],
            Deed::LetsGo => self.guard.pauses.clear(),
            Deed::Settled(_) | Deed::Refused => {}
        }
        for book in self.books.values_mut() {
            match deed {
                Deed::Pauses(_) | Deed::LetsGo => {}
                Deed::Settled(matter) => {
                    let open = |e: &&desk::Entry| e.matter == *matter && e.stage == desk::Stage::Open;
                    let entry = book.told.desk.iter().find(open).expect("an open entry").clone();
                    book.told.settle_desk(entry.matter, &entry.about, entry.number);
                }
                Deed::Refused => {
                    let key = book.told.said.last().expect("a notice").key.clone();
                    let grant_id = crate::ids::GrantId::new("grt_1").unwrap();
                    book.told.lost.push(desk::Lost { key, grant_id, at: now });
                }
            }
        }
        self.books.keys().cloned().collect()
    }

    /// What changes on the desk; a second look at the same changes nothing.
    fn review_desk(&mut self, key: &OrderKey, decision: &Decision, now: Instant) {
        let order = self.order(key);
        let told = &mut self.books.get_mut(key).unwrap().told;
        let changes = told.review_desk(&order, &self.policy, decision, now);
        assert_eq!(told.review_desk(&order, &self.policy, decision, now), [], "the desk rests");
        let about: BTreeSet<_> = told.desk.iter().map(|entry| (entry.matter, &entry.about)).collect();
        assert_eq!(about.len(), told.desk.len(), "one memory a matter");
        self.records.extend(changes.into_iter().map(|change| (now, key.clone(), Record::Desk(change))));
    }

    /// What changes in the order's place among those to take first; that it still stands there is no news.
    fn review_queue(&mut self, key: &OrderKey, decision: &Decision, now: Instant) {
        let order = self.order(key);
        let queued = &mut self.books.get_mut(key).unwrap().told.expedited;
        let before = queued.clone().filter(|known| known.fate.is_none()).map(|known| known.leave_by);
        let mut changes = expedite::follow(queued, &order, decision.expedite.as_ref(), now);
        changes.retain(|change| !matches!(change, expedite::Change::Stands(new) if Some(new.leave_by) == before));
        self.records.extend(changes.into_iter().map(|change| (now, key.clone(), Record::Queue(change))));
    }

    /// Teaches the model what was seen, once a tick has passed since.
    fn learn(&mut self, now: Instant) {
        let tick = now.floor_to(TICK);
        if !self.lessons.is_empty() && tick.to_string() != crate::forecast::Forecast::version(&self.model) {
            let lessons = std::mem::take(&mut self.lessons);
            self.model.learn(&lessons, tick);
        }
    }

    /// Decides and delivers until the order rests.
    fn settle(&mut self, key: &OrderKey, now: Instant) {
        self.observe(key, now);
        for round in 0.. {
            assert!(round < 20, "the order {key} never rests");
            let decision = self.decided(key, false, now);
            self.review_desk(key, &decision, now);
            self.review_queue(key, &decision, now);
            let book = self.books.get_mut(key).unwrap();
            book.wake_at = decision.wake_at;
            book.told.stopped.extend(decision.stopped.iter().cloned());
            for kept in decision.suppressed {
                assert!(book.told.suppressed.insert((kept.key.clone(), kept.why)), "suppressed twice: {}", kept.key);
                if book.told.find(&kept.key).is_some_and(|s| s.state == Saying::Pending) {
                    book.told.withdraw(&kept.key);
                }
                self.records.push((now, key.clone(), Record::Kept(kept)));
            }
            if let Some((_, back)) = self.outage.filter(|(from, back)| (*from..*back).contains(&now)) {
                book.told.said.retain(|s| s.state != Saying::Pending);
                book.told.said.extend(decision.due.iter().map(|due| due.said(now)));
                book.wake_at = Some(book.wake_at.map_or(back, |at| at.min(back)));
                return;
            }
            let Some(due) = decision.due.into_iter().next() else {
                return;
            };
            self.deliver(key, &due, now);
        }
    }

    fn deliver(&mut self, key: &OrderKey, due: &Due, now: Instant) {
        let mut members = vec![(key.clone(), due.clone())];
        members.extend(self.company(key, due, now));
        members.sort_by(|(_, a), (_, b)| join::place(a).cmp(&join::place(b)));
        let together: Vec<_> = members.iter().map(|(key, due)| (self.order(key), due)).collect();
        let proposals = self.ledger.grant_together(&self.policy, &together, now);
        for ((key, due), proposal) in members.iter().zip(proposals) {
            let others = members.iter().filter(|(_, other)| other.key != due.key);
            let with = others.map(|(key, due)| named(key, due)).collect();
            self.tell(key, due, (proposal, with), now);
        }
        let buyer = self.order(key).buyer.unwrap().buyer_id;
        let message_id = due.key.clone();
        let got = |(key, due): &(OrderKey, Due)| Got {
            message_id: message_id.clone(),
            kind: due.kind,
            order_id: key.order_id.clone(),
        };
        self.sent.extend(members.iter().map(|member| (now, buyer.clone(), got(member))));
    }

    /// Delays of this buyer's orders, or parcels of this order, that go out with `due`.
    fn company(&self, lead: &OrderKey, due: &Due, now: Instant) -> Vec<(OrderKey, Due)> {
        fn passage<'a>(key: &'a OrderKey, due: &'a Due, platform: Option<&'a Platform>) -> Passage<'a> {
            let topic = Topic::of(due.kind, key);
            Passage { topic, reach: &due.reach, locale: "zh-CN", platform, message_id: None }
        }
        let own = self.order(lead).platform;
        let joins = |key: &OrderKey, other: &Due| {
            let theirs = self.order(key).platform;
            other.key != due.key && passage(key, other, theirs.as_ref()).joins(&passage(lead, due, own.as_ref()))
        };
        let buyer = |key: &OrderKey| self.order(key).buyer.map(|b| b.buyer_id);
        let theirs = self.books.keys().filter(|key| buyer(key) == buyer(lead));
        let dues = theirs.flat_map(|key| {
            let due = self.decided(key, key != lead, now).due;
            due.into_iter().map(|due| (key.clone(), due))
        });
        dues.filter(|(key, other)| joins(key, other)).take(join::COMPANIONS_MAX).collect()
    }

    fn tell(&mut self, key: &OrderKey, due: &Due, (proposal, with): (Option<Proposal>, Vec<String>), now: Instant) {
        let book = self.books.get_mut(key).unwrap();
        book.told.withdraw(&due.key);
        book.told.said.push(due.said(now));
        let again = self.decided(key, false, now);
        let same = again.due.into_iter().find(|d| d.key == due.key).expect("what was due is due a moment later");
        let state = if self.failing.contains(&due.key) { Saying::Failed } else { Saying::Sent };
        self.books.get_mut(key).unwrap().told.settle(&due.key, state, now);
        self.records.push((now, key.clone(), Record::Sent(Box::new(same), proposal, with)));
    }

    fn order(&self, key: &OrderKey) -> Order {
        Order::read(key, &self.books[key].facts).met_by(self.policy.promise.met_by)
    }

    fn observe(&mut self, key: &OrderKey, now: Instant) {
        let order = self.order(key);
        let ship_by = promise::binding(&order, &self.policy).map(|p| p.value);
        let asked = self.decided(key, false, now).standing.asked;
        let learned = &mut self.books.get_mut(key).unwrap().told.learned;
        self.lessons.extend(observe(&order, ship_by, asked.as_ref(), learned, now));
    }

    /// Orders the shop left unwarned on the day of `now`; each counts on the day it was left out first.
    fn held_out_today(&self, order: &OrderKey, now: Instant) -> u64 {
        let (day, _) = self.policy.quiet_hours.zone.day(now);
        let mut first: BTreeMap<&OrderKey, Instant> = BTreeMap::new();
        for (at, key, record) in &self.records {
            if matches!(record, Record::Kept(kept) if kept.why == Why::Holdout) && key.merchant_id == order.merchant_id
            {
                first.entry(key).or_insert(*at);
            }
        }
        first.values().filter(|at| **at >= day).count() as u64
    }

    fn decided(&self, key: &OrderKey, in_company: bool, now: Instant) -> Decision {
        let order = self.order(key);
        let in_force: Vec<Condition> = self.conditions.iter().filter_map(|(id, c)| c.in_force(id)).collect();
        let conditions: Vec<&Condition> = in_force.iter().filter(|c| c.touches(&order)).collect();
        let buyer = order.buyer.as_ref();
        let empty = Preferences::default();
        let preferences = buyer.and_then(|b| self.preferences.get(&b.buyer_id)).unwrap_or(&empty);
        let (day, _) = self.policy.quiet_hours.zone.day(now);
        let today = |(at, who, _): &&(Instant, BuyerId, Got)| *at >= day && buyer.is_some_and(|b| b.buyer_id == *who);
        let sent_today: Vec<Got> = self.sent.iter().filter(today).map(|(_, _, got)| got.clone()).collect();
        let case = Case {
            order: &order,
            told: &self.books[key].told,
            conditions: &conditions,
            forecast: &self.model,
            policy: &self.policy,
            guard: &self.guard,
            reach: &reach(buyer, preferences, &self.policy.channels.order),
            sent_today: &sent_today,
            held_out_today: self.held_out_today(key, now),
            warehouse_spoke_at: self.spoke_at,
            in_company,
            now,
        };
        let decision = decide(case);
        assert_eq!(decision, decide(case), "the same case is decided the same way");
        super::sound::sound(&case, &decision);
        decision
    }
}

/// How a scene names what stands in another one's message.
fn named(key: &OrderKey, due: &Due) -> String {
    due.parcel_id.as_ref().map_or_else(|| key.order_id.to_string(), ToString::to_string)
}
