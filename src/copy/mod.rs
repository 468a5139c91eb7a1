//! What a buyer reads: the templates of every notice, their rendering, and a guard over the words.
//!
//! A [`Letter`] holds what one notice says, [`Copy`](struct@Copy) turns it into subject, plain text and HTML in
//! the buyer's language, and [`guard::check`] finds faults in a set of templates before any buyer
//! meets them. This module knows no order, no clock and no channel.

mod builtin;
mod clean;
mod environment;
mod fault;
pub mod guard;
pub mod joint;
mod letter;
mod locale;
mod render;
mod samples;
mod source;
#[cfg(test)]
mod tests;
mod wording;

pub use fault::RenderError;
pub use letter::{
    Compensation, CompensationState, DELAYED_ORDERS, KINDS, Letter, LineItem, ParcelRef, SEVERAL_PARCELS,
};
pub use render::{Copy, Rendered};
pub use samples::samples;
pub use source::LoadError;
pub use wording::Wording;
