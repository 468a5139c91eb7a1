//! How many told dates were kept.

use forewarn_core::cause::Cause;
use forewarn_core::decide::QuoteFate;

use super::fixtures::merchant;
use super::{TestStore, run};
use crate::store::port::QuoteSum;

fn fate(cause: Cause, before: Option<bool>, kept: bool) -> QuoteFate {
    QuoteFate { cause, before, kept }
}

fn sum(kept: u64, broken: u64) -> QuoteSum {
    QuoteSum { kept, broken }
}

pub(crate) fn told_dates_are_summed_by_shop_and_cause(store: &mut dyn TestStore) {
    assert!(run(store, |tx| tx.quotes_by_cause(None)).is_empty());
    run(store, |tx| {
        tx.quotes_judged(&merchant("M1"), &[fate(Cause::Surge, None, true), fate(Cause::Surge, None, false)])?;
        tx.quotes_judged(&merchant("M1"), &[fate(Cause::OutOfStock, None, true)])?;
        tx.quotes_judged(&merchant("M2"), &[fate(Cause::Surge, None, true)])?;
        tx.quotes_judged(&merchant("M3"), &[])
    });
    let by_cause = run(store, |tx| tx.quotes_by_cause(None));
    assert_eq!(by_cause, [(Cause::OutOfStock, sum(1, 0)), (Cause::Surge, sum(2, 1))]);
    let by_shop = run(store, |tx| tx.quotes_by_shop(None, 9));
    assert_eq!(by_shop, [(merchant("M1"), sum(2, 1)), (merchant("M2"), sum(1, 0))]);
    assert_eq!(run(store, |tx| tx.quotes_by_shop(None, 1)).len(), 1);
    // A shop sees its own alone.
    let own = Some(merchant("M2"));
    assert_eq!(run(store, |tx| tx.quotes_by_cause(own.as_ref())), [(Cause::Surge, sum(1, 0))]);
    assert_eq!(run(store, |tx| tx.quotes_by_shop(own.as_ref(), 9)), [(merchant("M2"), sum(1, 0))]);
}

pub(crate) fn a_date_judged_anew_counts_once(store: &mut dyn TestStore) {
    let judge = |store: &mut dyn TestStore, fate| run(store, |tx| tx.quotes_judged(&merchant("M1"), &[fate]));
    judge(store, fate(Cause::Weather, None, false));
    judge(store, fate(Cause::Weather, Some(false), true));
    assert_eq!(run(store, |tx| tx.quotes_by_cause(None)), [(Cause::Weather, sum(1, 0))]);
    assert_eq!((sum(0, 0).share(), sum(3, 1).share()), (None, Some(0.75)));
}
