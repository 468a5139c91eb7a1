//! Lines that break: a step stands once or not at all, and its caller hears the truth.

use std::sync::atomic::{AtomicU32, Ordering};

use super::house::{self, House};
use super::proxy::{Cut, Proxy};
use crate::store::contract::fixtures::{key, order};
use crate::store::contract::{attempt, run};
use crate::store::port::Book;
use crate::store::postgres::{Db, Settings};
use crate::store::{Class, StoreError, Tx};

/// Counts one event, so that a step that stood twice would show.
fn count(tx: &mut dyn Tx, runs: &AtomicU32) -> Result<(), StoreError> {
    runs.fetch_add(1, Ordering::SeqCst);
    tx.orders_save(&[order("o-1")])?;
    tx.books_add(&[(Book::Read, 1)])
}

fn counted(house: &mut House) -> u64 {
    run(house, |tx| tx.books())[0].1
}

#[test]
fn a_line_that_broke_while_idle_is_nobodys_trouble() {
    let Some(mut house) = house::open() else { return };
    house.schema.cut_off();
    let runs = AtomicU32::new(0);
    run(&mut house, |tx| count(tx, &runs));
    assert_eq!((counted(&mut house), runs.load(Ordering::SeqCst)), (1, 1));
}

#[test]
fn a_step_whose_line_breaks_runs_again_as_a_whole() {
    let Some(mut house) = house::open() else { return };
    let runs = AtomicU32::new(0);
    let settings = house.schema.settings.clone();
    let name = house.schema.name.clone();
    run(&mut house, |tx| {
        count(tx, &runs)?;
        tx.books()?;
        if runs.load(Ordering::SeqCst) == 1 {
            house::cut_off(&settings, &name);
        }
        tx.note_save("after", "the break")
    });
    assert_eq!((counted(&mut house), runs.load(Ordering::SeqCst)), (1, 2));
}

/// A house whose way to the server leads over a proxy.
fn behind(house: &House) -> (Proxy, Db) {
    let url = &house.schema.settings.url;
    let (_, rest) = url.split_once('@').expect("the address of the tests' server names a user");
    let server = rest.split('/').next().expect("host and port").to_owned();
    let proxy = Proxy::to(&server);
    let settings = Settings::new(&url.replace(&server, &format!("127.0.0.1:{}", proxy.port)));
    let db = Db::open(&settings).expect("the proxy passes everything");
    (proxy, db)
}

#[test]
fn a_commit_whose_answer_is_lost_is_asked_for_and_not_done_again() {
    let Some(mut house) = house::open() else { return };
    let (proxy, mut db) = behind(&house);
    let runs = AtomicU32::new(0);
    proxy.cut(Cut::BehindTheCommit);
    db.transact(&mut |tx| count(tx, &runs)).expect("it stands");
    assert_eq!((counted(&mut house), runs.load(Ordering::SeqCst)), (1, 1));
}

#[test]
fn a_commit_that_never_arrived_is_done_again() {
    let Some(mut house) = house::open() else { return };
    let (proxy, mut db) = behind(&house);
    let runs = AtomicU32::new(0);
    proxy.cut(Cut::BeforeTheCommit);
    db.transact(&mut |tx| count(tx, &runs)).expect("it stands at the second try");
    assert_eq!((counted(&mut house), runs.load(Ordering::SeqCst)), (1, 2));
}

#[test]
fn an_error_that_a_step_passes_over_undoes_it() {
    let Some(mut house) = house::open() else { return };
    let done = attempt(&mut house, |tx| {
        tx.orders_save(&[order("o-1")])?;
        // PostgreSQL keeps no text with this character in it.
        assert!(tx.note_save("a\0b", "c").is_err());
        Ok(())
    });
    assert!(done.is_err(), "the commit would have undone everything without a word");
    assert_eq!(run(&mut house, |tx| tx.orders_load(&[key("o-1")])), [None]);
}

#[test]
fn a_server_that_only_reads_is_no_place_to_write() {
    let Some(house) = house::open() else { return };
    let role = format!("{}_reader", house.schema.name);
    let sql = format!("CREATE ROLE {role} LOGIN SUPERUSER; ALTER ROLE {role} SET default_transaction_read_only = on");
    house.schema.connection().batch(&sql).expect("the user may make roles");
    let url = house.schema.settings.url.replacen("://forewarn@", &format!("://{role}@"), 1);
    let error = Db::open(&Settings::new(&url)).expect_err("it takes no writes");
    assert_eq!(error.class(), Class::Retry, "{error}");
    house.schema.connection().batch(&format!("DROP ROLE {role}")).expect("it is ours");
}

#[test]
fn what_cannot_pass_by_itself_is_fatal_and_says_what_to_do() {
    let Some(house) = house::open() else { return };
    let url = &house.schema.settings.url;
    let cases = [
        (url.replacen("/postgres?", "/no_such_database?", 1), Class::Fatal, "no such database"),
        (url.replacen("://forewarn@", "://nobody_known@", 1), Class::Fatal, "login"),
        ("postgres://forewarn@127.0.0.1:1/postgres".to_owned(), Class::Retry, "tried again"),
    ];
    for (url, class, words) in cases {
        let error = Db::open(&Settings::new(&url)).expect_err("it cannot be opened");
        assert!(error.class() == class && error.to_string().contains(words), "{url}: {error}");
    }
}
