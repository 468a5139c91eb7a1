//! What the pages say: one catalogue a language, flat keys, the same in both.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::Language;

type Catalogue = BTreeMap<String, String>;

/// The files of a language.
macro_rules! texts {
    ($language:literal) => {
        [
            include_str!(concat!("words/", $language, "/frame.toml")),
            include_str!(concat!("words/", $language, "/orders.toml")),
            include_str!(concat!("words/", $language, "/names.toml")),
            include_str!(concat!("words/", $language, "/steering.toml")),
            include_str!(concat!("words/", $language, "/buyers.toml")),
            include_str!(concat!("words/", $language, "/desk.toml")),
            include_str!(concat!("words/", $language, "/incidents.toml")),
        ]
    };
}

static CHINESE: LazyLock<Catalogue> = LazyLock::new(|| parse(&texts!("zh-CN").concat()));
static ENGLISH: LazyLock<Catalogue> = LazyLock::new(|| parse(&texts!("en").concat()));

/// Flat keys, so files can be read as one, and none of them may say a key that another says.
#[expect(clippy::expect_used, reason = "the catalogues are part of the program and read by a test")]
fn parse(text: &str) -> Catalogue {
    toml::from_str(text).expect("a built-in catalogue is flat TOML")
}

/// The catalogue of a language.
pub(super) fn catalogue(language: Language) -> &'static Catalogue {
    match language {
        Language::Chinese => &CHINESE,
        Language::English => &ENGLISH,
    }
}

/// Half-width punctuation right after a Chinese character, with what stands before it.
#[cfg(test)]
pub(crate) fn half_width(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let wrong = |i: &usize| ",:;?!()".contains(chars[*i]) && matches!(chars[*i - 1], '\u{4e00}'..='\u{9fff}');
    (1..chars.len()).filter(wrong).map(|i| chars[i.saturating_sub(12)..=i].iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use forewarn_core::cause::Cause;
    use forewarn_core::desk::{Ending, Matter, Outcome};
    use forewarn_core::grant::GrantStatus;
    use forewarn_core::notice::{Kind, Trouble, Why};
    use forewarn_core::promise::PromiseSource;

    use super::*;
    use crate::engine::{UNDECIDABLE, UNFOLDABLE, UNREADABLE};
    use crate::intake::Reason;
    use crate::store::port::NoticeState;

    /// Calls that take a key as their first argument.
    const CALLS: [&str; 5] = [".say(\"", ".with(\"", ".with2(\"", ".fill(\"", ".count(\""];

    fn keys_used(dir: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                keys_used(&path, found);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            for call in CALLS {
                found.extend(text.split(call).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned));
            }
        }
    }

    #[test]
    fn both_languages_say_the_same_things() {
        let keys = |l| catalogue(l).keys().collect::<BTreeSet<_>>();
        let (zh, en) = (keys(Language::Chinese), keys(Language::English));
        assert_eq!(zh.symmetric_difference(&en).collect::<Vec<_>>(), Vec::<&&String>::new());
        for language in Language::ALL {
            assert!(catalogue(language).values().all(|text| !text.trim().is_empty()));
        }
    }

    #[test]
    fn both_languages_take_the_same_gaps() {
        for (key, text) in catalogue(Language::English) {
            let other = &catalogue(Language::Chinese)[key];
            for gap in ["{0}", "{1}", "{2}"] {
                assert_eq!(text.contains(gap), other.contains(gap), "{key} differs in {gap}");
            }
        }
    }

    #[test]
    fn chinese_sentences_take_chinese_punctuation() {
        let wrong: Vec<_> =
            catalogue(Language::Chinese).iter().filter(|(_, text)| !half_width(text).is_empty()).collect();
        assert_eq!(wrong, Vec::<(&String, &String)>::new());
        assert_eq!(half_width("好,3月6日(周五)：ok, 是吗？"), ["好,", "好,3月6日(", "好,3月6日(周五)"]);
    }

    #[test]
    fn pages_use_only_known_words() {
        let mut used = BTreeSet::new();
        keys_used(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/console"), &mut used);
        // Keys that are put together in the program end in a dot.
        let unknown: Vec<_> = used
            .iter()
            .filter(|k| k.contains('.') && !k.ends_with('.') && !k.contains('{'))
            .filter(|k| !catalogue(Language::English).contains_key(*k))
            .collect();
        assert!(used.len() > 100, "only {} keys were found", used.len());
        assert_eq!(unknown, Vec::<&String>::new());
    }

    #[test]
    fn every_name_of_the_contract_has_words() {
        let mut keys: Vec<String> = Kind::ALL.iter().map(|k| format!("kind.{k}")).collect();
        keys.extend(Why::ALL.iter().map(|w| format!("why.{w}")));
        keys.extend(Cause::ALL.iter().flat_map(|c| [format!("cause.{c}"), format!("late.{c}")]));
        keys.extend(GrantStatus::ALL.iter().map(|s| format!("grant.{s}")));
        keys.extend(NoticeState::ALL.iter().map(|s| format!("state.{}", s.as_str())));
        keys.extend(Reason::ALL.iter().map(|r| format!("reason.{r}")));
        keys.extend(Trouble::ALL.iter().map(|t| format!("trouble.{t}")));
        keys.extend(PromiseSource::ALL.iter().map(|s| format!("promise.{s}")));
        keys.extend(Matter::ALL.iter().flat_map(|m| [format!("matter.{m}"), format!("matter.{m}.advice")]));
        keys.extend(Outcome::ALL.iter().map(|o| format!("outcome.{o}")));
        keys.extend(Ending::ALL.iter().map(|e| format!("ending.{e}")));
        let set_aside = [UNFOLDABLE, UNREADABLE, UNDECIDABLE, Reason::TooManyEvents.as_str()];
        keys.extend(set_aside.map(|why| format!("parked.{why}")));
        let missing: Vec<_> = keys.iter().filter(|k| !catalogue(Language::English).contains_key(*k)).collect();
        assert_eq!(missing, Vec::<&String>::new());
    }
}
