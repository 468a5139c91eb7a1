-- Orders the warehouse should take first, and what came of them. No sum covers it: it sends nothing to a buyer.
CREATE TABLE expedites (
    merchant_id     TEXT NOT NULL,        -- the shop
    order_id        TEXT NOT NULL,        -- the order within the shop
    leave_by        INTEGER NOT NULL,     -- the moment by which it has to leave
    warehouse_id    TEXT NOT NULL,        -- where it leaves from; empty: nobody said
    motive          TEXT NOT NULL,        -- why it should go first
    suggested_at    INTEGER NOT NULL,     -- when it was first suggested
    first_risk      INTEGER NOT NULL,     -- the chance to miss leave_by then, in millionths
    risk            INTEGER NOT NULL,     -- the same by the newest look
    worth           INTEGER NOT NULL,     -- what taking it first is worth, in thousandths
    currency        TEXT NOT NULL,        -- of what
    lines           TEXT NOT NULL,        -- JSON: the lines meant; empty: all that are open
    held            INTEGER NOT NULL CHECK (held IN (0, 1)), -- whether it is not to be told to anybody
    told            INTEGER NOT NULL CHECK (told IN (0, 1)), -- whether it was published with this motive
    fate            TEXT,                 -- what came of it; null: it waits
    ended_at        INTEGER,              -- when that was known
    PRIMARY KEY (merchant_id, order_id, leave_by)
) STRICT, WITHOUT ROWID;
CREATE INDEX expedites_by_worth ON expedites (merchant_id, warehouse_id, worth DESC, leave_by, order_id)
    WHERE fate IS NULL;
CREATE INDEX expedites_to_publish ON expedites (suggested_at) WHERE fate IS NULL AND told = 0 AND held = 0;
CREATE INDEX expedites_by_end ON expedites (leave_by, merchant_id);
