//! The invariants the product promises, each shown by tests named after it, on the real engine over the real store.

mod books_balance;
mod damage;
mod desk;
pub(crate) mod deterministic;
mod dice;
mod explained;
pub(crate) mod floor;
mod fresh_when_sent;
pub(crate) mod generated;
mod honest_words;
mod incidents;
mod learned_in_parts;
mod letters;
mod nothing_lost;
mod nothing_silent;
mod nothing_twice;
mod safe_first_contact;
mod said;
mod set_aside;
mod true_when_sent;
