//! Facts in, notices out: what is due for one order now, what is not and why, and when to look again.

mod accepted;
mod action;
mod assess;
mod delay;
mod gate;
pub mod join;
mod kept;
mod parcel;
mod reach;
mod talk;
#[cfg(test)]
mod tests;
mod told;
mod urgent;
mod wait;

pub use assess::{Assessment, zone_of};
pub use gate::is_held_out;
pub use kept::QuoteFate;
pub use reach::{Preferences, Reach, reach};
pub use told::{Said, Saying, Told};

use std::collections::BTreeSet;

use crate::because::Reason;
use crate::cause::Cause;
use crate::condition::Condition;
use crate::desk::Call;
use crate::event::ParcelReason;
use crate::expedite::{self, Suggestion};
use crate::forecast::{Asked, Forecast};
use crate::ids::{ExceptionId, LineId, OrderId, ParcelId};
use crate::incident::{IncidentId, Turning};
use crate::instant::{Instant, Span};
use crate::need::Needed;
use crate::notice::{Kind, Trouble, Why};
use crate::order::Order;
use crate::policy::{Channel, Policy, Ppm};
use crate::promise;

use serde::{Deserialize, Serialize};

/// Most promises of one order that are followed side by side, the nearest first; a further one's turn comes when a
/// nearer one is kept.
const GROUPS_MAX: usize = 8;

/// Everything a decision stands on.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    /// The order, its lines counted by the policy's met-by rule.
    pub order: &'a Order,
    /// What was told about it.
    pub told: &'a Told,
    /// Conditions in force that touch it.
    pub conditions: &'a [&'a Condition],
    /// Says when it will ship.
    pub forecast: &'a dyn Forecast,
    /// The shop's rules.
    pub policy: &'a Policy,
    /// What may be sent at all.
    pub guard: &'a Guard,
    /// How the buyer can be reached, or why not.
    pub reach: &'a Result<Reach, Why>,
    /// What this buyer got from this shop on the shop's current day.
    pub sent_today: &'a [Got],
    /// How many orders its shop left unwarned on its current day, to measure what warnings are worth; read where
    /// [`is_held_out`] says so alone.
    pub held_out_today: u64,
    /// The newest word of the order's warehouse on any order.
    pub warehouse_spoke_at: Option<Instant>,
    /// Whether another order of this buyer is told of a delay now: a warning that falls due soon then joins it.
    pub in_company: bool,
    /// When the decision is taken.
    pub now: Instant,
}

/// What may be sent at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// Triggers before this moment send nothing: the shop's history is not news.
    pub live_since: Instant,
    /// What people hold back, the widest first.
    pub pauses: Vec<Pause>,
    /// Decide and record, send nothing.
    pub shadow: bool,
}

impl Guard {
    /// What holds a notice of `kind` on `channel` back.
    pub(super) fn pause(&self, kind: Kind, channel: Channel) -> Option<Pause> {
        let holds = |pause: &&Pause| match pause.of {
            Paused::All | Paused::Shop => true,
            Paused::Kind(paused) => paused == kind,
            Paused::Channel(paused) => paused == channel,
            Paused::Incident { .. } => kind.is_about_delay(),
        };
        self.pauses.iter().find(holds).copied()
    }
}

/// A notice that a buyer got, or perhaps got.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Got {
    /// The message it was in: several notices in one count once.
    pub message_id: String,
    /// Its kind.
    pub kind: Kind,
    /// The order it spoke about.
    pub order_id: OrderId,
}

/// A switch that holds notices back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Which.
    pub of: Paused,
    /// Since when.
    pub since: Instant,
}

/// What a switch holds back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Paused {
    /// Every notice.
    All,
    /// Every notice of the order's shop.
    Shop,
    /// Notices of one kind.
    Kind(Kind),
    /// Notices that would go by one channel; none of them takes another.
    Channel(Channel),
    /// What is said of delays of an incident's orders.
    Incident {
        /// Which.
        id: IncidentId,
        /// Whether for good; else until a person lets them go.
        stopped: bool,
    },
}

/// A notice that is due now.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// Its kind.
    pub kind: Kind,
    /// Its dedupe key: the same key never reaches a buyer twice.
    pub key: String,
    /// Which words it takes.
    pub variant: &'static str,
    /// When it became due.
    pub trigger_at: Instant,
    /// How the buyer is reached.
    pub reach: Reach,
    /// The parcel it speaks about.
    pub parcel_id: Option<ParcelId>,
    /// The exception it speaks about.
    pub exception_id: Option<ExceptionId>,
    /// The promise version it speaks about.
    pub promise_version: Option<u32>,
    /// Which of the order's promises, where it has several: see [`Promise::share`](crate::promise::Promise::share).
    pub promise_share: Option<LineId>,
    /// The cause of the delay.
    pub cause: Option<Cause>,
    /// The promised ship time.
    pub ship_by: Option<Instant>,
    /// The honest date.
    pub quoted_ship_by: Option<Instant>,
    /// The date told before.
    pub previous_quote: Option<Instant>,
    /// The chance to miss ship-by.
    pub risk: Option<Ppm>,
    /// When the parcel should arrive.
    pub expected_delivery: Option<Instant>,
    /// What is wrong with the parcel.
    pub problem: Option<Problem>,
    /// Which one of its sort it is to its reader, from 1.
    pub number: u32,
    /// Whether a person takes over after it.
    pub is_last: bool,
    /// What the buyer is given to choose.
    pub choices: Option<Choices>,
    /// What it says of the day its buyer needs it by.
    pub needed: Option<Needed>,
    /// Lines it is about.
    pub lines: Vec<LineId>,
    /// What speaks for it.
    pub because: Vec<Reason>,
}

impl Due {
    /// Whether it tells that the promised ship time will not be kept, or was not: only then is anything given for it.
    pub fn breaks_promise(&self) -> bool {
        self.variant != "needed" || self.delay() > Span::ZERO
    }

    /// How much later than promised the quoted date is; never below zero.
    pub fn delay(&self) -> Span {
        match (self.quoted_ship_by, self.ship_by) {
            (Some(quoted), Some(ship_by)) => (quoted - ship_by).max(Span::ZERO),
            _ => Span::ZERO,
        }
    }

    /// The memory of this notice while it is on its way.
    pub fn said(&self, at: Instant) -> Said {
        Said {
            key: self.key.clone(),
            kind: self.kind,
            state: Saying::Pending,
            at,
            promise_version: self.promise_version,
            promise_share: self.promise_share.clone(),
            quoted: self.quoted_ship_by,
            expected_delivery: self.expected_delivery,
            parcel_id: self.parcel_id.clone(),
            exception_id: self.exception_id.clone(),
            signal: self.problem.as_ref().map(Problem::signal),
            cause: self.cause,
            choices: self.choices,
            kept: None,
            is_last: self.is_last,
        }
    }
}

/// What a buyer may choose when an order is late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choices {
    /// To wait, or to cancel and be refunded.
    WaitOrCancel,
    /// To take another article too.
    WaitSwapOrCancel,
}

/// What is wrong with a parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What.
    pub what: Trouble,
    /// Why, where the carrier said so.
    pub reason: Option<ParcelReason>,
}

impl Problem {
    /// What makes two problems the same to a buyer.
    pub fn signal(&self) -> String {
        format!("{}/{}", self.what, self.reason.map_or("-", ParcelReason::as_str))
    }
}

/// A notice that was due and is not sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Suppression {
    /// Its kind.
    pub kind: Kind,
    /// Its dedupe key.
    pub key: String,
    /// The parcel it would have spoken about.
    pub parcel_id: Option<ParcelId>,
    /// Why it is not sent.
    pub why: Why,
    /// What speaks for that.
    pub because: Vec<Reason>,
    /// What would have been sent; only in shadow mode.
    pub would: Option<Box<Due>>,
}

/// The answer for one order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decision {
    /// Notices due now that were not settled before, the most important first.
    pub due: Vec<Due>,
    /// Due notices that are not sent.
    pub suppressed: Vec<Suppression>,
    /// How the part of the order stands whose promise counts; `None` before it is placed and paid.
    pub main: Option<Assessment>,
    /// Keys of notices that are due but wait, for quiet hours to end or for another parcel of the order; `wake_at` is not later than that.
    pub held: Vec<String>,
    /// When to decide again if no event comes first; always after `now`.
    pub wake_at: Option<Instant>,
    /// What a person is called for.
    pub calls: Vec<Call>,
    /// How the order stands, for people.
    pub standing: Standing,
    /// A word to the warehouse.
    pub expedite: Option<Suggestion>,
    /// Keys of due notices that a person has stopped for good, with their incident.
    pub stopped: Vec<String>,
    /// The order is found at risk for the first time under its promise.
    pub turned: Option<Turning>,
    /// Keys that some rule spoke about: due, held for a better hour, or not sent.
    answered: BTreeSet<String>,
}

/// How an order stands, for lists and for support.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// The promised ship time.
    pub ship_by: Option<Instant>,
    /// The chance to miss it, while something is open.
    pub risk: Option<Ppm>,
    /// Whether something is open and its promise in danger: at risk enough to warn, or its buyer was told a later date.
    pub at_risk: bool,
    /// The date that would be quoted now.
    pub quote: Option<Instant>,
    /// What holds the order up most.
    pub cause: Option<Cause>,
    /// Until when the shop can still ask its buyer for a later ship time; `None` where there is nothing to ask for, or
    /// it cannot.
    pub ask_until: Option<Instant>,
    /// What has to be kept to learn from how the order ends; only where it has one promise.
    pub asked: Option<Asked>,
}

/// How the order stands, with the forecast behind it, without deciding anything; `None` while it is not paid.
pub fn assess(case: &Case<'_>) -> Option<Assessment> {
    (case.order.placed_at.is_some() && case.order.paid_at.is_some()).then(|| {
        let groups = promise::groups(case.order, case.policy);
        main_of(case, &groups)
    })
}

/// The assessment of the promise that comes first. An order with several promises is not learned from at its
/// landmarks: it has no one end.
fn main_of(case: &Case<'_>, groups: &[promise::Group]) -> Assessment {
    let mut main = Assessment::of(case, groups, promise::binding_of(case.order, groups));
    if let Some(prediction) = main.prediction.as_mut().filter(|_| groups.len() > 1) {
        prediction.asked = None;
    }
    main
}

/// Decides for one order. Pure and total: any facts give an answer, and the same facts give the same one.
pub fn decide(case: Case<'_>) -> Decision {
    let mut decision = Decision::default();
    if case.order.placed_at.is_none() || case.order.paid_at.is_none() {
        return decision;
    }
    let groups = promise::groups(case.order, case.policy);
    let binding = promise::binding_of(case.order, &groups);
    let main = main_of(&case, &groups);
    for group in groups.iter().take(GROUPS_MAX) {
        let own = binding.is_none_or(|b| b != group).then(|| Assessment::of(&case, &groups, Some(group)));
        let assessment = own.as_ref().unwrap_or(&main);
        delay::warn_or_admit(&case, assessment, &mut decision);
        delay::update(&case, assessment, &mut decision);
    }
    urgent::warn(&case, &main, &mut decision);
    urgent::call(&case, &main, &mut decision);
    action::ask(&case, &main, &mut decision);
    accepted::confirm(&case, &main, &mut decision);
    parcel::follow(&case, &main, &groups, &mut decision);
    gate::give_up(&case, &mut decision);
    decision.standing = main.standing();
    decision.standing.at_risk = main.is_in_danger(&case);
    decision.standing.ask_until = talk::ask_until(&case, &main);
    decision.expedite = expedite::suggest(&case, &main);
    // What comes of it is known then; in between its landmarks and its warning keep it looked at.
    let queued = case.told.expedited.as_ref().filter(|queued| queued.fate.is_none()).map(|queued| queued.leave_by);
    let leave_by = decision.expedite.as_ref().map(|suggested| suggested.leave_by).or(queued);
    leave_by.into_iter().for_each(|at| decision.wake(at, case.now));
    decision.turned = turned(&case, &main);
    decision.main = Some(main);
    decision
}

/// Told from what is remembered, so that an order counts once however often it is decided.
fn turned(case: &Case<'_>, main: &Assessment) -> Option<Turning> {
    let version = main.promise.as_ref()?.version;
    let is_news = main.is_open() && main.is_at_risk(case) && case.told.turned != Some(version);
    is_news.then(|| Turning::of(case.order, &main.finding, version, case.now)).flatten()
}

impl Decision {
    /// Asks to be decided again at `at`, unless an earlier moment is asked for already.
    fn wake(&mut self, at: Instant, now: Instant) {
        if at > now {
            self.wake_at = Some(self.wake_at.map_or(at, |earliest| earliest.min(at)));
        }
    }
}
