//! Lays overrides over each other and over platform profiles, and keeps the outcome of every combination that differs.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use figment::value::{Dict, Value};
use forewarn_core::Instant;
use forewarn_core::policy::{Policy, PolicyFault};

use super::layers::{Layer, Layers, MERCHANT, PLATFORM, WAREHOUSE, way};
use super::problem::PolicyProblem;
use super::profiles;
use super::translate;
use crate::config::document::{KeyPath, dotted};
use crate::config::explain::{Explained, explain};
use crate::config::form::Form;
use crate::config::reading::read;

/// Combinations kept at most. Our estimate: some 40 MB.
const COMBINATIONS_MAX: usize = 40_000;

/// The policy of every combination.
#[derive(Clone, Debug, Default)]
pub(super) struct Resolved {
    /// Without any override.
    pub(super) base: Arc<Policy>,
    anywhere: ByPlatform,
    merchants: BTreeMap<String, ByWarehouse>,
}

#[derive(Clone, Debug, Default)]
struct ByWarehouse {
    own: ByPlatform,
    warehouses: BTreeMap<String, ByPlatform>,
}

#[derive(Clone, Debug, Default)]
struct ByPlatform {
    plain: Arc<Policy>,
    /// By when an order was paid: each holds from its moment on.
    platforms: BTreeMap<String, BTreeMap<Instant, Arc<Policy>>>,
}

impl ByPlatform {
    fn all(&self) -> impl Iterator<Item = &Policy> {
        let platforms = self.platforms.values().flat_map(BTreeMap::values);
        std::iter::once(&self.plain).chain(platforms).map(Arc::as_ref)
    }

    /// What holds for an order paid at `paid`; without a payment, what holds on.
    fn get(&self, platform: Option<&str>, paid: Option<Instant>) -> &Arc<Policy> {
        let over_time = platform.and_then(|name| self.platforms.get(name));
        let until = paid.map_or(Bound::Unbounded, Bound::Included);
        let newest = over_time.and_then(|all| all.range((Bound::Unbounded, until)).next_back());
        newest.map_or(&self.plain, |(_, policy)| policy)
    }
}

impl Resolved {
    /// Resolves every combination.
    ///
    /// # Errors
    /// Every rule that does not hold in one of them.
    pub(super) fn of(layers: &Layers) -> Result<Self, Vec<PolicyProblem>> {
        let mut resolving = Resolving { layers, problems: Vec::new(), seen: BTreeSet::new() };
        resolving.check_size();
        if !resolving.problems.is_empty() {
            return Err(resolving.problems);
        }
        let anywhere = resolving.by_platform(&[]);
        let mut merchants = BTreeMap::new();
        for (id, layer) in &layers.merchants {
            let own = Layer { way: way([MERCHANT, id]), dict: &layer.own };
            let mut warehouses = BTreeMap::new();
            let policies = resolving.by_platform(&[&own]);
            for (name, dict) in &layer.warehouses {
                let inner = Layer { way: way([MERCHANT, id, WAREHOUSE, name]), dict };
                warehouses.insert(name.clone(), resolving.by_platform(&[&own, &inner]));
            }
            merchants.insert(id.clone(), ByWarehouse { own: policies, warehouses });
        }
        if resolving.problems.is_empty() {
            Ok(Self { base: Arc::clone(&anywhere.plain), anywhere, merchants })
        } else {
            resolving.problems.sort_by(|a, b| (a.line, &a.key).cmp(&(b.line, &b.key)));
            Err(resolving.problems)
        }
    }

    /// Every combination's policy, the base first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Policy> {
        let shops = self.merchants.values();
        let inner = shops.flat_map(|shop| std::iter::once(&shop.own).chain(shop.warehouses.values()));
        std::iter::once(&self.anywhere).chain(inner).flat_map(ByPlatform::all)
    }

    /// The policy of one combination for an order paid at `paid`.
    pub(super) fn get(
        &self,
        platform: Option<&str>,
        merchant: &str,
        warehouse: Option<&str>,
        paid: Option<Instant>,
    ) -> &Arc<Policy> {
        let here = match self.merchants.get(merchant) {
            None => &self.anywhere,
            Some(shop) => warehouse.and_then(|name| shop.warehouses.get(name)).unwrap_or(&shop.own),
        };
        here.get(platform, paid)
    }
}

struct Resolving<'l> {
    layers: &'l Layers,
    problems: Vec<PolicyProblem>,
    /// Faults already named, by place, key and words: an override inherits those of what it is laid over.
    seen: BTreeSet<(KeyPath, String)>,
}

impl Resolving<'_> {
    fn check_size(&mut self) {
        let inner = self.layers.merchants.values().map(|m| 1 + m.warehouses.len());
        let named = &self.layers.platforms;
        let known = profiles::speaking(self.layers.trust()).filter(|name| !named.contains_key(*name)).count();
        let size = (1 + named.len() + known) * (1 + inner.sum::<usize>());
        if size > COMBINATIONS_MAX {
            self.problems.push(PolicyProblem::new(
                None,
                "merchant",
                (
                    format!("the overrides combine to {size} policies, at most {COMBINATIONS_MAX} are kept"),
                    format!("各项覆盖组合成 {size} 份策略,最多允许 {COMBINATIONS_MAX} 份"),
                ),
                (
                    "move what shops have in common into the base or a platform",
                    "请把各店共有的设置移到基础部分或平台部分",
                ),
            ));
        }
    }

    /// The policies with `over` laid over each platform's; less specific layers come first.
    fn by_platform(&mut self, over: &[&Layer<'_>]) -> ByPlatform {
        let base = self.layers.base_layer();
        let with = |first: &[&Layer<'_>], profile: Option<&Dict>, this: &mut Self| {
            let stack: Vec<&Layer<'_>> = first.iter().chain(over).copied().collect();
            Arc::new(this.lay(&stack, profile))
        };
        let plain = with(&[&base], None, self);
        let mut platforms = BTreeMap::new();
        for (name, dict) in &self.layers.platforms {
            let platform = Layer { way: way([PLATFORM, name]), dict };
            let without = with(&[&base, &platform], None, self);
            let trust = without.profile.trust;
            let mut over_time = BTreeMap::new();
            for from in profiles::turns(name, trust) {
                let profile = profiles::layer(name, trust, from);
                let laid = profile.map(|profile| with(&[&base, &platform], Some(&profile), self));
                over_time.insert(from, laid.unwrap_or_else(|| Arc::clone(&without)));
            }
            platforms.insert(name.clone(), over_time);
        }
        let trust = plain.profile.trust;
        for name in profiles::speaking(trust).filter(|name| !self.layers.platforms.contains_key(*name)) {
            let turns = profiles::turns(name, trust).into_iter();
            let policy = |from| (from, with(&[&base], profiles::layer(name, trust, from).as_ref(), self));
            platforms.insert(name.to_owned(), turns.map(policy).collect());
        }
        ByPlatform { plain, platforms }
    }

    /// The policy of the layers, the least specific one first, over what a platform's profile says.
    fn lay(&mut self, stack: &[&Layer<'_>], profile: Option<&Dict>) -> Policy {
        let under = profile.cloned().unwrap_or_default();
        let merged = stack.iter().fold(under, |under, layer| merge(under, layer.dict));
        match read::<Policy>(&merged) {
            Ok(policy) => {
                for fault in policy.faults() {
                    self.note(stack, &fault);
                }
                policy
            }
            // Each layer could be read on its own, so this would be a fault of the laying itself.
            Err(misread) => {
                for one in misread {
                    let explained = explain(one, Form::Text, &[], false);
                    self.push(stack, explained);
                }
                Policy::default()
            }
        }
    }

    fn note(&mut self, stack: &[&Layer<'_>], fault: &PolicyFault) {
        let (message, remedy) = translate::fault(fault);
        let path: KeyPath = fault.key.replace('[', ".").replace(']', "").split('.').map(str::to_owned).collect();
        self.push(stack, Explained { key: dotted(&path), path, message, remedy, form: None });
    }

    /// Names a fault at the most specific layer that says anything about its section, unless it was named there.
    fn push(&mut self, stack: &[&Layer<'_>], explained: Explained) {
        let section = explained.path.first().cloned().unwrap_or_default();
        let owner = stack.iter().rev().find(|layer| layer.dict.contains_key(&section));
        let way = owner.map(|layer| layer.way.clone()).unwrap_or_default();
        // The same fault below is the one this layer inherited and only happens to stand beside.
        let inherited = stack.iter().any(|layer| {
            self.seen.contains(&([layer.way.as_slice(), &explained.path].concat(), explained.message.to_string()))
        });
        let path: KeyPath = [way.as_slice(), &explained.path].concat();
        if inherited || !self.seen.insert((path.clone(), explained.message.to_string())) {
            return;
        }
        let line = self.layers.line(&path);
        self.problems.push(PolicyProblem::new(line, dotted(&path), explained.message, explained.remedy));
    }
}

/// `over` laid over `under`, key by key; a list replaces the one below it.
pub(super) fn merge(mut under: Dict, over: &Dict) -> Dict {
    for (key, value) in over {
        let merged = match (under.remove(key), value) {
            (Some(Value::Dict(_, below)), Value::Dict(_, above)) => Value::from(merge(below, above)),
            _ => value.clone(),
        };
        under.insert(key.clone(), merged);
    }
    under
}
