//! How fast a file takes orders. The numbers are printed, not judged: run it with `--release --nocapture`.

use std::time::Instant;

use crate::store::contract::fixtures::full_order;
use crate::store::contract::run;
use crate::store::port::OrderRow;
use crate::store::sqlite::Db;

const BATCH: usize = 1_000;
const BATCHES: usize = 10;

#[test]
fn orders_are_saved_by_the_thousand() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut db = Db::open(&folder.path().join("forewarn.db")).expect("a new file");
    let batches: Vec<Vec<OrderRow>> = (0..BATCHES)
        .map(|b| (0..BATCH).map(|i| full_order(&format!("o-{:08}", (i * 7_919 + b) * 31 % 99_991))).collect())
        .collect();
    for pass in ["new orders", "the same orders, told more", "the same orders, shipped"] {
        let began = Instant::now();
        for batch in &batches {
            let rows: Vec<OrderRow> = batch.iter().map(|row| changed(row, pass)).collect();
            run(&mut db, |tx| tx.orders_save(&rows));
        }
        let rate = (BATCH * BATCHES) as f64 / began.elapsed().as_secs_f64();
        println!("{pass}: {rate:.0} orders a second, {BATCH} a transaction");
    }
    let keys: Vec<_> = batches.iter().flatten().map(|row| row.key.clone()).collect();
    let began = Instant::now();
    let found = run(&mut db, |tx| tx.orders_load(&keys));
    println!("loading: {:.0} orders a second", found.len() as f64 / began.elapsed().as_secs_f64());
    assert!(found.iter().all(Option::is_some));
}

fn changed(row: &OrderRow, pass: &str) -> OrderRow {
    let mut row = row.clone();
    row.told.said.iter_mut().for_each(|said| said.signal = Some(pass.to_owned()));
    if pass.ends_with("shipped") {
        row.index.open = false;
        row.index.open_skus.clear();
    }
    row
}
