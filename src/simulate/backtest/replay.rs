//! Plays recorded events past the forecast: it is asked first and learns afterwards, as it does in the service.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;

use forewarn_core::condition::{Condition, ConditionFacts};
use forewarn_core::decide::{Assessment, Case, Guard, Reach, Told, assess};
use forewarn_core::event::{Body, Event, Subject};
use forewarn_core::facts::Facts;
use forewarn_core::forecast::observe::next_checkpoint;
use forewarn_core::forecast::{Model, Observation, next_landmark, observe};
use forewarn_core::ids::{ConditionId, MerchantId, Platform, WarehouseId};
use forewarn_core::notice::Why;
use forewarn_core::order::Order;
use forewarn_core::policy::{Policy, Ppm};
use forewarn_core::{Instant, OrderKey, Span};

use super::scored::{Asked, Scored};
use crate::engine::MODEL_TICK;
use crate::policy::PolicyBook;
use crate::simulate::Play;

/// Quoted dates are followed at these confidences, in parts per million.
pub(super) const CONFIDENCES: [u32; 6] = [500_000, 700_000, 800_000, 900_000, 950_000, 980_000];
/// In the last stretch before ship-by an order is looked at so often, as the service does (contract).
const REVIEW: Span = Span::hours(2);

/// What is kept of one order.
#[derive(Default)]
struct Book {
    facts: Facts,
    told: Told,
    scored: Option<Scored>,
}

/// The whole replay.
pub(super) struct Replay<'a> {
    policy: &'a PolicyBook,
    model: Model,
    books: BTreeMap<OrderKey, Book>,
    conditions: BTreeMap<ConditionId, ConditionFacts>,
    in_force: Vec<Condition>,
    spoke: BTreeMap<(MerchantId, WarehouseId), Instant>,
    /// Observations not yet learned, as the store would give them: by instant, then by document.
    lessons: BTreeMap<(Instant, String, u64), Observation>,
    taught: u64,
    agenda: BinaryHeap<Reverse<(Instant, OrderKey)>>,
    now: Instant,
    guard: Guard,
    unreachable: Result<Reach, Why>,
}

impl<'a> Replay<'a> {
    pub(super) fn new(policy: &'a PolicyBook) -> Self {
        Self {
            policy,
            model: Model::default(),
            books: BTreeMap::new(),
            conditions: BTreeMap::new(),
            in_force: Vec::new(),
            spoke: BTreeMap::new(),
            lessons: BTreeMap::new(),
            taught: 0,
            agenda: BinaryHeap::new(),
            now: Instant::from_ms(0),
            guard: Guard { live_since: Instant::from_ms(0), pauses: Vec::new(), shadow: false },
            unreachable: Err(Why::NoAddress),
        }
    }

    /// Plays everything up to the last event; gives what every order came to, and that last moment.
    pub(super) fn run(mut self, play: Play) -> (Vec<(Order, Option<Scored>)>, Instant) {
        let mut events = play.events.into_iter().peekable();
        let end = events.by_ref().peek().map(|first| first.at);
        let Some(mut end) = end else { return (Vec::new(), self.now) };
        while let Some(next) = events.peek().map(|cue| cue.at) {
            end = end.max(next);
            self.look_until(next);
            self.now = next;
            let mut touched = BTreeSet::new();
            while let Some(cue) = events.next_if(|cue| cue.at <= next) {
                touched.extend(cue.incoming.event.ok().and_then(|event| self.fold(event)));
            }
            self.learn();
            touched.into_iter().for_each(|key| self.look(&key));
        }
        self.look_until(end + Span::from_ms(1));
        let books = std::mem::take(&mut self.books);
        (books.into_iter().map(|(key, book)| (self.read(&key, &book.facts).0, book.scored)).collect(), end)
    }

    /// Looks at the orders whose time comes before `until`.
    fn look_until(&mut self, until: Instant) {
        while let Some(Reverse((at, _))) = self.agenda.peek() {
            if *at >= until {
                return;
            }
            self.now = *at;
            self.learn();
            let mut due = BTreeSet::new();
            while self.agenda.peek().is_some_and(|Reverse((at, _))| *at <= self.now) {
                due.extend(self.agenda.pop().map(|Reverse((_, key))| key));
            }
            due.into_iter().for_each(|key| self.look(&key));
        }
    }

    /// Takes an event in; the order it is about, if any.
    fn fold(&mut self, event: Event) -> Option<OrderKey> {
        let digest = event.digest();
        match (event.subject, event.body) {
            (Subject::Order(key), Body::Order(said)) => {
                let from_warehouse = (5..=8).contains(&said.rank());
                self.books.entry(key.clone()).or_default().facts.fold(&event.stamp, digest, said);
                if from_warehouse {
                    self.hear(&key);
                }
                Some(key)
            }
            (Subject::Condition(id), Body::ConditionRaised(raised)) => {
                self.conditions.entry(id).or_default().raise(&event.stamp, raised);
                self.gather();
                None
            }
            (Subject::Condition(id), Body::ConditionCleared) => {
                self.conditions.entry(id).or_default().clear(&event.stamp);
                self.gather();
                None
            }
            _ => None,
        }
    }

    fn gather(&mut self) {
        self.in_force = self.conditions.iter().filter_map(|(id, facts)| facts.in_force(id)).collect();
    }

    /// A warehouse gave a sign of life.
    fn hear(&mut self, key: &OrderKey) {
        let Some(book) = self.books.get(key) else { return };
        let (order, _) = self.read(key, &book.facts);
        if let (Some(warehouse), Some(at)) = (order.warehouse_id, order.warehouse_spoke_at) {
            let known = self.spoke.entry((key.merchant_id.clone(), warehouse)).or_insert(at);
            *known = at.max(*known);
        }
    }

    /// Learns everything observed before the newest tick, tick by tick.
    fn learn(&mut self) {
        let last = self.now.floor_to(MODEL_TICK);
        while let Some(oldest) = self.lessons.first_key_value().map(|((at, ..), _)| *at) {
            let tick = oldest.floor_to(MODEL_TICK) + MODEL_TICK;
            if tick > last {
                return;
            }
            let later = self.lessons.split_off(&(tick, String::new(), 0));
            let lessons = std::mem::replace(&mut self.lessons, later);
            self.model.learn(lessons.values(), tick);
        }
    }

    fn read(&self, key: &OrderKey, facts: &Facts) -> (Order, Arc<Policy>) {
        let order = Order::read(key, facts);
        let platform = order.platform.as_ref().map(Platform::as_str);
        let warehouse = order.warehouse_id.as_ref().map(WarehouseId::as_str);
        let policy = self.policy.resolve_for(platform, key.merchant_id.as_str(), warehouse, order.paid_at);
        let met_by = policy.promise.met_by;
        (order.met_by(met_by), policy)
    }

    /// Asks the forecast about one order, notes what it says where that is scored, and what the order teaches.
    fn look(&mut self, key: &OrderKey) {
        let Some(mut book) = self.books.remove(key) else { return };
        let (order, policy) = self.read(key, &book.facts);
        if let Some(assessment) = self.assess(&order, &policy, &book.told) {
            let standing = assessment.standing();
            let seen = observe(&order, standing.ship_by, standing.asked.as_ref(), &mut book.told.learned, self.now);
            for observation in seen {
                let document = serde_json::to_string(&observation).unwrap_or_default();
                self.taught += 1;
                self.lessons.insert((self.now, document, self.taught), observation);
            }
            if let Some(ship_by) = standing.ship_by.filter(|_| order.is_open()) {
                self.note(&mut book, &order, &policy, &assessment, ship_by);
                let next = next_look(ship_by, policy.lead(), self.now);
                self.agenda.extend(next.map(|at| Reverse((at, key.clone()))));
            }
        }
        self.books.insert(key.clone(), book);
    }

    fn assess(&self, order: &Order, policy: &Policy, told: &Told) -> Option<Assessment> {
        let conditions: Vec<&Condition> = self.in_force.iter().filter(|c| c.touches(order)).collect();
        let warehouse = order.warehouse_id.as_ref();
        let spoke = warehouse.and_then(|w| self.spoke.get(&(order.key.merchant_id.clone(), w.clone())));
        assess(&Case {
            order,
            told,
            conditions: &conditions,
            forecast: &self.model,
            policy,
            guard: &self.guard,
            reach: &self.unreachable,
            sent_today: &[],
            held_out_today: 0,
            warehouse_spoke_at: spoke.copied(),
            in_company: false,
            now: self.now,
        })
    }

    /// Notes what is said `lead` before ship-by, and from when on the policy's threshold is passed.
    fn note(&self, book: &mut Book, order: &Order, policy: &Policy, assessment: &Assessment, ship_by: Instant) {
        let lead = policy.lead();
        if book.scored.is_none() && self.now == ship_by - lead {
            book.scored = Asked::of(order, policy, assessment, ship_by, self.now).map(Scored::new);
        }
        if let Some(scored) = book.scored.as_mut().filter(|s| s.is_for(ship_by) && self.now < ship_by) {
            scored.pass(assessment.risk.is_some_and(|risk: Ppm| risk >= policy.warn.risk), self.now);
        }
    }
}

/// When an open order is looked at next if no event comes before.
fn next_look(ship_by: Instant, lead: Span, now: Instant) -> Option<Instant> {
    let first = ship_by - lead;
    let review = if now < first { first } else { now + REVIEW };
    let in_window = Some(review).filter(|at| *at < ship_by);
    let learning = [next_landmark(ship_by, now), next_checkpoint(ship_by, now)];
    learning.into_iter().chain([in_window]).flatten().min()
}
