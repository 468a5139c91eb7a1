//! What every due notice must pass before it may leave, whatever its kind.

use super::{Assessment, Case, Decision, Due, Reach, Suppression};
use crate::instant::Instant;
use crate::ids::ParcelId;
use crate::notice::{Kind, Why};
use crate::policy::{Channel, Ppm};
use crate::text::Private;

/// A notice that its own rule finds due, before the common checks.
pub(super) struct Candidate {
    pub(super) due: Due,
    /// The last moment it is still worth sending; `None`: as long as its rule finds it due.
    pub(super) expires_at: Option<Instant>,
}

/// Lets the candidate through, holds it, or writes down why it is not sent.
pub(super) fn pass(case: &Case<'_>, a: &Assessment, candidate: Candidate, out: &mut Decision) {
    let Candidate { due, expires_at } = candidate;
    if case.told.is_settled(&due.key) {
        return;
    }
    let late = expires_at.is_some_and(|at| case.now > at);
    let reach = match case.reach {
        _ if due.trigger_at < case.guard.live_since || late => Err(Why::Stale),
        _ if !case.order.notify => Err(Why::NotifyOff),
        Err(why) => Err(*why),
        Ok(_) if case.guard.paused.contains(&due.kind) => Err(Why::Paused),
        Ok(reach) => Ok(reach.clone()),
    };
    let reach = match reach {
        Ok(reach) => reach,
        Err(why) => return out.suppress(case, &due, why),
    };
    let quiet = a.quiet(case).window(case.now);
    if let Some((_, until)) = quiet {
        let useless = expires_at.is_some_and(|at| until > at);
        return if useless { out.suppress(case, &due, Why::QuietHours) } else { out.wake(until, case.now) };
    }
    if case.sent_today >= case.policy.limits.per_buyer_day && due.kind != Kind::ActionNeeded {
        let (_, tomorrow) = case.policy.quiet_hours.zone.day(case.now);
        out.wake(tomorrow, case.now);
        return out.suppress(case, &due, Why::Limit);
    }
    let due = Due { reach, ..due };
    if case.guard.shadow {
        return out.suppress_with(case, &due, Why::Shadow, Some(Box::new(due.clone())));
    }
    out.due.push(due);
}

impl Decision {
    /// Writes down, once per key and reason, that `due` is not sent.
    pub(super) fn suppress(&mut self, case: &Case<'_>, due: &Due, why: Why) {
        self.suppress_with(case, due, why, None);
    }

    fn suppress_with(&mut self, case: &Case<'_>, due: &Due, why: Why, would: Option<Box<Due>>) {
        if case.told.suppressed.contains(&(due.key.clone(), why)) {
            return;
        }
        self.suppressed.push(Suppression {
            kind: due.kind,
            key: due.key.clone(),
            parcel_id: due.parcel_id.clone(),
            why,
            because: due.because.clone(),
            would,
        });
    }
}

/// A due notice of `kind` with what every kind shares; its rule fills in the rest.
pub(super) fn draft(case: &Case<'_>, a: &Assessment, kind: Kind, key: &str, trigger_at: Instant) -> Due {
    // Replaced by the real address once the notice has passed every check.
    let nowhere = Reach { channel: Channel::Email, to: unknown() };
    Due {
        kind,
        key: format!("{}/{kind}/{key}", case.order.key),
        variant: "plain",
        trigger_at,
        reach: nowhere,
        parcel_id: None,
        exception_id: None,
        promise_version: a.promise.as_ref().map(|p| p.version),
        cause: None,
        ship_by: a.promise.as_ref().map(|p| p.value),
        quoted_ship_by: None,
        previous_quote: None,
        risk: None,
        expected_delivery: None,
        problem: None,
        number: 1,
        is_last: false,
        choices: false,
        lines: case.order.open_lines().map(|l| l.id.clone()).collect(),
        because: a.because.clone(),
    }
}

fn unknown() -> Private {
    #[expect(clippy::expect_used, reason = "an empty text is within every limit")]
    Private::new("").expect("an empty text is short enough")
}

/// The key of a parcel's notice.
pub(super) fn parcel_key(id: &ParcelId, number: Option<u32>) -> String {
    number.map_or_else(|| id.to_string(), |n| format!("{id}/{n}"))
}

/// Whether this order stands in the holdout: a stable coin by its key.
pub(super) fn is_held_out(case: &Case<'_>) -> bool {
    let key = &case.order.key;
    let coin = crate::digest::ppm(&["holdout", key.merchant_id.as_str(), key.order_id.as_str()]);
    Ppm::from_ppm(coin) < case.policy.holdout.share
}
