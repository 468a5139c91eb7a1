-- What had been foretold about orders whose end is known: what policies are tried on.
CREATE TABLE hindsight (
    merchant_id       TEXT COLLATE "C" NOT NULL, -- the shop
    order_id          TEXT COLLATE "C" NOT NULL, -- the order within the shop
    platform          TEXT, -- where it was bought
    warehouse_id      TEXT, -- where it left from
    currency          TEXT, -- what it was paid in
    ship_by           BIGINT NOT NULL, -- the promised ship time
    missed            BOOLEAN NOT NULL, -- whether that was missed
    ended_at          BIGINT, -- when it was handed over or cancelled; null: open past ship_by
    looks             TEXT NOT NULL, -- JSON: what had been foretold, the earliest first
    PRIMARY KEY (merchant_id, order_id)
);
CREATE INDEX hindsight_by_age ON hindsight (ship_by, merchant_id, order_id);
