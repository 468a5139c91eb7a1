//! `[log]`: what is written about the service's own doings.

use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

use super::checks::Checks;

/// Form and amount of the log.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// For people or for machines.
    pub format: LogFormat,
    /// Least level written, for all or by module: `info`, `warn,forewarn=debug`.
    pub filter: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::default(), filter: "info".into() }
    }
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// A line to read.
    #[default]
    Text,
    /// A JSON object a line.
    Json,
}

impl Log {
    pub(super) fn check(&self, checks: &mut Checks) {
        checks.hold(
            !self.filter.trim().is_empty() && EnvFilter::try_new(&self.filter).is_ok(),
            "log.filter",
            ("is not a filter for the log", "不是日志过滤条件"),
            (
                "give a level such as info, or modules with levels such as warn,forewarn=debug",
                "请填级别,例如 info;或模块加级别,例如 warn,forewarn=debug",
            ),
        );
    }
}
