//! What happened to an order and what was said about it, in the order of time.

use forewarn_core::Instant;
use forewarn_core::event::{OrderEvent, ParcelReason, ParcelStatus};
use forewarn_core::instant::given;
use forewarn_core::text::Text;
use forewarn_core::tracking::Meaning;

use super::OrderFile;
use crate::console::Speech;
use crate::store::port::{DeskRow, NoticeState};

/// A place after every fact of the same moment.
const AFTER_FACTS: u8 = u8::MAX;

/// One line of the timeline.
#[derive(Clone, Debug)]
pub(in crate::console) struct Moment {
    /// When.
    pub(in crate::console) at: Instant,
    /// `fact`, `said`, `failed` or `held`: how it is drawn.
    pub(in crate::console) sort: &'static str,
    /// What.
    pub(in crate::console) title: String,
    /// More about it.
    pub(in crate::console) detail: String,
}

/// The whole timeline, oldest first.
pub(in crate::console) fn timeline(file: &OrderFile, t: &Speech) -> Vec<Moment> {
    let facts = file.row.facts.entries().iter().map(|entry| {
        let (title, detail) = fact(&entry.event, t);
        (entry.event.rank(), Moment { at: entry.stamp.time, sort: "fact", title, detail })
    });
    let said = file.notices.iter().filter_map(|n| {
        let title = t.with2("timeline.said", t.name("kind", n.kind), t.name("state", n.state.as_str()));
        let subject = n.composed.as_ref().map(|c| c.subject.clone()).unwrap_or_default();
        let failed = n.state == NoticeState::Failed;
        let at = n.sent_at.or_else(|| failed.then_some(n.updated_at))?;
        Some((AFTER_FACTS, Moment { at, sort: if failed { "failed" } else { "said" }, title, detail: subject }))
    });
    let held = file.suppressed.iter().map(|(kind, why, at, _)| {
        let title = t.with("timeline.held", t.name("kind", kind));
        (AFTER_FACTS, Moment { at: *at, sort: "held", title, detail: t.name("why", why) })
    });
    let desk = file.desk.iter().flat_map(|row| on_desk(row, t)).map(|moment| (AFTER_FACTS, moment));
    // What happened at one moment stands in the order in which such things happen, and what was said follows it.
    let mut moments: Vec<(u8, Moment)> = facts.chain(said).chain(held).chain(desk).collect();
    moments.sort_by_key(|(rank, m)| (m.at, *rank));
    moments.into_iter().map(|(_, moment)| moment).collect()
}

/// How an entry came to the desk, and how it left.
fn on_desk(row: &DeskRow, t: &Speech) -> Vec<Moment> {
    let matter = t.name("matter", row.matter);
    let opened =
        Moment { at: row.opened_at, sort: "fact", title: t.with("desk.opened", &matter), detail: String::new() };
    let ended = row.closed.as_ref().map(|closing| {
        let outcome = t.name("outcome", closing.outcome);
        let how = closing.by.clone().or(closing.ended_by.map(|ending| t.name("ending", ending)));
        let note = closing.note.as_ref().map(|note| format!(" · {}", note.reveal())).unwrap_or_default();
        let detail = how.map_or_else(|| outcome.clone(), |how| t.with2("desk.ended_by", &outcome, how)) + &note;
        Moment { at: closing.at, sort: "fact", title: t.with("desk.ended", &matter), detail }
    });
    std::iter::once(opened).chain(ended).collect()
}

fn articles(lines: usize, t: &Speech) -> String {
    t.count("timeline.lines", u64::try_from(lines).unwrap_or(u64::MAX))
}

/// What the carrier says of a parcel, and why.
fn carriers(status: &ParcelStatus, t: &Speech) -> (String, String) {
    match status.meaning() {
        Some(Meaning::State(state, reason)) => {
            let reason = reason.filter(|r| *r != ParcelReason::Other);
            let reason = reason.map_or_else(String::new, |r| t.name("parcel_reason", r.as_str()));
            (t.name("parcel", state.as_str()), reason)
        }
        Some(Meaning::Nothing) => (t.say("event.parcel_no_news"), String::new()),
        None => (t.say("event.parcel_unknown"), String::new()),
    }
}

/// The word as it came, and whose it is where that was said.
fn own_word(status: &ParcelStatus, t: &Speech) -> String {
    let Some(word) = &status.raw_status else { return String::new() };
    status.vocabulary.map_or_else(|| t.with("timeline.word", word), |whose| t.with2("timeline.word_of", word, whose))
}

fn fact(event: &OrderEvent, t: &Speech) -> (String, String) {
    let join = |parts: Vec<String>| parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" · ");
    let at = |key: &str, at: Option<Instant>| given(at).map_or_else(String::new, |at| t.with(key, t.time(&at)));
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    match event {
        OrderEvent::Placed(p) => {
            let lines = articles(p.lines.len(), t);
            (t.say("event.placed"), join(vec![lines, at("timeline.ship_by", p.ship_by)]))
        }
        OrderEvent::Paid { .. } => (t.say("event.paid"), String::new()),
        OrderEvent::Changed(c) => (t.say("event.changed"), at("timeline.ship_by", c.ship_by)),
        OrderEvent::Cancelled(c) => {
            let lines = c.line_ids.as_ref().map(|l| articles(l.len(), t));
            (t.say("event.cancelled"), lines.unwrap_or_default())
        }
        OrderEvent::Renegotiated(r) => {
            let status = serde_json::to_value(r.status).ok();
            let status = status.as_ref().and_then(|s| s.as_str()).unwrap_or_default();
            (t.say("event.renegotiated"), join(vec![t.name("talk", status), at("timeline.ship_by", Some(r.ship_by))]))
        }
        OrderEvent::Progress(p) => {
            let announced = at("timeline.expected_ship", p.expected_ship_at);
            (t.name("stage", p.stage.as_str()), join(vec![p.warehouse_id.to_string(), announced]))
        }
        OrderEvent::Shipped(s) => {
            let carrier = text(s.carrier.as_ref().map(forewarn_core::ids::Carrier::as_str));
            let number = text(s.tracking_number.as_ref().map(Text::as_str));
            (t.say("event.shipped"), join(vec![s.parcel_id.to_string(), carrier, number]))
        }
        OrderEvent::Exception(e) => {
            let kind = serde_json::to_value(e.kind).ok();
            let kind = kind.as_ref().and_then(|k| k.as_str()).unwrap_or_default();
            (t.say("event.exception"), join(vec![t.name("exception", kind), at("timeline.clears", e.clears_at)]))
        }
        OrderEvent::ExceptionCleared { exception_id } => (t.say("event.exception_cleared"), exception_id.to_string()),
        OrderEvent::Parcel(p) => {
            let (said, reason) = carriers(p, t);
            let place = text(p.location.as_ref().map(Text::as_str));
            (said, join(vec![p.parcel_id.to_string(), place, reason, own_word(p, t)]))
        }
        OrderEvent::Message(m) => (t.say("event.message"), m.text.reveal().to_owned()),
    }
}
