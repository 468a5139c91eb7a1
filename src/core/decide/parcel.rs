//! `shipped`, `logistics_delay` and `delivered`: what every parcel of an order gives to tell.

use super::delay::in_words;
use super::gate::{Candidate, draft, parcel_key, pass};
use super::wait::Waits;
use super::{Assessment, Case, Decision, Due, Problem, Said};
use crate::because::Reason;
use crate::event::ParcelState;
use crate::forecast::{Leg, Usual};
use crate::instant::{Instant, Span};
use crate::notice::{Kind, Trouble, Why};
use crate::order::Parcel;
use crate::promise::Group;

/// A parcel is stalled, or overdue, only this long past the usual quantile (contract).
const GRACE: Span = Span::hours(12);

pub(super) fn follow(case: &Case<'_>, a: &Assessment, groups: &[Group], out: &mut Decision) {
    let waits = Waits::of(case, a);
    for parcel in &case.order.parcels {
        let Some(handed_over_at) = parcel.met_at(case.order.met_by) else {
            continue;
        };
        let way = Way { case, a, parcel, ship_by: ship_by_of(parcel, groups), handed_over_at, waits };
        way.shipped(out);
        match parcel.delivered_at {
            Some(at) => way.delivered(at, out),
            None if !parcel.is_settled() => way.trouble(out),
            None => {}
        }
    }
}

/// The promise of what is in the parcel: the earliest among its lines.
fn ship_by_of(parcel: &Parcel, groups: &[Group]) -> Option<Instant> {
    let in_it = |g: &&Group| g.lines.iter().any(|l| parcel.line_ids.binary_search(l).is_ok());
    groups.iter().find(in_it).map(|g| g.promise.value)
}

/// One parcel on its way.
struct Way<'a> {
    case: &'a Case<'a>,
    a: &'a Assessment,
    parcel: &'a Parcel,
    ship_by: Option<Instant>,
    handed_over_at: Instant,
    waits: Waits,
}

impl Way<'_> {
    fn draft(&self, kind: Kind, number: Option<u32>, at: Instant) -> Due {
        let mut due = draft(self.case, self.a, kind, &parcel_key(&self.parcel.id, number), at);
        due.parcel_id = Some(self.parcel.id.clone());
        due.lines = self.parcel.line_ids.clone();
        due.ship_by = self.ship_by;
        due.expected_delivery = self.parcel.expected_delivery.map(|(at, _)| at);
        due.number = number.unwrap_or(1);
        due.because = vec![Reason::HandedOver { parcel_id: self.parcel.id.clone(), at: self.handed_over_at }];
        due
    }

    /// When something that happened at `at` became news: before payment nothing is.
    fn since_paid(&self, at: Instant) -> Instant {
        at.max(self.case.order.paid_at.unwrap_or(at))
    }

    /// A cancelled order's parcel comes back; the buyer knows.
    fn cancelled(&self) -> Option<Why> {
        self.case.order.live_lines().next().is_none().then_some(Why::Cancelled)
    }

    fn shipped(&self, out: &mut Decision) {
        let mut due = self.draft(Kind::Shipped, None, self.since_paid(self.handed_over_at));
        let delays = [Kind::DelayWarning, Kind::PromiseMissed, Kind::DelayUpdate];
        if delays.into_iter().any(|kind| self.case.told.reached(kind).next().is_some()) {
            due.variant = "after_warning";
        }
        due.expected_delivery = due.expected_delivery.filter(|at| self.a.zone.day(*at).1 > self.case.now);
        let expires_at = Some(due.trigger_at + self.case.policy.expires.shipped);
        let instead = self.cancelled().or(self.parcel.delivered_at.map(|_| Why::Delivered));
        self.pass_after(self.waits.leaving, Candidate { due, expires_at, instead }, out);
    }

    fn delivered(&self, at: Instant, out: &mut Decision) {
        let mut due = self.draft(Kind::Delivered, None, self.since_paid(at));
        if self.was_late(at) {
            due.variant = "after_delay";
        }
        due.because.push(Reason::Delivered { at });
        let expires_at = Some(due.trigger_at + self.case.policy.expires.delivered);
        self.pass_after(self.waits.arriving, Candidate { due, expires_at, instead: self.cancelled() }, out);
    }

    /// What was decided once waits no longer.
    fn pass_after(&self, wait: Option<Instant>, candidate: Candidate, out: &mut Decision) {
        match wait.filter(|_| candidate.instead.is_none() && self.case.told.find(&candidate.due.key).is_none()) {
            Some(until) => out.hold(&candidate.due, until, self.case.now),
            None => pass(self.case, self.a, candidate, out),
        }
    }

    /// Late against what was promised, or against what was told on the way.
    fn was_late(&self, delivered_at: Instant) -> bool {
        let mine = |s: &Said| s.parcel_id.as_ref() == Some(&self.parcel.id);
        let told_late = self.case.told.reached(Kind::LogisticsDelay).any(mine);
        let shipped_late = self.ship_by.is_some_and(|by| self.handed_over_at > by);
        let promised = self.case.order.deliver_by.is_some_and(|by| delivered_at > by);
        let arrival = self.case.told.last_arrival(&self.parcel.id);
        told_late || shipped_late || promised || arrival.is_some_and(|at| delivered_at >= self.a.zone.day(at).1)
    }

    fn trouble(&self, out: &mut Decision) {
        let told: Vec<&Said> = self.told().collect();
        let Some(News { problem, at, usual }) = self.news(&told, out) else {
            return;
        };
        let number = in_words(told.len());
        let mut due = self.draft(Kind::LogisticsDelay, Some(number), self.since_paid(at));
        // One that failed counts as an attempt, but nobody read it.
        due.number = in_words(told.iter().filter(|s| s.reached()).count());
        // A date from before the trouble no longer stands, and repeating it would be telling it anew.
        due.expected_delivery = self.parcel.expected_delivery.filter(|(_, said)| *said >= at).map(|(at, _)| at);
        due.because.push(Reason::Trouble { what: problem.what, since: at });
        due.because.extend(usual.map(|(leg, usual)| Reason::Usual { leg, usual }));
        due.problem = Some(problem);
        due.is_last = number == self.case.policy.warn.updates;
        let exhausted = (number > self.case.policy.warn.updates).then_some(Why::NeedsHuman);
        let expires_at = Some(due.trigger_at + self.case.policy.expires.logistics_delay);
        pass(self.case, self.a, Candidate { due, expires_at, instead: self.cancelled().or(exhausted) }, out);
    }

    fn told(&self) -> impl Iterator<Item = &Said> {
        let mine = |s: &&Said| s.kind == Kind::LogisticsDelay && s.parcel_id.as_ref() == Some(&self.parcel.id);
        self.case.told.said.iter().filter(mine).filter(|s| self.case.told.is_settled(&s.key))
    }

    /// What is wrong with the parcel and was not told yet: a new expected arrival is news each time, the same trouble
    /// is not, unless another came in between and it came back after it was told.
    fn news(&self, told: &[&Said], out: &mut Decision) -> Option<News> {
        let last = told.iter().filter(|s| s.reached()).max_by_key(|s| s.at).and_then(|s| s.signal.as_ref());
        let new = |news: &News| {
            let signal = Some(news.problem.signal());
            let told_since = told.iter().any(|s| s.reached() && s.at >= news.at && s.signal == signal);
            last != signal.as_ref() && !told_since
        };
        let (stalled, overdue) = (self.stalled(out), self.overdue(out));
        let said = slipped(self.case, self.a, self.parcel).or_else(|| reported(self.parcel).filter(new));
        said.or(stalled.filter(new)).or(overdue.filter(new))
    }

    /// No sign of life for longer than is usual for such a parcel at this point.
    fn stalled(&self, out: &mut Decision) -> Option<News> {
        let last_seen = self.parcel.last_seen_at()?;
        let state = self.parcel.last_scan.as_ref().map(|s| s.state);
        self.unusual(Trouble::Stalled, Leg::Scan(state), last_seen, last_seen, out)
    }

    /// It did not come on the day the buyer was told, nor within the time by which such dates are usually missed.
    fn overdue(&self, out: &mut Decision) -> Option<News> {
        let (expected, _) = self.parcel.expected_delivery?;
        let told = self.case.told.standing_arrival(&self.parcel.id)?;
        let day_over = self.a.zone.day(told.max(expected)).1;
        self.unusual(Trouble::Overdue, Leg::Arrival, expected, day_over, out)
    }

    /// A trouble that shows in time going by: `leg` began at `origin` and lasts longer than is usual, and it is later
    /// than `earliest`.
    fn unusual(&self, what: Trouble, leg: Leg, origin: Instant, earliest: Instant, out: &mut Decision) -> Option<News> {
        let usual = self.case.forecast.usual(self.case.order, self.parcel, leg)?;
        let at = earliest.max(origin + usual.within + GRACE);
        out.wake(at, self.case.now);
        let problem = Problem { what, reason: None };
        (self.case.now >= at).then_some(News { problem, at, usual: Some((leg, usual)) })
    }
}

/// Something to tell of a parcel.
struct News {
    problem: Problem,
    /// Since when.
    at: Instant,
    /// What is usual instead, where only that tells.
    usual: Option<(Leg, Usual)>,
}

/// The carrier's newest word names a trouble.
fn reported(parcel: &Parcel) -> Option<News> {
    let scan = parcel.last_scan.as_ref()?;
    let what = match scan.state {
        ParcelState::Delayed => Trouble::Delayed,
        ParcelState::Exception => Trouble::Exception,
        ParcelState::AttemptFailed => Trouble::AttemptFailed,
        ParcelState::Returning => Trouble::Returning,
        _ => return None,
    };
    Some(News { problem: Problem { what, reason: scan.reason }, at: scan.at, usual: None })
}

/// The expected arrival moved past the day we had told.
fn slipped(case: &Case<'_>, a: &Assessment, parcel: &Parcel) -> Option<News> {
    let (expected, since) = parcel.expected_delivery?;
    let said = case.told.last_arrival(&parcel.id)?;
    let reason = parcel.last_scan.as_ref().filter(|s| s.at == since).and_then(|s| s.reason);
    let named = reported(parcel).filter(|news| news.at == since);
    let what = named.map_or(Trouble::Slipped, |news| news.problem.what);
    let news = News { problem: Problem { what, reason }, at: since, usual: None };
    (expected >= a.zone.day(said).1).then_some(news)
}
