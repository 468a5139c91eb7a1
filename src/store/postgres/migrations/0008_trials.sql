-- Orders at risk whose buyers were warned beside those a holdout left unwarned.
CREATE TABLE trials (
    merchant_id       TEXT COLLATE "C" NOT NULL, -- the shop
    day               BIGINT NOT NULL, -- when the shop's day began on which they entered
    arm               TEXT COLLATE "C" NOT NULL, -- warned or held_out
    entered           BIGINT NOT NULL, -- orders that entered
    ended             BIGINT NOT NULL, -- of those, the ones that left or were cancelled
    asked             BIGINT NOT NULL, -- of the ended ones, those whose buyer had asked in between
    cancelled         BIGINT NOT NULL, -- of the ended ones, those that were cancelled
    PRIMARY KEY (merchant_id, day, arm)
);
CREATE INDEX trials_by_day ON trials (day);
