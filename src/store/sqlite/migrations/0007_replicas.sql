-- What several processes on one store tell each other; they share a server, a file has one process. No sum covers it:
-- it steers when something is sent, never what. Times are the machine's, in milliseconds.
ALTER TABLE offsets ADD COLUMN fresh_at INTEGER; -- until when it was known to be read up to date; null: not known

-- Work that only one process may do at a time.
CREATE TABLE leases (
    name            TEXT PRIMARY KEY NOT NULL, -- the work
    holder          TEXT NOT NULL,        -- the process
    until           INTEGER NOT NULL      -- until when it is its own
) STRICT, WITHOUT ROWID;
