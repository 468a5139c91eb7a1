//! Reads a tree of values into a type and names every fault in it, where serde alone stops at the first.
//!
//! A value that is at fault is noted and taken out, and the rest is read again, until nothing more is
//! found. The repaired tree is never used for anything: one fault, and there is no result.

use std::collections::{BTreeMap, BTreeSet};

use figment::error::Kind;
use figment::value::{Dict, Value};
use serde::de::DeserializeOwned;

use super::document::KeyPath;

/// Faults listed at most; a text with more of them is not of our kind at all.
const MAX_FLAWS: usize = 200;

/// One fault and where it is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Misread {
    /// The key at fault.
    pub(crate) path: KeyPath,
    /// What is wrong with it.
    pub(crate) flaw: Flaw,
}

/// What can be wrong with a key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Flaw {
    /// There is no such key.
    Unknown {
        /// The keys there are in its place.
        known: &'static [&'static str],
    },
    /// The key must be given.
    Missing,
    /// The value cannot be used.
    Wrong {
        /// Why, in English.
        why: String,
    },
}

/// Reads the tree.
///
/// # Errors
/// Every fault, in the order of the keys' names.
pub(crate) fn read<T: DeserializeOwned>(dict: &Dict) -> Result<T, Vec<Misread>> {
    let mut attempt = Attempt::of(dict);
    loop {
        match attempt.tree.deserialize::<T>() {
            Ok(read) if attempt.found.is_empty() => return Ok(read),
            Ok(_) => return Err(attempt.found),
            Err(error) => {
                if !attempt.set_aside(error) || attempt.found.len() >= MAX_FLAWS {
                    return Err(attempt.found);
                }
            }
        }
    }
}

struct Attempt {
    tree: Value,
    found: Vec<Misread>,
    /// Paths in the tree that were repaired once; a second error there takes out the table around them.
    repaired: BTreeSet<KeyPath>,
    /// Numbers of the elements taken out of each list, as the text counts them.
    taken: BTreeMap<KeyPath, BTreeSet<usize>>,
}

impl Attempt {
    fn of(dict: &Dict) -> Self {
        Self { tree: Value::from(dict.clone()), found: Vec::new(), repaired: BTreeSet::new(), taken: BTreeMap::new() }
    }

    /// Notes the fault and mends the tree so that reading can go on; `false` when it cannot.
    fn set_aside(&mut self, error: figment::Error) -> bool {
        let mut path = error.path;
        let flaw = match error.kind {
            Kind::UnknownField(_, known) => Flaw::Unknown { known },
            Kind::MissingField(name) => {
                path.push(name.into_owned());
                Flaw::Missing
            }
            // What is wanted instead is said by the key's form, in words for people.
            Kind::InvalidType(found, _) | Kind::InvalidValue(found, _) => Flaw::Wrong { why: format!("found {found}") },
            Kind::UnknownVariant(found, _) => Flaw::Wrong { why: format!("found \"{found}\"") },
            other => Flaw::Wrong { why: other.to_string() },
        };
        if path.is_empty() {
            self.found.push(Misread { path, flaw });
            return false;
        }
        let reported = self.as_written(&path);
        if !self.repaired.insert(reported.clone()) {
            path.pop();
            self.repaired.insert(self.as_written(&path));
            return !path.is_empty() && self.take_out(&path);
        }
        let missing = flaw == Flaw::Missing;
        self.found.push(Misread { path: reported, flaw });
        if missing { self.put_placeholder(&path) } else { self.take_out(&path) }
    }

    /// The path with the numbers of list elements as the text counts them.
    fn as_written(&self, path: &[String]) -> KeyPath {
        let mut written = KeyPath::new();
        for part in path {
            let part = match (self.taken.get(&written), part.parse::<usize>()) {
                (Some(taken), Ok(n)) => {
                    let shift = |n: usize, gone: &usize| if *gone <= n { n + 1 } else { n };
                    taken.iter().fold(n, shift).to_string()
                }
                _ => part.clone(),
            };
            written.push(part);
        }
        written
    }

    fn take_out(&mut self, path: &[String]) -> bool {
        let written = self.as_written(path);
        let Some((last, way)) = path.split_last() else {
            return false;
        };
        match at(&mut self.tree, way) {
            Some(Value::Dict(_, dict)) => dict.remove(last).is_some(),
            Some(Value::Array(_, items)) => {
                let Ok(n) = last.parse::<usize>() else {
                    return false;
                };
                if n >= items.len() {
                    return false;
                }
                items.remove(n);
                if let Some((Ok(number), list)) = written.split_last().map(|(last, list)| (last.parse(), list.to_vec()))
                {
                    self.taken.entry(list).or_default().insert(number);
                }
                true
            }
            _ => false,
        }
    }

    /// Every required key there is holds text; where it needs more than an empty one, the next round takes out the
    /// table around it.
    fn put_placeholder(&mut self, path: &[String]) -> bool {
        let Some((last, way)) = path.split_last() else {
            return false;
        };
        match at(&mut self.tree, way) {
            Some(Value::Dict(_, dict)) => {
                dict.insert(last.clone(), Value::from(""));
                true
            }
            _ => false,
        }
    }
}

fn at<'v>(tree: &'v mut Value, path: &[String]) -> Option<&'v mut Value> {
    path.iter().try_fold(tree, |value, part| match value {
        Value::Dict(_, dict) => dict.get_mut(part),
        Value::Array(_, items) => items.get_mut(part.parse::<usize>().ok()?),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::super::document::{Document, dotted};
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only reading is looked at")]
    struct Shelf {
        name: String,
        place: String,
        #[serde(default)]
        ladder: Vec<Step>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only reading is looked at")]
    struct Step {
        height: u32,
        colour: Option<String>,
    }

    fn faults(text: &str) -> Vec<(String, Flaw)> {
        let (document, syntax) = Document::parse(text);
        assert_eq!(syntax, []);
        let found = read::<Shelf>(&document.root).err().unwrap_or_default();
        let named = |misread: Misread| (dotted(&misread.path), misread.flaw);
        found.into_iter().map(named).collect()
    }

    #[test]
    fn a_good_text_is_read() {
        assert_eq!(faults("name = \"a\"\nplace = \"b\"\n[[ladder]]\nheight = 3"), []);
    }

    #[test]
    fn every_fault_is_named_once_and_in_its_own_place() {
        let text = "plaice = 1\n[[ladder]]\nheight = -1\n[[ladder]]\nheight = 2\n[[ladder]]\ncolour = 4\n\
                    [[ladder]]\nheight = \"x\"\nbreadth = 1";
        let keys: Vec<_> = faults(text).into_iter().map(|(key, _)| key).collect();
        let mut sorted = keys.clone();
        sorted.sort();
        let wanted = [
            "ladder[0].height",
            "ladder[2].colour",
            "ladder[2].height",
            "ladder[3].breadth",
            "ladder[3].height",
            "name",
            "place",
            "plaice",
        ];
        assert_eq!(sorted, wanted, "{keys:?}");
    }

    #[test]
    fn a_table_of_the_wrong_kind_is_one_fault() {
        let found = faults("name = \"a\"\nplace = \"b\"\nladder = 3");
        assert!(matches!(found.as_slice(), [(key, Flaw::Wrong { .. })] if key == "ladder"), "{found:?}");
    }
}
