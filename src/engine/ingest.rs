//! Takes events in: facts, conditions, wishes, answers, and everything that could not be taken.
//!
//! Ingesting only learns; deciding is the wake's part. An order that an event touched is due to be looked at now, so
//! ten events that come together cost one decision, and how they were batched never shows.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_core::event::{Body, Event, GrantResult, OrderEvent, Subject};
use forewarn_core::facts::Folded;
use forewarn_core::ids::{GrantId, MerchantId, NoticeId, WarehouseId};
use forewarn_core::{BuyerKey, Instant, OrderKey};

use super::judge::{Bench, guarded};
use super::wake::{UNFOLDABLE, UNREADABLE};
use super::{Engine, Record, grants, incidents, index, words};
use crate::intake::{Fault, Reason};
use crate::store::port::{Book, DeadLetter, OrderIndex, OrderRow, Origin};
use crate::store::{Class, StoreError, Tx};

/// One event as it came in. Its `Debug` shows no byte of it.
#[derive(Clone)]
pub struct Incoming {
    /// Where it came from.
    pub origin: Origin,
    /// The event, or why it could not be decoded.
    pub event: Result<Event, Fault>,
    /// The raw bytes, kept for the dead letters.
    pub raw: Vec<u8>,
    /// The message's headers, kept for the dead letters.
    pub headers: Vec<(String, Vec<u8>)>,
}

impl std::fmt::Debug for Incoming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Incoming").field("origin", &self.origin).field("bytes", &self.raw.len()).finish_non_exhaustive()
    }
}

/// How far a partition moves with a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The epoch under which it is owned.
    pub epoch: i64,
    /// The stored offset the batch follows on.
    pub expected: Option<i64>,
    /// The offset after the batch.
    pub next: i64,
}

/// What became of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It changed what is known.
    Applied,
    /// It had been seen before.
    Repeated,
    /// Newer events had replaced it already.
    Stale,
    /// Its order is set aside; the event is kept with it.
    Parked,
    /// It stands in the dead letters.
    DeadLetter(Reason),
}

/// What became of a batch.
#[derive(Clone, Debug, Default)]
pub struct Ingested {
    /// One answer an event, in the order of the batch.
    pub taken: Vec<Taken>,
    /// Grants that reached a status.
    pub records: Vec<Record>,
}

struct Desk<'a> {
    bench: Bench<'a>,
    orders: BTreeMap<OrderKey, OrderRow>,
    changed: BTreeSet<OrderKey>,
    spoke: BTreeMap<(MerchantId, WarehouseId), Instant>,
    records: Vec<Record>,
}

impl Engine {
    /// Takes `batch` in and moves `positions` on, in the caller's transaction.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when a partition has another owner by now; otherwise when the store fails.
    pub fn ingest(
        &self,
        tx: &mut dyn Tx,
        batch: &[Incoming],
        positions: &[Position],
        now: Instant,
    ) -> Result<Ingested, StoreError> {
        self.watch_clock(tx, now)?;
        for p in positions {
            tx.offset_advance(&p.topic, p.partition, p.epoch, p.expected, p.next)?;
        }
        let mut desk = Desk::open(self, tx, batch, now)?;
        let mut taken = Vec::with_capacity(batch.len());
        let mut letters = Vec::new();
        for incoming in batch {
            let answer = match &incoming.event {
                Ok(event) => desk.take(tx, event)?,
                Err(fault) => Err(fault.clone()),
            };
            taken.push(answer.unwrap_or_else(|fault| {
                let reason = fault.reason;
                letters.push(letter(incoming, &fault, now));
                Taken::DeadLetter(reason)
            }));
        }
        tx.dead_letters_add(&letters)?;
        tx.books_add(&entries(&taken))?;
        let records = desk.close(tx)?;
        Ok(Ingested { taken, records })
    }
}

impl<'a> Desk<'a> {
    fn open(engine: &'a Engine, tx: &mut dyn Tx, batch: &[Incoming], now: Instant) -> Result<Self, StoreError> {
        let keys: BTreeSet<OrderKey> =
            batch.iter().filter_map(|i| i.event.as_ref().ok()).filter_map(order_key).collect();
        let mut desk = Self {
            bench: Bench::set_up(engine, tx, now)?,
            orders: BTreeMap::new(),
            changed: BTreeSet::new(),
            spoke: BTreeMap::new(),
            records: Vec::new(),
        };
        desk.load(tx, &keys.into_iter().collect::<Vec<_>>())?;
        Ok(desk)
    }

    fn load(&mut self, tx: &mut dyn Tx, keys: &[OrderKey]) -> Result<(), StoreError> {
        for (key, row) in keys.iter().zip(tx.orders_load(keys)?) {
            self.orders.insert(key.clone(), row.unwrap_or_else(|| fresh(key)));
        }
        Ok(())
    }

    fn take(&mut self, tx: &mut dyn Tx, event: &Event) -> Result<Result<Taken, Fault>, StoreError> {
        match (&event.subject, &event.body) {
            (Subject::Order(key), Body::Order(body)) => Ok(self.fold(key, event, body)),
            (Subject::Condition(id), Body::ConditionRaised(raised)) => {
                let mut known = tx.condition_load(id)?.unwrap_or_default();
                let before = known.scope().cloned();
                let newer = known.raise(&event.stamp, raised.clone());
                self.condition_changed(tx, id, &known, before.as_ref(), newer)
            }
            (Subject::Condition(id), Body::ConditionCleared) => {
                let mut known = tx.condition_load(id)?.unwrap_or_default();
                let newer = known.clear(&event.stamp);
                self.condition_changed(tx, id, &known, None, newer)
            }
            (Subject::Buyer(buyer), Body::Preference(wish)) => {
                let mut known = tx.preferences_load(buyer)?;
                let newer = known.take(wish.channel, &event.stamp, wish.allow);
                tx.preferences_save(buyer, &known)?;
                Ok(Ok(if newer { Taken::Applied } else { Taken::Stale }))
            }
            (Subject::Buyer(buyer), Body::Message(message)) => self.hear(tx, buyer, event, message),
            (Subject::Notice(id), Body::Feedback(feedback)) => {
                let outcome = serde_json::to_value(feedback.outcome).unwrap_or_default();
                let known = hear_of_message(tx, id, outcome.as_str().unwrap_or_default())?;
                Ok(if known { Ok(Taken::Applied) } else { Err(unknown(Reason::UnknownNotice, "notice")) })
            }
            (Subject::Grant(id), Body::GrantResult(result)) => {
                let Some(answered) = self.answer(tx, id, result)? else {
                    return Ok(Err(unknown(Reason::UnknownGrant, "grant")));
                };
                let changed = !answered.is_empty();
                self.records.extend(answered);
                Ok(Ok(if changed { Taken::Applied } else { Taken::Repeated }))
            }
            _ => Ok(Err(Fault::new(Reason::BadField, "the event's subject does not fit its type"))),
        }
    }

    fn condition_changed(
        &mut self,
        tx: &mut dyn Tx,
        id: &forewarn_core::ids::ConditionId,
        known: &forewarn_core::condition::ConditionFacts,
        before: Option<&forewarn_core::event::Scope>,
        newer: bool,
    ) -> Result<Result<Taken, Fault>, StoreError> {
        if !newer {
            return Ok(Ok(Taken::Stale));
        }
        tx.condition_save(id, known)?;
        incidents::follow_condition(tx, id, known, self.bench.now)?;
        let scopes: Vec<_> = before.into_iter().chain(known.scope()).cloned().collect();
        let moved = before.is_some_and(|b| Some(b) != known.scope());
        for scope in scopes.iter().skip(usize::from(!moved && scopes.len() > 1)) {
            tx.sweep_start(scope)?;
        }
        Ok(Ok(Taken::Applied))
    }

    /// A message that names no order is about the buyer's newest one.
    fn hear(
        &mut self,
        tx: &mut dyn Tx,
        buyer: &BuyerKey,
        event: &Event,
        message: &forewarn_core::event::Message,
    ) -> Result<Result<Taken, Fault>, StoreError> {
        // The order may have come in this very batch.
        self.save(tx)?;
        let Some(key) = tx.orders_of_buyer(buyer, 1)?.into_iter().next() else {
            return Ok(Err(unknown(Reason::UnknownBuyer, "buyer")));
        };
        if !self.orders.contains_key(&key) {
            self.load(tx, std::slice::from_ref(&key))?;
        }
        Ok(self.fold(&key, event, &OrderEvent::Message(message.clone())))
    }

    /// An answer that nothing is given is noted with its order, which may be one of this batch.
    fn answer(
        &mut self,
        tx: &mut dyn Tx,
        id: &GrantId,
        result: &GrantResult,
    ) -> Result<Option<Vec<Record>>, StoreError> {
        self.save(tx)?;
        let answered = grants::answer(tx, id, result, self.bench.now)?;
        let order = tx.grant_load(id)?.map(|grant| grant.order).filter(|order| self.orders.contains_key(order));
        if let Some(order) = order {
            self.load(tx, std::slice::from_ref(&order))?;
        }
        Ok(answered)
    }

    fn fold(&mut self, key: &OrderKey, event: &Event, body: &OrderEvent) -> Result<Taken, Fault> {
        let row = self.orders.entry(key.clone()).or_insert_with(|| fresh(key));
        let digest = event.digest();
        let Some(folded) = guarded(key, || row.facts.fold(&event.stamp, digest, body.clone())) else {
            row.parked = Some(UNFOLDABLE.into());
            self.changed.insert(key.clone());
            return Ok(Taken::Parked);
        };
        match folded {
            Folded::Repeated => return Ok(Taken::Repeated),
            Folded::IdReused => {
                let detail = "source and id were used before for an event that says something else";
                return Err(Fault::new(Reason::IdReused, detail));
            }
            Folded::TooMany => {
                row.parked = Some(Reason::TooManyEvents.as_str().into());
                self.changed.insert(key.clone());
                return Err(Fault::new(
                    Reason::TooManyEvents,
                    "the order keeps as many events as it may; it is set aside",
                ));
            }
            Folded::Applied | Folded::Stale => {}
        }
        self.changed.insert(key.clone());
        if row.parked.is_some() {
            return Ok(Taken::Parked);
        }
        if folded == Folded::Stale {
            return Ok(Taken::Stale);
        }
        let now = self.bench.now;
        row.wake_at = Some(row.wake_at.map_or(now, |at| at.min(now)));
        self.note_word(key, event, body);
        words::count(body);
        Ok(Taken::Applied)
    }

    fn note_word(&mut self, key: &OrderKey, event: &Event, body: &OrderEvent) {
        let warehouse = match body {
            OrderEvent::Progress(p) => Some(&p.warehouse_id),
            OrderEvent::Shipped(s) => s.warehouse_id.as_ref(),
            _ => None,
        };
        if let Some(warehouse) = warehouse {
            let newest = self.spoke.entry((key.merchant_id.clone(), warehouse.clone())).or_insert(event.stamp.time);
            *newest = (*newest).max(event.stamp.time);
        }
    }

    fn close(mut self, tx: &mut dyn Tx) -> Result<Vec<Record>, StoreError> {
        self.save(tx)?;
        let words: Vec<_> = self.spoke.into_iter().map(|((m, w), at)| (m, w, at)).collect();
        tx.warehouses_spoke(&words)?;
        Ok(self.records)
    }

    /// Writes what changed so far.
    fn save(&mut self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        let changed = std::mem::take(&mut self.changed);
        let mut rows = Vec::with_capacity(changed.len());
        for key in &changed {
            let Some(mut row) = self.orders.remove(key) else { continue };
            match guarded(key, || self.bench.read(&row).0) {
                Some(order) => row.index = index::of(&order, &row.index),
                None => row.parked = Some(UNREADABLE.into()),
            }
            rows.push(row);
        }
        tx.orders_save(&rows)?;
        self.orders.extend(rows.into_iter().map(|row| (row.key.clone(), row)));
        Ok(())
    }
}

fn fresh(key: &OrderKey) -> OrderRow {
    OrderRow {
        key: key.clone(),
        facts: forewarn_core::facts::Facts::default(),
        told: forewarn_core::decide::Told::default(),
        wake_at: None,
        parked: None,
        index: OrderIndex::default(),
    }
}

fn order_key(event: &Event) -> Option<OrderKey> {
    match &event.subject {
        Subject::Order(key) => Some(key.clone()),
        _ => None,
    }
}

fn unknown(reason: Reason, what: &str) -> Fault {
    Fault::new(reason, format!("nothing is known of this {what}; it must come after what it is about"))
}

fn letter(incoming: &Incoming, fault: &Fault, now: Instant) -> DeadLetter {
    DeadLetter {
        origin: incoming.origin.clone(),
        reason: fault.reason.as_str().into(),
        detail: fault.detail.clone(),
        raw: incoming.raw.clone(),
        headers: incoming.headers.clone(),
        at: now,
    }
}

fn entries(taken: &[Taken]) -> Vec<(Book, u64)> {
    let mut sums = BTreeMap::from([(Book::Read, taken.len() as u64)]);
    for one in taken {
        let book = match one {
            Taken::Applied => Book::Applied,
            Taken::Repeated => Book::Repeated,
            Taken::Stale => Book::Stale,
            Taken::Parked => Book::Parked,
            Taken::DeadLetter(_) => Book::DeadLetters,
        };
        *sums.entry(book).or_default() += 1;
    }
    sums.into_iter().collect()
}

/// Notes what became of the message a notice went out in, with every notice in it; whether there is such a notice.
fn hear_of_message(tx: &mut dyn Tx, id: &NoticeId, outcome: &str) -> Result<bool, StoreError> {
    if !tx.notice_feedback(id, outcome)? {
        return Ok(false);
    }
    let message = match tx.notice_load(id) {
        Ok(notice) => notice.and_then(|notice| notice.composed),
        // A message that cannot be read names no others; its own notice has been heard of.
        Err(error) if error.class() == Class::Permanent => None,
        Err(error) => return Err(error),
    };
    for other in message.iter().flat_map(|composed| &composed.together_with) {
        tx.notice_feedback(&other.notice_id, outcome)?;
    }
    Ok(true)
}
