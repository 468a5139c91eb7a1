//! What warnings are worth, as the overview shows it: orders warned beside those a holdout left unwarned.

use forewarn_core::Span;
use forewarn_core::policy::Ppm;
use forewarn_core::trial::Arm;

use crate::console::Speech;
use crate::store::port::TrialSum;

/// How far back it is counted.
pub(in crate::console) const OVER: Span = Span::hours(30 * 24);

/// One sort of orders.
pub(super) struct WorthRow {
    pub(super) label: String,
    pub(super) orders: String,
    pub(super) asked: String,
    pub(super) cancelled: String,
}

/// Both sorts; nothing while no order that was left unwarned has ended.
pub(super) fn rows(sums: &[(Arm, TrialSum)], t: &Speech) -> Vec<WorthRow> {
    if !sums.iter().any(|(arm, sum)| *arm == Arm::HeldOut && sum.ended > 0) {
        return Vec::new();
    }
    let share = |part: u64, of: u64| share(part, of).map_or_else(|| "–".into(), |share| t.percent(&share));
    let row = |(arm, sum): &(Arm, TrialSum)| WorthRow {
        label: t.name("arm", arm),
        orders: t.number(&sum.ended),
        asked: share(sum.asked, sum.ended),
        cancelled: share(sum.cancelled, sum.ended),
    };
    sums.iter().map(row).collect()
}

/// `part` of `of` (0-1); `None` of nothing.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub(in crate::console) fn share(part: u64, of: u64) -> Option<Ppm> {
    (of > 0).then(|| Ppm::from_f64(part as f64 / of as f64))
}
