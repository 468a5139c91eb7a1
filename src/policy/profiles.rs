//! Platform profiles: what a platform's rules say, as data with sources, under everything a policy document says.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use figment::value::{Dict, Value};
use forewarn_core::Instant;
use forewarn_core::calendar::Days;
use forewarn_core::policy::Trust;
use serde::Deserialize;

use super::resolve::merge;

/// The rules of one platform.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its name, as orders bear it.
    pub platform: String,
    /// Its rules; those that nobody could find are absent.
    #[serde(rename = "figure")]
    pub figures: Vec<Figure>,
}

/// One value of a policy as a platform's rules have it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// The key, dotted: `promise.met_by`.
    pub key: String,
    value: toml::Value,
    /// From which payment on it holds; absent: always did.
    pub from: Option<Instant>,
    /// From which payment on it no longer holds, as while a platform suspends its penalties; absent: it holds on.
    pub until: Option<Instant>,
    /// Whether the platform's own words were read; else it is from hearsay or old.
    pub verified: bool,
    /// Where it comes from.
    pub source: String,
    /// The day that was read, or found to be unreachable.
    pub read_on: Days,
}

static ALL: LazyLock<Vec<Profile>> = LazyLock::new(|| {
    let files = [
        include_str!("profiles/amazon.toml"),
        include_str!("profiles/douyin.toml"),
        include_str!("profiles/pinduoduo.toml"),
        include_str!("profiles/plain.toml"),
        include_str!("profiles/shopify.toml"),
        include_str!("profiles/taobao.toml"),
        include_str!("profiles/tmall.toml"),
        include_str!("profiles/wechat.toml"),
    ];
    files.iter().map(|text| read(text)).collect()
});

#[expect(clippy::expect_used, reason = "the files are part of the program, and a test reads each of them")]
fn read(text: &str) -> Profile {
    toml::from_str(text).expect("a profile of this program is good TOML")
}

/// Every platform's, ascending by name.
pub fn all() -> &'static [Profile] {
    &ALL
}

/// What holds on `platform` for an order paid at `paid` by the figures that `trust` lets count, laid out like a policy;
/// `None` when none does.
pub(super) fn layer(platform: &str, trust: Trust, paid: Instant) -> Option<Dict> {
    let profile = all().iter().find(|profile| profile.platform == platform)?;
    let counted = profile.figures.iter().filter(|figure| figure.counts(trust) && figure.holds(paid));
    let dict = counted.fold(Dict::new(), |dict, figure| merge(dict, &figure.laid_out()));
    (!dict.is_empty()).then_some(dict)
}

/// The payments from which on something else holds on `platform`, the first before all times, ascending.
pub(super) fn turns(platform: &str, trust: Trust) -> BTreeSet<Instant> {
    let figures = all().iter().filter(|profile| profile.platform == platform).flat_map(|profile| &profile.figures);
    let ends = figures.filter(|figure| figure.counts(trust)).flat_map(|figure| [figure.from, figure.until]);
    ends.flatten().chain([Instant::from_ms(i64::MIN)]).collect()
}

/// The platforms whose profile says anything at `trust`.
pub(super) fn speaking(trust: Trust) -> impl Iterator<Item = &'static str> {
    let speaks = move |profile: &&Profile| profile.figures.iter().any(|figure| figure.counts(trust));
    all().iter().filter(speaks).map(|profile| profile.platform.as_str())
}

impl Figure {
    /// Whether it counts at `trust`.
    pub fn counts(&self, trust: Trust) -> bool {
        match trust {
            Trust::None => false,
            Trust::Verified => self.verified,
            Trust::All => true,
        }
    }

    /// Whether it holds for an order paid at `paid`.
    fn holds(&self, paid: Instant) -> bool {
        self.from.is_none_or(|from| paid >= from) && self.until.is_none_or(|until| paid < until)
    }

    fn laid_out(&self) -> Dict {
        // Text, numbers, lists and tables can all be held.
        let value = Value::serialize(&self.value).unwrap_or_else(|_| Value::from(Dict::new()));
        let nested =
            self.key.rsplit('.').fold(value, |inner, part| Value::from(Dict::from([(part.to_owned(), inner)])));
        nested.into_dict().unwrap_or_default()
    }
}
