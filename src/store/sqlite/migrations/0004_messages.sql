-- Notices told together share a message, and a buyer's daily limit counts messages.
ALTER TABLE notices ADD COLUMN message_id TEXT; -- the message it travels in; null until it was composed
UPDATE notices SET message_id = json_extract(composed, '$.message_id') WHERE json_valid(composed);
