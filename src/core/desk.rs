//! What only a person can settle: what puts an order on the desk, what takes it off by itself, and who comes first.
//!
//! A decision *calls* for a person as long as it finds a reason. The order remembers what it was brought to the desk
//! for, so a call that is repeated at every look makes one entry, and one that a person has settled comes back only with
//! something new. Nothing here reads the desk itself: what a person did to an entry is told to the order's memory.

mod ending;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::because::Reason;
use crate::cause::Cause;
use crate::decide::{Case, Decision, Due, Problem, Told};
use crate::event::ParcelReason;
use crate::ids::GrantId;
use crate::instant::{Instant, Span};
use crate::notice::{Kind, Trouble, Why, names};
use crate::order::Order;
use crate::policy::Policy;

/// How much earlier an entry counts as brought for every time its buyer asked. Our choice: whoever writes once is
/// served before those who have waited a day longer in silence.
const CHASE_WORTH: Span = Span::hours(24);

names! {
    /// What a person is needed for. A further one needs a call that raises it, `ending::of` to say what ends it, and
    /// its words.
    Matter {
        /// Only the buyer can mend the address, and nobody answered or could be asked.
        UnansweredAddress = "unanswered_address",
        /// The order is late past the last update, which tells the buyer that a person has it.
        PastUpdates = "past_updates",
        /// A parcel is in trouble past the last update on it, which tells the same.
        ParcelTrouble = "parcel_trouble",
        /// It will not be there by the day its buyer named, unless a person finds a quicker way.
        Urgent = "urgent",
        /// A compensation the buyer was told of will not be given.
        RefusedGrant = "refused_grant",
    }
}

names! {
    /// What became of an entry.
    Outcome {
        /// The buyer was called or written to by a person.
        BuyerCalled = "buyer_called",
        /// The buyer got the money back.
        Refunded = "refunded",
        /// The goods were replaced or sent anew.
        Replaced = "replaced",
        /// The buyer was given something for it.
        Compensated = "compensated",
        /// There was nothing to do.
        NothingToDo = "nothing_to_do",
        /// The reason ended before anybody closed the entry.
        ResolvedItself = "resolved_itself",
    }
}

impl Outcome {
    /// Those a person can give.
    pub fn by_hand() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|outcome| *outcome != Self::ResolvedItself)
    }
}

names! {
    /// What ended a matter by itself.
    Ending {
        /// What it was about was handed over.
        Shipped = "shipped",
        /// What it was about was cancelled.
        Cancelled = "cancelled",
        /// The parcel arrived.
        Delivered = "delivered",
        /// The parcel was taken back before it left; another one takes its place.
        Voided = "voided",
        /// The fault in the address was mended.
        Mended = "mended",
        /// The buyer could be asked after all.
        Asked = "asked",
        /// The buyer agreed to another time.
        Agreed = "agreed",
        /// The day the buyer named has passed.
        Passed = "passed",
    }
}

/// A reason to have a person look, as one decision finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// What for.
    pub matter: Matter,
    /// What of the order it is about: the exception, the parcel or the grant; empty for the order itself.
    pub about: String,
    /// Why, as far as that ranks it.
    pub cause: Cause,
    /// What tells a newer reason from an older one, the later the newer: when the fault was found, what date was
    /// announced. `None` where time alone speaks, which is never new.
    pub mark: Option<Instant>,
}

/// Where an entry stands in the order's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// On the desk.
    Open,
    /// A person settled it, and its reason stands; nothing new has come.
    Settled,
    /// Its reason has ended; should it come again, that is another entry.
    Over,
}

/// The order's memory of one matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What for.
    pub matter: Matter,
    /// What of the order it is about; see [`Call::about`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// How often it came to the desk, from 1.
    pub number: u32,
    /// Where it stands.
    pub stage: Stage,
    /// Why.
    pub cause: Cause,
    /// How often the buyer had asked by the newest look.
    pub chases: u32,
    /// When it was brought.
    pub opened_at: Instant,
    /// The newest reason behind it; see [`Call::mark`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<Instant>,
}

impl Entry {
    fn is_about(&self, call: &Call) -> bool {
        self.matter == call.matter && self.about == call.about
    }
}

/// A compensation that the buyer was told of and that the coupon system does not give.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// The dedupe key of the notice that told of it.
    pub key: String,
    /// The grant.
    pub grant_id: GrantId,
    /// When the answer came.
    pub at: Instant,
}

/// What a look at an order changes on the desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A matter comes to the desk.
    Opened(Entry),
    /// An open entry is ranked anew: its cause changed, or the buyer asked again.
    Ranked(Entry),
    /// An open entry's reason has ended.
    Ended(Entry, Ending),
}

/// Where a cause stands among those waiting, the first being 0: stock, then address, then what a person can speed up by
/// a word (warehouse, system, carrier), then surge last, as the field ranks what to look into. Weather and holidays, which
/// it does not name, stand before surge: one person's word helps little in any of them, but a surge ends by itself.
pub fn rank(cause: Cause) -> u8 {
    match cause {
        Cause::OutOfStock => 0,
        Cause::Address => 1,
        Cause::WarehouseQueue | Cause::System | Cause::Carrier => 2,
        Cause::Weather | Cause::Holiday => 3,
        Cause::Surge => 4,
    }
}

/// From when on an entry counts as waiting within its rank: since it was brought, a day earlier for every time the buyer
/// asked.
pub fn queued_at(opened_at: Instant, chases: u32) -> Instant {
    opened_at - Span::from_ms(CHASE_WORTH.ms().saturating_mul(i64::from(chases)))
}

/// The call of a person in that `due` is not sent for `why`.
pub(crate) fn call_of(case: &Case<'_>, due: &Due, why: Why) -> Option<Call> {
    match (due.kind, why) {
        // Who cannot be asked will not answer either.
        (
            Kind::ActionNeeded,
            Why::NeedsHuman | Why::NoAddress | Why::OptedOut | Why::NotifyOff | Why::PlatformForbids,
        ) if due.variant == "ask" => {
            let fault = case.order.exceptions.iter().find(|e| due.exception_id.as_ref() == Some(&e.id))?;
            let about = fault.id.to_string();
            Some(Call { matter: Matter::UnansweredAddress, about, cause: Cause::Address, mark: Some(fault.since) })
        }
        (Kind::DelayUpdate, Why::NeedsHuman) => {
            let cause = due.cause.unwrap_or(Cause::WarehouseQueue);
            let mark = due.because.iter().find_map(announced);
            Some(Call { matter: Matter::PastUpdates, about: String::new(), cause, mark })
        }
        (Kind::LogisticsDelay, Why::NeedsHuman) => {
            let about = due.parcel_id.as_ref()?.to_string();
            let problem = due.problem.as_ref()?;
            let mark = is_reported(problem.what).then_some(due.trigger_at);
            Some(Call { matter: Matter::ParcelTrouble, about, cause: cause_of(problem), mark })
        }
        _ => None,
    }
}

/// The later date behind a slip, where one was named.
fn announced(reason: &Reason) -> Option<Instant> {
    match reason {
        Reason::Announced { at, .. } => Some(*at),
        _ => None,
    }
}

/// Whether somebody said so, and not time alone.
fn is_reported(what: Trouble) -> bool {
    !matches!(what, Trouble::Stalled | Trouble::Overdue)
}

fn cause_of(problem: &Problem) -> Cause {
    match problem.reason {
        Some(ParcelReason::Weather) => Cause::Weather,
        Some(ParcelReason::Address) => Cause::Address,
        _ => Cause::Carrier,
    }
}

impl Told {
    /// Compares what the newest decision, and what the buyer was told, call a person for with what was brought to the
    /// desk before; remembers and gives what changes there.
    pub fn review_desk(&mut self, order: &Order, policy: &Policy, decision: &Decision, now: Instant) -> Vec<Change> {
        let cause = decision.standing.cause;
        let mut calls = decision.calls.clone();
        calls.extend(ending::told_to_wait(self, order, policy, cause));
        if calls.is_empty() && self.desk.is_empty() {
            return Vec::new();
        }
        let chases = u32::try_from(order.chases).unwrap_or(u32::MAX);
        let look = |entry: &Entry| ending::of(entry, self, order, policy, now);
        let endings: Vec<Option<Ending>> = self.desk.iter().map(look).collect();
        let mut changes: Vec<Change> =
            self.desk.iter_mut().zip(endings).filter_map(|(entry, ending)| end(entry, ending?)).collect();
        let open = self.desk.iter_mut().filter(|entry| entry.stage == Stage::Open);
        changes.extend(open.filter_map(|entry| rank_anew(entry, cause, chases)));
        for call in calls {
            changes.extend(bring(&mut self.desk, call, chases, now));
        }
        changes
    }

    /// A person has settled this entry: it comes back only with something new.
    pub fn settle_desk(&mut self, matter: Matter, about: &str, number: u32) {
        let mine = |e: &&mut Entry| e.matter == matter && e.about == about && e.number == number;
        if let Some(entry) = self.desk.iter_mut().filter(|e| e.stage == Stage::Open).find(mine) {
            entry.stage = Stage::Settled;
        }
    }
}

/// Notes that the entry's reason has ended.
fn end(entry: &mut Entry, ending: Ending) -> Option<Change> {
    let ended = (entry.stage == Stage::Open).then(|| Change::Ended(entry.clone(), ending));
    entry.stage = Stage::Over;
    ended
}

/// Takes over what is known now of an open entry. Only that of an order which is late may change its cause.
fn rank_anew(entry: &mut Entry, cause: Option<Cause>, chases: u32) -> Option<Change> {
    let newest = cause.filter(|_| entry.matter == Matter::PastUpdates).unwrap_or(entry.cause);
    let moved = (newest, chases) != (entry.cause, entry.chases);
    (entry.cause, entry.chases) = (newest, chases);
    moved.then(|| Change::Ranked(entry.clone()))
}

/// Brings a matter to the desk, unless it is there, or was settled and nothing is new about it.
fn bring(desk: &mut Vec<Entry>, call: Call, chases: u32, now: Instant) -> Option<Change> {
    let fresh = |number, call: Call| Entry {
        matter: call.matter,
        about: call.about,
        number,
        stage: Stage::Open,
        cause: call.cause,
        chases,
        opened_at: now,
        mark: call.mark,
    };
    let Some(entry) = desk.iter_mut().find(|entry| entry.is_about(&call)) else {
        let entry = fresh(1, call);
        desk.push(entry.clone());
        return Some(Change::Opened(entry));
    };
    match entry.stage {
        Stage::Open => {
            entry.mark = entry.mark.max(call.mark);
            return None;
        }
        Stage::Settled if call.mark <= entry.mark => return None,
        Stage::Settled | Stage::Over => *entry = fresh(entry.number.saturating_add(1), call),
    }
    Some(Change::Opened(entry.clone()))
}
