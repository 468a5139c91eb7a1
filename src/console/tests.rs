//! The pages over a real database and a real engine.

mod buyer;
mod client;
mod desk;
mod effect;
mod estimate;
mod expedite;
mod gifts;
mod incidents;
mod kept_dates;
mod letters;
mod pages;
mod policy;
mod reasons;
mod roles;
mod sample;
mod search;
mod sessions;
mod talks;
mod tenants;
mod what_if;
