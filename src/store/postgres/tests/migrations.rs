//! The schema's history: taken once, by one process at a time, and never backwards.

use super::house::{self, connect};
use crate::store::contract::run;
use crate::store::postgres::{Db, Settings, migrations};
use crate::store::{Class, StoreError};

fn versions(schema: &house::Schema) -> Vec<i64> {
    let rows = schema.connection().query("SELECT version FROM schema_versions ORDER BY version", &[]);
    rows.expect("the table is there").iter().map(|row| row.get(0)).collect()
}

#[test]
fn processes_that_start_together_migrate_once() {
    let Some(schema) = house::empty() else { return };
    let open = || Db::open(&schema.settings).expect("the server takes the schema");
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
        all.into_iter().for_each(|one| drop(one.join().expect("it does not panic")));
    });
    assert_eq!(versions(&schema), (1..=migrations::known()).collect::<Vec<_>>());
}

#[test]
fn migrating_twice_changes_nothing() {
    let Some(mut house) = house::open() else { return };
    run(&mut house, |tx| tx.note_save("a", "b"));
    let mut again = Db::open(&house.schema.settings).expect("the schema is up to date");
    assert_eq!(again.transact(&mut |tx| tx.note_load("a")).expect("it reads").as_deref(), Some("b"));
}

#[test]
fn a_newer_schema_is_refused() {
    let Some(house) = house::open() else { return };
    let newer = migrations::known() + 7;
    let sql = "INSERT INTO schema_versions (version) VALUES ($1)";
    house.schema.connection().execute(sql, &[&newer]).expect("a row");
    let error = Db::open(&house.schema.settings).expect_err("it was written by a newer program");
    assert!(matches!(error, StoreError::TooNew { found, .. } if found == newer), "{error}");
    assert_eq!(error.class(), Class::Fatal);
}

#[test]
fn a_step_that_was_cut_off_is_taken_whole_by_the_next_start() {
    let Some(schema) = house::empty() else { return };
    // As after a kill in the middle of the first step: its table stands, nothing was noted, nothing was committed.
    let mut victim = schema.connection();
    victim.batch("BEGIN; CREATE TABLE orders (half INTEGER)").expect("a table");
    drop(victim);
    Db::open(&schema.settings).expect("nothing of the half step stands");
    assert_eq!(versions(&schema), (1..=migrations::known()).collect::<Vec<_>>());
}

#[test]
fn a_database_in_another_encoding_is_refused() {
    let Some(schema) = house::empty() else { return };
    let name = format!("{}_ascii", schema.name);
    schema
        .connection()
        .batch(&format!("CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0"))
        .expect("the user may make databases");
    let (server, _) = schema.settings.url.rsplit_once("/postgres").expect("the address of the tests' server");
    let error = Db::open(&Settings::new(&format!("{server}/{name}"))).expect_err("text is to be UTF-8");
    assert!(error.class() == Class::Fatal && error.to_string().contains("UTF8"), "{error}");
    connect(&schema.settings).batch(&format!("DROP DATABASE {name} WITH (FORCE)")).expect("it is ours");
}
