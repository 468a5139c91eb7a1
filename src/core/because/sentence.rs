//! Each reason as a clause in English, with instants in UTC: what records, Kafka and the API say.

use std::fmt::{Display, Formatter, Result};

use super::{Basis, Evidence, Mover, Reason};
use crate::decide::Paused;
use crate::forecast::{Leg, Usual, Wait, Whose};
use crate::instant::Span;
use crate::promise::PromiseSource;

impl Display for Reason {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::ShipBy { at, source, version } => {
                write!(f, "ship by {at} ({}, version {version})", origin(*source))
            }
            Self::Postponed { at } => write!(f, "the shop named {at} instead, not agreed by the buyer"),
            Self::Proposed { at, since } => {
                write!(f, "the shop asked for {at} on {since}, not agreed by the buyer so far")
            }
            Self::Risk { risk, limit, forecast } => write!(f, "risk {risk} against {limit} by forecast {forecast}"),
            Self::Silence { span, share } => {
                write!(f, "silent for {span}, longer than {share} of comparable orders")
            }
            Self::Cause { cause, known, evidence } => {
                write!(f, "cause {cause} {}: {evidence}", if *known { "reported" } else { "inferred" })
            }
            Self::Forecast(basis) => basis.fmt(f),
            Self::Moved { by, raises } => {
                write!(f, "{by}: {} the risk", if *raises { "raises" } else { "lowers" })
            }
            Self::NoLongerDue => f.write_str("decided earlier, no longer due before it was sent"),
            Self::HandedOver { parcel_id, at } => write!(f, "parcel {parcel_id} handed over {at}"),
            Self::Delivered { at } => write!(f, "delivered {at}"),
            Self::Trouble { what, since } => write!(f, "{what} since {since}"),
            Self::Usual { leg, usual } => {
                let Usual { within, legs, whose } = usual;
                match leg {
                    Leg::Scan(_) => write!(f, "95 % of parcels are heard of again within {} h", hours(*within)),
                    Leg::Arrival => {
                        write!(f, "95 % of parcels arrive within {} h after they were expected", hours(*within))
                    }
                }?;
                write!(f, "; learned from {legs} legs {}", of(*whose))
            }
            Self::Announced { told, at } => write!(f, "told {told}, announced {at}"),
            Self::Doubted { told, risk } => write!(f, "told {told}, which the forecast now misses with chance {risk}"),
            Self::Reckoned { by, working } => write!(f, "the forecast's {by} is {working} in working time"),
            Self::Together { from } => {
                write!(f, "told together with another order of this buyer; by itself from {from} on")
            }
            Self::Needed { by, leave_by, risk, on_the_way, parcels } => {
                write!(f, "needed by {by}, so it has to leave by {leave_by}, which it misses with chance {risk}: ")?;
                let way = hours(*on_the_way);
                match parcels {
                    0 => write!(f, "{way} h on the way by the policy's estimate"),
                    _ => write!(f, "{way} h on the way, learned from {parcels} parcels"),
                }
            }
            Self::Paused { of, since } => match of {
                Paused::All => write!(f, "all notices are paused since {since}"),
                Paused::Shop => write!(f, "notices of this shop are paused since {since}"),
                Paused::Kind(kind) => write!(f, "notices of the kind {kind} are paused since {since}"),
                Paused::Channel(channel) => write!(f, "the channel {} is paused since {since}", channel.as_str()),
                Paused::Incident { id, stopped: false } => write!(f, "notices of incident {id} are held since {since}"),
                Paused::Incident { id, stopped: true } => {
                    write!(f, "notices of incident {id} are stopped for good since {since}")
                }
            },
            Self::SetAside { why } => write!(f, "the order is set aside: {why}"),
            Self::Plain(sentence) => f.write_str(sentence),
        }
    }
}

impl Display for Evidence {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Exception { id, since } => write!(f, "exception {id} reported {since}"),
            Self::Condition { id, raised_at } => write!(f, "condition {id} raised {raised_at}"),
            Self::SilentAlone => f.write_str("no word on this order while its warehouse reports on others"),
            Self::Backlog { open, usual } => write!(f, "{open} orders wait in its queue, where {usual} usually do"),
            Self::Campaign { campaign } => write!(f, "bought in campaign {campaign}"),
            Self::Step { stage, since } => write!(f, "at step {} since {since}", stage.as_str()),
            Self::NotCollected { parcel_id, since } => {
                write!(f, "parcel {parcel_id} said to be shipped {since}, not scanned by its carrier since")
            }
            Self::NotTakenUp => f.write_str("paid and not yet taken up by the warehouse"),
        }
    }
}

impl Display for Basis {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self { wait, since, shop, all } = self;
        match wait {
            Wait::Stage(None) => write!(f, "waiting since it was paid {since}"),
            Wait::Stage(Some(stage)) => write!(f, "{} since {since}", stage.as_str()),
            Wait::Announced => write!(f, "announced to ship {since}"),
            Wait::Resumed => write!(f, "held up until {since}, moving from then on"),
            Wait::Pickup => write!(f, "said to be shipped {since}, waiting for its first scan"),
            Wait::Blocked(cause) => write!(f, "held up by {cause} since {since}"),
            Wait::Overdue | Wait::Dwell(_) => write!(f, "waiting since {since}"),
        }?;
        match (shop, all) {
            (0, 0) => f.write_str("; nothing comparable was seen yet, so it stands on estimates"),
            (0, _) => write!(f, "; this shop has no history, so it was learned from {all} orders of all shops"),
            _ => write!(f, "; learned from {shop} orders of this shop and {all} in all"),
        }
    }
}

impl Display for Mover {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::TimeLeft { plain, shipping } => {
                write!(f, "{} h are left, {} h by when this shop ships", hours(*plain), hours(*shipping))
            }
            Self::LateRecord { missed, of } => {
                write!(f, "this shop missed {missed} of {of} orders that were still open a day before")
            }
            Self::Record { missed: 0, of: 0 } => f.write_str("this shop's record is new"),
            Self::Record { missed, of } => write!(f, "this shop missed {missed} of {of} orders"),
            Self::Overdue { orders: 0 } => f.write_str("no other order of this shop is past its limit"),
            Self::Overdue { orders } => write!(f, "{orders} other orders of this shop are past their limit"),
            Self::Pace { waited, promised } => {
                write!(f, "it has waited {} h of the {} h promised", hours(*waited), hours(*promised))
            }
        }
    }
}

/// Hours to the nearest one.
fn hours(span: Span) -> i64 {
    (span.ms() + 1_800_000).div_euclid(3_600_000)
}

fn of(whose: Whose) -> &'static str {
    match whose {
        Whose::Everybody => "of all carriers, as this one has too few",
        Whose::Carrier => "of this carrier",
        Whose::Lane => "of this carrier from the same warehouse to the same region",
    }
}

fn origin(source: PromiseSource) -> &'static str {
    match source {
        PromiseSource::Line => "named by the line",
        PromiseSource::Order => "named by the order",
        PromiseSource::Policy => "payment plus the policy's window",
        PromiseSource::Renegotiation => "agreed with the buyer",
    }
}
