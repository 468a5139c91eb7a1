//! What every due notice must pass before it may leave, whatever its kind.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{Assessment, Case, Decision, Due, Got, Pause, Paused, Reach, Said, Saying, Suppression};
use crate::because::Reason;
use crate::desk;
use crate::ids::{OrderKey, ParcelId};
use crate::instant::Instant;
use crate::notice::{Kind, Why};
use crate::policy::{Channel, Policy, Ppm};
use crate::text::Private;

/// A notice that its own rule finds due, before the common checks.
pub(super) struct Candidate {
    pub(super) due: Due,
    /// The last moment it is still worth sending; `None`: as long as its rule finds it due.
    pub(super) expires_at: Option<Instant>,
    /// Why its own rule does not want it sent although it is due.
    pub(super) instead: Option<Why>,
}

/// Lets the candidate through, holds it, or writes down why it is not sent.
pub(super) fn pass(case: &Case<'_>, a: &Assessment, candidate: Candidate, out: &mut Decision) {
    let Candidate { mut due, expires_at, instead } = candidate;
    if case.told.is_settled(&due.key) {
        return;
    }
    out.answered.insert(due.key.clone());
    // A clock that runs ahead of ours may date news a little into our future.
    due.trigger_at = due.trigger_at.min(case.now);
    due.reach = match permitted(case, &due, expires_at, instead.filter(|why| *why != Why::Holdout)) {
        Ok(reach) => reach,
        Err(Held::By(pause)) => {
            // Once for good it is so however often, and for whatever reason, it was held back before.
            if matches!(pause.of, Paused::Incident { stopped: true, .. }) {
                out.stopped.push(due.key.clone());
            }
            due.because.push(Reason::Paused { of: pause.of, since: pause.since });
            return out.suppress(case, a, due, Why::Paused);
        }
        Err(Held::For(why)) => return out.suppress(case, a, due, why),
    };
    if let Some((_, until)) = a.quiet(case).window(case.now) {
        let useless = expires_at.is_some_and(|at| until > at);
        if useless {
            out.suppress(case, a, due, Why::QuietHours);
        } else {
            out.hold(&due, until, case.now);
        }
        return;
    }
    if is_one_too_many(case, due.kind) {
        let (_, tomorrow) = case.policy.quiet_hours.zone.day(case.now);
        out.wake(tomorrow, case.now);
        return out.suppress(case, a, due, Why::Limit);
    }
    // The holdout is whoever would have been written to, so it is told apart last.
    if let Some(why) = instead {
        return out.suppress(case, a, due, why);
    }
    if case.guard.shadow {
        return out.suppress(case, a, due, Why::Shadow);
    }
    explain(case, a, &mut due);
    out.due.push(due);
}

/// Whether the day's limits leave no room for a message of `kind`. What tells of trouble is held up by other trouble
/// alone, and never because pleasant news came first.
fn is_one_too_many(case: &Case<'_>, kind: Kind) -> bool {
    let limits = &case.policy.limits;
    let counts = |got: &Got| got.kind.tells_of_trouble() || !kind.tells_of_trouble();
    let messages = |wanted: &dyn Fn(&Got) -> bool| {
        let found = case.sent_today.iter().filter(|got| counts(got) && wanted(got));
        found.map(|got| got.message_id.as_str()).collect::<BTreeSet<_>>().len()
    };
    let full = |most: u32, wanted: &dyn Fn(&Got) -> bool| most > 0 && messages(wanted) >= most as usize;
    kind != Kind::ActionNeeded
        && (full(limits.per_buyer_day, &|_| true)
            || full(limits.per_kind_day, &|got| got.kind == kind)
            || full(limits.per_order_day, &|got| got.order_id == case.order.key.order_id))
}

/// The way to the buyer, or why the notice must not leave at any hour.
fn permitted(case: &Case<'_>, due: &Due, expires_at: Option<Instant>, instead: Option<Why>) -> Result<Reach, Held> {
    let late = expires_at.is_some_and(|at| case.now > at);
    if due.trigger_at < case.guard.live_since || late {
        return Err(Held::For(Why::Stale));
    }
    if let Some(why) = instead {
        return Err(Held::For(why));
    }
    if !case.order.notify {
        return Err(Held::For(Why::NotifyOff));
    }
    if !case.policy.notices.kinds.contains(&due.kind) {
        return Err(Held::For(Why::PlatformForbids));
    }
    let reach = case.reach.clone().map_err(Held::For)?;
    case.guard.pause(due.kind, reach.channel).map_or(Ok(reach), |pause| Err(Held::By(pause)))
}

/// What keeps a notice from leaving at any hour.
enum Held {
    /// A rule.
    For(Why),
    /// People.
    By(Pause),
}

/// A notice that was decided, waits to be sent, and which no rule wants any more: the record says why it was not.
pub(super) fn give_up(case: &Case<'_>, out: &mut Decision) {
    for said in case.told.said.iter().filter(|s| s.state == Saying::Pending) {
        if out.answered.contains(&said.key) {
            continue;
        }
        let why = overtaken_by(case, said);
        if case.told.suppressed.contains(&(said.key.clone(), why)) {
            continue;
        }
        out.suppressed.push(Suppression {
            kind: said.kind,
            key: said.key.clone(),
            parcel_id: said.parcel_id.clone(),
            why,
            because: vec![Reason::NoLongerDue],
            would: None,
        });
    }
}

fn overtaken_by(case: &Case<'_>, said: &Said) -> Why {
    let parcel = said.parcel_id.as_ref().and_then(|id| case.order.parcels.iter().find(|p| p.id == *id));
    if case.order.live_lines().next().is_none() {
        Why::Cancelled
    } else if parcel.is_some_and(|p| p.delivered_at.is_some()) {
        Why::Delivered
    } else if parcel.is_none() && !case.order.is_open() {
        Why::Shipped
    } else {
        Why::Stale
    }
}

impl Decision {
    /// Waits with `due` until `until`.
    pub(super) fn hold(&mut self, due: &Due, until: Instant, now: Instant) {
        self.held.push(due.key.clone());
        self.wake(until, now);
    }

    /// Writes down, once per key and reason, that `due` is not sent.
    pub(super) fn suppress(&mut self, case: &Case<'_>, a: &Assessment, mut due: Due, why: Why) {
        self.answered.insert(due.key.clone());
        self.calls.extend(desk::call_of(case, &due, why));
        // That its moment has passed as well is no news about a notice that is on record as not sent.
        let on_record = |(key, known): &(String, Why)| *key == due.key && (*known == why || why == Why::Stale);
        if case.told.suppressed.iter().any(on_record) {
            return;
        }
        explain(case, a, &mut due);
        self.suppressed.push(Suppression {
            kind: due.kind,
            key: due.key.clone(),
            parcel_id: due.parcel_id.clone(),
            why,
            because: due.because.clone(),
            would: (why == Why::Shadow).then(|| Box::new(due)),
        });
    }
}

/// Puts the facts and numbers before what the notice's own rule found; a parcel's notice stands on the parcel alone.
/// Done last, because most drafts were settled long ago and need no words.
fn explain(case: &Case<'_>, a: &Assessment, due: &mut Due) {
    if due.parcel_id.is_none() {
        due.because.splice(0..0, a.because(case.policy, case.forecast.version()));
    }
}

/// A draft notice of `kind` with what every kind shares; its rule fills in the rest.
pub(super) fn draft(case: &Case<'_>, a: &Assessment, kind: Kind, key: &str, trigger_at: Instant) -> Due {
    // Replaced by the real address once the notice has passed every check.
    let nowhere = Reach { channel: Channel::Email, to: unknown() };
    let id = &case.order.key;
    Due {
        kind,
        key: format!("{}/{}/{kind}/{key}", segment(id.merchant_id.as_str()), segment(id.order_id.as_str())),
        variant: "plain",
        trigger_at,
        reach: nowhere,
        parcel_id: None,
        exception_id: None,
        promise_version: a.promise.as_ref().map(|p| p.version),
        promise_share: a.promise.as_ref().and_then(|p| p.share.clone()),
        cause: None,
        ship_by: a.promise.as_ref().map(|p| p.value),
        quoted_ship_by: None,
        previous_quote: None,
        risk: None,
        expected_delivery: None,
        problem: None,
        number: 1,
        is_last: false,
        choices: None,
        needed: None,
        lines: a.open_lines.clone(),
        because: Vec::new(),
    }
}

/// An id as one segment of a key: a slash of its own must not make two orders' keys one.
fn segment(id: &str) -> Cow<'_, str> {
    if id.contains(['/', '%']) { Cow::Owned(id.replace('%', "%25").replace('/', "%2F")) } else { Cow::Borrowed(id) }
}

fn unknown() -> Private {
    #[expect(clippy::expect_used, reason = "an empty text is within every limit")]
    Private::new("").expect("an empty text is short enough")
}

/// The key of a parcel's notice.
pub(super) fn parcel_key(id: &ParcelId, number: Option<u32>) -> String {
    number.map_or_else(|| id.to_string(), |n| format!("{id}/{n}"))
}

/// Whether this order falls to the holdout: a stable coin by its key.
pub fn is_held_out(key: &OrderKey, policy: &Policy) -> bool {
    let share = policy.holdout.share;
    let coin = || crate::digest::ppm(&["holdout", key.merchant_id.as_str(), key.order_id.as_str()]);
    share.ppm() > 0 && Ppm::from_ppm(coin()) < share
}

/// Whether it is left unwarned: one that was stays so, another one as long as the day has room.
pub(super) fn is_left_out(case: &Case<'_>) -> bool {
    let was = || case.told.suppressed.iter().any(|(_, why)| *why == Why::Holdout);
    let has_room = || case.held_out_today < u64::from(case.policy.holdout.per_day);
    is_held_out(&case.order.key, case.policy) && (was() || has_room())
}
