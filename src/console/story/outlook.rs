//! Promise, cause and forecast of an order, for people to read.

use forewarn_core::cause::Finding;
use forewarn_core::forecast::Prediction;
use forewarn_core::need::Needed;
use forewarn_core::policy::Ppm;
use forewarn_core::promise::{self, Promise};
use forewarn_core::{Instant, Span};

use crate::engine::Dossier;

/// The outlook of the part of an order whose promise comes first.
pub(in crate::console) struct Outlook {
    /// The promise that counts.
    pub(in crate::console) promise: Option<Promise>,
    /// What holds the order up most; `None` when nothing is open.
    pub(in crate::console) finding: Option<Finding>,
    /// The day its buyer needs it by, and whether it will be there; `None` when nothing is open or no day was named.
    pub(in crate::console) needed: Option<Needed>,
    /// When it will be handed over; `None` when nothing is open or nothing was paid.
    pub(in crate::console) prediction: Option<Prediction>,
}

impl Outlook {
    pub(super) fn of(dossier: &Dossier) -> Self {
        let main = dossier.decision.as_ref().and_then(|d| d.main.as_ref());
        let open = main.filter(|m| m.is_open());
        Self {
            // What was promised is known before the order is paid, and when no rule can decide it.
            promise: main.map_or_else(|| promise::binding(&dossier.order, &dossier.policy), |m| m.promise.clone()),
            finding: open.map(|m| m.finding.clone()),
            needed: open.and_then(|m| m.need.map(|need| need.told(m.quote))),
            prediction: open.and_then(|m| m.prediction.clone()),
        }
    }

    /// The moment by which the handover has come with chance `share`, in parts per million.
    pub(in crate::console) fn by(&self, share: u32) -> Option<Instant> {
        self.prediction.as_ref().map(|p| p.by(Ppm::from_ppm(share)))
    }

    /// Chances that it has been handed over by each of `steps + 1` moments from `from` on, as far as `to`.
    pub(in crate::console) fn curve(&self, from: Instant, to: Instant, steps: u32) -> Vec<(Instant, f64)> {
        let Some(prediction) = &self.prediction else { return Vec::new() };
        let width = (to - from).ms() / i64::from(steps.max(1));
        let moment = |i: u32| from + Span::from_ms(width * i64::from(i));
        (0..=steps).map(moment).map(|at| (at, 1.0 - prediction.curve.survival(at))).collect()
    }
}
