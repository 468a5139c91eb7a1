//! The answers drawn from what was learned.

use super::asked::Asked;
use super::backlog::{Load, Queue};
use super::cells::{Cells, span};
use super::curve::{Curve, Rates};
use super::judge::{is_followed, landmark};
use super::legs::{Leg, Usual};
use super::levels::WATCHED;
use super::model::{Model, Pressed};
use super::priors::{SLOWED, scale};
use super::reasons::Weighed;
use super::traits::{Scene, Traits};
use super::waits::{Groups, Wait};
use super::{Forecast, Journey, Prediction, Question, slowest};
use crate::because::Basis;
use crate::cause::{Finding, awaits_pickup};
use crate::instant::{Instant, Span};
use crate::order::{Order, Parcel};
use crate::policy::Ppm;

/// Fewest ended waits a quantile of silence or of a leg may stand on (contract).
pub(super) const COMPARABLE_MIN: u64 = 20;
/// What is known about an order past its ship-by is what was known this long before it: from there on most of what
/// is known of it is only that time goes by, which the waits say already.
const LAST_LOOK: Span = Span::hours(24);

/// The wait an order is in, when it began and since when it is known to last.
struct State {
    wait: Wait,
    origin: Instant,
    since: Instant,
}

impl State {
    fn of(order: &Order, finding: &Finding, now: Instant) -> Option<Self> {
        let (stage, entered) = order.stage()?;
        let announced = order.expected_ship.map(|a| a.at);
        let stop = finding.obstacles.stop.as_ref();
        let freed = stop.filter(|stop| stop.endless.is_none()).and_then(|stop| stop.clears_at);
        if let Some(end) = freed.max(announced).filter(|end| *end > now) {
            let wait = if freed == Some(end) { Wait::Resumed } else { Wait::Announced };
            return Some(Self { wait, origin: end, since: end });
        }
        if let Some(stop) = stop {
            let (cause, reported) = stop.endless.unwrap_or((stop.cause, stop.since));
            // Until the others' announced ends it moves in no case.
            let since = stop.clears_at.map_or(now, |end| end.max(now));
            return Some(Self { wait: Wait::Blocked(cause), origin: reported.max(order.paid_at?), since });
        }
        if let Some((_, said)) = awaits_pickup(order) {
            return Some(Self { wait: Wait::Pickup, origin: said.max(order.paid_at?), since: now });
        }
        let resumed = order.exceptions.iter().filter_map(|e| e.cleared_at).filter(|at| *at <= now).max();
        let wait = [announced.map(|at| (Wait::Announced, at)), resumed.map(|at| (Wait::Resumed, at))];
        let latest = wait.into_iter().flatten().filter(|(_, at)| *at > entered).max_by_key(|(_, at)| *at);
        let (wait, origin) = latest.unwrap_or((Wait::Stage(stage), entered));
        Some(Self { wait, origin, since: now })
    }
}

impl Forecast for Model {
    fn version(&self) -> &str {
        if self.stored_version().is_empty() { "prior" } else { self.stored_version() }
    }

    fn predict(&self, q: Question<'_>) -> Option<Prediction> {
        let state = State::of(q.order, q.finding, q.now)?;
        let groups = Groups::of(q.order, slowest(q.order), state.wait);
        let clock = self.clock(&groups);
        let is_stage = matches!(state.wait, Wait::Stage(_));
        let promised = q.ship_by.zip(q.order.paid_at).filter(|_| is_stage);
        let pressed = promised.map(|(by, paid)| Pressed { until: by - state.origin, scale: scale(by - paid) });
        let rates = self.rates(state.wait, &groups, pressed);
        let curve = Curve::new(clock.clone(), state.origin, state.since, rates);
        // What was reported and does not stop the order slows it down, and the word of its end bounds what is quoted.
        let obstacles = &q.finding.obstacles;
        let slowed = (q.finding.since.is_some() || obstacles.slow) && obstacles.stop.is_none();
        let usual = |end: Instant| {
            let rates = self.rates(Wait::Resumed, &groups, None);
            Curve::new(clock.clone(), end, end, rates).quantile(0.5)
        };
        let mut prediction = Prediction {
            not_before: obstacles.announced.filter(|end| *end > q.now).map(usual),
            basis: self.basis(&groups, &state),
            levels: is_stage.then(|| self.judge.levels().clone()),
            weighed: None,
            asked: None,
            curve,
        };
        if let Some((ship_by, paid_at)) = promised {
            self.weigh(&mut prediction, &Case { q: &q, groups: &groups, state: &state, rates, ship_by, paid_at });
        }
        if slowed && is_stage {
            prediction.curve = prediction.curve.slowed(SLOWED);
            prediction.asked = None;
        }
        Some(prediction)
    }

    fn silence_limit(&self, order: &Order, share: Ppm) -> Option<Span> {
        let (stage, _) = order.stage()?;
        self.limit(&Groups::of(order, slowest(order), Wait::Dwell(stage)), share.as_f64())
    }

    fn surge(&self, order: &Order, now: Instant) -> Option<Load> {
        self.queues.get(Queue::of(order).name())?.far_above_usual(now)
    }

    fn usual(&self, order: &Order, parcel: &Parcel, leg: Leg) -> Option<Usual> {
        self.usual_leg(order, parcel, leg)
    }

    fn journey(&self, order: &Order, share: Ppm) -> Option<Journey> {
        self.usual_journey(order, share)
    }
}

/// An order in the warehouse's hands with a promise, which what is known beside its wait says something about.
struct Case<'a> {
    q: &'a Question<'a>,
    groups: &'a Groups,
    state: &'a State,
    rates: Rates,
    ship_by: Instant,
    paid_at: Instant,
}

impl Model {
    /// Moves the curve to the chance to miss that everything known gives, and past ship-by to what missed orders do.
    fn weigh(&self, prediction: &mut Prediction, case: &Case<'_>) {
        let now = case.q.now;
        let [all, shop] = self.records(case.groups);
        let own = prediction.curve.clock().clone();
        let common = self.common_clock();
        let look = now.min(case.ship_by - LAST_LOOK).max(case.paid_at.min(now));
        let by_waits = |at: Instant| {
            let curve = Curve::new(own.clone(), case.state.origin, at.max(case.state.origin), case.rates);
            curve.survival(case.ship_by)
        };
        let read = |now: Instant| {
            let by_waits = by_waits(now);
            let scene = Scene {
                paid_at: case.paid_at,
                ship_by: case.ship_by,
                now,
                by_waits,
                shop: &shop,
                all: &all,
                own: &own,
                common: &common,
            };
            Traits::read(&scene)
        };
        let known = read(look);
        prediction.curve = prediction.curve.clone().turning(case.ship_by, self.past_ship_by(case.groups, known));
        let left = case.ship_by - now;
        let Some(landmark) = landmark(left) else { return };
        let traits = if look == now { known } else { read(now) };
        let (chance, shares) = self.judge.chance(traits, left, case.ship_by - case.paid_at);
        prediction.curve = prediction.curve.clone().lasting(case.ship_by, chance);
        prediction.weighed = Some(Weighed::new(shares, &shop, &own, case.paid_at, now, case.ship_by));
        let quotes = is_followed(landmark).then(|| WATCHED.map(|c| prediction.quote(c)));
        prediction.asked = Some(Asked::new(landmark, case.ship_by, traits, quotes));
    }

    /// The rates of an order past its ship-by, with what was known before.
    fn past_ship_by(&self, groups: &Groups, known: Traits) -> Rates {
        let mut rates = self.rates(Wait::Overdue, groups, None);
        let faster = self.judge.tail(known);
        for (cell, rate) in rates.iter_mut().enumerate() {
            *rate *= faster(span(cell).0);
        }
        rates
    }

    /// How long `share` of the waits in the narrowest group with enough ends lasted.
    fn limit(&self, groups: &Groups, share: f64) -> Option<Span> {
        let enough = |name: &String| self.groups.get(name).filter(|c| c.ended() >= COMPARABLE_MIN);
        groups.names().iter().rev().find_map(enough)?.quantile(share)
    }

    fn basis(&self, groups: &Groups, state: &State) -> Basis {
        let seen = |name: Option<&String>| name.and_then(|n| self.groups.get(n)).map_or(0, Cells::ended);
        let (all, shop) = (seen(groups.names().first()), seen(groups.names().get(1)));
        Basis { wait: state.wait, since: state.origin, shop, all }
    }
}
