//! Several writers at once: nothing is overwritten, nothing is counted twice, no budget is overdrawn.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use forewarn_core::decide::Preferences;
use forewarn_core::event::PreferenceChannel;
use forewarn_core::notice::{Kind, Why};
use forewarn_core::{BuyerKey, Span};

use super::house::{self, House};
use crate::store::contract::fixtures::{at, buyer, grant, key, merchant, notice, order, stamp};
use crate::store::contract::run;
use crate::store::port::{Book, NoticeRow, NoticeState, OrderRow};
use crate::store::postgres::Db;
use crate::store::{StoreError, Tx};

/// Runs `step` in as many threads as asked for, each over a connection of its own.
fn side_by_side<R: Send>(house: &House, threads: usize, step: impl Fn(&mut Db, usize) -> R + Sync) -> Vec<R> {
    let step = &step;
    std::thread::scope(|scope| {
        let one = |n| {
            scope.spawn(move || {
                let mut db = Db::open(&house.schema.settings).expect("the server answers");
                step(&mut db, n)
            })
        };
        let all: Vec<_> = (0..threads).map(one).collect();
        all.into_iter().map(|thread| thread.join().expect("it does not panic")).collect()
    })
}

/// Meets the others the first time it is called and never again: a step that runs again finds nobody there.
struct Meeting(Barrier, Vec<AtomicBool>);

impl Meeting {
    fn of(threads: usize) -> Self {
        Self(Barrier::new(threads), (0..threads).map(|_| AtomicBool::new(false)).collect())
    }

    fn once(&self, n: usize) {
        if !self.1[n].swap(true, Ordering::SeqCst) {
            self.0.wait();
        }
    }
}

/// Reads an order and writes it back with one mark more, of which none may be lost.
fn mark(tx: &mut dyn Tx, name: &str, n: usize, meet: impl FnOnce()) -> Result<(), StoreError> {
    let found = tx.orders_load(&[key(name)])?.remove(0);
    meet();
    let mut row = found.unwrap_or_else(|| order(name));
    row.told.suppressed.insert((format!("k-{n}"), Why::Stale));
    tx.orders_save(&[row])
}

fn marks(house: &mut House, name: &str) -> usize {
    run(house, |tx| tx.orders_load(&[key(name)])).remove(0).expect("it was saved").told.suppressed.len()
}

#[test]
fn first_events_of_one_order_that_come_together_both_count() {
    let Some(mut house) = house::open() else { return };
    let meeting = Meeting::of(2);
    side_by_side(&house, 2, |db, n| {
        db.transact(&mut |tx| mark(tx, "o-1", n, || meeting.once(n))).expect("the slower one runs again");
    });
    assert_eq!(marks(&mut house, "o-1"), 2, "neither overwrote the other");
}

#[test]
fn an_order_in_other_hands_is_waited_for() {
    let Some(mut house) = house::open() else { return };
    run(&mut house, |tx| tx.orders_save(&[order("o-1")]));
    side_by_side(&house, 4, |db, n| {
        for round in 0..10 {
            db.transact(&mut |tx| mark(tx, "o-1", n + 4 * round, || ())).expect("it waits its turn");
        }
    });
    assert_eq!(marks(&mut house, "o-1"), 40, "nobody overwrote anybody");
}

#[test]
fn orders_locked_crosswise_are_parted_and_both_steps_stand() {
    let Some(mut house) = house::open() else { return };
    run(&mut house, |tx| tx.orders_save(&[order("o-1"), order("o-2")]));
    let (meeting, runs) = (Meeting::of(2), AtomicU32::new(0));
    let began = std::time::Instant::now();
    side_by_side(&house, 2, |db, n| {
        let (first, second) = if n == 0 { ("o-1", "o-2") } else { ("o-2", "o-1") };
        let step = &mut |tx: &mut dyn Tx| {
            runs.fetch_add(1, Ordering::SeqCst);
            mark(tx, first, n, || meeting.once(n))?;
            mark(tx, second, n, || ())
        };
        db.transact(step).expect("the one that was broken off runs again");
    });
    assert_eq!((marks(&mut house, "o-1"), marks(&mut house, "o-2")), (2, 2), "nothing was overwritten");
    assert_eq!(runs.load(Ordering::SeqCst), 3, "one of them, once");
    // Far below the ten seconds after which waiting for a lock is given up.
    assert!(began.elapsed() < std::time::Duration::from_secs(8), "{:?}", began.elapsed());
}

#[test]
fn a_due_order_is_looked_at_by_one() {
    let Some(mut house) = house::open() else { return };
    let rows: Vec<OrderRow> =
        (0..40).map(|n| OrderRow { wake_at: Some(at(n)), ..order(&format!("o-{n:02}")) }).collect();
    run(&mut house, |tx| tx.orders_save(&rows));
    let meeting = Meeting::of(4);
    let seen = side_by_side(&house, 4, |db, n| {
        db.transact(&mut |tx| {
            let mut due = tx.orders_due(at(100), 10)?;
            // All four hold their orders at the same time.
            meeting.once(n);
            due.iter_mut().for_each(|row| row.wake_at = None);
            tx.orders_save(&due)?;
            Ok(due.into_iter().map(|row| row.key).collect::<Vec<_>>())
        })
        .expect("nobody waits for anybody")
    });
    let all: BTreeSet<_> = seen.iter().flatten().collect();
    assert_eq!((all.len(), seen.iter().map(Vec::len).sum::<usize>()), (40, 40));
}

#[test]
fn a_notice_is_claimed_by_one_and_its_buyer_counted_by_one_at_a_time() {
    let Some(mut house) = house::open() else { return };
    let rows: Vec<NoticeRow> = (0..40).map(|n| notice(&format!("n-{n:02}"), 0)).collect();
    run(&mut house, |tx| tx.notices_add(&rows));
    let counted = side_by_side(&house, 4, |db, n| {
        let token = format!("t-{n}");
        let step = &mut |tx: &mut dyn Tx| {
            let claimed = tx.notices_claim(at(1), at(1), 10, &token, at(9))?;
            let mut counts = Vec::new();
            for mut held in claimed {
                counts.push(tx.notices_sent_since(&merchant("M1"), &buyer("B1"), at(0))?.len());
                held.state = NoticeState::Sending;
                assert!(tx.notice_save(&held, &token)?);
            }
            Ok(counts)
        };
        db.transact(step).expect("claims wait for each other's buyers only")
    });
    let mut counts: Vec<usize> = counted.into_iter().flatten().collect();
    counts.sort_unstable();
    assert_eq!(counts, (0..40).collect::<Vec<usize>>(), "each saw all that had left before it");
}

#[test]
fn a_budget_is_never_overdrawn() {
    const CAP: i64 = 20;
    let Some(mut house) = house::open() else { return };
    side_by_side(&house, 4, |db, n| {
        for round in 0..10 {
            let row = grant(&format!("g-{n}-{round}"), 1, 0);
            let step = &mut |tx: &mut dyn Tx| {
                let spent = tx.spent(&row.order, row.buyer_id.as_ref(), at(0), at(0), &row.grant_id)?;
                if spent.merchant_day.thousandths() < CAP * 1_000 { tx.grant_save(&row) } else { Ok(()) }
            };
            db.transact(step).expect("it waits its turn");
        }
    });
    let totals = run(&mut house, |tx| tx.grant_totals(None));
    assert_eq!(totals.iter().map(|(.., sum)| sum).sum::<i64>(), CAP * 1_000);
}

#[test]
fn a_tick_is_learned_once() {
    use forewarn_core::event::Fulfilment;
    use forewarn_core::forecast::{Groups, Wait};
    use forewarn_core::forecast::{Observation, Waited};
    use forewarn_core::instant::Span;
    let Some(mut house) = house::open() else { return };
    let seen = |hours| {
        let groups = Groups::of_order(&key("o-1"), None, Fulfilment::InStock, Wait::Stage(None));
        let (from, to) = (Span::ZERO, Span::hours(hours));
        Observation::Waited(Waited { groups, origin: None, from, to, ended: true, traits: None })
    };
    run(&mut house, |tx| tx.observations_add(at(1), &(1..=100).map(seen).collect::<Vec<_>>()));
    let meeting = Meeting::of(3);
    let taken = side_by_side(&house, 3, |db, n| {
        db.transact(&mut |tx| {
            meeting.once(n);
            let progress = tx.observations_progress()?;
            tx.model_lock()?;
            if tx.observations_progress()? != progress {
                return Ok(0);
            }
            tx.observations_close(at(15))?;
            let mut model = tx.model_load()?;
            let (seen, _) = tx.observations_read(None, at(15), 1_000)?;
            let changed = model.learn(&seen, at(15));
            tx.model_save(&model, &changed)?;
            tx.observations_learned()?;
            tx.observations_forget(1_000)?;
            Ok(seen.len())
        })
        .expect("it waits its turn")
    });
    assert_eq!(taken.iter().sum::<usize>(), 100);
    let mut whole = forewarn_core::forecast::Model::default();
    whole.learn(&(1..=100).map(seen).collect::<Vec<_>>(), at(15));
    assert_eq!(run(&mut house, |tx| tx.model_load()), whole);
    // What is written down after its tick was learned waits for the next, so that a version never changes.
    run(&mut house, |tx| tx.observations_add(at(14), &[seen(1)]));
    assert_eq!(run(&mut house, |tx| tx.observations_progress()).oldest, Some(at(15)));
}

#[test]
fn a_decision_on_settings_that_changed_meanwhile_is_made_again() {
    let Some(mut house) = house::open() else { return };
    let mut other = Db::open(&house.schema.settings).expect("the server answers");
    let runs = AtomicU32::new(0);
    let seen = run(&mut house, |tx| {
        let version = tx.settings_version()?;
        if runs.fetch_add(1, Ordering::SeqCst) == 0 {
            let pause = crate::store::port::SwitchScope::Kind(Kind::Shipped);
            other.transact(&mut |tx| tx.switch_set(&pause, true, "ops", at(1)))?;
        }
        tx.orders_save(&[order("o-1")])?;
        Ok(version)
    });
    assert_eq!((seen, runs.load(Ordering::SeqCst)), (1, 2));
    // Own changes are no reason to begin again.
    let own = AtomicU32::new(0);
    run(&mut house, |tx| {
        own.fetch_add(1, Ordering::SeqCst);
        tx.settings_version()?;
        tx.switch_set(&crate::store::port::SwitchScope::Global, true, "ops", at(1))?;
        tx.orders_save(&[order("o-2")])
    });
    assert_eq!(own.load(Ordering::SeqCst), 1);
}

#[test]
fn wishes_that_come_together_both_count() {
    let Some(mut house) = house::open() else { return };
    let who = BuyerKey { merchant_id: merchant("M1"), buyer_id: buyer("B1") };
    let all = [PreferenceChannel::Email, PreferenceChannel::Sms, PreferenceChannel::Im];
    for round in 0..2 {
        let meeting = Meeting::of(3);
        side_by_side(&house, 3, |db, n| {
            let step = &mut |tx: &mut dyn Tx| {
                let mut wishes = tx.preferences_load(&who)?;
                meeting.once(n);
                wishes.take(all[n], &stamp(1 + round, "p"), round == 0);
                tx.preferences_save(&who, &wishes)
            };
            db.transact(step).expect("the slower one runs again");
        });
        let mut expected = Preferences::default();
        for r in 0..=round {
            for channel in all {
                expected.take(channel, &stamp(1 + r, "p"), r == 0);
            }
        }
        assert_eq!(run(&mut house, |tx| tx.preferences_load(&who)), expected);
    }
}

#[test]
fn processes_that_start_together_agree_on_a_secret() {
    let Some(house) = house::open() else { return };
    let meeting = Meeting::of(3);
    let secrets = side_by_side(&house, 3, |db, n| {
        db.transact(&mut |tx| {
            if let Some(known) = tx.note_load("link.secret")? {
                return Ok(known);
            }
            meeting.once(n);
            tx.note_save("link.secret", &format!("secret {n}"))?;
            Ok(format!("secret {n}"))
        })
        .expect("the slower one runs again")
    });
    assert!(secrets.iter().all(|secret| *secret == secrets[0]), "{secrets:?}");
}

#[test]
fn everybody_counts_in_the_same_books() {
    let Some(mut house) = house::open() else { return };
    side_by_side(&house, 4, |db, _| {
        for _ in 0..25 {
            db.transact(&mut |tx| tx.books_add(&[(Book::Read, 2), (Book::Applied, 1)])).expect("it writes");
        }
    });
    let books = run(&mut house, |tx| tx.books());
    assert_eq!(books[..2], [(Book::Read, 200), (Book::Applied, 100)]);
}

#[test]
fn a_lease_that_many_want_has_one_holder() {
    let Some(house) = house::open() else { return };
    let start = Barrier::new(8);
    let taken = side_by_side(&house, 8, |db, n| {
        start.wait();
        let holder = n.to_string();
        db.transact(&mut |tx| tx.lease_take("publish", &holder, Span::hours(1))).expect("the server answers")
    });
    assert_eq!(taken.iter().filter(|taken| **taken).count(), 1, "{taken:?}");
}
