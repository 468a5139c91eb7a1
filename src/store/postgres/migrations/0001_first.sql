-- The first schema.
--
-- Instants are whole milliseconds since 1970-01-01T00:00:00Z. Documents are JSON text as serde writes it: kept byte by
-- byte and never looked into by a statement that runs often. Names are compared byte by byte (collation "C"), as the
-- program compares them, whatever the database's own language.
-- Personal data rests in orders.facts, notices.composed, suppressions.composed and dead_letters.raw, nowhere else.

-- One row an order: what is known of it, what was told about it, when to look at it again.
CREATE TABLE orders (
    merchant_id       TEXT COLLATE "C" NOT NULL, -- the shop
    order_id          TEXT COLLATE "C" NOT NULL, -- the order within the shop
    wake_at           BIGINT, -- when to decide again; null: only an event can change anything
    parked            TEXT COLLATE "C", -- why it is set aside; null: it is not
    open              BOOLEAN NOT NULL, -- paid, and something is still to be shipped
    buyer_id          TEXT COLLATE "C", -- who buys, by the shop's own id
    warehouse_id      TEXT COLLATE "C", -- where it leaves from
    campaign          TEXT COLLATE "C", -- the campaign it came from
    paid_at           BIGINT, -- when it was paid
    ship_by           BIGINT, -- the promised ship time, by the newest decision
    risk_ppm          INTEGER, -- the chance to miss it in parts per million, by the newest decision
    quote             BIGINT, -- the date that would be quoted, by the newest decision
    cause             TEXT COLLATE "C", -- the cause, by the newest decision
    handed_over_at    BIGINT, -- when everything was handed over
    chases            INTEGER NOT NULL, -- how often the buyer asked about it
    touched_at        BIGINT NOT NULL, -- the newest event or word in it: its age when old rows are deleted
    regions           TEXT[] NOT NULL, -- country and region it goes to
    carriers          TEXT[] NOT NULL, -- carriers of its parcels
    skus              TEXT[] NOT NULL, -- articles of its open lines
    told              TEXT NOT NULL, -- JSON: what was told, not told and learned
    facts             TEXT NOT NULL, -- JSON: the kept events; personal data
    PRIMARY KEY (merchant_id, order_id)
);
-- Rows change several times a day: dead ones are cleared long before a fifth of the table is dead.
ALTER TABLE orders SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

-- Holds only orders that will be woken, so that orders at rest cost a wake nothing.
CREATE INDEX orders_due ON orders (wake_at, merchant_id, order_id) WHERE wake_at IS NOT NULL AND parked IS NULL;
CREATE INDEX orders_open ON orders (merchant_id, order_id) WHERE open;
CREATE INDEX orders_by_warehouse ON orders (warehouse_id, merchant_id, order_id)
    WHERE open AND warehouse_id IS NOT NULL;
CREATE INDEX orders_by_campaign ON orders (campaign, merchant_id, order_id) WHERE open AND campaign IS NOT NULL;
-- People search by id or buyer without naming the shop, so these begin with what they type.
CREATE INDEX orders_by_buyer ON orders (buyer_id, merchant_id, paid_at DESC NULLS LAST, order_id DESC)
    WHERE buyer_id IS NOT NULL;
CREATE INDEX orders_by_id ON orders (order_id, merchant_id);
-- Lists and counts for people.
CREATE INDEX orders_at_risk ON orders (risk_ppm DESC, ship_by, merchant_id, order_id)
    WHERE open AND risk_ppm IS NOT NULL;
CREATE INDEX orders_by_ship_by ON orders (ship_by, merchant_id, order_id) WHERE open;
CREATE INDEX orders_parked ON orders (merchant_id, order_id) WHERE parked IS NOT NULL;
CREATE INDEX orders_chased ON orders (paid_at, merchant_id, chases) WHERE chases > 0;
CREATE INDEX orders_at_rest ON orders (touched_at) WHERE NOT open AND wake_at IS NULL AND parked IS NULL;

-- What an order is found by when there may be several of it: the way from a scope to the orders in it, in key order.
CREATE TABLE order_tags (
    tag               TEXT COLLATE "C" NOT NULL CHECK (tag IN ('sku', 'carrier', 'region')), -- what sort of name
    value             TEXT COLLATE "C" NOT NULL, -- the article, carrier or region
    merchant_id       TEXT COLLATE "C" NOT NULL, -- the shop
    order_id          TEXT COLLATE "C" NOT NULL, -- the order within the shop
    PRIMARY KEY (tag, value, merchant_id, order_id)
);

-- One row a buyer who said how to be written to.
CREATE TABLE preferences (
    merchant_id       TEXT COLLATE "C" NOT NULL, -- the shop
    buyer_id          TEXT COLLATE "C" NOT NULL, -- the buyer within the shop
    preferences       TEXT NOT NULL, -- JSON: the newest word on each channel
    PRIMARY KEY (merchant_id, buyer_id)
);

-- The newest word of each warehouse on any order: what tells silence on one order from a warehouse that is down.
CREATE TABLE warehouses (
    merchant_id       TEXT COLLATE "C" NOT NULL, -- the shop
    warehouse_id      TEXT COLLATE "C" NOT NULL, -- the warehouse
    spoke_at          BIGINT NOT NULL, -- its newest word
    PRIMARY KEY (merchant_id, warehouse_id)
);

-- Since when each shop's notices may be sent.
CREATE TABLE merchants (
    merchant_id       TEXT COLLATE "C" PRIMARY KEY, -- the shop
    live_since        BIGINT NOT NULL -- what was triggered before is never sent
);

-- Facts wider than one order.
CREATE TABLE conditions (
    condition_id      TEXT COLLATE "C" PRIMARY KEY, -- the condition
    in_force          BOOLEAN NOT NULL, -- raised and not cleared since
    facts             TEXT NOT NULL -- JSON: its newest raise and its newest clear
);
CREATE INDEX conditions_in_force ON conditions (condition_id) WHERE in_force;

-- Sweeps that are not finished; a finished one is deleted.
CREATE TABLE sweeps (
    sweep_id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- ascending, never used again
    scope             TEXT COLLATE "C" NOT NULL, -- JSON: which orders
    after_merchant_id TEXT COLLATE "C", -- the last order reached, its shop; null: none yet
    after_order_id    TEXT COLLATE "C" -- the last order reached, within its shop
);

-- The outbox, and afterwards the record of every notice.
CREATE TABLE notices (
    notice_id         TEXT COLLATE "C" PRIMARY KEY, -- hash of the dedupe key
    key               TEXT COLLATE "C" NOT NULL, -- the dedupe key
    merchant_id       TEXT COLLATE "C" NOT NULL, -- the shop
    order_id          TEXT COLLATE "C" NOT NULL, -- the order within the shop
    buyer_id          TEXT COLLATE "C", -- who gets it, by the shop's own id
    kind              TEXT COLLATE "C" NOT NULL, -- its kind
    state             TEXT COLLATE "C" NOT NULL, -- where it stands
    created_at        BIGINT NOT NULL, -- when it was decided
    due_at            BIGINT NOT NULL, -- when it may be claimed next
    attempts          INTEGER NOT NULL, -- how often it was tried
    lease_token       TEXT COLLATE "C", -- who works on it
    lease_until       BIGINT, -- until when, by the real clock
    updated_at        BIGINT NOT NULL, -- when it reached its state
    sent_at           BIGINT, -- when the channel took it
    outcome           TEXT, -- the channel's receipt, or why it was not taken
    feedback          TEXT COLLATE "C", -- what became of it afterwards
    composed          TEXT, -- JSON: what went out; personal data
    message_id        TEXT COLLATE "C", -- the message it travels in; null until it was composed
    announced         TEXT COLLATE "C" -- the state of which the broker was told
);
ALTER TABLE notices SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
CREATE INDEX notices_claimable ON notices (due_at, merchant_id, order_id, notice_id)
    WHERE state IN ('ready', 'retry', 'claimed');
CREATE INDEX notices_sending ON notices (lease_until, notice_id) WHERE state = 'sending';
CREATE INDEX notices_by_order ON notices (order_id, merchant_id, created_at, notice_id);
CREATE INDEX notices_by_buyer ON notices (buyer_id, merchant_id, state) WHERE buyer_id IS NOT NULL;
CREATE INDEX notices_newest ON notices (created_at, notice_id);
CREATE INDEX notices_newest_of_shop ON notices (merchant_id, created_at, notice_id);
CREATE INDEX notices_by_sending ON notices (sent_at, merchant_id, kind) WHERE state = 'sent';
CREATE INDEX notices_in_trouble ON notices (updated_at, merchant_id, state) WHERE state IN ('failed', 'unknown');
CREATE INDEX notices_by_kind ON notices (kind, state);
CREATE INDEX notices_to_announce ON notices (updated_at, notice_id)
    WHERE state IN ('sent', 'failed', 'unknown', 'withdrawn') AND announced IS DISTINCT FROM state;
CREATE INDEX notices_settled ON notices (updated_at) WHERE state IN ('sent', 'failed', 'unknown', 'withdrawn');

-- Due notices that were not sent: each dedupe key and reason once.
CREATE TABLE suppressions (
    seq               BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- stands for the row; never leaves the store
    key               TEXT COLLATE "C" NOT NULL, -- the dedupe key
    why               TEXT COLLATE "C" NOT NULL, -- why it was not sent
    merchant_id       TEXT COLLATE "C" NOT NULL, -- the shop
    order_id          TEXT COLLATE "C" NOT NULL, -- the order within the shop
    kind              TEXT COLLATE "C" NOT NULL, -- its kind
    parcel_id         TEXT COLLATE "C", -- the parcel it would have spoken about
    at                BIGINT NOT NULL, -- when
    policy_version    TEXT COLLATE "C" NOT NULL, -- the policy it was decided under
    because           TEXT NOT NULL, -- JSON: what speaks for it
    composed          TEXT, -- JSON: what would have been said, in shadow mode; personal data
    UNIQUE (key, why)
);
CREATE INDEX suppressions_by_order ON suppressions (order_id, merchant_id, at);
CREATE INDEX suppressions_by_kind ON suppressions (kind, why);
CREATE INDEX suppressions_by_age ON suppressions (at, merchant_id, why);

-- The compensation ledger.
CREATE TABLE grants (
    grant_id          TEXT COLLATE "C" PRIMARY KEY, -- hash of the notice's dedupe key
    merchant_id       TEXT COLLATE "C" NOT NULL, -- the shop
    order_id          TEXT COLLATE "C" NOT NULL, -- the order within the shop
    buyer_id          TEXT COLLATE "C", -- who gets it, by the shop's own id
    notice_key        TEXT COLLATE "C" NOT NULL, -- the dedupe key of its notice
    thousandths       BIGINT NOT NULL, -- how much, in thousandths of the currency's main unit
    currency          TEXT COLLATE "C" NOT NULL, -- ISO 4217 code
    status            TEXT COLLATE "C" NOT NULL, -- where it stands
    why               TEXT COLLATE "C", -- why it was refused or released
    code              TEXT COLLATE "C", -- the coupon's code
    created_at        BIGINT NOT NULL, -- when it was decided
    updated_at        BIGINT NOT NULL, -- when it reached its status
    requested_at      BIGINT -- when the coupon system was asked
);
CREATE INDEX grants_by_order ON grants (merchant_id, order_id, created_at, grant_id);
-- The sums behind the caps are read from these three alone.
CREATE INDEX grants_spent_by_order ON grants (merchant_id, order_id, grant_id, thousandths)
    WHERE status IN ('reserved', 'needs_approval', 'granted');
CREATE INDEX grants_spent_by_buyer ON grants (merchant_id, buyer_id, created_at, grant_id, thousandths)
    WHERE status IN ('reserved', 'needs_approval', 'granted');
CREATE INDEX grants_spent_by_day ON grants (merchant_id, created_at, grant_id, thousandths)
    WHERE status IN ('reserved', 'needs_approval', 'granted');
CREATE INDEX grants_by_age ON grants (created_at, merchant_id, status, currency, thousandths)
    WHERE status IN ('reserved', 'needs_approval', 'granted');
CREATE INDEX grants_waiting ON grants (created_at, grant_id, merchant_id) WHERE status = 'needs_approval';
CREATE INDEX grants_to_request ON grants (created_at, grant_id) WHERE status = 'reserved' AND requested_at IS NULL;

-- What was seen and is not learned yet; learning takes them out.
CREATE TABLE observations (
    seq               BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- order of arrival
    at                BIGINT NOT NULL, -- when it was made
    seen              TEXT NOT NULL -- JSON: what was seen
);
CREATE INDEX observations_by_age ON observations (at, seq);

-- The model learned so far.
CREATE TABLE model_groups (
    name              TEXT COLLATE "C" PRIMARY KEY, -- the group
    cells             TEXT NOT NULL -- JSON: what was counted for it
);

-- How long each warehouse's queue is, and how long it usually is.
CREATE TABLE model_queues (
    name              TEXT COLLATE "C" PRIMARY KEY, -- the queue
    backlog           TEXT NOT NULL -- JSON: its length over time
);

-- Where each partition's next event stands, and who may move on.
CREATE TABLE offsets (
    topic             TEXT COLLATE "C" NOT NULL, -- the topic
    partition         INTEGER NOT NULL, -- the partition
    next              BIGINT, -- the next offset to read; null before the first batch
    epoch             BIGINT NOT NULL, -- raised at every assignment
    PRIMARY KEY (topic, partition)
);

-- Events that could not be taken, as they came.
CREATE TABLE dead_letters (
    seq               BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- order of arrival
    topic             TEXT COLLATE "C" NOT NULL, -- topic, `http` or the file's name
    partition         INTEGER NOT NULL, -- 0 where there is none
    "offset"          BIGINT NOT NULL, -- offset or line
    reason            TEXT COLLATE "C" NOT NULL, -- the reason's name
    detail            TEXT NOT NULL, -- the reason in a sentence
    raw               BYTEA NOT NULL, -- the bytes; they may hold personal data
    headers           TEXT NOT NULL, -- JSON: names with values in base64
    at                BIGINT NOT NULL, -- when it was seen first
    last_at           BIGINT NOT NULL, -- when it was seen last
    seen              BIGINT NOT NULL, -- at how many places it was seen
    digest            TEXT COLLATE "C" NOT NULL, -- of topic, reason, headers and bytes
    published_at      BIGINT, -- when the broker was given it
    UNIQUE (topic, partition, "offset")
);
CREATE INDEX dead_letters_by_age ON dead_letters (last_at, seq);
CREATE INDEX dead_letters_to_publish ON dead_letters (seq) WHERE published_at IS NULL;
CREATE INDEX dead_letters_by_reason ON dead_letters (reason, last_at, seq, seen);
CREATE INDEX dead_letters_by_digest ON dead_letters (digest, seq);

-- Where a letter was seen beside its first place, so that each place counts once.
CREATE TABLE dead_letter_places (
    topic             TEXT COLLATE "C" NOT NULL, -- topic, `http` or the file's name
    partition         INTEGER NOT NULL, -- 0 where there is none
    "offset"          BIGINT NOT NULL, -- offset or line
    letter            BIGINT NOT NULL, -- the letter's seq
    published_at      BIGINT, -- when the broker was given it
    PRIMARY KEY (topic, partition, "offset")
);
CREATE INDEX dead_letter_places_by_letter ON dead_letter_places (letter);
CREATE INDEX dead_letter_places_to_publish ON dead_letter_places (letter) WHERE published_at IS NULL;

-- What people did with dead letters; it outlasts the letters.
CREATE TABLE dead_letter_acts (
    seq               BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- order of doing
    letter            BIGINT NOT NULL, -- the letter's seq
    topic             TEXT COLLATE "C" NOT NULL, -- where the letter came from
    partition         INTEGER NOT NULL,
    "offset"          BIGINT NOT NULL,
    reason            TEXT COLLATE "C" NOT NULL, -- why it was dead before
    act               TEXT COLLATE "C" NOT NULL CHECK (act IN ('retry', 'drop')), -- what was done
    outcome           TEXT COLLATE "C" NOT NULL, -- what became of it: an account of the books, or `dropped`
    author            TEXT COLLATE "C" NOT NULL, -- who did it
    at                BIGINT NOT NULL -- when
);
CREATE INDEX dead_letter_acts_by_age ON dead_letter_acts (at);

-- How many of the newest events of each place became dead letters.
CREATE TABLE intake_watches (
    topic             TEXT COLLATE "C" NOT NULL, -- the topic, or `http`
    partition         INTEGER NOT NULL, -- 0 where there is none
    recent            TEXT COLLATE "C" NOT NULL, -- one digit an event, the newest last: 1 a counted dead letter, else 0
    stopped_at        BIGINT, -- since when nothing is taken from here; null: it is
    stopped_why       TEXT, -- why
    PRIMARY KEY (topic, partition)
);

-- Dead letters an operator lets pass without counting them.
CREATE TABLE intake_passes (
    number            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- ascending, never used again
    topic             TEXT COLLATE "C", -- only of this topic; null: of any
    partition         INTEGER, -- only of this partition; null: of any
    reason            TEXT COLLATE "C", -- only of this reason; null: of any
    left_over         BIGINT, -- how many more; null: any number
    until             BIGINT, -- until when; null: until it is taken back
    author            TEXT COLLATE "C" NOT NULL, -- who said so
    at                BIGINT NOT NULL, -- when
    ended_at          BIGINT, -- when it was taken back or used up; null: it holds
    ended_by          TEXT COLLATE "C" -- who took it back; null: nobody
);
CREATE INDEX intake_passes_held ON intake_passes (number) WHERE ended_at IS NULL;

-- Documents that could not be read, taken out of their rows so that these can be; personal data.
CREATE TABLE damaged_documents (
    seq               BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- order of finding
    what              TEXT COLLATE "C" NOT NULL, -- what sort of document
    id                TEXT COLLATE "C" NOT NULL, -- whose
    text              TEXT NOT NULL, -- as it was found
    at                BIGINT NOT NULL -- when
);
CREATE INDEX damaged_documents_by_age ON damaged_documents (at);

-- The books: how many events ended where. Each account lies in several drawers, so that writers that count at the
-- same time rarely wait for each other; its sum is that of its drawers.
CREATE TABLE books (
    book              TEXT COLLATE "C" NOT NULL, -- the account
    drawer            INTEGER NOT NULL, -- which part of it
    events            BIGINT NOT NULL, -- its sum
    PRIMARY KEY (book, drawer)
);

-- How many records pruning took, so that sums over all time never fall.
CREATE TABLE pruned (
    what              TEXT COLLATE "C" NOT NULL, -- notice, suppression or dead_letter
    kind              TEXT COLLATE "C" NOT NULL, -- the notice's kind; empty for dead letters
    detail            TEXT NOT NULL, -- its state, or the reason
    n                 BIGINT NOT NULL, -- how many went
    PRIMARY KEY (what, kind, detail)
);

-- Every version of the policy; the highest number is in force.
CREATE TABLE policies (
    number            BIGINT PRIMARY KEY, -- ascending without gaps
    version           TEXT COLLATE "C" NOT NULL, -- hash of the content
    text              TEXT NOT NULL, -- TOML
    author            TEXT COLLATE "C" NOT NULL, -- who published it
    at                BIGINT NOT NULL -- when
);

-- Switches that are on.
CREATE TABLE switches (
    scope             TEXT COLLATE "C" PRIMARY KEY, -- JSON: what it turns off
    author            TEXT COLLATE "C" NOT NULL, -- who set it
    at                BIGINT NOT NULL -- when
);

-- Access tokens, as hashes.
CREATE TABLE access (
    token_hash        TEXT COLLATE "C" PRIMARY KEY, -- SHA-256 of the token, hexadecimal
    merchant_id       TEXT COLLATE "C", -- the one shop it opens; null: it opens everything
    name              TEXT COLLATE "C" NOT NULL, -- what it is called
    at                BIGINT NOT NULL -- when it was made
);

-- Small named values that outlast a restart.
CREATE TABLE notes (
    name              TEXT COLLATE "C" PRIMARY KEY, -- the name
    value             TEXT COLLATE "C" NOT NULL -- the value
);

-- Runs of scheduled work that were taken.
CREATE TABLE job_runs (
    name              TEXT COLLATE "C" NOT NULL, -- the job
    due_at            BIGINT NOT NULL, -- when the run was due
    taken_at          BIGINT NOT NULL, -- when it was taken
    PRIMARY KEY (name, due_at)
);

-- Two single values that change often.
CREATE TABLE versions (
    name              TEXT COLLATE "C" PRIMARY KEY, -- `settings` or `model`
    version           TEXT COLLATE "C" NOT NULL -- a number for the settings, the learning tick for the model
);
