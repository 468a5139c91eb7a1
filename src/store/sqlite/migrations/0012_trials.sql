-- Orders at risk whose buyers were warned beside those a holdout left unwarned. No sum covers it: it sends nothing.
CREATE TABLE trials (
    merchant_id     TEXT NOT NULL,        -- the shop
    day             INTEGER NOT NULL,     -- when the shop's day began on which they entered
    arm             TEXT NOT NULL,        -- warned or held_out
    entered         INTEGER NOT NULL,     -- orders that entered
    ended           INTEGER NOT NULL,     -- of those, the ones that left or were cancelled
    asked           INTEGER NOT NULL,     -- of the ended ones, those whose buyer had asked in between
    cancelled       INTEGER NOT NULL,     -- of the ended ones, those that were cancelled
    PRIMARY KEY (merchant_id, day, arm)
) STRICT, WITHOUT ROWID;
CREATE INDEX trials_by_day ON trials (day);
