//! What is worth a line while the shops live: incidents, and the notices that bear bad news. No personal data.

use std::collections::BTreeSet;

use forewarn_core::cause::Cause;
use forewarn_core::condition::Condition;
use forewarn_core::ids::NoticeId;
use forewarn_core::notice::Kind;
use forewarn_core::zone::{Tongue, Zone, phrase};
use forewarn_core::{Instant, Span};

use super::words;
use crate::cli::Lang;
use crate::store::port::{NoticeRow, NoticeSearch, NoticeState};
use crate::store::{Store, StoreError, Tx};

/// Kinds that bear news worth reading one by one; the others are counted.
const NEWS: [Kind; 5] =
    [Kind::DelayWarning, Kind::DelayUpdate, Kind::PromiseMissed, Kind::ActionNeeded, Kind::LogisticsDelay];
/// Lines about one kind at one look; the rest is counted in one more line.
const LINES: usize = 3;
/// Notices looked through at one look for one kind.
const LOOK: usize = 200;
/// A notice is sent within this much business time of its decision, or it is no news any more.
const RECENT: Span = Span::hours(12);

/// A line of the story.
pub(super) struct Line {
    /// What it says.
    pub(super) text: String,
    /// The notice it is about, if it is about one.
    pub(super) kind: Option<Kind>,
}

/// Remembers what was told.
pub(super) struct Story {
    lang: Lang,
    zone: Zone,
    notices: BTreeSet<(Instant, NoticeId)>,
    conditions: BTreeSet<(String, Instant)>,
}

/// What one look at the store found.
#[derive(Clone, Default)]
struct Found {
    conditions: Vec<Condition>,
    news: Vec<News>,
}

/// New notices of one kind.
#[derive(Clone)]
struct News {
    kind: Kind,
    /// Those that get a line, newest first.
    rows: Vec<NoticeRow>,
    /// Those that are only counted.
    others: Vec<(Instant, NoticeId)>,
}

impl Story {
    pub(super) fn new(lang: Lang, zone: Zone) -> Self {
        Self { lang, zone, notices: BTreeSet::new(), conditions: BTreeSet::new() }
    }

    /// What happened since the last look.
    pub(super) async fn lines(&mut self, store: &Store, now: Instant) -> Result<Vec<Line>, StoreError> {
        let (known, from) = (self.notices.clone(), now - RECENT);
        let found = store.read(move |tx| look(tx, &known, from)).await?;
        // Older ones cannot come back, as the search begins later.
        self.notices.retain(|(at, _)| *at >= from);
        let mut lines = self.incidents(&found.conditions, now);
        for News { kind, rows, others } in found.news {
            self.notices.extend(rows.iter().map(|row| (row.created_at, row.notice_id.clone())));
            lines.extend(rows.iter().rev().map(|row| Line { text: self.notice(row), kind: Some(kind) }));
            if !others.is_empty() {
                let name = words::kind(self.lang, kind);
                let text = format!("{}  {name}  + {}", self.date(now), others.len());
                lines.push(Line { text, kind: Some(kind) });
            }
            self.notices.extend(others);
        }
        Ok(lines)
    }

    fn incidents(&mut self, conditions: &[Condition], now: Instant) -> Vec<Line> {
        let mut lines = Vec::new();
        for c in conditions {
            if self.conditions.insert((c.id.to_string(), c.raised_at)) {
                lines.push(Line { text: self.incident(c), kind: None });
            }
        }
        let in_force = |id: &str| conditions.iter().any(|c| c.id.as_str() == id);
        let over: BTreeSet<String> =
            self.conditions.iter().filter(|(id, _)| !in_force(id)).map(|(id, _)| id.clone()).collect();
        self.conditions.retain(|(id, _)| in_force(id));
        let word = self.lang.pick("incident over", "事件结束");
        lines.extend(over.iter().map(|id| Line { text: format!("{}  {word}  {id}", self.date(now)), kind: None }));
        lines
    }

    fn incident(&self, c: &Condition) -> String {
        let scope = &c.raised.scope;
        let parts = [
            scope.merchant_id.as_ref().map(ToString::to_string),
            scope.warehouse_id.as_ref().map(ToString::to_string),
            scope.sku.as_ref().map(ToString::to_string),
            scope.carrier.as_ref().map(ToString::to_string),
        ];
        let place = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let (word, kind) = (self.lang.pick("incident", "事件"), words::condition(self.lang, c.raised.kind));
        let until = self.lang.pick("until", "预计持续到");
        let end = c.raised.clears_at.map(|at| format!("  {until} {}", self.phrase(at))).unwrap_or_default();
        format!("{}  {word}  {kind}  {place}{end}", self.date(c.raised_at))
    }

    fn notice(&self, row: &NoticeRow) -> String {
        let kind = words::kind(self.lang, row.kind);
        let mut text = format!("{}  {kind}  {}", self.date(row.sent_at.unwrap_or(row.created_at)), row.order);
        let Some(composed) = &row.composed else {
            return text;
        };
        let cause = composed.cause.as_deref().and_then(Cause::named).map(|c| words::cause(self.lang, c));
        let quote = composed.quoted_ship_by.map(|at| format!("→ {}", self.phrase(at)));
        let coupon = self.lang.pick("coupon", "优惠券");
        let given = composed.amount.as_ref().zip(composed.currency.as_ref());
        let given = given.map(|(amount, currency)| format!("{coupon} {}", money(amount, currency)));
        for part in [cause.map(str::to_owned), quote, given].into_iter().flatten() {
            text.push_str("  ");
            text.push_str(&part);
        }
        text
    }

    fn phrase(&self, at: Instant) -> String {
        let tongue = match self.lang {
            Lang::En => Tongue::English,
            Lang::Zh => Tongue::Chinese,
        };
        phrase(at, &self.zone, tongue)
    }

    /// Month, day and time on the shops' clock.
    pub(super) fn date(&self, at: Instant) -> String {
        super::local(at).strftime("%m-%d %H:%M").to_string()
    }
}

fn money(amount: &str, currency: &str) -> String {
    match currency {
        "CNY" => format!("¥{amount}"),
        "USD" => format!("${amount}"),
        other => format!("{amount} {other}"),
    }
}

fn look(tx: &mut dyn Tx, known: &BTreeSet<(Instant, NoticeId)>, from: Instant) -> Result<Found, StoreError> {
    let mut found = Found { conditions: tx.conditions_in_force()?, news: Vec::new() };
    for kind in NEWS {
        let search = NoticeSearch {
            kind: Some(kind),
            state: Some(NoticeState::Sent),
            from: Some(from),
            limit: LOOK,
            ..NoticeSearch::default()
        };
        let listed = tx.notices_list(None, &search)?;
        let mut fresh: Vec<_> =
            listed.into_iter().map(|n| (n.created_at, n.notice_id)).filter(|n| !known.contains(n)).collect();
        let others = fresh.split_off(LINES.min(fresh.len()));
        let mut rows = Vec::with_capacity(fresh.len());
        for (_, id) in &fresh {
            rows.extend(tx.notice_load(id)?);
        }
        found.news.push(News { kind, rows, others });
    }
    Ok(found)
}
