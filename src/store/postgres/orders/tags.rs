//! What an order is found by when there may be several of it.

use std::collections::BTreeSet;

use crate::store::port::OrderIndex;

/// Stands between names that travel in one text; no id holds a control character.
pub(super) const BETWEEN: &str = "\u{1f}";

/// A sort of name and the name.
pub(in crate::store::postgres) type Tag = (&'static str, String);

/// The tags of an order. An article or a region leads only to open orders, so that orders at rest cost a sweep
/// nothing; a carrier leads to every order that names it.
pub(super) fn of(index: &OrderIndex) -> BTreeSet<Tag> {
    let carriers = index.carriers.iter().map(|c| ("carrier", c.to_string()));
    let regions = index.regions.iter().filter(|_| index.open).map(|r| ("region", r.to_string()));
    let skus = index.open_skus.iter().filter(|_| index.open).map(|s| ("sku", s.to_string()));
    carriers.chain(regions).chain(skus).collect()
}

/// `names` as one text.
pub(super) fn joined<T: std::fmt::Display>(names: &[T]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(BETWEEN)
}
