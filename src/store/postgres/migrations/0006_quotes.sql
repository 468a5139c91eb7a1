-- How many of the dates that buyers were told were kept.
CREATE TABLE quotes (
    merchant_id       TEXT COLLATE "C" NOT NULL, -- in whose name they were told
    cause             TEXT COLLATE "C" NOT NULL, -- the cause that was named with them
    kept              BIGINT NOT NULL, -- dates that were kept
    broken            BIGINT NOT NULL, -- dates that were not
    PRIMARY KEY (merchant_id, cause)
);
