//! The pages of the console, one file a page.

mod curve;
pub(super) mod dead_letter;
pub(super) mod dead_letters;
pub(super) mod desk;
mod desk_items;
pub(super) mod expedite;
pub(super) mod grants;
pub(super) mod incident;
pub(super) mod incidents;
mod kept_dates;
pub(super) mod login;
pub(super) mod notice;
pub(super) mod notices;
pub(super) mod order;
pub(super) mod orders;
pub(super) mod overview;
pub(super) mod policy;
mod policy_form;
mod rows;
pub(super) mod stops;
pub(super) mod suppressed;
pub(super) mod switches;
mod what_if;
pub(super) mod worth;
