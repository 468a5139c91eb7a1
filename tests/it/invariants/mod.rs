//! The invariants the product promises, each shown by tests named after it, on the real engine over the real store.

#![expect(clippy::expect_used, reason = "a test stops where its floor does not stand")]

mod books_balance;
mod deterministic;
mod explained;
mod floor;
mod fresh_when_sent;
mod generated;
mod honest_words;
mod nothing_lost;
mod nothing_silent;
mod nothing_twice;
mod safe_first_contact;
mod set_aside;
mod true_when_sent;
