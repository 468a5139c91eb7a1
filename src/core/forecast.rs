//! When will an order be handed over? A distribution, not a guess.
//!
//! Three layers. Waits are counted: from the moment an order entered the state it is in, at what rate did comparable
//! orders get from there to handover? Rates are counted per span of *shipping time* ([`clock`]), for the warehouse, the
//! shop and everybody, and each narrower group leans on the wider one as long as it has seen little. What else is
//! known (the shop's record, its overdue orders, the time left) is weighed by a regression that every outcome moves
//! ([`judge`]) and bends the curve at ship-by. Last, quoted quantiles are moved until as many dates are kept as
//! claimed ([`levels`]).

mod asked;
pub mod backlog;
pub mod cells;
pub mod clock;
mod curve;
mod journey;
pub mod judge;
mod legs;
pub mod levels;
pub mod model;
pub mod observe;
mod predict;
mod priors;
mod reasons;
pub mod record;
mod regression;
#[cfg(test)]
mod tests;
pub mod traits;
pub mod waits;

use crate::because::Basis;
use crate::cause::Finding;
use crate::event::Fulfilment;
use crate::instant::{Instant, Span};
use crate::order::{Order, Parcel};
use crate::policy::Ppm;

pub use asked::{Asked, Verdict};
pub use backlog::{Backlog, Load, Queue};
pub use cells::Cells;
pub use curve::Curve;
pub use journey::Journey;
pub use judge::next_landmark;
pub use legs::{Leg, Usual, Whose};
pub use levels::Levels;
pub use model::{Model, Part};
pub use observe::{Learned, Observation, Waited, observe};
pub use reasons::Weighed;
pub use waits::{Groups, Wait};

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
    /// Which quantile keeps a date quoted at a confidence; `None` where the forecast's own is read.
    pub levels: Option<Levels>,
    /// What the chance to miss ship-by was weighed from, where it was.
    pub weighed: Option<Weighed>,
    /// What has to be kept to learn from the outcome.
    pub asked: Option<Asked>,
}

impl Prediction {
    /// The chance that the handover comes after `at`.
    pub fn after(&self, at: Instant) -> Ppm {
        Ppm::from_f64(self.curve.survival(at))
    }

    /// The moment by which the handover has come with chance `confidence`.
    pub fn by(&self, confidence: Ppm) -> Instant {
        self.quote(confidence.as_f64())
    }

    /// The same moment, were it certain that the handover comes after `at`.
    pub fn by_if_after(&self, at: Instant, confidence: Ppm) -> Instant {
        self.read(&self.curve.beyond(at), confidence.as_f64())
    }

    /// The date to quote at `confidence` (0-1): never before what was announced, and never while the shop does not
    /// ship.
    fn quote(&self, confidence: f64) -> Instant {
        self.read(&self.curve, confidence)
    }

    fn read(&self, curve: &Curve, confidence: f64) -> Instant {
        let share = self.levels.as_ref().map_or(confidence, |levels| levels.quantile(confidence));
        let quantile = curve.quantile(share);
        let open = curve.clock().open_from(quantile);
        self.not_before.map_or(open, |floor| floor.max(open))
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

    /// How long 95 % of at least 20 legs comparable to this one of `parcel` took; `None` with fewer.
    fn usual(&self, order: &Order, parcel: &Parcel, leg: Leg) -> Option<Usual>;

    /// How long `share` of at least 20 parcels comparable to those of `order` took from handover to arrival; `None` with
    /// fewer.
    fn journey(&self, order: &Order, share: Ppm) -> Option<Journey>;
}

/// The fulfilment that decides how long an order takes: the slowest among its open lines.
pub(crate) fn slowest(order: &Order) -> Fulfilment {
    order.open_lines().map(|l| l.fulfilment).max().unwrap_or(Fulfilment::InStock)
}
