//! Parcels: what is in them, when they were handed over, where they are.

use super::{Line, Order, overlay};
use crate::event::{ParcelReason, ParcelState, ParcelStatus, Shipped};
use crate::facts::SCANS;
use crate::ids::{Carrier, LineId, ParcelId};
use crate::instant::{Instant, given};
use crate::policy::MetBy;
use crate::text::Text;
use crate::tracking::Meaning;

/// One parcel, as known now.
#[derive(Clone, Debug, PartialEq)]
pub struct Parcel {
    /// Which parcel.
    pub id: ParcelId,
    /// Lines its events name; `None` means the lines no other parcel names.
    pub named_lines: Option<Vec<LineId>>,
    /// Lines it holds, derived from all parcels of the order.
    pub line_ids: Vec<LineId>,
    /// When the warehouse said it had handed it over.
    pub shipped_at: Option<Instant>,
    /// The first carrier status that proves the carrier has it.
    pub first_scan_at: Option<Instant>,
    /// Who carries it.
    pub carrier: Option<Carrier>,
    /// The carrier's number for it.
    pub tracking_number: Option<Text>,
    /// Where it can be followed.
    pub tracking_url: Option<Text>,
    /// When it should arrive, by the newest word, and when that was said.
    pub expected_delivery: Option<(Instant, Instant)>,
    /// The carrier's newest word.
    pub last_scan: Option<Scan>,
    /// The carrier's first words, a dozen at most, ascending by time: none between two of them was left out.
    pub trail: Vec<(ParcelState, Instant)>,
    /// When it was delivered.
    pub delivered_at: Option<Instant>,
    /// When its label was cancelled before the carrier had it.
    pub voided_at: Option<Instant>,
    /// Whether it got a new label since.
    relabelled: bool,
}

/// One word of the carrier.
#[derive(Clone, Debug, PartialEq)]
pub struct Scan {
    /// What it says.
    pub state: ParcelState,
    /// When.
    pub at: Instant,
    /// Why.
    pub reason: Option<ParcelReason>,
    /// Where.
    pub location: Option<Text>,
}

impl Parcel {
    /// When it was handed over: the warehouse's word or the first scan, whichever is earlier; a cancelled label
    /// never was.
    pub fn handed_over_at(&self) -> Option<Instant> {
        let said = if self.voided_at.is_some() { None } else { self.shipped_at };
        [said, self.first_scan_at].into_iter().flatten().min()
    }

    /// When it kept the promise under the rule `met_by`.
    pub fn met_at(&self, met_by: MetBy) -> Option<Instant> {
        match met_by {
            MetBy::Handover => self.handed_over_at(),
            MetBy::FirstScan => self.first_scan_at,
        }
    }

    /// Whether its way is over: delivered, or back at the shop.
    pub fn is_settled(&self) -> bool {
        self.delivered_at.is_some() || self.last_scan.as_ref().is_some_and(|s| s.state == ParcelState::Returned)
    }

    /// The newest sign of life: the last scan, else the handover.
    pub fn last_seen_at(&self) -> Option<Instant> {
        self.last_scan.as_ref().map(|s| s.at).max(self.handed_over_at())
    }

    pub(super) fn take_shipped(&mut self, at: Instant, shipped: &Shipped) {
        // Events come in stamp order: a word after the label was cancelled is about a new label, and from then on
        // the newest word counts.
        self.relabelled |= self.voided_at.take().is_some();
        let first = self.shipped_at.filter(|_| !self.relabelled);
        self.shipped_at = Some(first.map_or(at, |first| first.min(at)));
        overlay(&mut self.named_lines, shipped.line_ids.as_ref());
        overlay(&mut self.carrier, shipped.carrier.as_ref());
        overlay(&mut self.tracking_number, shipped.tracking_number.as_ref());
        overlay(&mut self.tracking_url, shipped.tracking_url.as_ref());
        self.expect(shipped.expected_delivery_at, at);
    }

    pub(super) fn take_status(&mut self, at: Instant, status: &ParcelStatus) {
        self.expect(status.expected_delivery_at, at);
        match status.meaning() {
            // A word that nobody here knows, or that tells nothing, is no sign of life either: usual silences are
            // learned between words that are known, so they have to be measured between the same ones.
            None | Some(Meaning::Nothing | Meaning::State(ParcelState::LabelCreated, _)) => {}
            Some(Meaning::State(ParcelState::Voided, _)) => self.voided_at = Some(at),
            Some(Meaning::State(state, reason)) => self.take_scan(at, state, reason, status.location.clone()),
        }
    }

    fn take_scan(&mut self, at: Instant, state: ParcelState, reason: Option<ParcelReason>, location: Option<Text>) {
        if self.trail.len() < SCANS {
            self.trail.push((state, at));
        }
        self.first_scan_at = Some(self.first_scan_at.map_or(at, |first| first.min(at)));
        if state == ParcelState::Delivered && self.delivered_at.is_none() {
            self.delivered_at = Some(at);
        }
        self.scan(Scan { state, at, reason, location });
    }

    /// What was put into a parcel that names nothing: not what had been cancelled by then.
    fn packed_from(&self, rest: &[&Line]) -> Vec<LineId> {
        let in_it = |l: &&&Line| l.cancelled_at.is_none_or(|at| self.handed_over_at().is_some_and(|left| left < at));
        rest.iter().filter(in_it).map(|l| l.id.clone()).collect()
    }

    fn expect(&mut self, at: Option<Instant>, since: Instant) {
        if let Some(at) = given(at) {
            self.expected_delivery = Some((at, since));
        }
    }

    /// Statuses come in stamp order, yet a stray scan that is dated after the delivery does not undo it; only a
    /// return does.
    fn scan(&mut self, scan: Scan) {
        let delivered = self.last_scan.as_ref().is_some_and(|s| s.state == ParcelState::Delivered);
        let goes_back = matches!(scan.state, ParcelState::Returning | ParcelState::Returned);
        if !delivered || goes_back {
            self.last_scan = Some(scan);
        }
    }
}

pub(super) fn of<'a>(parcels: &'a mut Vec<Parcel>, id: &ParcelId) -> &'a mut Parcel {
    let at = parcels.binary_search_by(|p| p.id.cmp(id)).unwrap_or_else(|at| {
        parcels.insert(at, blank(id));
        at
    });
    &mut parcels[at]
}

fn blank(id: &ParcelId) -> Parcel {
    Parcel {
        id: id.clone(),
        named_lines: None,
        line_ids: Vec::new(),
        shipped_at: None,
        first_scan_at: None,
        carrier: None,
        tracking_number: None,
        tracking_url: None,
        expected_delivery: None,
        last_scan: None,
        trail: Vec::new(),
        delivered_at: None,
        voided_at: None,
        relabelled: false,
    }
}

/// Gives every parcel its lines and every line its handover. A label voided before any scan holds nothing.
pub(super) fn settle(order: &mut Order) {
    for parcel in &mut order.parcels {
        if parcel.first_scan_at.is_some() {
            parcel.voided_at = None;
        }
    }
    let live = |p: &&Parcel| p.voided_at.is_none();
    let named: Vec<LineId> = order.parcels.iter().filter(live).flat_map(|p| p.named_lines.clone()).flatten().collect();
    let rest: Vec<&Line> = order.lines.iter().filter(|l| !named.contains(&l.id)).collect();
    for parcel in order.parcels.iter_mut().filter(|p| p.voided_at.is_none()) {
        parcel.line_ids = parcel.named_lines.clone().unwrap_or_else(|| parcel.packed_from(&rest));
        parcel.line_ids.sort();
    }
    for line in &mut order.lines {
        let holding = order.parcels.iter().filter(|p| p.line_ids.contains(&line.id));
        line.handed_over_at = holding.filter_map(|p| p.met_at(order.met_by)).min();
    }
}
