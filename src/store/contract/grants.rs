//! The ledger: what is set aside, given and asked for.

use forewarn_core::grant::{GrantStatus, Spent};
use forewarn_core::ids::GrantId;
use forewarn_core::money::{Amount, Currency};

use super::fixtures::{at, buyer, grant, key, key_of, merchant};
use super::{TestStore, run};
use crate::store::port::GrantRow;

fn save(store: &mut dyn TestStore, rows: &[GrantRow]) {
    run(store, |tx| rows.iter().try_for_each(|row| tx.grant_save(row)));
}

fn yuan(yuan: i64) -> Amount {
    Amount::from_thousandths(yuan * 1_000)
}

pub(crate) fn a_grant_comes_back_as_it_was_saved(store: &mut dyn TestStore) {
    let bare = GrantRow { buyer_id: None, ..grant("g-1", 5, 1) };
    save(store, std::slice::from_ref(&bare));
    assert_eq!(run(store, |tx| tx.grant_load(&bare.grant_id)), Some(bare.clone()));
    let full = GrantRow {
        status: GrantStatus::Granted,
        why: Some("why".into()),
        code: Some("C0DE".into()),
        requested_at: Some(at(2)),
        updated_at: at(3),
        ..grant("g-1", 5, 1)
    };
    save(store, &[full.clone(), grant("g-0", 1, 0)]);
    assert_eq!(run(store, |tx| tx.grants_of(&key("o-1"))), [grant("g-0", 1, 0), full]);
    assert_eq!(run(store, |tx| tx.grant_load(&GrantId::new("unknown").expect("a good id"))), None);
}

pub(crate) fn caps_count_what_is_set_aside_and_given(store: &mut dyn TestStore) {
    let status = |row: GrantRow, status| GrantRow { status, ..row };
    save(
        store,
        &[
            grant("reserved", 1, 10),
            status(grant("approval", 2, 10), GrantStatus::NeedsApproval),
            status(grant("granted", 4, 10), GrantStatus::Granted),
            status(grant("refused", 8, 10), GrantStatus::Refused),
            status(grant("released", 16, 10), GrantStatus::Released),
            status(grant("expired", 32, 10), GrantStatus::Expired),
            grant("old", 64, 1),
            GrantRow { order: key("o-2"), ..grant("other order", 128, 10) },
            GrantRow { order: key("o-2"), buyer_id: Some(buyer("B2")), ..grant("other buyer", 256, 10) },
            GrantRow { order: key_of("M2", "o-1"), ..grant("other shop", 512, 10) },
        ],
    );
    let except = grant("reserved", 1, 10).grant_id;
    let mut spent = |who: Option<&str>, from, day| {
        let who = who.map(buyer);
        run(store, |tx| tx.spent(&key("o-1"), who.as_ref(), at(from), at(day), &except))
    };
    let expected =
        Spent { order: yuan(2 + 4 + 64), buyer_30d: yuan(2 + 4 + 128), merchant_day: yuan(2 + 4 + 128 + 256) };
    assert_eq!(spent(Some("B1"), 10, 10), expected);
    let longer = Spent { buyer_30d: yuan(2 + 4 + 64 + 128), ..expected };
    assert_eq!(spent(Some("B1"), 1, 10), longer);
    assert_eq!(spent(None, 1, 11), Spent { buyer_30d: yuan(0), merchant_day: yuan(0), ..expected });
}

pub(crate) fn a_request_is_made_once_oldest_first(store: &mut dyn TestStore) {
    let waiting = GrantRow { status: GrantStatus::NeedsApproval, ..grant("approval", 1, 0) };
    save(store, &[grant("b", 1, 2), grant("a", 1, 2), grant("c", 1, 1), waiting]);
    let asked = run(store, |tx| tx.grants_to_request(2));
    assert_eq!(asked.iter().map(|g| g.grant_id.as_str()).collect::<Vec<_>>(), ["c", "a"]);
    let asked: Vec<GrantRow> = asked.into_iter().map(|g| GrantRow { requested_at: Some(at(3)), ..g }).collect();
    save(store, &asked);
    assert_eq!(run(store, |tx| tx.grants_to_request(9)), [grant("b", 1, 2)]);
}

pub(crate) fn requests_without_an_answer_are_found(store: &mut dyn TestStore) {
    let asked = |name: &str, when: i64| GrantRow { requested_at: Some(at(when)), ..grant(name, 1, 0) };
    let given = GrantRow { status: GrantStatus::Granted, ..asked("given", 1) };
    save(store, &[asked("b", 5), asked("a", 5), asked("old", 2), asked("new", 9), given, grant("never", 1, 0)]);
    let found = |store: &mut dyn TestStore, limit| {
        let rows = run(store, |tx| tx.grants_unanswered(at(9), limit));
        rows.iter().map(|g| g.grant_id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(found(store, 9), ["old", "a", "b"]);
    assert_eq!(found(store, 2), ["old", "a"]);
}

pub(crate) fn totals_add_up_by_shop_status_and_currency(store: &mut dyn TestStore) {
    let mut euros = grant("euros", 7, 0);
    euros.money.currency = Currency::new("EUR").expect("a listed code");
    let elsewhere = GrantRow { order: key_of("M2", "o-1"), ..grant("elsewhere", 9, 0) };
    save(store, &[grant("a", 1, 0), grant("b", 2, 0), euros, elsewhere]);
    let (m1, m2, reserved) = (merchant("M1"), merchant("M2"), GrantStatus::Reserved);
    let mine = [(m1.clone(), reserved, "CNY".to_owned(), 2, 3_000), (m1.clone(), reserved, "EUR".to_owned(), 1, 7_000)];
    assert_eq!(run(store, |tx| tx.grant_totals(Some(&m1))), mine);
    let all = run(store, |tx| tx.grant_totals(None));
    assert_eq!(all.len(), 3);
    assert_eq!(all[2], (m2, reserved, "CNY".to_owned(), 1, 9_000));
}
