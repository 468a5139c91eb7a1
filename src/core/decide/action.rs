//! `action_needed`: only the buyer can mend an address, so ask once, remind once, then let a person take over.

use super::gate::{Candidate, draft, pass};
use super::{Assessment, Case, Decision, Due, Said, Saying};
use crate::cause::{Cause, of_exception};
use crate::instant::{Instant, Span};
use crate::notice::{Kind, Why};
use crate::order::OrderException;

/// Silence after which the buyer is reminded, and after the reminder handed to a person (contract: 24 h).
const PATIENCE: Span = Span::hours(24);
/// How long thanks for a fix are worth sending. Our choice: past that the shipped notice says more.
const THANKS_EXPIRE: Span = Span::hours(48);

pub(super) fn ask(case: &Case<'_>, a: &Assessment, out: &mut Decision) {
    // A clock that runs ahead of ours may date a report into our future; it holds from then on.
    for exception in &case.order.exceptions {
        out.wake(exception.since, case.now);
    }
    let open: Vec<&OrderException> = case.order.open_exceptions(case.now).collect();
    for exception in case.order.exceptions.iter().filter(|e| of_exception(e.kind) == Cause::Address) {
        match exception.cleared_at {
            None if open.iter().any(|e| e.id == exception.id) => ask_about(case, a, exception, out),
            // "All is well" is not said while another fault still waits for the buyer.
            Some(cleared_at) if case.order.is_open() && !waits_for_buyer(&open) => {
                thank(case, a, exception, cleared_at, out);
            }
            _ => {}
        }
    }
}

fn waits_for_buyer(open: &[&OrderException]) -> bool {
    open.iter().any(|e| of_exception(e.kind) == Cause::Address)
}

fn ask_about(case: &Case<'_>, a: &Assessment, exception: &OrderException, out: &mut Decision) {
    let since = exception.since.max(case.order.paid_at.unwrap_or(exception.since));
    let first = asking(case, a, exception, 0, since);
    let Some(asked) = settled(case, &first) else {
        return pass(case, a, Candidate { due: first, expires_at: None, instead: None }, out);
    };
    // A fault that was mended and is found again is told at once: the buyer believes that all is well.
    let remind_at = if since > asked.at { since } else { asked.at + PATIENCE };
    let reminder = asking(case, a, exception, 1, remind_at);
    let unanswerable = asked.state == Saying::Failed;
    let Some(reminded) = settled(case, &reminder).filter(|_| !unanswerable) else {
        out.wake(remind_at, case.now);
        if unanswerable || case.now >= remind_at {
            let instead = unanswerable.then_some(Why::NeedsHuman);
            pass(case, a, Candidate { due: reminder, expires_at: None, instead }, out);
        }
        return;
    };
    let given_up = reminded.state == Saying::Failed || since > reminded.at;
    let hand_over_at = if given_up { case.now } else { reminded.at + PATIENCE };
    out.wake(hand_over_at, case.now);
    if case.now >= hand_over_at {
        out.suppress(case, a, asking(case, a, exception, 2, hand_over_at), Why::NeedsHuman);
    }
}

fn settled<'a>(case: &Case<'a>, due: &Due) -> Option<&'a Said> {
    case.told.find(&due.key).filter(|s| s.state != Saying::Pending)
}

fn asking(case: &Case<'_>, a: &Assessment, exception: &OrderException, reminder: u32, trigger_at: Instant) -> Due {
    let mut due = draft(case, a, Kind::ActionNeeded, &format!("{}/{reminder}", exception.id), trigger_at);
    due.variant = "ask";
    due.cause = Some(Cause::Address);
    due.exception_id = Some(exception.id.clone());
    due.number = reminder + 1;
    due.risk = a.risk;
    due
}

fn thank(case: &Case<'_>, a: &Assessment, exception: &OrderException, cleared_at: Instant, out: &mut Decision) {
    let asked = |e: &OrderException| {
        let mut asks = case.told.reached(Kind::ActionNeeded);
        asks.any(|s| s.exception_id.as_ref() == Some(&e.id))
    };
    if !asked(exception) {
        return;
    }
    // Two faults mended together are one good piece of news.
    let newer = |e: &&OrderException| (e.cleared_at, &e.id) > (Some(cleared_at), &exception.id);
    let faults = case.order.exceptions.iter().filter(|e| of_exception(e.kind) == Cause::Address);
    let instead = faults.filter(newer).any(asked).then_some(Why::Merged);
    let mut due = draft(case, a, Kind::ActionNeeded, &format!("{}/fixed", exception.id), cleared_at);
    due.variant = "fixed";
    due.exception_id = Some(exception.id.clone());
    // Where the promise still holds it is the date to tell: an earlier one would only be another to break.
    due.quoted_ship_by = a.quote.max(due.ship_by);
    due.risk = a.risk;
    let expires_at = Some(cleared_at + THANKS_EXPIRE);
    pass(case, a, Candidate { due, expires_at, instead }, out);
}
