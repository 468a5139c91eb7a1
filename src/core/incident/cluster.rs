//! Finds clusters among orders that turned at risk.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::{Facet, Turning, count};
use crate::OrderKey;
use crate::cause::Cause;
use crate::ids::MerchantId;
use crate::instant::Instant;
use crate::policy::{Incidents, Ppm};

/// From this evidence on a narrower facet is told and not what all have in common. Our choice: were the orders spread by
/// chance, one facet in five thousand would show as much (half of a chi-squared of 14), so of fifty hardly ever one.
const EVIDENCE_MIN: f64 = 7.0;

/// What is known of orders that share a facet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// How many usually turn at risk within the window; `None`: nobody knows yet.
    pub usual: Option<u64>,
    /// How many are open now.
    pub open: u64,
}

/// Orders that turned at risk together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// Whose.
    pub merchant_id: MerchantId,
    /// What they share.
    pub facet: Facet,
    /// The orders, ascending.
    pub orders: Vec<OrderKey>,
    /// When the first of them turned.
    pub since: Instant,
    /// How many usually do.
    pub usual: u64,
    /// How many orders that share the facet are open.
    pub open: u64,
    /// What most of them were thought to wait for.
    pub cause: Cause,
}

/// The clusters of `merchant` among `turned`, orders that turned at risk within the window and belong to no incident yet;
/// those of conditions count nowhere. `known` says what is usual of a facet and is asked for few of them.
///
/// Of the facets shared by enough orders that one is taken in which they crowd most, measured as the spatial scan
/// statistic does (Kulldorff 1997): the logarithm of how much better a rate of its own for the facet explains the orders
/// than one rate for all open orders of the shop. Where no facet stands out, it is what most of them have in common. Its
/// orders are set aside and what is left is looked at again, so that one cause opens one incident and two causes open
/// two. The order of `turned` does not matter.
///
/// # Errors
/// Whatever `known` answers.
pub fn clusters<E>(
    merchant: &MerchantId,
    turned: &[Turning],
    rules: &Incidents,
    mut known: impl FnMut(&Facet) -> Result<Known, E>,
) -> Result<Vec<Cluster>, E> {
    if rules.orders == 0 {
        return Ok(Vec::new());
    }
    let unexplained = |turning: &&Turning| turning.condition.is_none() && turning.key.merchant_id == *merchant;
    let mut left: BTreeMap<&OrderKey, &Turning> =
        turned.iter().filter(unexplained).map(|turning| (&turning.key, turning)).collect();
    let mut asked: BTreeMap<&Facet, Known> = BTreeMap::new();
    let mut found = Vec::new();
    loop {
        let candidates = candidates(&left, rules, &mut asked, &mut known)?;
        if candidates.is_empty() {
            return Ok(found);
        }
        let shop = *asked.entry(&Facet::Shop).or_insert(known(&Facet::Shop)?);
        let Some(best) = best(&candidates, left.len(), shop.open) else { return Ok(found) };
        let cluster = told(merchant, best, &left);
        for key in &cluster.orders {
            left.remove(key);
        }
        found.push(cluster);
    }
}

/// A facet that enough orders share.
struct Candidate<'a> {
    facet: &'a Facet,
    orders: BTreeSet<&'a OrderKey>,
    usual: u64,
    open: u64,
}

fn candidates<'a, E>(
    left: &BTreeMap<&'a OrderKey, &'a Turning>,
    rules: &Incidents,
    asked: &mut BTreeMap<&'a Facet, Known>,
    known: &mut impl FnMut(&Facet) -> Result<Known, E>,
) -> Result<Vec<Candidate<'a>>, E> {
    let mut shared: BTreeMap<&'a Facet, BTreeSet<&'a OrderKey>> = BTreeMap::new();
    for (key, turning) in left {
        for facet in &turning.facets {
            shared.entry(facet).or_default().insert(key);
        }
    }
    let mut found = Vec::new();
    for (facet, orders) in shared {
        let n = count(orders.len());
        if n < u64::from(rules.orders) {
            continue;
        }
        let Known { usual, open } = match asked.get(facet) {
            Some(known) => *known,
            None => *asked.entry(facet).or_insert(known(facet)?),
        };
        let Some(usual) = usual else { continue };
        if n >= usual.saturating_mul(u64::from(rules.times)) && is_share(n, open, rules.share) {
            found.push(Candidate { facet, orders, usual, open });
        }
    }
    Ok(found)
}

/// Whether `n` are at least `share` of `open`.
fn is_share(n: u64, open: u64, share: Ppm) -> bool {
    n.saturating_mul(1_000_000) >= open.saturating_mul(u64::from(share.ppm()))
}

/// Where they crowd most, else what most of them share, named as narrowly as it can be.
fn best<'c, 'a>(candidates: &'c [Candidate<'a>], turned: usize, open: u64) -> Option<&'c Candidate<'a>> {
    let scored = candidates.iter().map(|candidate| (evidence(candidate, turned, open), candidate));
    let crowded = scored.filter(|(evidence, _)| *evidence >= EVIDENCE_MIN).rev().max_by(|a, b| a.0.total_cmp(&b.0));
    let shared = || candidates.iter().min_by_key(|c| (Reverse(c.orders.len()), c.open, c.facet));
    crowded.map(|(_, candidate)| candidate).or_else(shared)
}

/// How much better it is explained by a rate of its own that so many of the `turned` orders are among its open ones, of
/// `open` in the shop; 0 where they are no more than their share.
#[expect(clippy::cast_precision_loss, reason = "counts of orders stay far below 2^53")]
fn evidence(candidate: &Candidate<'_>, turned: usize, open: u64) -> f64 {
    let (n, all) = (candidate.orders.len() as f64, turned as f64);
    let expected = all * candidate.open.min(open) as f64 / open.max(1) as f64;
    if n <= expected {
        return 0.0;
    }
    let part = |seen: f64, expected: f64| if seen > 0.0 { seen * libm::log(seen / expected) } else { 0.0 };
    // Orders that were shipped since are no longer open, so that nothing may be expected at all.
    part(n, expected.max(0.5)) + part(all - n, (all - expected).max(0.5))
}

fn told(merchant: &MerchantId, candidate: &Candidate<'_>, left: &BTreeMap<&OrderKey, &Turning>) -> Cluster {
    let turnings = || candidate.orders.iter().filter_map(|key| left.get(*key));
    let mut causes: BTreeMap<Cause, usize> = BTreeMap::new();
    turnings().for_each(|turning| *causes.entry(turning.cause).or_default() += 1);
    // Of equally frequent causes the one that is looked for first.
    let cause = causes.into_iter().rev().max_by_key(|(_, n)| *n).map_or(Cause::WarehouseQueue, |(cause, _)| cause);
    let first = turnings().map(|turning| turning.at).min();
    Cluster {
        merchant_id: merchant.clone(),
        facet: candidate.facet.clone(),
        since: first.unwrap_or(Instant::from_ms(0)),
        usual: candidate.usual,
        open: candidate.open,
        orders: candidate.orders.iter().map(|key| (*key).clone()).collect(),
        cause,
    }
}
