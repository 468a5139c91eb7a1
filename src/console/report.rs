//! The daily mail to a shop: what was sent in its name, what was held back and why, what it cost.

use askama::Template;
use forewarn_core::zone::Zone;
use forewarn_core::{Instant, Span};

use super::{Language, Speech};
use crate::store::port::{Overview, OverviewAsk};

/// The report looks back over this much time.
pub(crate) const PERIOD: Span = Span::hours(24);

/// A report, ready to send.
pub(crate) struct Report {
    /// One line.
    pub subject: String,
    /// For readers of plain text.
    pub text: String,
    /// For everybody else.
    pub html: String,
}

/// What a report is about.
pub(crate) struct Subject<'a> {
    /// The shop's name.
    pub shop: &'a str,
    /// Its language, as a BCP 47 tag.
    pub locale: &'a str,
    /// Its clock.
    pub zone: &'a Zone,
    /// Where its notices can be read.
    pub link: &'a str,
    /// The end of the period.
    pub until: Instant,
}

#[derive(Template)]
#[template(path = "daily_report.html")]
struct Html<'a> {
    t: &'a Speech,
    page: &'a Page<'a>,
    title: &'a str,
}

struct Page<'a> {
    shop: &'a str,
    link: &'a str,
    period: String,
    sections: Vec<Section>,
}

struct Section {
    title: String,
    empty: String,
    rows: Vec<(String, String)>,
}

/// Writes the report over `sums`, which count from [`PERIOD`] before `subject.until` on.
///
/// # Errors
/// When a template is broken, which a test rules out.
pub(crate) fn write(subject: &Subject<'_>, sums: &Overview) -> Result<Report, askama::Error> {
    let t = Speech::new(Language::of_locale(subject.locale), subject.zone.clone());
    let page = Page {
        shop: subject.shop,
        link: subject.link,
        period: t
            .fill("report.lead", &[&t.time(&(subject.until - PERIOD)), &t.time(&subject.until), &subject.zone.name()]),
        sections: vec![sent(&t, sums), held_back(&t, sums), cost(&t, sums), now(&t, sums)],
    };
    let total: u64 = sums.sent.iter().map(|(_, n, _)| n).sum();
    let title = t.with2("report.subject", subject.shop, t.count("report.notices", total));
    Ok(Report {
        subject: title.clone(),
        text: text(&t, &page),
        html: Html { t: &t, page: &page, title: &title }.render()?,
    })
}

fn text(t: &Speech, page: &Page<'_>) -> String {
    let mut lines = vec![page.period.clone()];
    for section in &page.sections {
        lines.extend([String::new(), section.title.clone()]);
        lines.extend(section.rows.is_empty().then(|| format!("  {}", section.empty)));
        lines.extend(section.rows.iter().map(|(label, value)| format!("  {label}{}{value}", t.say("report.colon"))));
    }
    lines.extend([String::new(), t.say("report.read"), page.link.to_owned(), String::new()]);
    lines.join("\n")
}

/// The overview's "today" is, for the report, its own period.
pub(crate) fn question(until: Instant) -> OverviewAsk {
    OverviewAsk { now: until, day_from: until - PERIOD, week_from: until - PERIOD }
}

fn section(t: &Speech, key: &str, rows: Vec<(String, String)>) -> Section {
    Section { title: t.name("report", key), empty: t.name("report", format!("{key}.none")), rows }
}

fn sent(t: &Speech, sums: &Overview) -> Section {
    let counted = sums.sent.iter().filter(|(_, n, _)| *n > 0);
    let mut rows: Vec<_> = counted.map(|(kind, n, _)| (t.name("kind", kind), t.number(n))).collect();
    let trouble = [("state.failed", sums.failed), ("state.unknown", sums.unknown)];
    rows.extend(trouble.iter().filter(|(_, n)| *n > 0).map(|(key, n)| (t.say(key), t.number(n))));
    section(t, "sent", rows)
}

fn held_back(t: &Speech, sums: &Overview) -> Section {
    let counted = sums.suppressed.iter().filter(|(_, n, _)| *n > 0);
    section(t, "held", counted.map(|(why, n, _)| (t.name("why", why), t.number(n))).collect())
}

fn cost(t: &Speech, sums: &Overview) -> Section {
    let row =
        |(currency, count, sum): &(String, u64, i64)| (t.count("tile.given.count", *count), t.money(sum, currency));
    section(t, "cost", sums.given.iter().map(row).collect())
}

fn now(t: &Speech, sums: &Overview) -> Section {
    let tiles = [("tile.open", sums.open), ("tile.at_risk", sums.at_risk), ("tile.overdue", sums.overdue)];
    section(t, "now", tiles.iter().map(|(key, n)| (t.say(key), t.number(n))).collect())
}

#[cfg(test)]
mod tests {
    use forewarn_core::notice::{Kind, Why};

    use super::*;

    fn sums() -> Overview {
        Overview {
            open: 31,
            at_risk: 4,
            overdue: 1,
            sent: vec![(Kind::DelayWarning, 12, 12), (Kind::Shipped, 40, 40), (Kind::Delivered, 0, 0)],
            suppressed: vec![(Why::OptedOut, 2, 2)],
            given: vec![("CNY".into(), 12, 60_000)],
            unknown: 1,
            ..Overview::default()
        }
    }

    fn report(locale: &str, shop: &str, sums: &Overview) -> Report {
        let zone = Zone::named("Asia/Shanghai").unwrap();
        let until = Instant::parse("2026-03-06T01:00:00Z").unwrap();
        let link = "https://notices.example.com/notices";
        write(&Subject { shop, locale, zone: &zone, link, until }, sums).unwrap()
    }

    #[test]
    fn it_says_what_was_sent_what_was_not_and_what_it_cost() {
        insta::assert_snapshot!(report("en", "Qinghe Tea", &sums()).text, @r"
        From 5 Mar 09:00 to 6 Mar 09:00 (Asia/Shanghai)

        Sent in your name
          Delay warning: 12
          Shipped: 40
          Unknown: 1

        Not sent, and why
          Buyer opted out: 2

        Compensation given
          12 grants: CN¥60.00

        How your orders stand
          Open orders: 31
          At risk: 4
          Overdue: 1

        Read the notices
        https://notices.example.com/notices
        ");
        insta::assert_snapshot!(report("zh-CN", "清禾茶行", &sums()).text, @r"
        3月5日 09:00 至 3月6日 09:00（Asia/Shanghai）

        以您店铺名义发出
          延误提醒：12
          发货通知：40
          去向不明：1

        没有发出，以及原因
          买家不接收：2

        给出的补偿
          共 12 笔：¥60.00

        订单现状
          进行中的订单：31
          有延误风险：4
          已超时：1

        查看全部通知
        https://notices.example.com/notices
        ");
    }

    #[test]
    fn a_quiet_day_is_said_in_words() {
        insta::assert_snapshot!(report("zh-CN", "清禾茶行", &Overview::default()).text, @r"
        3月5日 09:00 至 3月6日 09:00（Asia/Shanghai）

        以您店铺名义发出
          没有发出通知。

        没有发出，以及原因
          该发的都已发出。

        给出的补偿
          没有。

        订单现状
          进行中的订单：0
          有延误风险：0
          已超时：0

        查看全部通知
        https://notices.example.com/notices
        ");
    }

    #[test]
    fn a_shops_name_stays_a_name() {
        let report = report("en", "<b>Tea</b>", &sums());
        assert!(!report.html.contains("<b>Tea"), "{}", report.html);
        assert!(report.html.contains("&#60;b&#62;Tea"), "{}", report.html);
    }
}
