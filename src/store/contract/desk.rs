//! What waits for a person.

use forewarn_core::OrderKey;
use forewarn_core::cause::Cause;
use forewarn_core::desk::{Change, Ending, Entry, Matter, Outcome, Stage};
use forewarn_core::text::Private;

use super::fixtures::{at, full_order, key, key_of, merchant, order};
use super::{TestStore, run};
use crate::store::port::{Closing, DeskMark, DeskRow, DeskSearch, DeskSum, DeskView, OrderRow};

fn entry(cause: Cause, chases: u32, minutes: i64) -> Entry {
    Entry {
        matter: Matter::PastUpdates,
        about: String::new(),
        number: 1,
        stage: Stage::Open,
        cause,
        chases,
        opened_at: at(minutes),
        mark: None,
    }
}

fn about(matter: Matter, about: &str, minutes: i64) -> Entry {
    Entry { matter, about: about.into(), ..entry(Cause::Address, 0, minutes) }
}

fn change(store: &mut dyn TestStore, order: &OrderKey, change: &Change, minutes: i64) {
    run(store, |tx| tx.desk_change(order, std::slice::from_ref(change), at(minutes)));
}

/// Brings an entry and gives its row.
pub(super) fn bring(store: &mut dyn TestStore, order: &OrderKey, entry: &Entry) -> DeskRow {
    change(store, order, &Change::Opened(entry.clone()), 0);
    DeskRow::new(order, entry)
}

fn closing(outcome: Outcome, minutes: i64) -> Closing {
    let note = Private::new("rang at noon").ok();
    Closing { at: at(minutes), outcome, by: Some("lin".into()), ended_by: None, note }
}

fn of(store: &mut dyn TestStore, order: &OrderKey) -> Vec<DeskRow> {
    run(store, |tx| tx.desk_of(order))
}

/// The orders of a list, page by page.
fn orders(store: &mut dyn TestStore, search: &DeskSearch, page: usize) -> Vec<String> {
    let (mut found, mut after): (Vec<String>, Option<DeskMark>) = (Vec::new(), None);
    loop {
        let search = DeskSearch { after: after.clone(), limit: page, ..search.clone() };
        let lines = run(store, |tx| tx.desk_list(None, &search));
        found.extend(lines.iter().map(|line| line.row.order.order_id.to_string()));
        match lines.last() {
            Some(last) => after = Some(last.row.mark()),
            None => return found,
        }
    }
}

pub(crate) fn a_matter_is_entered_once_and_comes_back_under_a_new_number(store: &mut dyn TestStore) {
    let brought = entry(Cause::Surge, 2, 5);
    let row = bring(store, &key("o-1"), &brought);
    assert_eq!(of(store, &key("o-1")), std::slice::from_ref(&row));
    // Entered again, as after a step that was run twice, it stays as it is.
    bring(store, &key("o-1"), &Entry { opened_at: at(9), ..brought.clone() });
    assert_eq!(of(store, &key("o-1")), std::slice::from_ref(&row));
    change(store, &key("o-1"), &Change::Ended(brought.clone(), Ending::Agreed), 30);
    let ended = DeskRow { closed: Some(Closing::itself(at(30), Ending::Agreed)), ..row };
    assert_eq!(of(store, &key("o-1")), std::slice::from_ref(&ended));
    // What has left is not changed any more.
    change(store, &key("o-1"), &Change::Ranked(Entry { chases: 9, ..brought.clone() }), 31);
    change(store, &key("o-1"), &Change::Ended(brought.clone(), Ending::Shipped), 32);
    let again = bring(store, &key("o-1"), &Entry { number: 2, opened_at: at(40), ..brought });
    assert_eq!(of(store, &key("o-1")), [ended, again.clone()]);
    assert_eq!(run(store, |tx| tx.desk_load(None, &again.desk_id)), Some(again));
}

pub(crate) fn what_comes_and_leaves_in_one_step_is_on_record(store: &mut dyn TestStore) {
    let brought = entry(Cause::Surge, 0, 5);
    let moved = Entry { cause: Cause::OutOfStock, chases: 1, ..brought.clone() };
    let changes =
        [Change::Opened(brought), Change::Ranked(moved.clone()), Change::Ended(moved.clone(), Ending::Cancelled)];
    run(store, |tx| tx.desk_change(&key("o-1"), &changes, at(7)));
    let closed = Some(Closing::itself(at(7), Ending::Cancelled));
    assert_eq!(of(store, &key("o-1")), [DeskRow { closed, ..DeskRow::new(&key("o-1"), &moved) }]);
}

pub(crate) fn who_waits_comes_by_cause_then_by_age_and_asking(store: &mut dyn TestStore) {
    const DAY: i64 = 24 * 60;
    let all = [
        ("surge", entry(Cause::Surge, 9, 0)),
        ("weather", entry(Cause::Weather, 0, 0)),
        ("queue", entry(Cause::WarehouseQueue, 0, 10)),
        ("system", entry(Cause::System, 0, 5)),
        ("asked", entry(Cause::WarehouseQueue, 1, DAY)),
        ("address", entry(Cause::Address, 0, 10)),
        ("stock", entry(Cause::OutOfStock, 0, 50)),
    ];
    for (name, entry) in &all {
        bring(store, &key(name), entry);
    }
    let wanted = ["stock", "address", "asked", "system", "queue", "weather", "surge"];
    for page in [2, 50] {
        assert_eq!(orders(store, &DeskSearch::default(), page), wanted);
    }
    // A buyer who asks again, and a cause that turns out worse, move their entries.
    change(store, &key("queue"), &Change::Ranked(entry(Cause::WarehouseQueue, 3, 10)), 60);
    change(store, &key("surge"), &Change::Ranked(entry(Cause::OutOfStock, 9, 0)), 60);
    let wanted = ["surge", "stock", "address", "queue", "asked", "system", "weather"];
    assert_eq!(orders(store, &DeskSearch::default(), 3), wanted);
    let of_shop = DeskSearch { merchant: Some(merchant("M2")), ..DeskSearch::default() };
    assert!(orders(store, &of_shop, 9).is_empty());
    let of_matter = DeskSearch { matter: Some(Matter::RefusedGrant), ..DeskSearch::default() };
    assert!(orders(store, &of_matter, 9).is_empty());
}

pub(crate) fn one_person_has_an_entry_until_it_is_given_back_or_closed(store: &mut dyn TestStore) {
    let id = bring(store, &key("o-1"), &entry(Cause::Surge, 0, 5)).desk_id;
    bring(store, &key("o-2"), &entry(Cause::Surge, 0, 6));
    assert!(!run(store, |tx| tx.desk_give_back(None, &id)), "nobody has it");
    assert!(run(store, |tx| tx.desk_take(None, &id, "lin", at(10))));
    assert!(!run(store, |tx| tx.desk_take(None, &id, "wang", at(11))), "lin has it");
    assert_eq!(of(store, &key("o-1"))[0].taken, Some(("lin".into(), at(10))));
    let hers = DeskSearch { view: DeskView::Of("lin".into()), ..DeskSearch::default() };
    assert_eq!(orders(store, &hers, 9), ["o-1"]);
    assert!(run(store, |tx| tx.desk_give_back(None, &id)));
    assert!(run(store, |tx| tx.desk_take(None, &id, "wang", at(12))));
    let done = closing(Outcome::BuyerCalled, 20);
    assert!(run(store, |tx| tx.desk_close(None, &id, &done)));
    let row = of(store, &key("o-1")).remove(0);
    assert_eq!((row.taken, row.closed), (Some(("wang".into(), at(12))), Some(done)));
    assert!(!run(store, |tx| tx.desk_close(None, &id, &closing(Outcome::Refunded, 21))), "it has left");
    assert!(!run(store, |tx| tx.desk_take(None, &id, "lin", at(22))));
    assert!(!run(store, |tx| tx.desk_give_back(None, &id)));
    assert_eq!(orders(store, &DeskSearch::default(), 9), ["o-2"]);
}

pub(crate) fn a_shop_sees_and_moves_its_own_entries_alone(store: &mut dyn TestStore) {
    let (own, foreign) = (key("o-1"), key_of("M2", "o-1"));
    let ids = [&own, &foreign].map(|order| bring(store, order, &entry(Cause::Surge, 0, 5)).desk_id);
    assert_ne!(ids[0], ids[1]);
    let shop = merchant("M1");
    let tenant = Some(&shop);
    let search = DeskSearch { limit: 9, ..DeskSearch::default() };
    let seen = run(store, |tx| tx.desk_list(tenant, &search));
    assert_eq!(seen.iter().map(|line| &line.row.order).collect::<Vec<_>>(), [&own]);
    let asked = DeskSearch { merchant: Some(merchant("M2")), ..search };
    assert!(run(store, |tx| tx.desk_list(tenant, &asked)).is_empty());
    assert_eq!(run(store, |tx| tx.desk_load(tenant, &ids[1])), None);
    assert!(!run(store, |tx| tx.desk_take(tenant, &ids[1], "lin", at(9))));
    assert!(run(store, |tx| tx.desk_take(None, &ids[1], "lin", at(9))));
    assert!(!run(store, |tx| tx.desk_give_back(tenant, &ids[1])));
    assert!(!run(store, |tx| tx.desk_close(tenant, &ids[1], &closing(Outcome::Refunded, 9))));
    assert!(run(store, |tx| tx.desk_take(tenant, &ids[0], "lin", at(9))));
    assert!(run(store, |tx| tx.desk_close(tenant, &ids[0], &closing(Outcome::Refunded, 9))));
    let sums = run(store, |tx| tx.desk_sums(None));
    assert_eq!(sums, [DeskSum { matter: Matter::PastUpdates, open: 1, taken: 1, oldest: at(5) }]);
    assert!(run(store, |tx| tx.desk_sums(tenant)).is_empty());
}

pub(crate) fn what_is_open_is_counted_by_matter(store: &mut dyn TestStore) {
    bring(store, &key("o-1"), &entry(Cause::Surge, 0, 7));
    bring(store, &key("o-2"), &entry(Cause::Surge, 0, 3));
    let id = bring(store, &key("o-2"), &about(Matter::RefusedGrant, "g-1", 9)).desk_id;
    bring(store, &key("o-2"), &about(Matter::RefusedGrant, "g-2", 8));
    assert!(run(store, |tx| tx.desk_take(None, &id, "lin", at(10))));
    let sum = |matter, open, taken, oldest| DeskSum { matter, open, taken, oldest: at(oldest) };
    let both = [sum(Matter::PastUpdates, 2, 0, 3), sum(Matter::RefusedGrant, 2, 1, 8)];
    assert_eq!(run(store, |tx| tx.desk_sums(None)), both);
}

pub(crate) fn a_list_says_how_the_order_stands(store: &mut dyn TestStore) {
    let open = OrderRow { parked: None, ..full_order("o-1") };
    let mut left = OrderRow { parked: None, ..full_order("o-2") };
    left.index.open = false;
    let (ship_by, quote) = (open.index.ship_by, open.index.quote);
    assert!(ship_by.is_some() && quote.is_some());
    run(store, |tx| tx.orders_save(&[open.clone(), left.clone()]));
    for name in ["o-1", "o-2", "gone"] {
        bring(store, &key(name), &entry(Cause::Surge, 0, 7));
    }
    let search = DeskSearch { limit: 9, ..DeskSearch::default() };
    let mut lines = run(store, |tx| tx.desk_list(None, &search));
    lines.sort_by(|a, b| a.row.order.cmp(&b.row.order));
    let dates: Vec<_> = lines.iter().map(|line| (line.ship_by, line.quote)).collect();
    assert_eq!(dates, [(None, None), (ship_by, quote), (None, None)]);
}

pub(crate) fn what_left_is_listed_newest_first_and_goes_in_its_time(store: &mut dyn TestStore) {
    for (name, minutes) in [("a", 1), ("b", 2), ("c", 9)] {
        let mut row = order(name);
        row.index.open = false;
        run(store, |tx| tx.orders_save(std::slice::from_ref(&row)));
        let id = bring(store, &key(name), &entry(Cause::Surge, 0, 0)).desk_id;
        assert!(run(store, |tx| tx.desk_close(None, &id, &closing(Outcome::NothingToDo, minutes))));
    }
    let mut held = order("held");
    held.index.open = false;
    run(store, |tx| tx.orders_save(std::slice::from_ref(&held)));
    bring(store, &key("held"), &entry(Cause::Surge, 0, 0));
    let left = DeskSearch { view: DeskView::Closed, ..DeskSearch::default() };
    for page in [1, 9] {
        assert_eq!(orders(store, &left, page), ["c", "b", "a"]);
    }
    // Two entries and three orders; the order that still waits for a person stays with its entry.
    assert_eq!(run(store, |tx| tx.prune(at(5), 1)), 1);
    assert_eq!(run(store, |tx| tx.prune(at(5), 9)), 4);
    assert_eq!(orders(store, &left, 9), ["c"]);
    assert_eq!(orders(store, &DeskSearch::default(), 9), ["held"]);
    assert!(run(store, |tx| tx.orders_load(&[key("held")]))[0].is_some());
}
