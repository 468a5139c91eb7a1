//! `[intake]`: how far behind the events may be before notices wait.

use forewarn_core::Span;
use forewarn_core::policy::Ppm;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::checks::Checks;
use super::secret;
use crate::intake::Limits;

/// Shortest token taken, in characters. Our estimate: 16 random ones cannot be guessed over a network.
const TOKEN_CHARS_MIN: usize = 16;

/// Freshness and the way in by HTTP.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Intake {
    /// Notices are held while the newest event read is older than this, 1s to 1d.
    pub max_lag: Span,
    /// Notices held for this long are settled as `after_hold` says, 1s to 7d.
    pub max_hold: Span,
    /// What becomes of notices held for too long.
    pub after_hold: AfterHold,
    /// Intake from a partition stops when more than this share of its newest events are dead letters, 0 to 1; 1 never
    /// stops it.
    pub max_dead_letter_share: Ppm,
    /// How many of the newest events that share is of, 10 to 10000.
    pub dead_letter_window: usize,
    /// Token that opens `POST /v1/events`; without it that way in is shut. At least 16 characters.
    #[serde(serialize_with = "secret::masked")]
    pub http_token: Option<SecretString>,
}

impl Default for Intake {
    fn default() -> Self {
        Self {
            max_lag: Span::minutes(5),
            max_hold: Span::minutes(30),
            after_hold: AfterHold::default(),
            // Our estimates: a source that is half poison is broken, and a thousand events are minutes of a busy shop
            // and a day of a small one.
            max_dead_letter_share: Ppm::from_ppm(500_000),
            dead_letter_window: 1_000,
            http_token: None,
        }
    }
}

/// What becomes of notices held for too long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterHold {
    /// They are sent on what is known.
    #[default]
    Send,
    /// They stay until the events have caught up.
    Hold,
}

impl Intake {
    /// When intake stops because too much of it is poison.
    pub fn limits(&self) -> Limits {
        Limits { share: self.max_dead_letter_share, window: self.dead_letter_window }
    }

    pub(super) fn check(&self, checks: &mut Checks) {
        let second = Span::from_ms(1_000);
        checks.span("intake.max_lag", self.max_lag, second, Span::hours(24));
        checks.span("intake.max_hold", self.max_hold, second, Span::hours(7 * 24));
        checks.number("intake.dead_letter_window", self.dead_letter_window as u64, 10, 10_000);
        if let Some(token) = &self.http_token {
            let (length, is_plain) = {
                let token = token.expose_secret();
                (token.len(), token.bytes().all(|b| b.is_ascii_graphic()))
            };
            checks.hold(
                length >= TOKEN_CHARS_MIN && is_plain,
                "intake.http_token",
                ("is too short or holds other than visible ASCII characters", "太短,或含有不可见或非 ASCII 字符"),
                (
                    "take at least 16 random characters, as from `openssl rand -hex 24`",
                    "请用至少 16 个随机字符,例如 `openssl rand -hex 24` 的输出",
                ),
            );
        }
    }
}
