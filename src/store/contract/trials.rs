//! Orders warned beside orders left unwarned.

use forewarn_core::trial::{Arm, Change, Entered};

use super::fixtures::{at, merchant};
use super::{TestStore, run};
use crate::store::port::TrialSum;

fn entered(arm: Arm, day: i64) -> Entered {
    Entered { arm, at: at(day + 1), day: at(day), ended: false }
}

fn count(store: &mut dyn TestStore, shop: &str, order: &Entered, change: Change) {
    run(store, |tx| tx.trial_count(&merchant(shop), order, change));
}

pub(crate) fn both_sorts_are_summed_by_shop_and_day(store: &mut dyn TestStore) {
    let (left_out, warned) = (entered(Arm::HeldOut, 0), entered(Arm::Warned, 0));
    let later = entered(Arm::HeldOut, 30);
    for (shop, order) in [("M1", &left_out), ("M1", &left_out), ("M1", &warned), ("M1", &later), ("M2", &left_out)] {
        count(store, shop, order, Change::Entered);
    }
    count(store, "M1", &left_out, Change::Ended { asked: true, cancelled: false });
    count(store, "M1", &warned, Change::Ended { asked: false, cancelled: true });
    let own = merchant("M1");
    let sum = |entered, ended, asked, cancelled| TrialSum { entered, ended, asked, cancelled };
    let all = [(Arm::HeldOut, sum(3, 1, 1, 0)), (Arm::Warned, sum(1, 1, 0, 1))];
    assert_eq!(run(store, |tx| tx.trial_sums(Some(&own), at(0))), all);
    assert_eq!(run(store, |tx| tx.trial_sums(None, at(0)))[0], (Arm::HeldOut, sum(4, 1, 1, 0)));
    assert_eq!(run(store, |tx| tx.trial_sums(Some(&own), at(30))), [(Arm::HeldOut, sum(1, 0, 0, 0))]);
    assert_eq!(run(store, |tx| tx.prune(at(20), 100)), 3);
    assert_eq!(run(store, |tx| tx.trial_sums(None, at(0))), [(Arm::HeldOut, sum(1, 0, 0, 0))]);
}

pub(crate) fn who_is_left_unwarned_counts_at_once(store: &mut dyn TestStore) {
    let own = merchant("M1");
    let order = entered(Arm::HeldOut, 0);
    let seen = run(store, |tx| {
        let before = tx.held_out(&own, at(0))?;
        tx.trial_count(&own, &order, Change::Entered)?;
        tx.trial_count(&own, &entered(Arm::Warned, 0), Change::Entered)?;
        Ok((before, tx.held_out(&own, at(0))?))
    });
    assert_eq!(seen, (0, 1), "within the step too");
    assert_eq!(run(store, |tx| tx.held_out(&own, at(0))), 1);
    assert_eq!(run(store, |tx| tx.held_out(&own, at(30))), 0, "another day");
    assert_eq!(run(store, |tx| tx.held_out(&merchant("M2"), at(0))), 0, "another shop");
}
