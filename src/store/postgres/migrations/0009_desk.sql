-- What only a person can settle: a row is the record of one entry and its exit.
CREATE TABLE desk (
    desk_id           TEXT COLLATE "C" PRIMARY KEY, -- hash of matter, order, what of it, and how often it came
    merchant_id       TEXT COLLATE "C" NOT NULL,
    order_id          TEXT COLLATE "C" NOT NULL,
    matter            TEXT COLLATE "C" NOT NULL, -- what a person is needed for
    about             TEXT NOT NULL, -- the exception, parcel or grant; empty for the order itself
    number            INTEGER NOT NULL, -- how often it came, from 1
    cause             TEXT NOT NULL, -- why, by the newest look
    rank              INTEGER NOT NULL, -- where its cause stands, the first being 0
    chases            INTEGER NOT NULL, -- how often the buyer had asked
    opened_at         BIGINT NOT NULL, -- Unix milliseconds
    queued_at         BIGINT NOT NULL, -- opened_at, a day earlier for each time the buyer asked
    taken_by          TEXT, -- who has it
    taken_at          BIGINT,
    closed_at         BIGINT, -- null while it is open
    closed_by         TEXT, -- who closed it; null when it resolved itself
    outcome           TEXT, -- what became of it
    ended_by          TEXT, -- what ended it by itself
    note              TEXT -- what the person wrote beside it
);
CREATE INDEX desk_open ON desk (rank, queued_at, desk_id) WHERE closed_at IS NULL;
CREATE INDEX desk_open_of_shop ON desk (merchant_id, rank, queued_at, desk_id) WHERE closed_at IS NULL;
CREATE INDEX desk_closed ON desk (closed_at, desk_id) WHERE closed_at IS NOT NULL;
CREATE INDEX desk_of_order ON desk (merchant_id, order_id);
