-- What processes that share the store tell each other. Times are the server's, in milliseconds.
ALTER TABLE offsets ADD COLUMN fresh_at BIGINT; -- until when it was known to be read up to date; null: not known

-- Work that only one process may do at a time.
CREATE TABLE leases (
    name              TEXT COLLATE "C" PRIMARY KEY, -- the work
    holder            TEXT COLLATE "C" NOT NULL, -- the process
    until             BIGINT NOT NULL -- until when it is its own
);
