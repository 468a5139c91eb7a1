//! One scenario: a timeline, the rules it is played by, and its outcome as text.

use std::fmt::Write;

use super::engine::{Deed, Engine, Record};
use super::script::{self, Arrival, clock, moment};
use crate::decide::{Choices, Due, Guard, Pause, Paused};
use crate::desk::Change;
use crate::expedite;
use crate::grant::Proposal;
use crate::ids::OrderKey;
use crate::instant::{Instant, Span};
use crate::policy::Policy;

/// How long a scene may go on after its last event.
const LINGER: Span = Span::hours(40 * 24);

/// A scene before it is played.
pub(super) struct Scene {
    arrivals: Vec<Arrival>,
    policy: Policy,
    guard: Guard,
    failing: Vec<String>,
    outage: Option<(Instant, Instant)>,
    /// What people do, and when.
    deeds: Vec<(Instant, Deed)>,
    /// Whether what comes to the desk is shown.
    shows_desk: bool,
    /// Whether the warehouse's queue is shown.
    shows_queue: bool,
    until: Option<Instant>,
}

/// Plays a timeline by the default rules.
pub(super) fn play(timeline: &str) -> String {
    scene(timeline).play()
}

pub(super) fn scene(timeline: &str) -> Scene {
    let arrivals = script::read(timeline);
    let live_since = arrivals.iter().map(|a| a.at).min().unwrap();
    let guard = Guard { live_since, pauses: Vec::new(), shadow: false };
    Scene {
        arrivals,
        policy: Policy::default(),
        guard,
        failing: Vec::new(),
        outage: None,
        deeds: Vec::new(),
        shows_desk: false,
        shows_queue: false,
        until: None,
    }
}

impl Scene {
    pub(super) fn policy(mut self, toml: &str) -> Self {
        self.policy = toml::from_str(toml).unwrap_or_else(|e| panic!("{e}"));
        self
    }

    pub(super) fn live_since(mut self, at: &str) -> Self {
        self.guard.live_since = moment(at);
        self
    }

    pub(super) fn until(mut self, at: &str) -> Self {
        self.until = Some(moment(at));
        self
    }

    pub(super) fn shadow(mut self) -> Self {
        self.guard.shadow = true;
        self
    }

    pub(super) fn paused(mut self, of: Paused) -> Self {
        self.guard.pauses.push(Pause { of, since: self.guard.live_since });
        self
    }

    /// The notice under this key fails for good.
    pub(super) fn failing(mut self, key: &str) -> Self {
        self.failing.push(key.into());
        self
    }

    /// Nothing can be delivered in this time.
    pub(super) fn outage(mut self, from: &str, back: &str) -> Self {
        self.outage = Some((moment(from), moment(back)));
        self
    }

    /// What people do besides.
    pub(super) fn deeds(mut self, deeds: &[(&str, Deed)]) -> Self {
        self.deeds = deeds.iter().map(|(at, deed)| (moment(at), *deed)).collect();
        self
    }

    /// Shows what comes to the desk too, and what people do there.
    pub(super) fn desk(mut self, deeds: &[(&str, Deed)]) -> Self {
        self.shows_desk = true;
        self.deeds(deeds)
    }

    /// Shows which orders the warehouse should take first, and what comes of it.
    pub(super) fn queue(mut self) -> Self {
        self.shows_queue = true;
        self
    }

    /// Adds `n` orders of the past, an hour apart and from `from` on, each shipped `hours(i)` after it was paid.
    pub(super) fn history(mut self, from: &str, n: usize, hours: impl Fn(usize) -> f64) -> Self {
        let mut text = String::new();
        for i in 0..n {
            let placed = moment(from) + Span::hours(i64::try_from(i).unwrap());
            #[expect(clippy::cast_possible_truncation, reason = "a few hours")]
            let shipped = placed + Span::minutes((hours(i) * 60.0) as i64);
            writeln!(text, "{} @H{i} placed buyer=HB{i} id=hp{i}", clock(placed)).unwrap();
            writeln!(text, "{} @H{i} paid id=hq{i}", clock(placed)).unwrap();
            writeln!(text, "{} @H{i} shipped id=hs{i}", clock(shipped)).unwrap();
        }
        self.arrivals.extend(script::read(&text));
        self
    }

    /// Lets every event come at the last one's moment, newest first.
    pub(super) fn backwards(mut self) -> Self {
        let last = self.arrivals.iter().map(|a| a.at).max().unwrap();
        for arrival in &mut self.arrivals {
            arrival.at = last;
        }
        self.arrivals.reverse();
        self
    }

    pub(super) fn all_at_once(self) -> Self {
        let mut scene = self.backwards();
        scene.arrivals.reverse();
        scene
    }

    /// Every event comes `n` times, each time a minute later.
    pub(super) fn repeated(mut self, n: i64) -> Self {
        let once = std::mem::take(&mut self.arrivals);
        for i in 0..n {
            self.arrivals.extend(once.iter().map(|a| Arrival { at: a.at + Span::minutes(i), event: a.event.clone() }));
        }
        self
    }

    pub(super) fn play(self) -> String {
        let records = self.records();
        let visible: Vec<_> = records.iter().filter(|(_, key, _)| !key.order_id.as_str().starts_with('H')).collect();
        let several = visible.iter().any(|(_, key, _)| *key != visible[0].1);
        let mut text = String::new();
        for (at, key, record) in visible {
            let order = if several { format!("{} ", key.order_id) } else { String::new() };
            writeln!(text, "{} {order}{}", clock(*at), line(record)).unwrap();
        }
        text
    }

    pub(super) fn records(self) -> Vec<(Instant, OrderKey, Record)> {
        let last = self.arrivals.iter().map(|a| a.at).max().unwrap();
        let mut engine = Engine::new(self.policy, self.guard);
        engine.outage = self.outage;
        engine.deeds = self.deeds;
        engine.failing = self.failing.into_iter().collect();
        engine.play(self.arrivals, self.until.unwrap_or(last + LINGER));
        engine.records.retain(|(_, _, record)| match record {
            Record::Desk(_) => self.shows_desk,
            Record::Queue(_) => self.shows_queue,
            _ => true,
        });
        engine.records
    }
}

fn line(record: &Record) -> String {
    match record {
        Record::Sent(due, proposal, with) => {
            let with = if with.is_empty() { String::new() } else { format!(" with={}", with.join("+")) };
            sent(due, proposal.as_ref()) + &with
        }
        Record::Kept(kept) => {
            let key = kept.key.split_once(&format!("{}/", kept.kind)).map_or("", |(_, rest)| rest);
            format!("- {} {key}: {}", kept.kind, kept.why)
        }
        Record::Desk(change) => desk(change),
        Record::Queue(change) => queue(change),
        Record::Dead(folded) => format!("! {folded:?}"),
    }
}

fn desk(change: &Change) -> String {
    let (verb, entry, ending) = match change {
        Change::Opened(entry) => ("opened", entry, None),
        Change::Ranked(entry) => ("ranked", entry, None),
        Change::Ended(entry, ending) => ("ended", entry, Some(*ending)),
    };
    let about = if entry.about.is_empty() { String::new() } else { format!(" {}", entry.about) };
    let number = if entry.number > 1 { format!(" no={}", entry.number) } else { String::new() };
    let chases = if entry.chases > 0 { format!(" chases={}", entry.chases) } else { String::new() };
    let why = ending.map_or_else(|| format!("cause={}{chases}", entry.cause), |ending| ending.to_string());
    format!("* {verb} {}{about}{number}: {why}", entry.matter)
}

fn queue(change: &expedite::Change) -> String {
    match change {
        expedite::Change::Stands(s) => {
            let (by, risk) = (clock(s.leave_by), s.risk.as_f64());
            format!("> first {} by={by} risk={risk:.2} worth={}", s.motive, s.worth.amount_text())
        }
        expedite::Change::Ended { leave_by, fate } => format!("> {} by={}", fate.as_str(), clock(*leave_by)),
    }
}

fn sent(due: &Due, proposal: Option<&Proposal>) -> String {
    let mut words = vec![due.kind.to_string()];
    if due.variant != "plain" {
        words.push(format!("({})", due.variant));
    }
    let mut say = |name: &str, value: Option<String>| words.extend(value.map(|v| format!("{name}={v}")));
    say("parcel", due.parcel_id.as_ref().map(ToString::to_string));
    say("exception", due.exception_id.as_ref().map(ToString::to_string));
    say("no", (due.number > 1).then(|| due.number.to_string()));
    say("last", due.is_last.then(|| "yes".into()));
    say("cause", due.cause.map(|c| c.to_string()));
    say("problem", due.problem.as_ref().map(crate::decide::Problem::signal));
    let parcel = due.parcel_id.is_some();
    say("ship_by", due.ship_by.filter(|_| !parcel).map(clock));
    say("told", due.previous_quote.map(clock));
    say("quoted", due.quoted_ship_by.map(clock));
    say("eta", due.expected_delivery.map(clock));
    say("risk", due.risk.map(|r| format!("{:.2}", r.as_f64())));
    say(
        "choices",
        due.choices.map(|choices| match choices {
            Choices::WaitOrCancel => "wait/cancel".into(),
            Choices::WaitSwapOrCancel => "wait/swap/cancel".into(),
        }),
    );
    let in_time = |in_time| if in_time { "in time" } else { "too late" };
    say("needed", due.needed.map(|n| format!("{}({})", clock(n.by), in_time(n.in_time))));
    let lines: Vec<&str> = due.lines.iter().map(crate::ids::LineId::as_str).collect();
    say("lines", (lines != ["L1"]).then(|| lines.join("+")));
    say("coupon", proposal.map(coupon));
    words.join(" ")
}

fn coupon(p: &Proposal) -> String {
    match p.why {
        Some(why) => format!("{}({why})", p.status),
        None if p.status == crate::grant::GrantStatus::Reserved => p.money.amount_text(),
        None => format!("{}({})", p.money.amount_text(), p.status),
    }
}
