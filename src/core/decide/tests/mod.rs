//! Scenarios: a timeline goes in, what the buyer is told and not told comes out.

mod engine;
mod kept;
mod ledger;
mod scene;
mod script;
mod sound;
mod talks;

mod ask;
mod carrier;
mod choices;
mod cost;
mod desk;
mod hours;
mod incidents;
mod pace;
mod parcels;
mod permitted;
mod pickup;
mod promises;
mod properties;
mod queue;
mod reaching;
mod repeats;
mod rhythm;
mod rules;
mod scopes;
mod several;
mod shortage;
mod together;
mod traps;
mod urgent;
mod working;
