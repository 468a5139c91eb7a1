//! What a value has to look like, said to the person who has to write it.

use forewarn_core::cause::Cause;
use forewarn_core::notice::Kind;

use super::wording::Wording;

/// The form of a key's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A length of time with its unit.
    Span,
    /// A whole number.
    Number,
    /// A number from 0 to 1.
    Share,
    /// `true` or `false`.
    Flag,
    /// Text in quotes.
    Text,
    /// A path in quotes.
    Path,
    /// A time of day.
    Clock,
    /// The name of a time zone.
    Zone,
    /// The name of a time zone, or `shop` for the shop's.
    ZoneOrShop,
    /// A list of hours of a day.
    Hours,
    /// A list of days and runs of days.
    Days,
    /// A decimal amount in quotes.
    Amount,
    /// A currency code.
    Currency,
    /// A moment with its offset.
    Moment,
    /// An IP address and a port.
    Socket,
    /// A kind of notice.
    Kind,
    /// A list of kinds of notice.
    Kinds,
    /// A cause, or `*` for every one.
    Cause,
    /// One of a few words.
    OneOf(&'static [&'static str]),
    /// A list of some of a few words.
    ListOf(&'static [&'static str]),
    /// A section of its own.
    Table,
    /// A list of sections.
    Tables,
}

impl Form {
    /// What to write.
    pub(crate) fn remedy(self) -> Wording {
        match self {
            Self::Span => (
                "give a length of time in quotes, such as \"30s\", \"90m\", \"48h\" or \"7d\"",
                "请写带引号的时长,例如 \"30s\"、\"90m\"、\"48h\" 或 \"7d\"",
            ),
            Self::Number => ("give a whole number without quotes, not below 0", "请写不带引号的非负整数"),
            Self::Share => ("give a number from 0 to 1, such as 0.5", "请写 0 到 1 之间的数,例如 0.5"),
            Self::Flag => ("give true or false, without quotes", "请写 true 或 false,不带引号"),
            Self::Text => ("give a text in quotes", "请写带引号的文本"),
            Self::Path => ("give a path in quotes", "请写带引号的路径"),
            Self::Clock => ("give a time of day in quotes, such as \"22:00\"", "请写带引号的时刻,例如 \"22:00\""),
            Self::Zone => {
                ("give the name of a time zone, such as \"Asia/Shanghai\"", "请写时区名,例如 \"Asia/Shanghai\"")
            }
            Self::ZoneOrShop => (
                "give the name of a time zone, such as \"Asia/Shanghai\", or \"shop\" for the shop's",
                "请写时区名,例如 \"Asia/Shanghai\",或写 \"shop\" 表示店铺时区",
            ),
            Self::Hours => (
                "give a list of hours, such as [\"09:00-12:00\", \"13:00-18:00\"]",
                "请写时段列表,例如 [\"09:00-12:00\", \"13:00-18:00\"]",
            ),
            Self::Days => (
                "give a list of days, such as [\"2026-02-14\", \"2026-02-16..2026-02-22\"]",
                "请写日期列表,例如 [\"2026-02-14\", \"2026-02-16..2026-02-22\"]",
            ),
            Self::Amount => ("give a decimal amount in quotes, such as \"5.00\"", "请写带引号的金额,例如 \"5.00\""),
            Self::Currency => ("give an ISO 4217 code, such as \"CNY\"", "请写 ISO 4217 货币代码,例如 \"CNY\""),
            Self::Moment => (
                "give a moment with its offset, such as \"2026-03-06T14:00:00+08:00\"",
                "请写带时差的时刻,例如 \"2026-03-06T14:00:00+08:00\"",
            ),
            Self::Socket => (
                "give an IP address and a port, such as \"127.0.0.1:8080\" or \"0.0.0.0:8080\"",
                "请写 IP 地址和端口,例如 \"127.0.0.1:8080\" 或 \"0.0.0.0:8080\"",
            ),
            Self::Table => ("write it as a section in brackets with keys below", "请写成方括号小节,键写在下面"),
            Self::Tables => {
                ("write each one as a section in double brackets, [[…]]", "请把每一项写成双方括号小节 [[…]]")
            }
            Self::Kind => return one_of(Kind::ALL.iter().map(|kind| kind.as_str()), ONE_OF),
            Self::Kinds => return one_of(Kind::ALL.iter().map(|kind| kind.as_str()), LIST_OF),
            Self::Cause => {
                let causes = Cause::ALL.iter().map(|cause| cause.as_str());
                return one_of(std::iter::once("*").chain(causes), ONE_OF);
            }
            Self::OneOf(words) => return one_of(words.iter().copied(), ONE_OF),
            Self::ListOf(words) => return one_of(words.iter().copied(), LIST_OF),
        }
        .into()
    }
}

const ONE_OF: (&str, &str) = ("give one of", "请从中选一个:");
const LIST_OF: (&str, &str) = ("give a list of any of", "请写由这些词组成的列表:");

fn one_of(words: impl Iterator<Item = &'static str>, (english, chinese): (&str, &str)) -> Wording {
    let quoted: Vec<_> = words.map(|word| format!("\"{word}\"")).collect();
    let (commas, stops) = (quoted.join(", "), quoted.join("、"));
    (format!("{english} {commas}"), format!("{chinese}{stops}")).into()
}

/// The form of a key of the configuration.
pub(super) fn of(path: &[String]) -> Form {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    match parts.as_slice() {
        [_] | ["kafka", "topics"] | ["webhook" | "shop", _] => Form::Table,
        [.., "security_protocol"] => Form::OneOf(&["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"]),
        [.., "sasl_mechanism"] => Form::OneOf(&["plain", "scram-sha-256", "scram-sha-512"]),
        [.., "after_hold"] => Form::OneOf(&["send", "hold"]),
        ["email", "tls"] => Form::OneOf(&["none", "starttls", "implicit"]),
        ["log", "format"] => Form::OneOf(&["text", "json"]),
        ["console", "listen"] => Form::Socket,
        [.., "live_since"] => Form::Moment,
        [.., "shadow" | "enabled" | "repeat_grant_requests"] => Form::Flag,
        [
            ..,
            "session_timeout" | "max_lag" | "max_hold" | "max_clock_skew" | "lease" | "keep" | "statement_timeout",
        ] => Form::Span,
        [.., "timeout" | "reply_timeout" | "idle_timeout"] => Form::Span,
        [.., "batch_events" | "batch_wait_ms" | "wake_batch"] => Form::Number,
        [.., "max_dead_letter_share"] => Form::Share,
        [.., "dead_letter_window"] => Form::Number,
        [.., "deliver_concurrency" | "port" | "connections"] => Form::Number,
        [.., "concurrency" | "per_domain_concurrency"] => Form::Number,
        [.., "rate_per_minute" | "per_domain_rate_per_minute"] => Form::Number,
        ["store", "path"] | ["policy", "file"] | [.., "folder"] => Form::Path,
        [.., key] if key.ends_with("_file") => Form::Path,
        _ => Form::Text,
    }
}
