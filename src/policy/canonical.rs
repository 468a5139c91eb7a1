//! The version of a policy: a hash of what it says, not of how it is written.

use figment::value::{Dict, Value};
use forewarn_core::digest;
use forewarn_core::policy::Policy;

use super::layers::{Layers, way};
use super::profiles;
use crate::config::document::{KeyPath, dotted};
use crate::config::reading::read;

/// The hash over every value of the base, written out or not, every value an override gives and every figure of a profile
/// that counts, each in the one form its type prints: `"24h"` and `"1d"` are the same.
pub(super) fn version(layers: &Layers, base: &Policy) -> String {
    let mut lines = Vec::new();
    flatten(&without_younger(printed(base)), &mut KeyPath::new(), &mut lines);
    for mut layer in layers.all().skip(1) {
        let Ok(policy) = read::<Policy>(layer.dict) else {
            continue;
        };
        let given = given(printed(&policy), layer.dict);
        flatten(&given, &mut layer.way, &mut lines);
    }
    for platform in profiles::speaking(layers.trust()) {
        for (n, paid) in profiles::turns(platform, layers.trust()).into_iter().enumerate() {
            let figures = profiles::layer(platform, layers.trust(), paid).unwrap_or_default();
            let mut path = way(["profile", platform]);
            path.extend((n > 0).then(|| paid.to_string()));
            flatten(&Value::from(figures), &mut path, &mut lines);
        }
    }
    let parts: Vec<&str> = lines.iter().map(String::as_str).collect();
    digest::of(&parts)
}

fn printed(policy: &Policy) -> Value {
    // Text, numbers, lists and tables are all a policy is made of, and all of them can be held.
    Value::serialize(policy).unwrap_or_else(|_| Value::from(Dict::new()))
}

/// Sections and keys the language did not have from the beginning.
const YOUNGER: [&[&str]; 16] = [
    &["delivery"],
    &["calendar"],
    &["quote", "hours"],
    &["notices"],
    &["profile"],
    &["compensation", "allowed"],
    &["limits", "per_kind_day"],
    &["limits", "per_order_day"],
    &["holdout", "per_day"],
    &["urgent"],
    &["expedite"],
    &["penalty"],
    &["incidents"],
    &["parcels"],
    &["promise", "renegotiate_before"],
    &["promise", "renegotiations_max"],
];

/// What is younger says nothing while it is as before it was there: policies that were written without it keep the
/// version under which decisions are on record.
fn without_younger(base: Value) -> Value {
    let defaults = printed(&Policy::default());
    YOUNGER.iter().fold(base, |base, path| without_default(base, &defaults, path))
}

/// `all` without what stands at `path`, if it is the default.
fn without_default(all: Value, defaults: &Value, path: &[&str]) -> Value {
    let (Value::Dict(tag, mut all), Some((first, rest)), Value::Dict(_, defaults)) =
        (all, path.split_first(), defaults)
    else {
        return Value::from(Dict::new());
    };
    if let (Some(value), Some(default)) = (all.remove(*first), defaults.get(*first)) {
        if !rest.is_empty() {
            all.insert((*first).to_owned(), without_default(value, default, rest));
        } else if value != *default {
            all.insert((*first).to_owned(), value);
        }
    }
    Value::Dict(tag, all)
}

/// Of all values, those the layer gives itself.
fn given(all: Value, layer: &Dict) -> Value {
    let Value::Dict(tag, all) = all else {
        return all;
    };
    let kept = all.into_iter().filter_map(|(key, value)| match layer.get(&key)? {
        Value::Dict(_, inner) => Some((key, given(value, inner))),
        _ => Some((key, value)),
    });
    Value::Dict(tag, kept.collect())
}

/// One line a value, with the way to it.
fn flatten(value: &Value, path: &mut KeyPath, lines: &mut Vec<String>) {
    match value {
        Value::Dict(_, dict) => {
            for (key, value) in dict {
                within(key.clone(), value, path, lines);
            }
        }
        Value::Array(_, items) => {
            // An empty list says something too: nothing is given.
            lines.push(format!("{}#{}", dotted(path), items.len()));
            for (n, value) in items.iter().enumerate() {
                within(n.to_string(), value, path, lines);
            }
        }
        scalar => {
            let text = serde_json::to_string(scalar).unwrap_or_default();
            lines.push(format!("{}={text}", dotted(path)));
        }
    }
}

fn within(name: String, value: &Value, path: &mut KeyPath, lines: &mut Vec<String>) {
    path.push(name);
    flatten(value, path, lines);
    path.pop();
}
