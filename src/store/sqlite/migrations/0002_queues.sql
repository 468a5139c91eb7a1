-- Orders teach two sorts of things now: how long they waited, and which queue they wait in. An observation is
-- therefore kept as one document.
ALTER TABLE observations RENAME TO waits;
DROP INDEX observations_by_age;

CREATE TABLE observations (
    seq             INTEGER PRIMARY KEY,  -- order of arrival
    at              INTEGER NOT NULL,     -- when it was made
    seen            TEXT NOT NULL         -- JSON: what was seen
) STRICT;
CREATE INDEX observations_by_age ON observations (at, seq);

INSERT INTO observations (seq, at, seen)
SELECT seq, at, json_object('waited', json_object('groups', json(group_names), 'from', from_ms, 'to', to_ms,
                            'ended', json(iif(ended, 'true', 'false'))))
FROM waits;
DROP TABLE waits;

-- How long each warehouse's queue is, and how long it usually is.
CREATE TABLE model_queues (
    name            TEXT PRIMARY KEY NOT NULL, -- the queue
    backlog         TEXT NOT NULL         -- JSON: its length over time
) STRICT, WITHOUT ROWID;
