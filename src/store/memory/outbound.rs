//! What the broker has not been told of.

use forewarn_core::Instant;
use forewarn_core::ids::NoticeId;

use super::Tables;
use super::letters::Place;
use crate::store::StoreError;
use crate::store::port::{DeadLetter, NoticeRow, NoticeState, OUTBOUND_BYTES, Origin, OutboundStore};

impl OutboundStore for Tables {
    fn notices_to_announce(&mut self, limit: usize) -> Result<Vec<NoticeRow>, StoreError> {
        Ok(self.notices.to_announce().take(limit).cloned().collect())
    }

    fn notices_announced(&mut self, ends: &[(NoticeId, NoticeState)]) -> Result<(), StoreError> {
        for (id, state) in ends {
            self.notices.change(id, |record| record.announced = Some(*state));
        }
        Ok(())
    }

    fn dead_letters_to_publish(&mut self, limit: usize) -> Result<Vec<DeadLetter>, StoreError> {
        let mut room = OUTBOUND_BYTES;
        let has_room = |letter: &DeadLetter| {
            let before = room;
            room = room.saturating_sub(i64::try_from(letter.raw.len()).unwrap_or(i64::MAX));
            before > 0
        };
        let letters = self.letters.unpublished().chain(self.letters.unpublished_further());
        Ok(letters.take(limit).take_while(has_room).collect())
    }

    fn dead_letters_published(&mut self, origins: &[Origin], _at: Instant) -> Result<(), StoreError> {
        origins.iter().for_each(|origin| self.letters.publish(&Place::of(origin)));
        Ok(())
    }
}
