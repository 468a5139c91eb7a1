-- Orders that turned at risk: those of the last hours, and those of incidents as long as these are kept.
CREATE TABLE turnings (
    merchant_id       TEXT COLLATE "C" NOT NULL, -- the shop
    order_id          TEXT COLLATE "C" NOT NULL, -- the order within the shop
    at                BIGINT NOT NULL, -- when it turned, or was held back first
    counted_at        BIGINT, -- the tick it was counted at; null: not yet
    incident_id       TEXT COLLATE "C", -- the incident it belongs to
    held_at           BIGINT, -- when a notice of it was held back by the incident; null: none was
    turning           TEXT NOT NULL, -- JSON: the turning
    PRIMARY KEY (merchant_id, order_id)
);
CREATE INDEX turnings_uncounted ON turnings (at) WHERE counted_at IS NULL;
CREATE INDEX turnings_free ON turnings (counted_at) WHERE counted_at IS NOT NULL AND incident_id IS NULL;
CREATE INDEX turnings_of_incident ON turnings (incident_id, merchant_id, order_id) WHERE incident_id IS NOT NULL;

-- How many orders turned at risk in each quarter of an hour of the last two weeks: what is usual.
CREATE TABLE turning_counts (
    merchant_id       TEXT COLLATE "C" NOT NULL, -- the shop
    facet             TEXT COLLATE "C" NOT NULL, -- what they share, as JSON
    tick              BIGINT NOT NULL, -- the end of the quarter of an hour
    n                 BIGINT NOT NULL, -- how many
    PRIMARY KEY (merchant_id, facet, tick)
);
CREATE INDEX turning_counts_by_age ON turning_counts (tick);

CREATE TABLE incidents (
    incident_id       TEXT COLLATE "C" PRIMARY KEY, -- sixteen hexadecimal digits
    merchant_id       TEXT COLLATE "C", -- the shop it is within; null: it may touch several
    live              BOOLEAN NOT NULL, -- it goes on, or a person holds it
    opened_at         BIGINT NOT NULL, -- when it was noticed
    ended_at          BIGINT, -- when it was over; null: it goes on
    incident          TEXT NOT NULL -- JSON: the incident
);
CREATE INDEX incidents_live ON incidents (opened_at, incident_id) WHERE live;
CREATE INDEX incidents_over ON incidents (opened_at, incident_id) WHERE NOT live;
