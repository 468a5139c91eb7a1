//! Takes a policy document apart: the base and the overrides that are laid over it.

use std::collections::BTreeMap;

use figment::value::{Dict, Value};
use forewarn_core::policy::{Policy, Trust};

use super::form;
use super::problem::PolicyProblem;
use crate::config::document::{Document, KeyPath};
use crate::config::explain::explain;
use crate::config::form::Form;
use crate::config::reading::{Flaw, Misread, read};

/// Longest text taken, in bytes. Our estimate: some thousand shops with an override each.
const TEXT_BYTES_MAX: usize = 1024 * 1024;
pub(super) const PLATFORM: &str = "platform";
pub(super) const MERCHANT: &str = "merchant";
pub(super) const WAREHOUSE: &str = "warehouse";
const PROFILE: &str = "profile";

/// A document as layers, each of which can be read on its own.
#[derive(Clone, Debug, Default)]
pub(super) struct Layers {
    /// What holds for everybody.
    pub(super) base: Dict,
    /// What holds on a platform.
    pub(super) platforms: BTreeMap<String, Dict>,
    /// What holds for a shop.
    pub(super) merchants: BTreeMap<String, MerchantLayer>,
    document: Document,
}

/// What holds for one shop.
#[derive(Clone, Debug, Default)]
pub(super) struct MerchantLayer {
    /// Everywhere.
    pub(super) own: Dict,
    /// In a warehouse.
    pub(super) warehouses: BTreeMap<String, Dict>,
}

/// One layer with the way to it in the document.
pub(super) struct Layer<'l> {
    pub(super) way: KeyPath,
    pub(super) dict: &'l Dict,
}

impl Layers {
    /// Reads a text.
    ///
    /// # Errors
    /// Every fault of syntax, name and value.
    pub(super) fn read(text: &str) -> Result<Self, Vec<PolicyProblem>> {
        if text.len() > TEXT_BYTES_MAX {
            let message = ("the text is larger than 1 MiB", "文本超过 1 MiB");
            return Err(vec![PolicyProblem::new(None, "", message, ("shorten it", "请缩短"))]);
        }
        let (document, syntax) = Document::parse(text);
        if !syntax.is_empty() {
            let problem = |fault: &crate::config::document::SyntaxFault| {
                let message = (format!("is not TOML ({})", fault.what), format!("不是合法的 TOML({})", fault.what));
                PolicyProblem::new(Some(fault.line), "", message, ("correct the line", "请改正这一行"))
            };
            // What stands around a broken line may only seem wrong, so nothing else is said yet.
            return Err(syntax.iter().map(problem).collect());
        }
        let (layers, mut problems) = Self::take_apart(document);
        for layer in layers.all() {
            problems.extend(layers.misread(&layer));
        }
        problems.sort_by(|a, b| (a.line, &a.key).cmp(&(b.line, &b.key)));
        if problems.is_empty() { Ok(layers) } else { Err(problems) }
    }

    /// Every layer, the base first.
    pub(super) fn all(&self) -> impl Iterator<Item = Layer<'_>> {
        let base = std::iter::once(Layer { way: Vec::new(), dict: &self.base });
        let platforms = self.platforms.iter().map(|(name, dict)| Layer { way: way([PLATFORM, name]), dict });
        let merchants = self.merchants.iter().flat_map(|(id, layer)| {
            let own = std::iter::once(Layer { way: way([MERCHANT, id]), dict: &layer.own });
            let inner = layer.warehouses.iter();
            own.chain(inner.map(move |(name, dict)| Layer { way: way([MERCHANT, id, WAREHOUSE, name]), dict }))
        });
        base.chain(platforms).chain(merchants)
    }

    /// The most that any layer trusts platform profiles.
    pub(super) fn trust(&self) -> Trust {
        let of = |layer: Layer<'_>| Some(read::<Policy>(layer.dict).ok()?.profile.trust);
        let named = self.all().filter(|layer| layer.dict.contains_key(PROFILE)).filter_map(of);
        named.chain([Trust::default()]).max().unwrap_or_default()
    }

    /// The base.
    pub(super) fn base_layer(&self) -> Layer<'_> {
        Layer { way: Vec::new(), dict: &self.base }
    }

    /// The line of a key, or of the nearest section around it.
    pub(super) fn line(&self, path: &[String]) -> Option<usize> {
        self.document.line(path)
    }

    fn take_apart(document: Document) -> (Self, Vec<PolicyProblem>) {
        let mut taking = Taking { document: &document, problems: Vec::new() };
        let mut base = document.root.clone();
        let platforms = taking.tables(&mut base, &[PLATFORM.to_owned()]);
        let mut merchants = BTreeMap::new();
        for (id, mut own) in taking.tables(&mut base, &[MERCHANT.to_owned()]) {
            let warehouses = taking.tables(&mut own, &way([MERCHANT, &id, WAREHOUSE]));
            merchants.insert(id, MerchantLayer { own, warehouses });
        }
        let problems = taking.problems;
        (Self { base, platforms, merchants, document }, problems)
    }

    fn misread(&self, layer: &Layer<'_>) -> Vec<PolicyProblem> {
        let found = read::<Policy>(layer.dict).err().unwrap_or_default();
        found.into_iter().map(|misread| self.problem(&layer.way, misread)).collect()
    }

    fn problem(&self, way: &[String], misread: Misread) -> PolicyProblem {
        let further: &[&str] = match (way.len(), misread.path.len()) {
            (0, 1) => &[PLATFORM, MERCHANT],
            (2, 1) if way.first().is_some_and(|first| first == MERCHANT) => &[WAREHOUSE],
            _ => &[],
        };
        let form = form::of(&misread.path);
        let path: KeyPath = way.iter().chain(&misread.path).cloned().collect();
        let line = self.line(&path);
        PolicyProblem::explained(line, explain(Misread { path, ..misread }, form, further, false))
    }
}

struct Taking<'d> {
    document: &'d Document,
    problems: Vec<PolicyProblem>,
}

impl Taking<'_> {
    /// Takes the section at the end of `path` out of `dict` and gives the tables in it by their names.
    fn tables(&mut self, dict: &mut Dict, path: &[String]) -> BTreeMap<String, Dict> {
        let Some(section) = path.last().and_then(|last| dict.remove(last)) else {
            return BTreeMap::new();
        };
        let Value::Dict(_, named) = section else {
            self.not_a_table(path);
            return BTreeMap::new();
        };
        let mut tables = BTreeMap::new();
        for (name, value) in named {
            match value {
                Value::Dict(_, table) => {
                    tables.insert(name, table);
                }
                _ => self.not_a_table(&[path, &[name]].concat()),
            }
        }
        tables
    }

    fn not_a_table(&mut self, path: &[String]) {
        let flaw = Flaw::Wrong { why: "a section is wanted here".into() };
        let path = path.to_vec();
        let line = self.document.line(&path);
        self.problems.push(PolicyProblem::explained(line, explain(Misread { path, flaw }, Form::Table, &[], false)));
    }
}

/// The way to a layer.
pub(super) fn way<const N: usize>(parts: [&str; N]) -> KeyPath {
    parts.map(str::to_owned).to_vec()
}
