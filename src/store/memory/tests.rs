//! The store of a run against the contract, and what becomes of it when a step fails.

use super::Memory;
use crate::store::contract::fixtures::{key, order};
use crate::store::contract::{TestStore, contract};
use crate::store::{StoreError, Tx};

/// A store that a clone from before a failed step brings back, as the contract asks for.
struct Restored(Memory);

impl TestStore for Restored {
    fn transact(&mut self, step: &mut dyn FnMut(&mut dyn Tx) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let before = self.0.clone();
        let result = self.0.transact(step);
        if result.is_err() {
            self.0 = before;
        }
        result
    }
}

fn opened() -> Option<Restored> {
    Some(Restored(Memory::new()))
}

contract!(super::opened);

#[test]
fn a_step_that_fails_ends_the_store() {
    let mut store = Memory::new();
    store.transact(&mut |tx| tx.orders_save(&[order("o-1")])).expect("there is room");
    let failed = store.transact(&mut |tx| {
        tx.orders_save(&[order("o-2")])?;
        Err::<(), _>(StoreError::Fenced { topic: "t".into(), partition: 0 })
    });
    assert!(matches!(failed, Err(StoreError::Fenced { .. })));
    let later = store.transact(&mut |tx| tx.orders_load(&[key("o-1")]));
    assert!(matches!(later, Err(StoreError::Stopped)), "{later:?}");
}

#[test]
fn a_step_that_panics_ends_the_store() {
    let mut store = Memory::new();
    let step = std::panic::AssertUnwindSafe(|| store.transact::<()>(&mut |_| panic!("a step that panics")));
    assert!(std::panic::catch_unwind(step).is_err());
    assert!(matches!(store.transact(&mut |tx| tx.books()), Err(StoreError::Stopped)));
}
