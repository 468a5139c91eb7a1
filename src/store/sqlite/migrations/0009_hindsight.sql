-- What had been foretold about orders whose end is known: what policies are tried on. No sum covers it: it sends
-- nothing.
CREATE TABLE hindsight (
    merchant_id     TEXT NOT NULL,        -- the shop
    order_id        TEXT NOT NULL,        -- the order within the shop
    platform        TEXT,                 -- where it was bought
    warehouse_id    TEXT,                 -- where it left from
    currency        TEXT,                 -- what it was paid in
    ship_by         INTEGER NOT NULL,     -- the promised ship time
    missed          INTEGER NOT NULL CHECK (missed IN (0, 1)), -- whether that was missed
    ended_at        INTEGER,              -- when it was handed over or cancelled; null: open past ship_by
    looks           TEXT NOT NULL,        -- JSON: what had been foretold, the earliest first
    PRIMARY KEY (merchant_id, order_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX hindsight_by_age ON hindsight (ship_by);
