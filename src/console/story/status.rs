//! How an order stands, in one word.

use super::OrderFile;

/// One word for an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::console) enum Status {
    /// Its `order.placed` or its payment has not come.
    Waiting,
    /// It is set aside for a person.
    Parked,
    /// It was cancelled.
    Cancelled,
    /// Everything has arrived.
    Delivered,
    /// Everything was handed over.
    Shipped,
    /// Past its ship-by and not shipped.
    Late,
    /// It will likely miss its ship-by, stands still, or its buyer was told a later time or is asked for one.
    AtRisk,
    /// It will likely keep its promise.
    OnTime,
}

impl Status {
    /// Its name in words and in the API.
    pub(in crate::console) fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Parked => "parked",
            Self::Cancelled => "cancelled",
            Self::Delivered => "delivered",
            Self::Shipped => "shipped",
            Self::Late => "late",
            Self::AtRisk => "at_risk",
            Self::OnTime => "on_time",
        }
    }

    pub(super) fn of(file: &OrderFile) -> Self {
        let order = &file.order;
        if file.row.parked.is_some() {
            Self::Parked
        } else if order.cancelled_at.is_some() || (!order.lines.is_empty() && order.live_lines().next().is_none()) {
            Self::Cancelled
        } else if order.placed_at.is_none() || order.paid_at.is_none() {
            Self::Waiting
        } else if order.is_open() {
            Self::of_open(file)
        } else {
            let mut live = order.parcels.iter().filter(|p| p.voided_at.is_none()).peekable();
            let arrived = live.peek().is_some() && live.all(|p| p.delivered_at.is_some());
            if arrived { Self::Delivered } else { Self::Shipped }
        }
    }

    fn of_open(file: &OrderFile) -> Self {
        let at_risk = file.decision.as_ref().is_some_and(|decision| decision.standing.at_risk);
        if file.ship_by().is_some_and(|at| at <= file.now) {
            Self::Late
        } else if at_risk {
            Self::AtRisk
        } else {
            Self::OnTime
        }
    }
}
