//! Counts: the line that changes while the demo runs, and the summary at its end.

use std::collections::BTreeMap;

use forewarn_core::grant::GrantStatus;
use forewarn_core::notice::{Kind, Why};
use forewarn_core::{Instant, Span};

use super::words;
use crate::cli::Lang;
use crate::store::port::{Book, NoticeState, Overview, OverviewAsk};
use crate::store::{Store, StoreError};

/// Everything counted at one moment.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    overview: Overview,
    books: BTreeMap<&'static str, u64>,
    notices: BTreeMap<Kind, u64>,
    states: BTreeMap<NoticeState, u64>,
    suppressed: BTreeMap<Why, u64>,
    /// Given or set aside: by currency, how many and thousandths.
    given: BTreeMap<String, (u64, i64)>,
}

impl Sums {
    /// Counts as of `now`.
    pub(super) async fn take(store: &Store, now: Instant) -> Result<Self, StoreError> {
        let week = Span::hours(7 * 24);
        let ask = OverviewAsk { now, day_from: now - Span::hours(24), week_from: now - week };
        store
            .read(move |tx| {
                let mut sums = Self {
                    overview: tx.overview(None, &ask)?,
                    books: tx.books()?.into_iter().map(|(book, sum)| (book.as_str(), sum)).collect(),
                    notices: BTreeMap::new(),
                    states: BTreeMap::new(),
                    suppressed: BTreeMap::new(),
                    given: BTreeMap::new(),
                };
                let (notices, suppressed) = tx.notice_counts()?;
                for (kind, state, count) in notices {
                    *sums.states.entry(state).or_default() += count;
                    if state == NoticeState::Sent {
                        *sums.notices.entry(kind).or_default() += count;
                    }
                }
                for (_, why, count) in suppressed {
                    *sums.suppressed.entry(why).or_default() += count;
                }
                for (_, status, currency, count, thousandths) in tx.grant_totals(None)? {
                    if matches!(status, GrantStatus::Reserved | GrantStatus::Granted) {
                        let (n, sum) = sums.given.entry(currency).or_default();
                        *n += count;
                        *sum += thousandths;
                    }
                }
                Ok(sums)
            })
            .await
    }

    /// Whether every event read stands in exactly one of the accounts.
    pub(super) fn balance(&self) -> bool {
        let accounts = Book::ALL.iter().filter(|book| **book != Book::Read);
        self.book(Book::Read) == accounts.map(|book| self.book(*book)).sum::<u64>()
    }

    fn book(&self, book: Book) -> u64 {
        self.books.get(book.as_str()).copied().unwrap_or(0)
    }

    /// One line for now.
    pub(super) fn line(&self, lang: Lang, date: &str) -> String {
        let (read, open, risk) = (self.book(Book::Read), self.overview.open, self.overview.at_risk);
        let sent = self.by_kind(lang).join("  ");
        match lang {
            Lang::En => {
                format!("{date}  events {read}  open {open}  at risk {risk}  |  sent  {sent}")
            }
            Lang::Zh => {
                format!("{date}  事件 {read}  未发货 {open}  有风险 {risk}  |  已发送  {sent}")
            }
        }
    }

    fn by_kind(&self, lang: Lang) -> Vec<String> {
        let count = |kind: &Kind| self.notices.get(kind).map(|n| format!("{} {n}", words::kind(lang, *kind)));
        Kind::ALL.iter().filter_map(count).collect()
    }

    /// The closing lines.
    pub(super) fn summary(&self, lang: Lang) -> Vec<String> {
        let t = |en, zh| lang.pick(en, zh);
        let book = |b| self.book(b);
        let balanced = if self.balance() { t("balanced", "账目平衡") } else { t("NOT BALANCED", "账目不平") };
        let sent: u64 = self.notices.values().sum();
        let given = self
            .given
            .iter()
            .map(|(currency, (n, sum))| format!("{currency} {}.{:02} ({n})", sum / 1_000, sum % 1_000 / 10));
        let given = given.collect::<Vec<_>>();
        let reasons: Vec<_> =
            self.suppressed.iter().map(|(why, n)| format!("{} {n}", words::why(lang, *why))).collect();
        let others = self.states.iter().filter(|(state, _)| **state != NoticeState::Sent);
        let others: Vec<_> = others.map(|(state, n)| format!("{} {n}", words::state(lang, *state))).collect();
        vec![
            format!(
                "{}: {} = {} {} + {} {} + {} {} + {} {} + {} {}   {balanced}",
                t("events read", "读入事件"),
                book(Book::Read),
                t("applied", "生效"),
                book(Book::Applied),
                t("repeated", "重复"),
                book(Book::Repeated),
                t("stale", "过期"),
                book(Book::Stale),
                t("parked", "搁置"),
                book(Book::Parked),
                t("dead letters", "死信"),
                book(Book::DeadLetters),
            ),
            format!("{}: {sent}   {}", t("notices sent", "已发送通知"), self.by_kind(lang).join("  ")),
            format!("{}: {}", t("notices not sent", "未送出的通知"), or_none(&others)),
            format!(
                "{}: {}",
                t("suppressed, by reason (stale: mostly the history)", "未发送原因(「时机已过」多为历史订单)"),
                or_none(&reasons)
            ),
            format!("{}: {}", t("what the wait cost, coupons", "等待的代价(优惠券)"), or_none(&given)),
            format!("{}: {}", t("buyers asked in seven days", "七天内买家催问"), self.overview.chases),
        ]
    }
}

fn or_none(parts: &[String]) -> String {
    if parts.is_empty() { "-".to_owned() } else { parts.join("  ") }
}
