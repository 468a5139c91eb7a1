//! A TOML text as a tree of values that still knows the line of every key.

use std::collections::BTreeMap;

use figment::value::{Dict, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The way from the root to a key; elements of a list are named by their number, from 0.
pub(crate) type KeyPath = Vec<String>;

/// A text that was read, as far as its syntax allowed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Document {
    /// The values.
    pub(crate) root: Dict,
    lines: BTreeMap<KeyPath, usize>,
}

/// A place where the text is not TOML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyntaxFault {
    /// The line, from 1.
    pub(crate) line: usize,
    /// What the parser says about it, in English.
    pub(crate) what: String,
}

impl Document {
    /// Reads as much as can be read, and every place that cannot.
    pub(crate) fn parse(text: &str) -> (Self, Vec<SyntaxFault>) {
        let (table, errors) = DeTable::parse_recoverable(text);
        let starts = LineStarts::of(text);
        let mut document = Self::default();
        let mut path = KeyPath::new();
        document.root = document.table(table.get_ref(), &starts, &mut path);
        let fault = |error: &toml::de::Error| SyntaxFault {
            line: starts.line(error.span().map_or(text.len(), |span| span.start)),
            what: error.message().to_owned(),
        };
        (document, errors.iter().map(fault).collect())
    }

    /// The line of a key, or of the nearest table around it that the text names.
    pub(crate) fn line(&self, path: &[String]) -> Option<usize> {
        let mut ways = (1..=path.len()).rev().filter_map(|n| path.get(..n));
        ways.find_map(|way| self.lines.get(way)).copied()
    }

    /// The paths of all keys the text gives, sections included.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &KeyPath> {
        self.lines.keys()
    }

    fn table(&mut self, table: &DeTable<'_>, starts: &LineStarts, path: &mut KeyPath) -> Dict {
        let mut dict = Dict::new();
        for (key, value) in table {
            path.push(key.get_ref().to_string());
            self.lines.insert(path.clone(), starts.line(key.span().start));
            let value = self.value(value, starts, path);
            path.pop();
            dict.insert(key.get_ref().to_string(), value);
        }
        dict
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, starts: &LineStarts, path: &mut KeyPath) -> Value {
        match value.get_ref() {
            DeValue::String(text) => Value::from(text.as_ref()),
            DeValue::Boolean(flag) => Value::from(*flag),
            DeValue::Integer(number) => {
                let parsed = i64::from_str_radix(number.as_str(), number.radix());
                // A number past 64 bits fits no key there is; as text it is refused with its line.
                parsed.map_or_else(|_| Value::from(number.to_string()), Value::from)
            }
            DeValue::Float(number) => {
                let parsed = number.as_str().parse::<f64>();
                parsed.map_or_else(|_| Value::from(number.to_string()), Value::from)
            }
            DeValue::Datetime(moment) => Value::from(moment.to_string()),
            DeValue::Table(table) => Value::from(self.table(table, starts, path)),
            DeValue::Array(items) => {
                let mut values = Vec::with_capacity(items.len());
                for (n, item) in items.iter().enumerate() {
                    path.push(n.to_string());
                    self.lines.insert(path.clone(), starts.line(item.span().start));
                    values.push(self.value(item, starts, path));
                    path.pop();
                }
                Value::from(values)
            }
        }
    }
}

/// A path from its parts.
pub(crate) fn owned(path: &[&str]) -> KeyPath {
    path.iter().map(|part| (*part).to_owned()).collect()
}

/// The table at the end of the path.
pub(crate) fn dict_at<'d>(dict: &'d mut Dict, path: &[String]) -> Option<&'d mut Dict> {
    path.iter().try_fold(dict, |dict, part| match dict.get_mut(part) {
        Some(Value::Dict(_, inner)) => Some(inner),
        _ => None,
    })
}

/// The value at the end of the path.
pub(crate) fn slot<'d>(dict: &'d mut Dict, path: &[String]) -> Option<&'d mut Value> {
    let (last, way) = path.split_last()?;
    dict_at(dict, way)?.get_mut(last)
}

/// The dotted form of a path, as it is written in TOML: `shop."a.b".name`, `compensation.ladder[2]`.
pub(crate) fn dotted(path: &[String]) -> String {
    let mut text = String::new();
    for (n, part) in path.iter().enumerate() {
        let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let is_index = n > 0 && part.bytes().all(|b| b.is_ascii_digit()) && !part.is_empty();
        match part {
            index if is_index && list_at(path.get(..n)) => text.push_str(&format!("[{index}]")),
            _ => {
                if n > 0 {
                    text.push('.');
                }
                if !part.is_empty() && part.chars().all(bare) {
                    text.push_str(part);
                } else {
                    text.push_str(&format!("{part:?}"));
                }
            }
        }
    }
    text
}

/// Whether the key at this path holds a list; ids of shops may be numbers as well.
fn list_at(path: Option<&[String]>) -> bool {
    let last = path.and_then(<[String]>::last).map(String::as_str);
    matches!(last, Some("ladder" | "order"))
}

/// Where each line begins, in bytes.
struct LineStarts(Vec<usize>);

impl LineStarts {
    fn of(text: &str) -> Self {
        let after = text.match_indices('\n').map(|(at, _)| at + 1);
        Self(std::iter::once(0).chain(after).collect())
    }

    /// The line, from 1, that holds the byte at `offset`.
    fn line(&self, offset: usize) -> usize {
        self.0.partition_point(|start| *start <= offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(dotted: &str) -> KeyPath {
        dotted.split('.').map(str::to_owned).collect()
    }

    #[test]
    fn every_key_knows_its_line() {
        let text = "[warn]\nlead = \"24h\"\n\n[[compensation.ladder]]\nkind = \"x\"\n\
                    [[compensation.ladder]]\ncoupon = 5\n";
        let (document, faults) = Document::parse(text);
        assert_eq!(faults, []);
        assert_eq!(document.line(&path("warn.lead")), Some(2));
        assert_eq!(document.line(&path("warn.risk")), Some(1), "its table");
        assert_eq!(document.line(&path("compensation.ladder.1.coupon")), Some(7));
        assert_eq!(document.line(&path("quote")), None);
    }

    #[test]
    fn all_syntax_faults_are_found_at_once() {
        let (document, faults) = Document::parse("a = \nb = 1\nc = \"open\nd = 2\n");
        let lines: Vec<_> = faults.iter().map(|fault| fault.line).collect();
        assert!(lines.contains(&1) && lines.contains(&3), "{faults:?}");
        assert!(document.paths().any(|given| *given == path("b")));
    }

    #[test]
    fn a_path_is_written_as_toml_writes_it() {
        assert_eq!(dotted(&path("compensation.ladder.0.coupon")), "compensation.ladder[0].coupon");
        assert_eq!(dotted(&path("shop.1001.name")), "shop.1001.name");
        assert_eq!(dotted(&["shop".to_owned(), "a b".to_owned()]), "shop.\"a b\"");
    }
}
