-- Orders the warehouse should take first, and what came of them.
CREATE TABLE expedites (
    merchant_id       TEXT COLLATE "C" NOT NULL, -- the shop
    order_id          TEXT COLLATE "C" NOT NULL, -- the order within the shop
    leave_by          BIGINT NOT NULL, -- the moment by which it has to leave
    warehouse_id      TEXT COLLATE "C" NOT NULL, -- where it leaves from; empty: nobody said
    motive            TEXT NOT NULL, -- why it should go first
    suggested_at      BIGINT NOT NULL, -- when it was first suggested
    first_risk        BIGINT NOT NULL, -- the chance to miss leave_by then, in millionths
    risk              BIGINT NOT NULL, -- the same by the newest look
    worth             BIGINT NOT NULL, -- what taking it first is worth, in thousandths
    currency          TEXT NOT NULL, -- of what
    lines             TEXT NOT NULL, -- JSON: the lines meant; empty: all that are open
    held              BOOLEAN NOT NULL, -- whether it is not to be told to anybody
    told              BOOLEAN NOT NULL, -- whether it was published with this motive
    fate              TEXT, -- what came of it; null: it waits
    ended_at          BIGINT, -- when that was known
    PRIMARY KEY (merchant_id, order_id, leave_by)
);
CREATE INDEX expedites_by_worth ON expedites (merchant_id, warehouse_id, worth DESC, leave_by, order_id)
    WHERE fate IS NULL;
CREATE INDEX expedites_to_publish ON expedites (suggested_at) WHERE fate IS NULL AND NOT told AND NOT held;
CREATE INDEX expedites_by_end ON expedites (leave_by, merchant_id);
