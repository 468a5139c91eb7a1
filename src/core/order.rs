//! An order as its facts tell it: the projection every rule reads.
//!
//! [`Order::read`] plays the kept events in stamp order, so a later word replaces an earlier one field by field. It
//! never fails: a fact that makes no sense changes nothing.

mod line;
mod parcel;
mod play;
mod progress;
#[cfg(test)]
mod tests;

pub use line::{Line, ShipBy};
pub use parcel::{Parcel, Scan};

use crate::event::{Buyer, ExceptionKind, Placed, Renegotiated, ShipTo, Stage};
use crate::facts::Facts;
use crate::ids::{Campaign, ExceptionId, LineId, OrderKey, Platform, WarehouseId};
use crate::instant::{Instant, given};
use crate::money::Money;
use crate::policy::MetBy;
use crate::text::Private;

/// One order, as known now.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// Which order.
    pub key: OrderKey,
    /// When `order.placed` says it was made; `None` until that event has come.
    pub placed_at: Option<Instant>,
    /// When it was paid; `None` until it was.
    pub paid_at: Option<Instant>,
    /// Where it was bought.
    pub platform: Option<Platform>,
    /// Who buys.
    pub buyer: Option<Buyer>,
    /// Where it goes.
    pub ship_to: Option<ShipTo>,
    /// Its lines, ascending by id.
    pub lines: Vec<Line>,
    /// What was paid for all of it.
    pub total: Option<Money>,
    /// The order's own promised ship time, apart from its lines'.
    pub ship_by: ShipBy,
    /// The promised delivery time.
    pub deliver_by: Option<Instant>,
    /// When the buyer needs it.
    pub needed_by: Option<Instant>,
    /// What the buyer wrote beside it.
    pub note: Option<Private>,
    /// The campaign it came from.
    pub campaign: Option<Campaign>,
    /// Where it leaves from, by the newest word.
    pub warehouse_id: Option<WarehouseId>,
    /// Whether the shop wants notices for it.
    pub notify: bool,
    /// Talks about a later ship time, oldest first.
    pub talks: Vec<(Instant, Renegotiated)>,
    /// Warehouse steps which every open line has reached, with the moment the last of them did, ascending by step.
    pub stages: Vec<(Stage, Instant)>,
    /// The warehouse's announcement of its ship time and when it was made: for each open line the newest word
    /// counts, and among the lines the latest time.
    pub expected_ship: Option<Announced>,
    /// Reports that the warehouse cannot go on, open and ended, ascending by when they began.
    pub exceptions: Vec<OrderException>,
    /// Its parcels, ascending by id.
    pub parcels: Vec<Parcel>,
    /// When the whole order was cancelled.
    pub cancelled_at: Option<Instant>,
    /// The newest event that came from the warehouse, for telling silence.
    pub warehouse_spoke_at: Option<Instant>,
    /// How often the buyer wrote about it (at most the newest twenty are counted).
    pub chases: usize,
    /// When the buyer wrote about it last, unasked: what came by the page behind a notice is an answer.
    pub asked_at: Option<Instant>,
    /// What counts as keeping the promise.
    pub met_by: MetBy,
    /// What the warehouse reported, in stamp order.
    reports: Vec<Report>,
}

/// One `warehouse.progress`.
#[derive(Clone, Debug, PartialEq)]
struct Report {
    stage: Stage,
    at: Instant,
    expected: Option<Announced>,
    line_ids: Option<Vec<LineId>>,
}

/// Something announced for a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announced {
    /// The moment that was announced.
    pub at: Instant,
    /// When it was announced.
    pub since: Instant,
}

/// A report that the warehouse cannot go on.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderException {
    /// Which report.
    pub id: ExceptionId,
    /// What kind.
    pub kind: ExceptionKind,
    /// When it was first reported.
    pub since: Instant,
    /// When it is expected to end, by the newest word.
    pub clears_at: Option<Instant>,
    /// When it ended.
    pub cleared_at: Option<Instant>,
    /// Which lines it holds up; all if `None`.
    pub line_ids: Option<Vec<LineId>>,
}

impl Order {
    /// Reads the order out of its facts.
    pub fn read(key: &OrderKey, facts: &Facts) -> Self {
        let mut order = play::play(key, facts);
        order.settle();
        order
    }

    /// The same order, its lines counted as handed over by `met_by`.
    #[must_use]
    pub fn met_by(mut self, met_by: MetBy) -> Self {
        if self.met_by != met_by {
            self.met_by = met_by;
            self.settle();
        }
        self
    }

    /// The same order as if it had only the lines `ids`.
    #[must_use]
    pub fn only(&self, ids: &[LineId]) -> Self {
        let mut part = self.clone();
        part.lines.retain(|l| ids.contains(&l.id));
        progress::settle(&mut part);
        part
    }

    fn settle(&mut self) {
        parcel::settle(self);
        progress::settle(self);
    }

    /// Whether anything is still to be shipped.
    pub fn is_open(&self) -> bool {
        self.placed_at.is_some() && self.open_lines().next().is_some()
    }

    /// Lines that are neither cancelled nor handed over.
    pub fn open_lines(&self) -> impl Iterator<Item = &Line> {
        self.lines
            .iter()
            .filter(|l| self.cancelled_at.is_none() && l.cancelled_at.is_none() && l.handed_over_at.is_none())
    }

    /// Lines that were not cancelled.
    pub fn live_lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|l| self.cancelled_at.is_none() && l.cancelled_at.is_none())
    }

    /// When the last of its live lines was handed over; `None` while one is open or none is left.
    pub fn handed_over_at(&self) -> Option<Instant> {
        let times: Option<Vec<Instant>> = self.live_lines().map(|l| l.handed_over_at).collect();
        times?.into_iter().max()
    }

    /// Open exceptions at `now` that hold up a line which is still open.
    pub fn open_exceptions(&self, now: Instant) -> impl Iterator<Item = &OrderException> {
        self.exceptions.iter().filter(move |e| {
            let holds = |l: &Line| e.line_ids.as_ref().is_none_or(|ids| ids.contains(&l.id));
            e.since <= now && e.cleared_at.is_none_or(|c| c > now) && self.open_lines().any(holds)
        })
    }

    /// The step the warehouse is at and since when; before its first word the order waits since it was paid.
    pub fn stage(&self) -> Option<(Option<Stage>, Instant)> {
        let paid = self.paid_at?;
        let last = self.stages.last().map(|(stage, at)| (Some(*stage), (*at).max(paid)));
        Some(last.unwrap_or((None, paid)))
    }
}

impl Order {
    /// An order of which nothing is known but its name.
    pub(crate) fn blank(key: &OrderKey) -> Self {
        Self {
            key: key.clone(),
            placed_at: None,
            paid_at: None,
            platform: None,
            buyer: None,
            ship_to: None,
            lines: Vec::new(),
            total: None,
            ship_by: ShipBy::default(),
            deliver_by: None,
            needed_by: None,
            note: None,
            campaign: None,
            warehouse_id: None,
            notify: true,
            talks: Vec::new(),
            stages: Vec::new(),
            expected_ship: None,
            exceptions: Vec::new(),
            parcels: Vec::new(),
            cancelled_at: None,
            warehouse_spoke_at: None,
            chases: 0,
            asked_at: None,
            met_by: MetBy::Handover,
            reports: Vec::new(),
        }
    }
}

/// Takes `new` where it is given.
fn overlay<T: Clone>(field: &mut Option<T>, new: Option<&T>) {
    if let Some(new) = new {
        *field = Some(new.clone());
    }
}

impl Order {
    fn take_placed(&mut self, at: Instant, placed: &Placed) {
        self.placed_at = Some(self.placed_at.map_or(at, |first| first.min(at)));
        self.take_buyer(&placed.buyer);
        overlay(&mut self.platform, placed.platform.as_ref());
        overlay(&mut self.ship_to, placed.ship_to.as_ref());
        overlay(&mut self.total, placed.total.as_ref());
        overlay(&mut self.deliver_by, given(placed.deliver_by).as_ref());
        overlay(&mut self.needed_by, given(placed.needed_by).as_ref());
        overlay(&mut self.note, placed.note.as_ref());
        overlay(&mut self.campaign, placed.campaign.as_ref());
        overlay(&mut self.warehouse_id, placed.warehouse_id.as_ref());
        self.notify = placed.notify.unwrap_or(self.notify);
        self.ship_by.offer(placed.ship_by, at);
        line::take(&mut self.lines, &placed.lines, at);
    }

    /// Fields of the buyer are last-writer-wins one by one: a new address does not wipe the language.
    fn take_buyer(&mut self, new: &Buyer) {
        let Some(buyer) = &mut self.buyer else {
            self.buyer = Some(new.clone());
            return;
        };
        buyer.buyer_id = new.buyer_id.clone();
        overlay(&mut buyer.name, new.name.as_ref());
        overlay(&mut buyer.email, new.email.as_ref());
        overlay(&mut buyer.phone, new.phone.as_ref());
        overlay(&mut buyer.locale, new.locale.as_ref());
        overlay(&mut buyer.time_zone, new.time_zone.as_ref());
        overlay(&mut buyer.tier, new.tier.as_ref());
    }
}
