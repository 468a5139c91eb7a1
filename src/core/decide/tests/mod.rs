//! Scenarios: a timeline goes in, what the buyer is told and not told comes out.
//!
//! Where to look for what: promises and talks in `promises`, `talks`, `working`, `pickup`; what a platform allows in
//! `permitted`; second delays in `shortage`, `choices`, `pace`; several parcels in `parcels`, several orders in `together`;
//! conditions and incidents in `scopes`, `several`, `incidents`; a day of the buyer's own in `urgent`; what goes first in
//! `queue`; limits and the holdout in `reaching`; what a person settles in `desk`, `ask`; carriers in `carrier`, `rhythm`,
//! and the traps of their vocabularies in `traps`.

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
