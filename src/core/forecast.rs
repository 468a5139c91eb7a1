//! When will an order be handed over? A distribution, not a guess.
//!
//! The first form is a survival model: from the moment an order entered the state it is in, at what rate did
//! comparable orders get from there to handover? Rates are counted per span of waiting time, for the warehouse, the
//! shop and everybody, and each narrower group leans on the wider one as long as it has seen little.

pub mod backlog;
pub mod cells;
mod curve;
pub mod model;
pub mod observe;
mod priors;
#[cfg(test)]
mod tests;

use crate::because::Basis;
use crate::cause::Finding;
use crate::event::{Fulfilment, ParcelState};
use crate::instant::{Instant, Span};
use crate::order::Order;
use crate::policy::Ppm;

pub use backlog::{Backlog, Load, Queue};
pub use cells::Cells;
pub use curve::Curve;
pub use model::Model;
pub use observe::{Learned, Observation, Waited, observe};

/// What a forecast is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// About which order.
    pub order: &'a Order,
    /// What is known to hold it up.
    pub finding: &'a Finding,
    /// The promised ship time, where there is one.
    pub ship_by: Option<Instant>,
    /// When the question is asked; nothing later may be used.
    pub now: Instant,
}

/// What a forecast answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// When the handover will be.
    pub curve: Curve,
    /// No date before this may be quoted: what slows the order down was announced to last until about then.
    pub not_before: Option<Instant>,
    /// What it stands on.
    pub basis: Basis,
}

impl Prediction {
    /// The chance that the handover comes after `at`.
    pub fn after(&self, at: Instant) -> Ppm {
        Ppm::from_f64(self.curve.survival(at))
    }

    /// The moment by which the handover has come with chance `confidence`.
    pub fn by(&self, confidence: Ppm) -> Instant {
        let quantile = self.curve.quantile(confidence.as_f64());
        self.not_before.map_or(quantile, |floor| floor.max(quantile))
    }

    /// The same moment, were it certain that the handover comes after `at`.
    pub fn by_if_after(&self, at: Instant, confidence: Ppm) -> Instant {
        let quantile = self.curve.beyond(at).quantile(confidence.as_f64());
        self.not_before.map_or(quantile, |floor| floor.max(quantile))
    }
}

/// Something that can say when an order will ship.
pub trait Forecast {
    /// The forecast's version, named by every decision that uses it.
    fn version(&self) -> &str;

    /// Answers `question`; `None` for an order that was not paid.
    fn predict(&self, question: Question<'_>) -> Option<Prediction>;

    /// How long `share` of at least 20 comparable orders stayed silent at the step the order is at; `None` with fewer.
    fn silence_limit(&self, order: &Order, share: Ppm) -> Option<Span>;

    /// How long the queue is that `order` waits in, where that is far above its usual length.
    fn surge(&self, order: &Order, now: Instant) -> Option<Load>;

    /// How long 95 % of at least 20 comparable parcels took from this sign of life to the next; `None` with fewer.
    fn leg_limit(&self, carrier: Option<&str>, last: Option<ParcelState>) -> Option<Span>;
}

/// The fulfilment that decides how long an order takes: the slowest among its open lines.
pub(crate) fn slowest(order: &Order) -> Fulfilment {
    order.open_lines().map(|l| l.fulfilment).max().unwrap_or(Fulfilment::InStock)
}
