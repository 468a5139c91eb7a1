-- Dead letters that can be worked on, a guard over their share, and a place for what is damaged.

-- The same bytes refused for the same reason again are one letter, seen once more.
ALTER TABLE dead_letters ADD COLUMN last_at INTEGER NOT NULL DEFAULT 0; -- when it was seen last
ALTER TABLE dead_letters ADD COLUMN seen INTEGER NOT NULL DEFAULT 1;    -- at how many places it was seen
ALTER TABLE dead_letters ADD COLUMN digest TEXT;                        -- of topic, reason, headers and bytes
UPDATE dead_letters SET last_at = at;
DROP INDEX dead_letters_by_age;
DROP INDEX dead_letters_by_reason;
CREATE INDEX dead_letters_by_age ON dead_letters (last_at, seq);
CREATE INDEX dead_letters_by_reason ON dead_letters (reason, last_at, seq, seen);
CREATE INDEX dead_letters_by_digest ON dead_letters (digest) WHERE digest IS NOT NULL;

-- Where a letter was seen beside its first place, so that each place counts once.
CREATE TABLE dead_letter_places (
    topic           TEXT NOT NULL,        -- topic, `http` or the file's name
    partition       INTEGER NOT NULL,     -- 0 where there is none
    "offset"        INTEGER NOT NULL,     -- offset or line
    letter          INTEGER NOT NULL,     -- the letter's seq
    published_at    INTEGER,              -- when the broker was given it
    PRIMARY KEY (topic, partition, "offset")
) STRICT, WITHOUT ROWID;
CREATE INDEX dead_letter_places_by_letter ON dead_letter_places (letter);
CREATE INDEX dead_letter_places_to_publish ON dead_letter_places (letter) WHERE published_at IS NULL;

-- What people did with dead letters; it outlasts the letters.
CREATE TABLE dead_letter_acts (
    seq             INTEGER PRIMARY KEY,  -- order of doing
    letter          INTEGER NOT NULL,     -- the letter's seq
    topic           TEXT NOT NULL,        -- where the letter came from
    partition       INTEGER NOT NULL,
    "offset"        INTEGER NOT NULL,
    reason          TEXT NOT NULL,        -- why it was dead before
    act             TEXT NOT NULL CHECK (act IN ('retry', 'drop')), -- what was done
    outcome         TEXT NOT NULL,        -- what became of it: an account of the books, or `dropped`
    author          TEXT NOT NULL,        -- who did it
    at              INTEGER NOT NULL      -- when
) STRICT;
CREATE INDEX dead_letter_acts_by_age ON dead_letter_acts (at);

-- How many of the newest events of each place became dead letters.
CREATE TABLE intake_watches (
    topic           TEXT NOT NULL,        -- the topic, or `http`
    partition       INTEGER NOT NULL,     -- 0 where there is none
    recent          TEXT NOT NULL,        -- one digit an event, the newest last: 1 a dead letter that counts, else 0
    stopped_at      INTEGER,              -- since when nothing is taken from here; null: it is
    stopped_why     TEXT,                 -- why
    PRIMARY KEY (topic, partition)
) STRICT, WITHOUT ROWID;

-- Dead letters an operator lets pass without counting them.
CREATE TABLE intake_passes (
    number          INTEGER PRIMARY KEY AUTOINCREMENT, -- ascending, never used again
    topic           TEXT,                 -- only of this topic; null: of any
    partition       INTEGER,              -- only of this partition; null: of any
    reason          TEXT,                 -- only of this reason; null: of any
    left_over       INTEGER,              -- how many more; null: any number
    until           INTEGER,              -- until when; null: until it is taken back
    author          TEXT NOT NULL,        -- who said so
    at              INTEGER NOT NULL,     -- when
    ended_at        INTEGER,              -- when it was taken back or used up; null: it holds
    ended_by        TEXT                  -- who took it back; null: nobody
) STRICT;
CREATE INDEX intake_passes_held ON intake_passes (number) WHERE ended_at IS NULL;

-- Documents that could not be read, taken out of their rows so that these can be; personal data.
CREATE TABLE damaged_documents (
    seq             INTEGER PRIMARY KEY,  -- order of finding
    what            TEXT NOT NULL,        -- what sort of document
    id              TEXT NOT NULL,        -- whose
    text            TEXT NOT NULL,        -- as it was found
    at              INTEGER NOT NULL      -- when
) STRICT;
CREATE INDEX damaged_documents_by_age ON damaged_documents (at);
