//! `[cron]`: work done at set times.

use std::str::FromStr;

use forewarn_core::Span;
use serde::{Deserialize, Serialize};

use super::checks::Checks;

/// When regular work is done, in UTC: six fields from seconds to the day of the week.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cron {
    /// What is older than `keep` is deleted.
    pub prune: String,
    /// Looks for notices and coupons left behind.
    pub sweep: String,
    /// The daily mail to each merchant.
    pub merchant_mail: String,
    /// How long settled orders, notices and dead letters are kept, 7d to 3650d.
    pub keep: Span,
}

impl Default for Cron {
    fn default() -> Self {
        Self {
            prune: "0 30 3 * * *".into(),
            sweep: "0 */10 * * * *".into(),
            merchant_mail: "0 0 1 * * *".into(),
            keep: Span::hours(180 * 24),
        }
    }
}

impl Cron {
    pub(super) fn check(&self, checks: &mut Checks) {
        let all = [("prune", &self.prune), ("sweep", &self.sweep), ("merchant_mail", &self.merchant_mail)];
        for (key, text) in all {
            // The library also takes a year; one that has passed would switch the work off unseen.
            let six = text.split_whitespace().count() == 6;
            checks.hold(
                six && cron::Schedule::from_str(text).is_ok(),
                &format!("cron.{key}"),
                ("is not a schedule of six fields", "不是六段式的时间表"),
                (
                    "write second, minute, hour, day, month and day of the week, such as \"0 30 3 * * *\"",
                    "请依次写秒、分、时、日、月、星期,例如 \"0 30 3 * * *\"",
                ),
            );
        }
        checks.span("cron.keep", self.keep, Span::hours(7 * 24), Span::hours(3_650 * 24));
    }
}
