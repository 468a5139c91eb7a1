//! A sentence that operations add to many letters at once, held to what no letter of ours may do.

use forewarn_core::incident::SENTENCE_MAX;

use super::phrases::{self, ARRIVED, NEVER};
use crate::copy::locale::language;

/// What is wrong with a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SentenceFault {
    /// It is longer than [`SENTENCE_MAX`] characters.
    TooLong,
    /// It goes over several lines.
    Lines,
    /// It does what a shop must never do.
    Never {
        /// Which of those things: `vague`, `blame`, `promise`, `talks_down`, `alone` or `coupon`.
        what: &'static str,
        /// The words that do it.
        phrase: &'static str,
    },
    /// It names a time. The letters name each order's own, and would contradict it.
    Time {
        /// The words that name it.
        found: String,
    },
}

/// The never-dos by name, in the order of [`NEVER`].
const NAMES: [&str; NEVER.len()] = ["vague", "blame", "promise", "talks_down", "alone"];

/// Everything that is wrong with `text` in the language of `locale`; empty when it may be sent.
pub fn faults_of_sentence(locale: &str, text: &str) -> Vec<SentenceFault> {
    let mut faults = Vec::new();
    if text.chars().count() > SENTENCE_MAX {
        faults.push(SentenceFault::TooLong);
    }
    if text.chars().any(char::is_control) {
        faults.push(SentenceFault::Lines);
    }
    let rules = NAMES.iter().zip(&NEVER).chain([(&"coupon", &ARRIVED)]);
    faults.extend(rules.filter_map(|(what, rule)| {
        let phrase = phrases::find(rule, locale, text)?;
        Some(SentenceFault::Never { what, phrase })
    }));
    faults.extend(time_in(locale, text).map(|found| SentenceFault::Time { found }));
    faults
}

/// The first words that name a day or a span of time.
fn time_in(locale: &str, text: &str) -> Option<String> {
    match language(locale) {
        "zh" => chinese_time(text),
        _ => english_time(text),
    }
}

const CHINESE_TIMES: [&str; 20] = [
    "今天",
    "今晚",
    "今日",
    "明天",
    "明日",
    "后天",
    "本周",
    "这周",
    "下周",
    "周末",
    "星期",
    "礼拜",
    "本月",
    "这个月",
    "下个月",
    "下月",
    "月底",
    "月初",
    "月中",
    "年底",
];
const CHINESE_DAYS: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];
const CHINESE_UNITS: [&str; 9] = ["月", "号", "日", "天", "小时", "个小时", "周", "分钟", "点"];
const CHINESE_NUMBERS: &str = "0123456789０１２３４５６７８９一二三四五六七八九十两几";

fn chinese_time(text: &str) -> Option<String> {
    let named = CHINESE_TIMES.iter().chain(&CHINESE_DAYS).find(|word| text.contains(**word)).map(|word| (*word).into());
    named.or_else(|| dashed(text)).or_else(|| {
        let after_number = |at: usize| {
            text[..at].trim_end().chars().next_back().is_some_and(|before| CHINESE_NUMBERS.contains(before))
        };
        let counted = |unit: &str| text.match_indices(unit).any(|(at, _)| after_number(at));
        CHINESE_UNITS.into_iter().find(|unit| counted(unit)).map(str::to_owned)
    })
}

const ENGLISH_TIMES: [&str; 30] = [
    "today",
    "tonight",
    "tomorrow",
    "weekend",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "jan",
    "feb",
    "aug",
    "sept",
    "oct",
    "nov",
    "dec",
    "o'clock",
];
const ENGLISH_UNITS: [&str; 13] =
    ["day", "days", "hour", "hours", "week", "weeks", "month", "months", "minute", "minutes", "may", "am", "pm"];
const NUMBERS: [&str; 14] =
    ["a", "one", "two", "three", "four", "five", "six", "seven", "ten", "few", "this", "next", "couple", "several"];

fn english_time(text: &str) -> Option<String> {
    let lower = text.to_lowercase().replace('’', "'");
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|w| !w.is_empty()).collect();
    let named = words.iter().find(|word| ENGLISH_TIMES.contains(word) || is_ordinal(word));
    let counted = || {
        let is_number = |word: &str| word.chars().all(|c| c.is_ascii_digit()) || NUMBERS.contains(&word);
        let pairs = words.iter().zip(words.iter().skip(1));
        let found = pairs.filter(|(number, unit)| is_number(number) && ENGLISH_UNITS.contains(unit));
        found.map(|(number, unit)| format!("{number} {unit}")).next()
    };
    named.map(|word| (*word).to_owned()).or_else(counted).or_else(|| dashed(text))
}

/// A day such as 3rd.
fn is_ordinal(word: &str) -> bool {
    let number = ["st", "nd", "rd", "th"].iter().find_map(|end| word.strip_suffix(end));
    number.is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
}

/// A date or a time in digits such as 3/6, 2026-03-06 or 18:00.
fn dashed(text: &str) -> Option<String> {
    let parts = text.split(|c: char| !c.is_ascii_digit() && !"/-.:：".contains(c));
    let is_date = |part: &&str| {
        let mut numbers = part.split(['/', '-', '.', ':', '：']);
        let full = |n: &str| !n.is_empty() && n.len() <= 4;
        numbers.next().is_some_and(full) && numbers.next().is_some_and(full)
    };
    parts.map(|part| part.trim_matches(['.', '-', ':', '：', '/'])).find(is_date).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(locale: &str, text: &str) -> String {
        let name = |fault: &SentenceFault| match fault {
            SentenceFault::TooLong => "too long".to_owned(),
            SentenceFault::Lines => "lines".to_owned(),
            SentenceFault::Never { what, phrase } => format!("{what}: {phrase}"),
            SentenceFault::Time { found } => format!("time: {found}"),
        };
        faults_of_sentence(locale, text).iter().map(name).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn plain_words_about_what_happened_may_be_sent() {
        for text in [
            "A water pipe broke in our warehouse and we are packing by hand.",
            "Our conveyor broke; 40 of us are packing by hand, and your order may leave from another house.",
            "We march on with half the crew <b>&amp;</b> one line.",
        ] {
            assert_eq!(what("en", text).replace("time: march", ""), "", "{text}");
        }
        for text in ["仓库水管爆裂，我们正在人工打包。", "我们的打包线坏了，现在靠人手一件件打包，给您添麻烦了。"]
        {
            assert_eq!(what("zh", text), "", "{text}");
        }
    }

    #[test]
    fn blame_vagueness_and_promises_are_refused() {
        assert_eq!(
            what("en", "It will ship soon, because the carrier was late."),
            "vague: soon, blame: because the carrier"
        );
        assert_eq!(what("en", "We guarantee it; please wait."), "promise: guarantee, alone: please wait");
        assert_eq!(what("en", "A coupon is in your account."), "coupon: is in your account");
        assert_eq!(what("zh-CN", "快递太慢，我们会尽快处理。"), "vague: 尽快, blame: 快递太慢");
        assert_eq!(what("zh", "保证给您发出，请耐心等。"), "promise: 保证, alone: 耐心等");
    }

    #[test]
    fn whatever_names_a_time_is_refused() {
        for (text, found) in [
            ("We are back on Friday.", "friday"),
            ("Packing goes on tomorrow.", "tomorrow"),
            ("It leaves on the 6th.", "6th"),
            ("It takes three days more.", "three days"),
            ("We work until 18:00.", "18:00"),
            ("Open again from 3/6.", "3/6"),
            ("It is all right by 2026-03-06.", "2026-03-06"),
            ("Open again on 6 May.", "6 may"),
        ] {
            assert_eq!(what("en", text), format!("time: {found}"), "{text}");
        }
        for (text, found) in
            [("明天恢复发货。", "明天"), ("3月6日恢复。", "月"), ("再过三天就好。", "天"), ("周五恢复。", "周五")]
        {
            assert_eq!(what("zh", text), format!("time: {found}"), "{text}");
        }
    }

    #[test]
    fn it_is_one_short_line() {
        assert_eq!(what("en", &"x".repeat(201)), "too long");
        assert_eq!(what("zh", &"好".repeat(200)), "");
        assert_eq!(what("en", "one\ntwo"), "lines");
    }
}
