-- How many of the dates that buyers were told were kept. No sum covers it: it sends nothing.
CREATE TABLE quotes (
    merchant_id     TEXT NOT NULL,        -- in whose name they were told
    cause           TEXT NOT NULL,        -- the cause that was named with them
    kept            INTEGER NOT NULL,     -- dates that were kept
    broken          INTEGER NOT NULL,     -- dates that were not
    PRIMARY KEY (merchant_id, cause)
) STRICT, WITHOUT ROWID;
