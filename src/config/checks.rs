//! Collects what is wrong with values that could be read.

use forewarn_core::Span;

use super::wording::Wording;

/// A rule that does not hold: key, what is wrong, what to do.
#[derive(Clone, Debug)]
pub(super) struct Broken {
    pub(super) key: String,
    pub(super) message: Wording,
    pub(super) remedy: Wording,
}

/// Rules that do not hold, in the order they were looked at.
#[derive(Debug, Default)]
pub(super) struct Checks(pub(super) Vec<Broken>);

impl Checks {
    /// Notes a broken rule.
    pub(super) fn broken(&mut self, key: &str, message: impl Into<Wording>, remedy: impl Into<Wording>) {
        self.0.push(Broken { key: key.to_owned(), message: message.into(), remedy: remedy.into() });
    }

    /// Notes a broken rule unless it holds.
    pub(super) fn hold(&mut self, holds: bool, key: &str, message: impl Into<Wording>, remedy: impl Into<Wording>) {
        if !holds {
            self.broken(key, message, remedy);
        }
    }

    /// A whole number within `least..=most`.
    pub(super) fn number(&mut self, key: &str, value: u64, least: u64, most: u64) {
        self.hold(
            (least..=most).contains(&value),
            key,
            (format!("{value} is out of range"), format!("{value} 超出范围")),
            (format!("give a whole number from {least} to {most}"), format!("请填 {least} 到 {most} 之间的整数")),
        );
    }

    /// A number of messages a minute, if there is a limit.
    pub(super) fn rate(&mut self, key: &str, per_minute: Option<std::num::NonZeroU32>) {
        if let Some(per_minute) = per_minute {
            self.number(key, per_minute.get().into(), 1, 1_000_000);
        }
    }

    /// A length of time within `least..=most`.
    pub(super) fn span(&mut self, key: &str, value: Span, least: Span, most: Span) {
        self.hold(
            (least..=most).contains(&value),
            key,
            (format!("{value} is out of range"), format!("{value} 超出范围")),
            (format!("give a length of time from {least} to {most}"), format!("请填 {least} 到 {most} 之间的时长")),
        );
    }

    /// Text that is not blank.
    pub(super) fn filled(&mut self, key: &str, text: &str) {
        self.hold(
            !text.trim().is_empty(),
            key,
            ("is empty", "是空的"),
            ("give a text or leave the key out", "请填写内容,或去掉这个键"),
        );
    }

    /// A file or folder that can be read.
    pub(super) fn file(&mut self, key: &str, path: Option<&std::path::PathBuf>) {
        if let Some(Err(error)) = path.map(std::fs::metadata) {
            self.broken(
                key,
                (format!("cannot be read ({error})"), format!("无法读取({error})")),
                ("check the path and its permissions", "请检查路径和权限"),
            );
        }
    }
}
