//! Reasons in the reader's language, with moments on the page's clock.

#[cfg(test)]
mod tests;

use forewarn_core::because::{Basis, Evidence, Mover, Reason};
use forewarn_core::decide::Paused;
use forewarn_core::forecast::{Leg, Usual, Wait, Whose};
use forewarn_core::{Instant, Span};

use super::Speech;

/// Each reason as a clause.
pub(super) fn clauses(reasons: &[Reason], t: &Speech) -> Vec<String> {
    let shown = reasons.iter().filter(|reason| is_plain(reason));
    shown.map(|reason| if repeats(reason, reasons) { basis(reason, t) } else { clause(reason, t) }).collect()
}

/// Whether a reader sees why it moved the risk that way. How much of the time has passed is weighed against orders like
/// it, which the page does not show: half gone and still a lower risk would read as a mistake.
fn is_plain(reason: &Reason) -> bool {
    match reason {
        Reason::Moved { by: Mover::Pace { waited, promised }, raises } => (waited.ms() * 2 >= promised.ms()) == *raises,
        _ => true,
    }
}

/// Whether what the forecast waits on stands with the cause already.
fn repeats(reason: &Reason, all: &[Reason]) -> bool {
    let Reason::Forecast(basis) = reason else { return false };
    let Wait::Stage(Some(waits)) = basis.wait else { return false };
    all.iter().any(|other| match other {
        Reason::Cause { evidence: Evidence::Step { stage, since }, .. } => *stage == waits && *since == basis.since,
        _ => false,
    })
}

/// What the forecast stands on, alone.
fn basis(reason: &Reason, t: &Speech) -> String {
    let Reason::Forecast(basis) = reason else { return clause(reason, t) };
    match (basis.shop, basis.all) {
        (0, 0) => t.say("because.basis_of_estimates"),
        (0, all) => t.with("because.basis_of_others", t.number(&all)),
        (shop, all) => t.with2("because.basis", t.number(&shop), t.number(&all)),
    }
}

fn clause(reason: &Reason, t: &Speech) -> String {
    match reason {
        Reason::ShipBy { at, source, version } => {
            let (at, source) = (t.time(at), t.name("promise", source));
            match version {
                1 => t.with2("because.ship_by", at, source),
                later => t.fill("because.ship_by_again", &[&at, &source, later]),
            }
        }
        Reason::Postponed { at } => t.with("because.postponed", t.time(at)),
        Reason::Proposed { at, since } => t.with2("because.proposed", t.time(since), t.time(at)),
        Reason::Risk { risk, limit, forecast } => {
            t.fill("because.risk", &[&t.percent(risk), &t.percent(limit), &learned(forecast, t)])
        }
        Reason::Silence { span, share } => t.with2("because.silence", t.length(span), t.percent(share)),
        Reason::Cause { cause, known, evidence } => {
            let known = t.say(if *known { "cause.known" } else { "cause.inferred" });
            t.fill("because.cause", &[&t.name("cause", cause), &known, &speaks_for(evidence, t)])
        }
        Reason::Forecast(basis) => {
            let (waits, shop, all) = (waits(basis, t), t.number(&basis.shop), t.number(&basis.all));
            match (basis.shop, basis.all) {
                (0, 0) => t.with("because.forecast_of_estimates", waits),
                (0, _) => t.with2("because.forecast_of_others", waits, all),
                _ => t.fill("because.forecast", &[&waits, &shop, &all]),
            }
        }
        Reason::Moved { by, raises } => {
            t.with(if *raises { "because.raises" } else { "because.lowers" }, moves(*by, t))
        }
        Reason::NoLongerDue => t.say("because.no_longer_due"),
        Reason::HandedOver { parcel_id, at } => t.with2("because.handed_over", t.time(at), parcel_id),
        Reason::Delivered { at } => t.with("because.delivered", t.time(at)),
        Reason::Trouble { what, since } => t.with2("because.trouble", t.time(since), t.name("trouble", what)),
        Reason::Usual { leg, usual } => usually(*leg, usual, t),
        Reason::Announced { told, at } => t.with2("because.announced", t.time(told), t.time(at)),
        Reason::Doubted { told, risk } => t.with2("because.doubted", t.time(told), t.percent(risk)),
        Reason::Reckoned { by, working } => t.with2("because.reckoned", t.time(by), t.time(working)),
        Reason::Together { from } => t.with("because.together", t.time(from)),
        Reason::Needed { by, leave_by, risk, on_the_way, parcels } => {
            let (by, leave_by, way) = (t.time(by), t.time(leave_by), t.length(on_the_way));
            match parcels {
                0 => t.fill("because.needed", &[&by, &leave_by, &t.percent(risk), &way]),
                _ => t.fill("because.needed_learned", &[&by, &leave_by, &t.percent(risk), &way, &t.number(parcels)]),
            }
        }
        Reason::Paused { of, since } => match of {
            Paused::All => t.with("because.paused", t.time(since)),
            Paused::Shop => t.with("because.paused_shop", t.time(since)),
            Paused::Kind(kind) => t.with2("because.paused_kind", t.time(since), t.name("kind", kind)),
            Paused::Channel(channel) => {
                t.with2("because.paused_channel", t.time(since), t.name("channel", channel.as_str()))
            }
            Paused::Incident { id, stopped: false } => t.with2("because.held_incident", t.time(since), id),
            Paused::Incident { id, stopped: true } => t.with2("because.stopped_incident", t.time(since), id),
        },
        Reason::SetAside { why } => t.with("because.set_aside", t.name("parked", why)),
        Reason::Plain(sentence) => sentence.clone(),
    }
}

fn speaks_for(evidence: &Evidence, t: &Speech) -> String {
    match evidence {
        Evidence::Exception { id, since } => t.with2("evidence.exception", t.time(since), id),
        Evidence::Condition { id, raised_at } => t.with2("evidence.condition", t.time(raised_at), id),
        Evidence::SilentAlone => t.say("evidence.silent_alone"),
        Evidence::Backlog { open, usual } => t.with2("evidence.backlog", t.number(open), t.number(usual)),
        Evidence::Campaign { campaign } => t.with("evidence.campaign", campaign),
        Evidence::Step { stage, since } => t.with2("evidence.step", t.time(since), t.name("stage", stage.as_str())),
        Evidence::NotCollected { parcel_id, since } => t.with2("evidence.not_collected", t.time(since), parcel_id),
        Evidence::NotTakenUp => t.say("evidence.not_taken_up"),
    }
}

/// How long a leg of a parcel's way usually takes, and what that was learned from.
fn usually(leg: Leg, usual: &Usual, t: &Speech) -> String {
    let within = t.length(&usual.within);
    let what = match leg {
        Leg::Scan(_) => t.with("usual.scan", within),
        Leg::Arrival if usual.within == Span::ZERO => t.say("usual.on_time"),
        Leg::Arrival => t.with("usual.arrival", within),
    };
    let whose = match usual.whose {
        Whose::Everybody => "usual.of_everybody",
        Whose::Carrier => "usual.of_carrier",
        Whose::Lane => "usual.of_lane",
    };
    t.with2("because.usual", what, t.with(whose, t.number(&usual.legs)))
}

fn moves(by: Mover, t: &Speech) -> String {
    match by {
        Mover::TimeLeft { plain, shipping } => t.with2("mover.time_left", t.length(&plain), t.length(&shipping)),
        Mover::LateRecord { missed, of } => t.with2("mover.late_record", t.number(&missed), t.number(&of)),
        Mover::Record { of: 0, .. } => t.say("mover.no_record"),
        Mover::Record { missed, of } => t.with2("mover.record", t.number(&missed), t.number(&of)),
        Mover::Overdue { orders: 0 } => t.say("mover.none_overdue"),
        Mover::Overdue { orders } => t.with("mover.overdue", t.number(&orders)),
        Mover::Pace { waited, promised } => t.with2("mover.pace", t.length(&waited), t.length(&promised)),
    }
}

fn waits(basis: &Basis, t: &Speech) -> String {
    let since = t.time(&basis.since);
    match basis.wait {
        Wait::Stage(None) => t.with("wait.paid", since),
        Wait::Stage(Some(stage)) => t.with2("evidence.step", since, t.name("stage", stage.as_str())),
        Wait::Announced => t.with("wait.announced", since),
        Wait::Resumed => t.with("wait.resumed", since),
        Wait::Pickup => t.with("wait.pickup", since),
        Wait::Blocked(cause) => t.with2("wait.blocked", since, t.name("cause", cause)),
        Wait::Overdue | Wait::Dwell(_) => t.with("wait.other", since),
    }
}

/// A forecast's version: the tick it was learned at, or `prior` before the first.
fn learned(version: &str, t: &Speech) -> String {
    match Instant::parse(version) {
        Ok(tick) => t.with("forecast.learned", t.time(&tick)),
        Err(_) => t.name("forecast", version),
    }
}
