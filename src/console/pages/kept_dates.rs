//! How many of the dates that buyers were told were kept, as the overview shows it.

use forewarn_core::cause::Cause;
use forewarn_core::ids::MerchantId;
use forewarn_core::policy::Ppm;

use crate::console::Speech;
use crate::console::visitor::Visitor;
use crate::store::port::QuoteSum;

/// One row: of a cause, or of a shop.
pub(super) struct KeptRow {
    pub(super) label: String,
    /// Of a hundred.
    pub(super) share: u32,
    pub(super) percent: String,
    pub(super) known: String,
}

/// Causes, then, for whoever sees several shops, those with the most broken dates.
pub(super) fn rows(
    causes: &[(Cause, QuoteSum)],
    shops: &[(MerchantId, QuoteSum)],
    visitor: &Visitor,
) -> (Vec<KeptRow>, Vec<KeptRow>) {
    let t = &visitor.speech;
    let causes = causes.iter().filter_map(|(cause, sum)| row(t.name("cause", cause), *sum, t));
    let shops = shops.iter().filter(|_| visitor.is_operations());
    let shops = shops.filter_map(|(shop, sum)| row(visitor.shop_name(shop), *sum, t));
    (causes.collect(), shops.collect())
}

fn row(label: String, sum: QuoteSum, t: &Speech) -> Option<KeptRow> {
    let share = Ppm::from_f64(sum.share()?);
    let known = t.number(&(sum.kept + sum.broken));
    Some(KeptRow { label, share: share.ppm() / 10_000, percent: t.percent(&share), known })
}
