//! One vendor's words, from its data file.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::{Meaning, Vocabulary};
use crate::calendar::Days;

/// A data file as it is written: meanings with their words, in the vendor's spelling.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "whose file it is and where it comes from is for a test and for people")
)]
pub(super) struct File {
    pub(super) vocabulary: Vocabulary,
    detail: Detail,
    /// Where the words and what they stand for come from.
    pub(super) source: String,
    /// The day that was read.
    pub(super) read_on: Days,
    pub(super) words: BTreeMap<Meaning, Vec<String>>,
}

/// How a vendor's words for details show their main word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Detail {
    /// They do not: each word stands for itself.
    None,
    /// It stands before an underscore.
    Underscore,
    /// It stands before a slash.
    Slash,
    /// Digits follow it.
    Digits,
}

impl Detail {
    fn main_word(self, word: &str) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Underscore => word.split_once('_').map(|(main, _)| main),
            Self::Slash => word.split_once('/').map(|(main, _)| main),
            Self::Digits => Some(word.trim_end_matches(|c: char| c.is_ascii_digit())).filter(|main| *main != word),
        }
    }
}

/// A file made ready for looking up.
#[derive(Debug)]
pub(super) struct Dictionary {
    detail: Detail,
    meanings: BTreeMap<String, Meaning>,
}

impl Dictionary {
    fn new(file: &File) -> Self {
        let each = file.words.iter().flat_map(|(meaning, words)| words.iter().map(|word| (plain(word), *meaning)));
        Self { detail: file.detail, meanings: each.collect() }
    }

    pub(super) fn meaning(&self, word: &str) -> Option<Meaning> {
        let word = plain(word);
        let main = || self.detail.main_word(&word).and_then(|main| self.meanings.get(main));
        self.meanings.get(&word).or_else(main).copied()
    }
}

/// Vendors write the same word in capitals in one interface and small in another.
pub(super) fn plain(word: &str) -> String {
    word.trim().to_ascii_lowercase()
}

/// The words of `vocabulary`.
pub(super) fn of(vocabulary: Vocabulary) -> &'static Dictionary {
    static ALL: LazyLock<BTreeMap<Vocabulary, Dictionary>> =
        LazyLock::new(|| Vocabulary::ALL.iter().map(|name| (*name, Dictionary::new(&file(*name)))).collect());
    &ALL[&vocabulary]
}

#[expect(clippy::expect_used, reason = "the files are part of the program, and a test reads each of them")]
pub(super) fn file(vocabulary: Vocabulary) -> File {
    let text = match vocabulary {
        Vocabulary::Aftership => include_str!("words/aftership.toml"),
        Vocabulary::Easypost => include_str!("words/easypost.toml"),
        Vocabulary::Shopify => include_str!("words/shopify.toml"),
        Vocabulary::Seventeen => include_str!("words/17track.toml"),
        Vocabulary::Kuaidi100 => include_str!("words/kuaidi100.toml"),
        Vocabulary::Kdniao => include_str!("words/kdniao.toml"),
        Vocabulary::Trackingmore => include_str!("words/trackingmore.toml"),
        Vocabulary::Shipcloud => include_str!("words/shipcloud.toml"),
    };
    toml::from_str(text).expect("a vocabulary of this program is good TOML")
}
