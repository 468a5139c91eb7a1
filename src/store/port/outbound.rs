//! What goes out to Kafka after it was decided: marked only once the broker has it, so that a crash repeats a message
//! and never loses one.

use forewarn_core::Instant;
use forewarn_core::ids::NoticeId;

use crate::store::StoreError;
use crate::store::port::{DeadLetter, NoticeRow, NoticeState, Origin};

/// How many raw bytes of dead letters are taken into memory at once. Our choice: two batches of intake.
pub const OUTBOUND_BYTES: i64 = 16 * 1024 * 1024;

/// Notices and dead letters that the broker has not been told of.
pub trait OutboundStore {
    /// Up to `limit` notices that reached an end (sent, failed, unknown, withdrawn) which was not announced, oldest end
    /// first. In a step that writes, a message that cannot be read is put aside and its notice comes without one.
    ///
    /// # Errors
    /// When the database fails, or a row is damaged and the step cannot write.
    fn notices_to_announce(&mut self, limit: usize) -> Result<Vec<NoticeRow>, StoreError>;

    /// Notes that these ends were announced; a notice that has reached another one since is announced again.
    ///
    /// # Errors
    /// When the database fails.
    fn notices_announced(&mut self, ends: &[(NoticeId, NoticeState)]) -> Result<(), StoreError>;

    /// Up to `limit` dead letters that were not published, oldest first; one that was seen at several places comes once
    /// for each of them. No more come once those before them hold [`OUTBOUND_BYTES`].
    ///
    /// # Errors
    /// When the database fails or a row is damaged.
    fn dead_letters_to_publish(&mut self, limit: usize) -> Result<Vec<DeadLetter>, StoreError>;

    /// Notes that the dead letters of these origins were published at `at`.
    ///
    /// # Errors
    /// When the database fails.
    fn dead_letters_published(&mut self, origins: &[Origin], at: Instant) -> Result<(), StoreError>;
}
