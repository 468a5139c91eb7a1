//! One compensation decision for orders of one buyer that are told of in one message.

use crate::money::Money;

/// Why a grant gave way: another one of the same message stands for it. The contract's word for a joined message.
pub const MERGED: &str = "merged";

/// A grant that counts against the caps, among those of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stake {
    /// How much.
    pub money: Money,
    /// Whether the coupon system was asked for it: then it can no longer be taken back.
    pub asked: bool,
}

/// Which of `stakes` stand, in their order: those that were asked for; if none was, the largest one, the first among
/// equals. Amounts of different currencies do not compare, so each currency has its own.
pub fn standing(stakes: &[Stake]) -> Vec<bool> {
    let stands = |(n, mine): (usize, &Stake)| {
        let rivals = stakes.iter().enumerate().filter(|(_, other)| other.money.currency == mine.money.currency);
        let beats = |(m, other): (usize, &Stake)| {
            let more = other.money.amount.cmp(&mine.money.amount);
            other.asked || more.is_gt() || (more.is_eq() && m < n)
        };
        mine.asked || !rivals.filter(|(m, _)| *m != n).any(beats)
    };
    stakes.iter().enumerate().map(stands).collect()
}
