//! How a page speaks to its reader: words in a language, moments in a zone.

use std::fmt::Display;

use forewarn_core::money::Amount;
use forewarn_core::policy::Ppm;
use forewarn_core::zone::{Tongue, Zone, day_phrase, phrase};
use forewarn_core::{Instant, Span};
use jiff::Zoned;
use jiff::tz::TimeZone;

use super::{Language, words};

/// A language and a zone.
#[derive(Clone, Debug)]
pub struct Speech {
    /// The language.
    pub language: Language,
    zone: Zone,
    clock: TimeZone,
}

impl Speech {
    /// Speaks `language`, with the time as it is in `zone`.
    pub fn new(language: Language, zone: Zone) -> Self {
        let clock = TimeZone::get(zone.name()).unwrap_or(TimeZone::UTC);
        Self { language, zone, clock }
    }

    /// The words for `key`; the key itself where the catalogue has none, which a test rules out.
    pub fn say(&self, key: &str) -> String {
        words::catalogue(self.language).get(key).map_or_else(|| key.to_owned(), Clone::clone)
    }

    /// The words for `key` with `a` in its gap.
    pub fn with(&self, key: &str, a: impl Display) -> String {
        self.fill(key, &[&a])
    }

    /// The words for `key` with `a` and `b` in its gaps.
    pub fn with2(&self, key: &str, a: impl Display, b: impl Display) -> String {
        self.fill(key, &[&a, &b])
    }

    /// The words for `key` with the number `n` in its gap; `key.one` says it of one.
    pub fn count(&self, key: &str, n: u64) -> String {
        let one = format!("{key}.one");
        self.with(if n == 1 { &one } else { key }, self.number(&n))
    }

    /// The words for `key` with `values` in its gaps `{0}`, `{1}` and so on; what a value says is never a gap.
    pub fn fill(&self, key: &str, values: &[&dyn Display]) -> String {
        let template = self.say(key);
        let mut pieces = template.split('{');
        let mut filled = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let gap = piece.split_once('}').and_then(|(n, rest)| Some((values.get(n.parse::<usize>().ok()?)?, rest)));
            match gap {
                Some((value, rest)) => filled.extend([&value.to_string(), rest]),
                None => filled.extend(["{", piece]),
            }
        }
        filled
    }

    /// The words for a name of the contract: `group` is `kind`, `why`, `cause`, `state`, `grant`...
    pub fn name(&self, group: &str, name: impl Display) -> String {
        let key = format!("{group}.{name}");
        words::catalogue(self.language).get(&key).map_or_else(|| name.to_string(), Clone::clone)
    }

    /// The BCP 47 tag for the page.
    pub fn tag(&self) -> &'static str {
        self.language.tag()
    }

    /// Whether the page is in Chinese.
    pub fn is_chinese(&self) -> bool {
        self.language == Language::Chinese
    }

    /// The zone's name.
    pub fn zone_name(&self) -> &str {
        self.zone.name()
    }

    /// A moment to the minute: `11月23日 14:05`, `23 Nov 14:05`.
    pub fn time(&self, at: &Instant) -> String {
        let local = self.local(*at);
        if self.is_chinese() {
            format!("{}月{}日 {}", local.month(), local.day(), local.strftime("%H:%M"))
        } else {
            local.strftime("%-d %b %H:%M").to_string()
        }
    }

    /// [`Speech::time`], or a dash.
    pub fn time_or_dash(&self, at: &Option<Instant>) -> String {
        at.as_ref().map_or_else(|| "–".into(), |at| self.time(at))
    }

    /// The whole moment, with year, seconds and offset.
    pub fn exact(&self, at: &Instant) -> String {
        self.local(*at).strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
    }

    /// The day for a date field: `2026-11-23`.
    pub fn date(&self, at: &Instant) -> String {
        self.local(*at).strftime("%Y-%m-%d").to_string()
    }

    /// A moment as notices phrase it.
    pub fn phrase(&self, at: &Instant) -> String {
        phrase(*at, &self.zone, self.tongue())
    }

    /// The day of a moment as a person says it, for what no one can tell to the hour: `3月6日（周五）`, `Friday 6 March`.
    pub fn day(&self, at: &Instant) -> String {
        day_phrase(*at, &self.zone, self.tongue())
    }

    fn tongue(&self) -> Tongue {
        if self.is_chinese() { Tongue::Chinese } else { Tongue::English }
    }

    /// Start of the local day that a date field names.
    pub fn day_start(&self, date: &str) -> Option<Instant> {
        let day: jiff::civil::Date = date.parse().ok()?;
        let start = day.to_zoned(self.clock.clone()).ok()?;
        Some(Instant::from_ms(start.timestamp().as_millisecond()))
    }

    /// How far `at` is from `now`: `in 3 h`, `2 d ago`.
    pub fn distance(&self, at: &Instant, now: &Instant) -> String {
        let ahead = *at >= *now;
        let span = if ahead { *at - *now } else { *now - *at };
        let length = self.length(&span);
        if ahead { self.with("time.in", length) } else { self.with("time.ago", length) }
    }

    /// A length of time, roughly: the two largest units at the most.
    pub fn length(&self, span: &Span) -> String {
        let minutes = span.ms().abs() / 60_000;
        let (days, hours, rest) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
        let unit = |n: i64, key: &str| format!("{n} {}", self.say(key));
        match (days, hours) {
            (0, 0) => unit(rest, "unit.minutes"),
            (0, h) if h >= 6 || rest == 0 => unit(h, "unit.hours"),
            (0, h) => format!("{} {}", unit(h, "unit.hours"), unit(rest, "unit.minutes")),
            (d, h) if d >= 3 || h == 0 => unit(d, "unit.days"),
            (d, h) => format!("{} {}", unit(d, "unit.days"), unit(h, "unit.hours")),
        }
    }

    /// A share in per cent: `7%`, `<1%`.
    pub fn percent(&self, share: &Ppm) -> String {
        match share.ppm() {
            0 => "0%".into(),
            1..10_000 => "<1%".into(),
            990_001..1_000_000 => ">99%".into(),
            ppm => format!("{}%", (ppm + 5_000) / 10_000),
        }
    }

    /// A whole number with groups of three: `12,480`.
    pub fn number(&self, n: &u64) -> String {
        let digits = n.to_string();
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        grouped
    }

    /// A sum of thousandths in a currency.
    pub fn money(&self, thousandths: &i64, currency: &str) -> String {
        let amount = Amount::from_thousandths(*thousandths);
        match forewarn_core::money::Currency::new(currency) {
            Ok(currency) => forewarn_core::money::Money { amount, currency }.display(self.is_chinese()),
            Err(_) => format!("{currency} {amount}"),
        }
    }

    /// A decimal text in a currency, as notices keep it.
    pub fn price(&self, amount: &str, currency: &str) -> String {
        match Amount::parse(amount) {
            Ok(amount) => self.money(&amount.thousandths(), currency),
            Err(_) => format!("{currency} {amount}"),
        }
    }

    fn local(&self, at: Instant) -> Zoned {
        at.timestamp().to_zoned(self.clock.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speech(language: Language) -> Speech {
        Speech::new(language, Zone::named("Asia/Shanghai").unwrap())
    }

    #[test]
    fn moments_and_lengths_read_well() {
        let at = Instant::parse("2026-03-06T06:05:09Z").unwrap();
        let (en, zh) = (speech(Language::English), speech(Language::Chinese));
        assert_eq!((en.time(&at).as_str(), zh.time(&at).as_str()), ("6 Mar 14:05", "3月6日 14:05"));
        assert_eq!((en.day(&at).as_str(), zh.day(&at).as_str()), ("Friday 6 March", "3月6日（周五）"));
        assert_eq!(en.exact(&at), "2026-03-06 14:05:09 +08:00");
        assert_eq!(en.day_start("2026-03-06").map(|d| d.to_string()).as_deref(), Some("2026-03-05T16:00:00Z"));
        assert_eq!(en.length(&Span::minutes(95)), "1 h 35 min");
        assert_eq!(zh.length(&Span::hours(60)), "2 天 12 小时");
        assert_eq!(en.distance(&at, &(at + Span::hours(7))), "7 h ago");
        assert_eq!([1, 2, 1_200].map(|n| en.count("tile.given.count", n)), ["1 grant", "2 grants", "1,200 grants"]);
    }

    #[test]
    fn what_fills_a_gap_is_never_a_gap() {
        let en = speech(Language::English);
        assert_eq!(en.with2("timeline.said", "{1}", "{0}"), "Notice: {1} ({0})");
        assert_eq!(en.with("timeline.said", "sent"), "Notice: sent ({1})");
    }

    #[test]
    fn shares_and_sums_read_well() {
        let en = speech(Language::English);
        let percents: Vec<String> = [0, 900, 74_000, 995_000, 1_000_000].map(|p| en.percent(&Ppm::from_ppm(p))).into();
        assert_eq!(percents, ["0%", "<1%", "7%", ">99%", "100%"]);
        assert_eq!(en.number(&1_234_567), "1,234,567");
        assert_eq!(speech(Language::Chinese).money(&12_500, "CNY"), "¥12.50");
        assert_eq!(en.price("5.00", "CNY"), "CN¥5.00");
    }
}
