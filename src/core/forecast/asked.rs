//! What was foretold about an order, kept until its outcome can be learned from.

use serde::{Deserialize, Serialize};

use super::judge::{is_followed, is_late};
use super::levels::WATCHED;
use super::traits::Traits;
use super::waits::Groups;
use crate::instant::Instant;

/// What stood behind one forecast: never touched by anything that came later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    landmark: u8,
    ship_by_ms: i64,
    traits: Traits,
    /// The date quoted at each watched confidence whose fate is not known yet.
    #[serde(default, skip_serializing_if = "is_settled")]
    quotes_ms: [Option<i64>; WATCHED.len()],
}

/// Whether ship-by was kept, with what had been known before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whose order it is.
    pub groups: Groups,
    /// Whether it was missed.
    pub missed: bool,
    /// What had been known at each landmark at which the order was still open.
    pub foretold: Vec<(u8, Traits)>,
}

impl Verdict {
    /// Whether the order was still open on the last day before its ship-by.
    pub(super) fn was_open_late(&self) -> bool {
        self.foretold.iter().any(|(landmark, _)| is_late(*landmark))
    }
}

impl Asked {
    /// What is foretold at `landmark`, with the dates `quotes` for the watched confidences, where those are followed.
    pub(super) fn new(
        landmark: u8,
        ship_by: Instant,
        traits: Traits,
        quotes: Option<[Instant; WATCHED.len()]>,
    ) -> Self {
        let quotes_ms = quotes.map_or([None; WATCHED.len()], |all| all.map(|at| Some(at.ms())));
        Self { landmark, ship_by_ms: ship_by.ms(), traits, quotes_ms }
    }

    pub(super) fn landmark(&self) -> u8 {
        self.landmark
    }

    /// Whether it was foretold a day before ship-by.
    pub(super) fn is_followed(&self) -> bool {
        is_followed(self.landmark)
    }

    pub(super) fn traits(&self) -> Traits {
        self.traits
    }

    pub(super) fn is_for(&self, ship_by: Instant) -> bool {
        self.ship_by_ms == ship_by.ms()
    }

    /// Which of the quoted dates were kept, as far as that is known now: the order was `shipped`, or is known to be
    /// open still at `open_until`. `None` when nothing new is known.
    pub(super) fn settle(
        &mut self,
        shipped: Option<Instant>,
        open_until: Option<Instant>,
    ) -> Option<Vec<Option<bool>>> {
        let fate = |quote: &mut Option<i64>| {
            let at = Instant::from_ms((*quote)?);
            let kept = shipped.map(|shipped| shipped <= at).or_else(|| (open_until? >= at).then_some(false))?;
            *quote = None;
            Some(kept)
        };
        let fates: Vec<Option<bool>> = self.quotes_ms.iter_mut().map(fate).collect();
        fates.iter().any(Option::is_some).then_some(fates)
    }
}

fn is_settled(quotes: &[Option<i64>; WATCHED.len()]) -> bool {
    quotes.iter().all(Option::is_none)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::traits::TRAITS;
    use crate::sample::at;

    #[test]
    fn each_quoted_date_is_settled_once() {
        let mut asked = Asked::new(2, at(24), Traits::of([0.0; TRAITS]), Some([at(10), at(30), at(90), at(200)]));
        assert_eq!(asked.settle(None, None), None);
        assert_eq!(asked.settle(None, Some(at(24))), Some(vec![Some(false), None, None, None]));
        assert_eq!(asked.settle(None, Some(at(24))), None);
        assert_eq!(asked.settle(Some(at(95)), None), Some(vec![None, Some(false), Some(false), Some(true)]));
        assert_eq!(asked.settle(Some(at(95)), None), None);
    }
}
