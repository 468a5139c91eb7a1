//! Delays of one buyer leave in one message, and so do parcels of one order: what joins the notice that is claimed.
//!
//! The rule which may join is the core's ([`join`]). Here the buyer's orders are found, decided again and claimed under
//! the same lease, whether their notices lie in the outbox or no wake has come to them yet.

use forewarn_core::decide::join::{COMPANIONS_MAX, Passage, Topic};
use forewarn_core::decide::{Due, Reach};
use forewarn_core::ids::Platform;
use forewarn_core::order::Order;
use forewarn_core::{BuyerKey, OrderKey};

use super::aside::{self, Found};
use super::claim::{File, Step, next_look};
use super::compose::{can_join, locale_of};
use super::grants::{self, Wish};
use super::judge::{Bench, Look, buyer_of, guarded};
use super::wake::outbox_row;
use crate::store::port::{GrantRow, NoticeRow, NoticeState, OrderRow};
use crate::store::{StoreError, Tx};

/// Most waiting notices of one buyer that are looked through for others to join.
const WAITING_MAX: usize = 100;

/// The message one notice leads, as far as it decides who joins.
struct Lead {
    order: OrderKey,
    due: Due,
    manner: Manner,
    /// The message of its last attempt.
    attempted: Option<String>,
}

impl Lead {
    fn topic(&self) -> Option<Topic<'_>> {
        Topic::of(self.due.kind, &self.order)
    }

    fn admits(&self, (order, due): (&OrderKey, &Due), manner: &Manner, attempted: Option<&str>) -> bool {
        let own = self.manner.passage(self.topic(), &self.due.reach, self.attempted.as_deref());
        manner.passage(Topic::of(due.kind, order), &due.reach, attempted).joins(&own)
    }
}

/// How the buyer of an order is written to, apart from the address.
struct Manner {
    locale: String,
    platform: Option<Platform>,
}

impl Manner {
    fn of(bench: &Bench<'_>, order: &Order) -> Self {
        Self { locale: locale_of(bench, order), platform: order.platform.clone() }
    }

    fn passage<'a>(&'a self, topic: Option<Topic<'a>>, reach: &'a Reach, message_id: Option<&'a str>) -> Passage<'a> {
        Passage { topic, reach, locale: &self.locale, platform: self.platform.as_ref(), message_id }
    }
}

/// The message that carried a waiting notice at its last attempt.
pub(super) fn attempted(notice: &NoticeRow) -> Option<&str> {
    notice.composed.as_ref().filter(|_| notice.attempts > 0).map(|composed| composed.message_id.as_str())
}

impl Step<'_> {
    /// The orders whose notices leave with `first`'s, `first` among them.
    pub(super) fn gather(&mut self, tx: &mut dyn Tx, mut first: File) -> Result<Vec<File>, StoreError> {
        let Some((lead, buyer)) = self.lead(&first) else { return Ok(vec![first]) };
        let mut waiting = tx.notices_waiting(&buyer, WAITING_MAX)?;
        let claimed: Vec<&String> = first.leaving.iter().map(|(notice, _)| &notice.key).collect();
        waiting.retain(|notice| {
            let may_join = Topic::of(notice.kind, &notice.order) == lead.topic();
            may_join && attempted(notice) == lead.attempted.as_deref() && !claimed.contains(&&notice.key)
        });
        self.admit(tx, &mut first, &lead, &waiting)?;
        if lead.topic() != Some(Topic::Delays) {
            return Ok(vec![first]);
        }
        let orders = orders_of(tx, &lead, &buyer, &first.row.key, &waiting)?;
        let mut files = vec![first];
        for key in orders {
            if let Found::Order(row) = aside::load(tx, &key)? {
                files.extend(self.companion(tx, *row, &lead, &waiting)?);
            }
        }
        Ok(files)
    }

    fn lead(&self, file: &File) -> Option<(Lead, BuyerKey)> {
        let (notice, due) = file.leaving.first()?;
        let order = &file.found.order;
        let topic = shared_topic(due, order)?;
        let (manner, buyer) = (Manner::of(self.bench, order), buyer_of(order)?);
        let joins = can_join(&*self.bench.engine.copy, &manner.locale, topic);
        let attempted = attempted(notice).map(str::to_owned);
        joins.then(|| (Lead { order: order.key.clone(), due: due.clone(), manner, attempted }, buyer))
    }

    /// Another order of the buyer, if any of its notices leaves too.
    fn companion(
        &mut self,
        tx: &mut dyn Tx,
        mut row: OrderRow,
        lead: &Lead,
        waiting: &[NoticeRow],
    ) -> Result<Option<File>, StoreError> {
        let keys: Vec<&String> = waiting.iter().filter(|n| n.order == row.key).map(|n| &n.key).collect();
        // One that cannot be decided is set aside by its own wake or claim.
        let Ok((found, decision)) =
            self.decide_again(tx, &mut row, &keys, Look { in_company: true, ..Look::default() })?
        else {
            return Ok(None);
        };
        let mut file = File { row, found, decision, leaving: Vec::new() };
        let touched = self.admit(tx, &mut file, lead, waiting)?;
        if touched {
            let next = next_look(&file.row, &file.decision, self.bench.now);
            // A wake that is due already still comes: it writes down what this look leaves alone.
            file.row.wake_at = [file.row.wake_at, next].into_iter().flatten().min();
        }
        if !file.leaving.is_empty() {
            return Ok(Some(file));
        }
        if touched {
            tx.orders_save(std::slice::from_ref(&file.row))?;
        }
        Ok(None)
    }

    /// Lets the order's notices leave that may join, and answers those whose turn has come anyway. Whether it did
    /// either.
    fn admit(
        &mut self,
        tx: &mut dyn Tx,
        file: &mut File,
        lead: &Lead,
        waiting: &[NoticeRow],
    ) -> Result<bool, StoreError> {
        let (manner, key) = (Manner::of(self.bench, &file.found.order), file.row.key.clone());
        let mut touched = false;
        for notice in waiting.iter().filter(|notice| notice.order == key) {
            let due = file.decision.due.iter().find(|due| due.key == notice.key);
            let joins = |due: &Due| file.has_room() && lead.admits((&key, due), &manner, attempted(notice));
            let now = due.map_or(notice.due_at <= self.bench.now, joins);
            if now && let Some(notice) = self.take(tx, notice)? {
                touched = true;
                self.answer(tx, file, notice)?;
            }
        }
        if lead.attempted.is_some() {
            return Ok(touched);
        }
        let fresh = |due: &&Due| file.row.told.find(&due.key).is_none() && lead.admits((&key, due), &manner, None);
        let room = (1 + COMPANIONS_MAX).saturating_sub(file.leaving.len());
        for due in file.decision.due.iter().filter(fresh).take(room).cloned().collect::<Vec<_>>() {
            touched = true;
            let notice = self.add(tx, file, &due)?;
            file.leaving.push((notice, due));
        }
        Ok(touched)
    }

    /// Claims a waiting notice, unless somebody else holds it.
    fn take(&self, tx: &mut dyn Tx, notice: &NoticeRow) -> Result<Option<NoticeRow>, StoreError> {
        let lease = self.lease;
        let ours = tx.notice_take(&notice.notice_id, lease.real_now, &lease.token, lease.until)?;
        Ok(ours.then(|| self.held(notice.clone())))
    }

    /// Puts a notice into the outbox that no wake has put there yet, claimed, with its compensation.
    fn add(&mut self, tx: &mut dyn Tx, file: &mut File, due: &Due) -> Result<NoticeRow, StoreError> {
        let wish = Wish { due, order: &file.found.order, policy: &file.found.policy };
        let rivals = rivals(self.bench, tx, wish)?;
        self.claimed.records.extend(grants::reserve(tx, wish, &rivals, self.bench.now)?);
        let notice = self.held(outbox_row(&file.row, due, self.bench.now));
        tx.notices_add(std::slice::from_ref(&notice))?;
        file.row.told.said.push(due.said(self.bench.now));
        Ok(notice)
    }

    fn held(&self, notice: NoticeRow) -> NoticeRow {
        let (lease_token, lease_until) = (Some(self.lease.token.clone()), Some(self.lease.until));
        NoticeRow { state: NoticeState::Claimed, lease_token, lease_until, ..notice }
    }
}

/// The buyer's other orders, at most [`COMPANIONS_MAX`]: those with a notice that waits, then those that are open.
/// A message that was attempted takes no further order in.
fn orders_of(
    tx: &mut dyn Tx,
    lead: &Lead,
    buyer: &BuyerKey,
    first: &OrderKey,
    waiting: &[NoticeRow],
) -> Result<Vec<OrderKey>, StoreError> {
    let open = if lead.attempted.is_none() { tx.orders_open_of_buyer(buyer, COMPANIONS_MAX + 1)? } else { Vec::new() };
    let mut orders: Vec<OrderKey> = Vec::new();
    for key in waiting.iter().map(|notice| &notice.order).chain(&open) {
        if key != first && !orders.contains(key) {
            orders.push(key.clone());
        }
    }
    orders.truncate(COMPANIONS_MAX);
    Ok(orders)
}

/// What others may be told of in the message of `due`, if there can be others: not where an order has one parcel.
fn shared_topic<'a>(due: &Due, order: &'a Order) -> Option<Topic<'a>> {
    Topic::of(due.kind, &order.key).filter(|topic| *topic == Topic::Delays || order.parcels.len() > 1)
}

/// The grants of waiting notices that a notice just becoming due will share its message with.
pub(super) fn rivals(bench: &Bench<'_>, tx: &mut dyn Tx, wish: Wish<'_>) -> Result<Vec<GrantRow>, StoreError> {
    let Wish { due, order, .. } = wish;
    let manner = Manner::of(bench, order);
    let topic = shared_topic(due, order);
    let joins = topic.is_some_and(|topic| can_join(&*bench.engine.copy, &manner.locale, topic));
    let Some(buyer) = buyer_of(order).filter(|_| joins) else { return Ok(Vec::new()) };
    let mut rivals = Vec::new();
    for notice in tx.notices_waiting(&buyer, WAITING_MAX)? {
        if notice.key == due.key {
            continue;
        }
        let Some(grant) = grants::standing_grant(tx, &notice.key)? else { continue };
        let Some((reach, theirs)) = address_of(bench, tx, &notice.order)? else { continue };
        let passage = theirs.passage(Topic::of(notice.kind, &notice.order), &reach, attempted(&notice));
        if passage.joins(&manner.passage(topic, &due.reach, None)) {
            rivals.push(grant);
        }
    }
    Ok(rivals)
}

/// Where an order's notices go, and how they are written.
fn address_of(bench: &Bench<'_>, tx: &mut dyn Tx, key: &OrderKey) -> Result<Option<(Reach, Manner)>, StoreError> {
    let Found::Order(row) = aside::load(tx, key)? else { return Ok(None) };
    let Some((order, policy)) = guarded(key, || bench.read(&row)) else { return Ok(None) };
    let preferences = bench.preferences(tx, &order)?;
    let found = bench.ways(Look::default(), &policy).reach(order.buyer.as_ref(), &preferences, &policy).ok();
    Ok(found.map(|reach| (reach, Manner::of(bench, &order))))
}
