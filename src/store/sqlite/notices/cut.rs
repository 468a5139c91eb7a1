//! Moments that a clock set back has made too late.

use forewarn_core::Instant;
use rusqlite::params;

use super::row::{self, CUT_DUE, CUT_LEASES, readable};
use crate::store::StoreError;
use crate::store::port::NoticeRow;
use crate::store::sqlite::session::Session;

const WRITE: &str = "UPDATE notices SET due_at = ?2, lease_until = ?3, checksum = ?4 WHERE notice_id = ?1";

/// Makes notices that wait for later than `now` due at once, and lets no lease end later than `lease_until`. A damaged
/// row stays as it is and is found when its own time comes.
pub(in crate::store::sqlite) fn cut(
    session: &Session<'_>,
    now: Instant,
    lease_until: Instant,
) -> Result<(), StoreError> {
    let operation = "cutting moments after the clock was set back";
    for mut notice in readable(session, operation, CUT_DUE, [now.ms()])? {
        notice.due_at = now;
        write(session, operation, &notice)?;
    }
    for mut notice in readable(session, operation, CUT_LEASES, [lease_until.ms()])? {
        notice.lease_until = Some(lease_until);
        write(session, operation, &notice)?;
    }
    Ok(())
}

fn write(session: &Session<'_>, operation: &'static str, notice: &NoticeRow) -> Result<(), StoreError> {
    let composed = row::composed(notice.composed.as_deref())?;
    let params = params![
        notice.notice_id.as_str(),
        notice.due_at.ms(),
        notice.lease_until.map(Instant::ms),
        row::checksum_of(notice, composed.as_ref())?,
    ];
    session.execute(operation, WRITE, params).map(drop)
}
