//! `[shop."ID"]` and `[shop_defaults]`: in whose name buyers are written to.

use serde::{Deserialize, Serialize};

use super::checks::Checks;

/// One shop as buyers see it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Shop {
    /// Name shown to buyers; the merchant's id by default.
    pub name: Option<String>,
    /// Language of buyers whose own is unknown, as a BCP 47 tag such as `zh-CN`.
    pub locale: Option<String>,
    /// How buyers reach a person, as a phrase: a telephone number, an address, opening hours.
    pub support: Option<String>,
    /// Address for buyers' answers to mails.
    pub reply_to: Option<String>,
    /// Address of the daily mail to the merchant; without it there is none.
    pub report_to: Option<String>,
}

impl Shop {
    /// This shop with the gaps filled from `defaults`.
    #[must_use]
    pub fn over(&self, defaults: &Self) -> Self {
        let first = |own: &Option<String>, other: &Option<String>| own.as_ref().or(other.as_ref()).cloned();
        Self {
            name: first(&self.name, &defaults.name),
            locale: first(&self.locale, &defaults.locale),
            support: first(&self.support, &defaults.support),
            reply_to: first(&self.reply_to, &defaults.reply_to),
            report_to: first(&self.report_to, &defaults.report_to),
        }
    }

    pub(super) fn check(&self, within: &str, checks: &mut Checks) {
        for (key, text) in [("name", &self.name), ("support", &self.support)] {
            if let Some(text) = text {
                checks.filled(&format!("{within}.{key}"), text);
            }
        }
        checks.hold(
            self.locale.as_deref().is_none_or(is_language_tag),
            &format!("{within}.locale"),
            ("is not a language tag", "不是语言标签"),
            ("write it as zh-CN, en or pt-BR", "请写成 zh-CN、en 或 pt-BR"),
        );
        for (key, address) in [("reply_to", &self.reply_to), ("report_to", &self.report_to)] {
            let parsed = address.as_ref().map(|address| address.parse::<lettre::Address>());
            checks.hold(
                parsed.is_none_or(|parsed| parsed.is_ok()),
                &format!("{within}.{key}"),
                ("is not an e-mail address", "不是邮箱地址"),
                ("write it as name@example.com", "请写成 name@example.com"),
            );
        }
    }
}

fn is_language_tag(text: &str) -> bool {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    let named = (2..=3).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_alphabetic());
    named && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}
