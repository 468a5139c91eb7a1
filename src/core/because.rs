//! What speaks for a notice, for its absence or for a forecast: clauses of facts and numbers.
//!
//! Records, Kafka and the API tell a clause by its `Display`, in English with instants in UTC. Pages say it in their
//! reader's language and zone. In the store it is a JSON object; a bare string, as rows of earlier versions hold, is
//! read as [`Reason::Plain`].

mod sentence;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::cause::Cause;
use crate::decide::Paused;
use crate::event::Stage;
use crate::forecast::{Leg, Usual, Wait};
use crate::ids::{Campaign, ConditionId, ExceptionId, ParcelId};
use crate::instant::{Instant, Span};
use crate::notice::Trouble;
use crate::policy::Ppm;
use crate::promise::PromiseSource;

/// One clause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Reason {
    /// What was promised.
    ShipBy {
        /// The promised ship time.
        at: Instant,
        /// Where it comes from.
        source: PromiseSource,
        /// 1 for the first promise, one more for every time the buyer agreed to another.
        version: u32,
    },
    /// The shop named a later time and the buyer did not agree.
    Postponed {
        /// That time.
        at: Instant,
    },
    /// The shop asked its buyer for a later time, and the buyer has not agreed.
    Proposed {
        /// That time.
        at: Instant,
        /// When it asked.
        since: Instant,
    },
    /// The chance to miss ship-by, and the chance from which on a warning is due.
    Risk {
        /// The chance.
        risk: Ppm,
        /// The policy's threshold.
        limit: Ppm,
        /// The forecast's version: the tick it was learned at, or its name.
        forecast: String,
    },
    /// Nothing was heard for longer than is usual.
    Silence {
        /// For how long.
        #[serde(with = "milliseconds")]
        span: Span,
        /// The share of comparable orders that were silent for less.
        share: Ppm,
    },
    /// What holds the order up.
    Cause {
        /// The cause.
        cause: Cause,
        /// Whether an event reported it; else it is inferred.
        known: bool,
        /// What speaks for it.
        evidence: Evidence,
    },
    /// What the forecast stands on.
    Forecast(Basis),
    /// Something moved the chance to miss ship-by away from the usual order's.
    Moved {
        /// What.
        by: Mover,
        /// Whether it raises the chance; else it lowers it.
        raises: bool,
    },
    /// It was decided earlier, and no rule wanted it any more when its turn came.
    NoLongerDue,
    /// A parcel went to its carrier.
    HandedOver {
        /// Which parcel.
        parcel_id: ParcelId,
        /// When.
        at: Instant,
    },
    /// A parcel arrived.
    Delivered {
        /// When.
        at: Instant,
    },
    /// Something is wrong with a parcel.
    Trouble {
        /// What.
        what: Trouble,
        /// Since when.
        since: Instant,
    },
    /// How long this leg of a parcel's way usually takes.
    Usual {
        /// Which leg.
        leg: Leg,
        /// How long at most, and what says so.
        #[serde(flatten)]
        usual: Usual,
    },
    /// A later date than the one told was announced.
    Announced {
        /// The date told.
        told: Instant,
        /// The announced one.
        at: Instant,
    },
    /// The forecast no longer believes the date told.
    Doubted {
        /// The date told.
        told: Instant,
        /// The chance that it is missed.
        risk: Ppm,
    },
    /// The forecast's date lies in time the shop does not work, or counts on such time.
    Reckoned {
        /// The forecast's date.
        by: Instant,
        /// The same in working time.
        working: Instant,
    },
    /// It is told early, together with another order of this buyer.
    Together {
        /// From when on it would have been told by itself.
        from: Instant,
    },
    /// The buyer named the day they need it by.
    Needed {
        /// That day.
        by: Instant,
        /// When it has to leave for that.
        leave_by: Instant,
        /// The chance that it leaves later.
        risk: Ppm,
        /// How long it will be on the way.
        #[serde(with = "milliseconds")]
        on_the_way: Span,
        /// How many parcels that was learned from; 0: it is the policy's estimate.
        parcels: u64,
    },
    /// People hold it back.
    Paused {
        /// What they hold back.
        of: Paused,
        /// Since when.
        since: Instant,
    },
    /// The order is set aside for a person.
    SetAside {
        /// Why, as the order's row has it.
        why: String,
    },
    /// A sentence written by an earlier version.
    #[serde(untagged)]
    Plain(String),
}

/// What speaks for a cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// The warehouse reported that the order cannot go on.
    Exception {
        /// Which report.
        id: ExceptionId,
        /// When it came.
        since: Instant,
    },
    /// A fact wider than this order was raised.
    Condition {
        /// Which one.
        id: ConditionId,
        /// When.
        raised_at: Instant,
    },
    /// No word on this order while its warehouse reports on others.
    SilentAlone,
    /// Far more orders wait in its queue than usual.
    Backlog {
        /// Orders that wait.
        open: u64,
        /// Orders that usually wait.
        usual: u64,
    },
    /// It was bought in a sales campaign.
    Campaign {
        /// Which one.
        campaign: Campaign,
    },
    /// It stands at a step.
    Step {
        /// Which step.
        stage: Stage,
        /// Since when.
        since: Instant,
    },
    /// It was paid, and the warehouse has not taken it up.
    NotTakenUp,
    /// A parcel was said to be shipped, and its carrier has not scanned it.
    NotCollected {
        /// Which parcel.
        parcel_id: ParcelId,
        /// When it was said to be shipped.
        since: Instant,
    },
}

/// What moves the chance to miss ship-by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mover {
    /// The time that is left.
    TimeLeft {
        /// Until ship-by.
        #[serde(with = "milliseconds")]
        plain: Span,
        /// As much of the shop's usual shipping time; a week of one is a week of the other.
        #[serde(with = "milliseconds")]
        shipping: Span,
    },
    /// How the shop kept its promises when an order was still open a day before: older orders weigh less.
    LateRecord {
        /// Orders it missed.
        missed: u64,
        /// Of so many.
        of: u64,
    },
    /// How the shop kept its promises at all: older orders weigh less.
    Record {
        /// Orders it missed.
        missed: u64,
        /// Of so many.
        of: u64,
    },
    /// Other orders of the shop are past their ship-by and open.
    Overdue {
        /// How many.
        orders: u64,
    },
    /// How long it waits against what was promised.
    Pace {
        /// Since payment.
        #[serde(with = "milliseconds")]
        waited: Span,
        /// From payment to ship-by.
        #[serde(with = "milliseconds")]
        promised: Span,
    },
}

/// What a forecast stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// The wait the order is in.
    pub wait: Wait,
    /// When that wait began, or begins.
    pub since: Instant,
    /// How many orders of the same shop it was learned from.
    pub shop: u64,
    /// How many orders it was learned from in all.
    pub all: u64,
}

/// Each reason as its English sentence.
pub fn sentences(reasons: &[Reason]) -> Vec<String> {
    reasons.iter().map(ToString::to_string).collect()
}

/// A span in the store, exact where its text is rounded to seconds.
mod milliseconds {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::instant::Span;

    pub(super) fn serialize<S: Serializer>(span: &Span, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(span.ms())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
        i64::deserialize(deserializer).map(Span::from_ms)
    }
}
