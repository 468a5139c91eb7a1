//! Every row, table by table, read as the service reads it.

use super::damage;
use crate::store::port::{NoticeState, OrderRow};
use crate::store::sqlite::session::{Fields, Session};
use crate::store::sqlite::{conditions, expedites, grants, hindsight, incidents, intake};
use crate::store::sqlite::{model, orders, quotes, settings, trials};
use crate::store::{Inspection, StoreError};

/// What is read of one row and thrown away.
type Read = fn(&mut Fields<'_>) -> Result<(), StoreError>;

/// Reads a row as `$read` does; the row counts, not what it says.
macro_rules! row {
    ($read:path) => {
        |f| $read(f).map(drop)
    };
}

const SMALL: &[(&str, Read)] = &[
    ("SELECT merchant_id, buyer_id, preferences, checksum FROM preferences", row!(orders::buyers::read_preferences)),
    ("SELECT merchant_id, live_since, checksum FROM merchants", row!(orders::buyers::read_live_since)),
    ("SELECT condition_id, in_force, facts, checksum FROM conditions", row!(conditions::read)),
    ("SELECT number, version, text, author, at, checksum FROM policies", row!(settings::read_policy)),
    ("SELECT scope, author, at, checksum FROM switches", row!(settings::read_switch)),
    (incidents::ALL, row!(incidents::read)),
    ("SELECT topic, partition, next, epoch, checksum FROM offsets", row!(intake::read_offset)),
    ("SELECT name, cells, checksum FROM model_groups", row!(model::read_group)),
    ("SELECT name, backlog, checksum FROM model_queues", row!(model::read_queue)),
    ("SELECT name, part, checksum FROM model_parts", row!(model::read_part)),
    ("SELECT token_hash, name, at, merchant_id, checksum FROM access", row!(settings::read_access)),
    ("SELECT name, value, checksum FROM notes", row!(settings::read_note)),
];

const LARGE: &[(&str, Read)] = &[
    ("SELECT merchant_id, warehouse_id, spoke_at, checksum FROM warehouses", row!(orders::buyers::read_word)),
    ("SELECT seq, at, seen, checksum FROM observations NOT INDEXED", row!(model::read_observation)),
    (grants::ALL, row!(grants::read)),
    ("SELECT sweep_id, scope, after_merchant_id, after_order_id FROM sweeps", row!(conditions::read_sweep)),
    (
        r#"SELECT topic, partition, "offset", reason, detail, raw, at, headers FROM dead_letters NOT INDEXED"#,
        row!(intake::read_letter),
    ),
    (
        "SELECT merchant_id, order_id, platform, warehouse_id, currency, ship_by, missed, ended_at, looks FROM hindsight",
        row!(hindsight::read_past),
    ),
    (
        "SELECT merchant_id, order_id, leave_by, warehouse_id, motive, suggested_at, first_risk, risk, worth, currency, lines,
             held FROM expedites",
        row!(expedites::read_row),
    ),
    ("SELECT arm, entered, ended, asked, cancelled FROM trials", row!(trials::read_row)),
    ("SELECT turning FROM turnings", row!(incidents::read_turning)),
    ("SELECT cause, kept, broken FROM quotes", row!(quotes::read_row)),
    ("SELECT kind, why, at, because FROM suppressions NOT INDEXED", row!(super::relations::read_suppression)),
];

/// Reads every row but orders and notices, which [`super::relations`] reads while it compares them.
pub(super) fn read_all(session: &Session<'_>, found: &mut Inspection) -> Result<(), StoreError> {
    SMALL.iter().chain(LARGE).try_for_each(|(sql, read)| each(session, sql, found, read))
}

/// Reads the tables that steer what is sent.
pub(super) fn read_steering(session: &Session<'_>, found: &mut Inspection) -> Result<(), StoreError> {
    SMALL.iter().try_for_each(|(sql, read)| each(session, sql, found, read))
}

/// Hands each row to `read`, notes those it cannot read, and goes on with the next.
pub(super) fn each(
    session: &Session<'_>,
    sql: &str,
    found: &mut Inspection,
    mut read: impl FnMut(&mut Fields<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let read_rows = session.each("reading every row", sql, [], |f| {
        found.rows += 1;
        read(f).or_else(|error| damage(error, found))
    });
    read_rows.or_else(|error| damage(error, found))
}

/// Whether the outbox still has work with a notice in this state.
pub(super) fn is_live(state: NoticeState) -> bool {
    matches!(state, NoticeState::Ready | NoticeState::Claimed | NoticeState::Sending | NoticeState::Retry)
}

/// The dedupe keys of notices that `order` counts on.
pub(super) fn pending(order: &OrderRow) -> impl Iterator<Item = &str> {
    use forewarn_core::decide::Saying;
    order.told.said.iter().filter(|said| said.state == Saying::Pending).map(|said| said.key.as_str())
}
