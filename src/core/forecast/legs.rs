//! The way of a parcel: from one sign of life to the next, and from the day it was expected to its arrival.

use serde::{Deserialize, Serialize};

use super::model::Model;
use super::predict::COMPARABLE_MIN;
use super::waits::Groups;
use crate::event::ParcelState;
use crate::ids::{Carrier, WarehouseId};
use crate::instant::{Instant, Span};
use crate::order::{Order, Parcel};

/// The share of comparable legs that are no longer than the usual length (contract).
const SHARE: f64 = 0.95;
/// Lanes that are learned apart, each some 700 bytes; whatever goes elsewhere stands on its carrier. Our choice: a
/// large shop's carriers, warehouses and provinces, in about 7 MB.
pub(super) const LANES_MAX: usize = 10_000;
/// What names of lanes begin with, and no other group's.
const LANE: &str = "lane|";

/// Which part of a parcel's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leg {
    /// From this word of the carrier (`None`: its handover) to the carrier's next word.
    Scan(Option<ParcelState>),
    /// From the moment it was expected to its arrival; one that came before took no time.
    Arrival,
}

/// Whose legs a usual length was learned from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// All carriers', as this one has too few.
    Everybody,
    /// The carrier's, wherever they went.
    Carrier,
    /// The carrier's, from the same warehouse to the same region.
    Lane,
}

/// How long a leg usually takes at most, and what says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usual {
    /// 95 % of the legs took no longer.
    #[serde(with = "super::observe::as_ms")]
    pub within: Span,
    /// How many legs it was learned from, 20 or more.
    pub legs: u64,
    /// Whose.
    pub whose: Whose,
}

impl Groups {
    /// Groups of a parcel's leg: all carriers, its own, and its own on the lane it takes.
    pub fn of_leg(order: &Order, parcel: &Parcel, leg: Leg) -> Self {
        let what = match leg {
            Leg::Scan(state) => format!("scan|{}", state.map_or("handed_over", ParcelState::as_str)),
            Leg::Arrival => "arrival".to_owned(),
        };
        let Some(carrier) = parcel.carrier.as_ref().map(Carrier::as_str) else { return Self::from_names(vec![what]) };
        let own = format!("{what}|{carrier}");
        let lane = order.ship_to.as_ref().map(|to| {
            let from = order.warehouse_id.as_ref().map_or("", WarehouseId::as_str);
            let region = to.region.as_ref().map_or("", |region| region.as_str());
            format!("{LANE}{own}|{from}>{}/{region}", to.country.as_str())
        });
        Self::from_names([what, own].into_iter().chain(lane).collect())
    }
}

/// Whether a group is one lane's.
pub(super) fn is_lane(name: &str) -> bool {
    name.starts_with(LANE)
}

/// The legs of a parcel's way: which, from when, and until when if it is over.
pub(super) fn legs(parcel: &Parcel) -> Vec<(Leg, Instant, Option<Instant>)> {
    let mut legs = scans(parcel);
    let expected = parcel.expected_delivery.filter(|_| parcel.handed_over_at().is_some());
    legs.extend(expected.map(|(at, _)| (Leg::Arrival, at, parcel.delivered_at)));
    // After its arrival a parcel gives no more signs of life, and none are missed.
    legs.retain(|(_, _, end)| end.is_some() || !parcel.is_settled());
    legs
}

/// From handover to the carrier's first word, and from each word to the next, as far as all of them are known. Words
/// of one moment are one sign of life.
fn scans(parcel: &Parcel) -> Vec<(Leg, Instant, Option<Instant>)> {
    let Some(handed_over) = parcel.handed_over_at() else { return Vec::new() };
    let mut words = vec![(None, handed_over)];
    let arrived = |at: Instant| parcel.delivered_at.is_some_and(|delivered| at > delivered);
    for (state, at) in parcel.trail.iter().filter(|(_, at)| *at > handed_over && !arrived(*at)) {
        match words.last_mut() {
            Some((said, last)) if last == at => *said = Some(*state),
            _ => words.push((Some(*state), *at)),
        }
    }
    let complete = parcel.last_seen_at().is_none_or(|last| words.last().is_some_and(|(_, at)| *at >= last));
    let ends = words.iter().skip(1).map(|(_, at)| Some(*at)).chain(complete.then_some(None));
    words.iter().zip(ends).map(|((state, at), end)| (Leg::Scan(*state), *at, end)).collect()
}

impl Model {
    /// How long `leg` usually takes, from the narrowest group with enough legs.
    pub(super) fn usual_leg(&self, order: &Order, parcel: &Parcel, leg: Leg) -> Option<Usual> {
        let groups = Groups::of_leg(order, parcel, leg);
        let named = groups.names().iter().zip([Whose::Everybody, Whose::Carrier, Whose::Lane]);
        named.rev().find_map(|(name, whose)| {
            let cells = self.groups.get(name).filter(|cells| cells.ended() >= COMPARABLE_MIN)?;
            Some(Usual { within: cells.quantile(SHARE)?, legs: cells.ended(), whose })
        })
    }
}
