-- Orders that turned at risk: those of the last hours, and those of incidents as long as these are kept. No sum covers
-- them: they send nothing.
CREATE TABLE turnings (
    merchant_id     TEXT NOT NULL,        -- the shop
    order_id        TEXT NOT NULL,        -- the order within the shop
    at              INTEGER NOT NULL,     -- when it turned, or was held back first
    counted_at      INTEGER,              -- the tick it was counted at; null: not yet
    incident_id     TEXT,                 -- the incident it belongs to
    held_at         INTEGER,              -- when a notice of it was held back by the incident; null: none was
    turning         TEXT NOT NULL,        -- JSON: the turning
    PRIMARY KEY (merchant_id, order_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX turnings_uncounted ON turnings (at) WHERE counted_at IS NULL;
CREATE INDEX turnings_free ON turnings (counted_at) WHERE counted_at IS NOT NULL AND incident_id IS NULL;
CREATE INDEX turnings_of_incident ON turnings (incident_id, merchant_id, order_id) WHERE incident_id IS NOT NULL;

-- How many orders turned at risk in each quarter of an hour of the last two weeks: what is usual.
CREATE TABLE turning_counts (
    merchant_id     TEXT NOT NULL,        -- the shop
    facet           TEXT NOT NULL,        -- what they share, as JSON
    tick            INTEGER NOT NULL,     -- the end of the quarter of an hour
    n               INTEGER NOT NULL,     -- how many
    PRIMARY KEY (merchant_id, facet, tick)
) STRICT, WITHOUT ROWID;
CREATE INDEX turning_counts_by_age ON turning_counts (tick);

CREATE TABLE incidents (
    incident_id     TEXT PRIMARY KEY,     -- sixteen hexadecimal digits
    merchant_id     TEXT,                 -- the shop it is within; null: it may touch several
    live            INTEGER NOT NULL CHECK (live IN (0, 1)), -- it goes on, or a person holds it
    opened_at       INTEGER NOT NULL,     -- when it was noticed
    ended_at        INTEGER,              -- when it was over; null: it goes on
    incident        TEXT NOT NULL,        -- JSON: the incident
    checksum        INTEGER               -- CRC-32 over the columns above, as a read names them
) STRICT, WITHOUT ROWID;
CREATE INDEX incidents_live ON incidents (opened_at, incident_id) WHERE live = 1;
CREATE INDEX incidents_over ON incidents (opened_at, incident_id) WHERE live = 0;
