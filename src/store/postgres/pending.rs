//! What a step has written and the database has not seen yet.

use std::collections::BTreeMap;

use forewarn_core::cause::Cause;
use forewarn_core::forecast::Observation;
use forewarn_core::hindsight::Past;
use forewarn_core::ids::{GrantId, MerchantId, NoticeId};
use forewarn_core::trial::Arm;
use forewarn_core::{Instant, OrderKey};

use super::desk::Moves;
use super::expedites::Change;
use super::incidents::Turned;
use super::intake::Advance;
use super::seen::House;
use super::session::Session;
use crate::store::StoreError;
use crate::store::port::{Book, GrantRow, NoticeRow, OrderRow, SuppressionRow};

/// Rows that wait, sorted by key where several writers may lock the same.
#[derive(Default)]
pub(super) struct Pending {
    pub(super) offsets: Vec<Advance>,
    pub(super) orders: BTreeMap<OrderKey, OrderRow>,
    /// New notices.
    pub(super) added: BTreeMap<NoticeId, NoticeRow>,
    /// Notices claimed in this transaction, as they are to be.
    pub(super) saved: BTreeMap<NoticeId, NoticeRow>,
    pub(super) grants: BTreeMap<GrantId, GrantRow>,
    pub(super) suppressions: Vec<SuppressionRow>,
    pub(super) desk: Moves,
    pub(super) pasts: BTreeMap<OrderKey, Past>,
    /// By order and the moment it has to leave by.
    pub(super) expedites: BTreeMap<(OrderKey, Instant), Change>,
    pub(super) observations: Vec<(Instant, Observation)>,
    /// Orders that turned at risk or were held back.
    pub(super) turned: BTreeMap<OrderKey, Turned>,
    pub(super) words: BTreeMap<House, Instant>,
    pub(super) books: BTreeMap<Book, u64>,
    /// By how much sums of kept and of broken dates change; these are written by the end of the step alone.
    pub(super) quotes: BTreeMap<(MerchantId, Cause), (i64, i64)>,
    /// By how much entered, ended, asked and cancelled orders of a shop's day and sort change; written likewise.
    pub(super) trials: BTreeMap<(MerchantId, Instant, Arm), [i64; 4]>,
}

impl Session<'_> {
    /// Writes everything that waits. The rows most writers share come last, so that they are held for the commit only.
    ///
    /// # Errors
    /// When the database fails or the step was overtaken.
    pub(super) fn flush(&mut self) -> Result<(), StoreError> {
        self.flush_offsets()?;
        self.flush_orders()?;
        self.flush_notices()?;
        self.flush_grants()?;
        self.flush_suppressions()?;
        self.flush_desk()?;
        self.flush_pasts()?;
        self.flush_expedites()?;
        self.flush_turned()?;
        self.flush_observations()?;
        self.flush_words()?;
        self.flush_books()
    }
}
