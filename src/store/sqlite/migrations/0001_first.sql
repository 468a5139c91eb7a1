-- The first schema.
--
-- Instants are whole milliseconds since 1970-01-01T00:00:00Z. Documents are JSON text as serde writes it.
-- Personal data rests in orders.facts, notices.composed, suppressions.composed and dead_letters.raw, nowhere else.

-- One row an order: what is known of it, what was told about it, when to look at it again.
CREATE TABLE orders (
    seq             INTEGER PRIMARY KEY,  -- stands for the row in updates; never leaves the store
    merchant_id     TEXT NOT NULL,        -- the shop
    order_id        TEXT NOT NULL,        -- the order within the shop
    wake_at         INTEGER,              -- when to decide again; null: only an event can change anything
    parked          TEXT,                 -- why it is set aside; null: it is not
    open            INTEGER NOT NULL CHECK (open IN (0, 1)), -- paid, and something is still to be shipped
    buyer_id        TEXT,                 -- who buys, by the shop's own id
    warehouse_id    TEXT,                 -- where it leaves from
    campaign        TEXT,                 -- the campaign it came from
    paid_at         INTEGER,              -- when it was paid
    ship_by         INTEGER,              -- the promised ship time, by the newest decision
    risk_ppm        INTEGER,              -- the chance to miss it in parts per million, by the newest decision
    quote           INTEGER,              -- the date that would be quoted, by the newest decision
    cause           TEXT,                 -- the cause, by the newest decision
    handed_over_at  INTEGER,              -- when everything was handed over
    chases          INTEGER NOT NULL,     -- how often the buyer asked about it
    touched_at      INTEGER NOT NULL,     -- the newest event or word in it: its age when old rows are deleted
    tags            TEXT NOT NULL,        -- JSON: regions, carriers and open articles, as in order_tags
    told            TEXT NOT NULL,        -- JSON: what was told, not told and learned
    facts           TEXT NOT NULL,        -- JSON: the kept events; personal data
    UNIQUE (merchant_id, order_id)
) STRICT;

-- Holds only orders that will be woken, so that orders at rest cost a wake nothing.
CREATE INDEX orders_due ON orders (wake_at, merchant_id, order_id) WHERE wake_at IS NOT NULL AND parked IS NULL;
CREATE INDEX orders_open ON orders (merchant_id, order_id) WHERE open = 1;
CREATE INDEX orders_by_warehouse ON orders (warehouse_id, merchant_id, order_id)
    WHERE open = 1 AND warehouse_id IS NOT NULL;
CREATE INDEX orders_by_campaign ON orders (campaign, merchant_id, order_id) WHERE open = 1 AND campaign IS NOT NULL;
-- People search by id or buyer without naming the shop, so these begin with what they type.
CREATE INDEX orders_by_buyer ON orders (buyer_id, merchant_id, paid_at) WHERE buyer_id IS NOT NULL;
CREATE INDEX orders_by_id ON orders (order_id, merchant_id);
-- Lists and counts for people.
CREATE INDEX orders_at_risk ON orders (risk_ppm DESC, ship_by, merchant_id, order_id)
    WHERE open = 1 AND risk_ppm IS NOT NULL;
CREATE INDEX orders_by_ship_by ON orders (ship_by, merchant_id, order_id) WHERE open = 1;
CREATE INDEX orders_parked ON orders (merchant_id, order_id) WHERE parked IS NOT NULL;
CREATE INDEX orders_chased ON orders (paid_at, merchant_id, chases) WHERE chases > 0;
CREATE INDEX orders_at_rest ON orders (touched_at) WHERE open = 0 AND wake_at IS NULL AND parked IS NULL;

-- What an order is found by when there may be several of it: the way from a scope to the orders in it, in key order.
CREATE TABLE order_tags (
    tag             TEXT NOT NULL CHECK (tag IN ('sku', 'carrier', 'region')), -- what sort of name
    value           TEXT NOT NULL,        -- the article, carrier or region
    merchant_id     TEXT NOT NULL,        -- the shop
    order_id        TEXT NOT NULL,        -- the order within the shop
    PRIMARY KEY (tag, value, merchant_id, order_id)
) STRICT, WITHOUT ROWID;

-- One row a buyer who said how to be written to.
CREATE TABLE preferences (
    merchant_id     TEXT NOT NULL,        -- the shop
    buyer_id        TEXT NOT NULL,        -- the buyer within the shop
    preferences     TEXT NOT NULL,        -- JSON: the newest word on each channel
    PRIMARY KEY (merchant_id, buyer_id)
) STRICT, WITHOUT ROWID;

-- The newest word of each warehouse on any order: what tells silence on one order from a warehouse that is down.
CREATE TABLE warehouses (
    merchant_id     TEXT NOT NULL,        -- the shop
    warehouse_id    TEXT NOT NULL,        -- the warehouse
    spoke_at        INTEGER NOT NULL,     -- its newest word
    PRIMARY KEY (merchant_id, warehouse_id)
) STRICT, WITHOUT ROWID;

-- Since when each shop's notices may be sent.
CREATE TABLE merchants (
    merchant_id     TEXT PRIMARY KEY NOT NULL, -- the shop
    live_since      INTEGER NOT NULL      -- what was triggered before is never sent
) STRICT, WITHOUT ROWID;

-- Facts wider than one order.
CREATE TABLE conditions (
    condition_id    TEXT PRIMARY KEY NOT NULL, -- the condition
    in_force        INTEGER NOT NULL CHECK (in_force IN (0, 1)), -- raised and not cleared since
    facts           TEXT NOT NULL         -- JSON: its newest raise and its newest clear
) STRICT, WITHOUT ROWID;
CREATE INDEX conditions_in_force ON conditions (condition_id) WHERE in_force = 1;

-- Sweeps that are not finished; a finished one is deleted.
CREATE TABLE sweeps (
    sweep_id          INTEGER PRIMARY KEY AUTOINCREMENT, -- ascending, never used again
    scope             TEXT NOT NULL,      -- JSON: which orders
    after_merchant_id TEXT,               -- the last order reached, its shop; null: none yet
    after_order_id    TEXT                -- the last order reached, within its shop
) STRICT;

-- The outbox, and afterwards the record of every notice.
CREATE TABLE notices (
    notice_id       TEXT PRIMARY KEY NOT NULL, -- hash of the dedupe key
    key             TEXT NOT NULL,        -- the dedupe key
    merchant_id     TEXT NOT NULL,        -- the shop
    order_id        TEXT NOT NULL,        -- the order within the shop
    buyer_id        TEXT,                 -- who gets it, by the shop's own id
    kind            TEXT NOT NULL,        -- its kind
    state           TEXT NOT NULL,        -- where it stands
    created_at      INTEGER NOT NULL,     -- when it was decided
    due_at          INTEGER NOT NULL,     -- when it may be claimed next
    attempts        INTEGER NOT NULL,     -- how often it was tried
    lease_token     TEXT,                 -- who works on it
    lease_until     INTEGER,              -- until when, by the real clock
    updated_at      INTEGER NOT NULL,     -- when it reached its state
    sent_at         INTEGER,              -- when the channel took it
    outcome         TEXT,                 -- the channel's receipt, or why it was not taken
    feedback        TEXT,                 -- what became of it afterwards
    composed        TEXT,                 -- JSON: what went out; personal data
    announced       TEXT                  -- the state of which the broker was told
) STRICT;
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
    WHERE state IN ('sent', 'failed', 'unknown', 'withdrawn') AND announced IS NOT state;
CREATE INDEX notices_settled ON notices (updated_at) WHERE state IN ('sent', 'failed', 'unknown', 'withdrawn');

-- Due notices that were not sent: each dedupe key and reason once.
CREATE TABLE suppressions (
    seq             INTEGER PRIMARY KEY,  -- stands for the row; never leaves the store
    key             TEXT NOT NULL,        -- the dedupe key
    why             TEXT NOT NULL,        -- why it was not sent
    merchant_id     TEXT NOT NULL,        -- the shop
    order_id        TEXT NOT NULL,        -- the order within the shop
    kind            TEXT NOT NULL,        -- its kind
    parcel_id       TEXT,                 -- the parcel it would have spoken about
    at              INTEGER NOT NULL,     -- when
    policy_version  TEXT NOT NULL,        -- the policy it was decided under
    because         TEXT NOT NULL,        -- JSON: what speaks for it
    composed        TEXT,                 -- JSON: what would have been said, in shadow mode; personal data
    UNIQUE (key, why)
) STRICT;
CREATE INDEX suppressions_by_order ON suppressions (order_id, merchant_id, at, key, why);
CREATE INDEX suppressions_by_kind ON suppressions (kind, why);
CREATE INDEX suppressions_by_age ON suppressions (at, merchant_id, why);

-- The compensation ledger.
CREATE TABLE grants (
    grant_id        TEXT PRIMARY KEY NOT NULL, -- hash of the notice's dedupe key
    merchant_id     TEXT NOT NULL,        -- the shop
    order_id        TEXT NOT NULL,        -- the order within the shop
    buyer_id        TEXT,                 -- who gets it, by the shop's own id
    notice_key      TEXT NOT NULL,        -- the dedupe key of its notice
    thousandths     INTEGER NOT NULL,     -- how much, in thousandths of the currency's main unit
    currency        TEXT NOT NULL,        -- ISO 4217 code
    status          TEXT NOT NULL,        -- where it stands
    why             TEXT,                 -- why it was refused or released
    code            TEXT,                 -- the coupon's code
    created_at      INTEGER NOT NULL,     -- when it was decided
    updated_at      INTEGER NOT NULL,     -- when it reached its status
    requested_at    INTEGER               -- when the coupon system was asked
) STRICT;
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

-- Waits that were seen and are not learned yet; learning takes them out.
CREATE TABLE observations (
    seq             INTEGER PRIMARY KEY,  -- order of arrival
    at              INTEGER NOT NULL,     -- when it was made
    group_names     TEXT NOT NULL,        -- JSON: whom it teaches about, widest first
    from_ms         INTEGER NOT NULL,     -- where the stretch begins, after the beginning of the wait
    to_ms           INTEGER NOT NULL,     -- where it ends
    ended           INTEGER NOT NULL CHECK (ended IN (0, 1)) -- whether the wait ended there
) STRICT;
CREATE INDEX observations_by_age ON observations (at, seq);

-- The model learned so far.
CREATE TABLE model_groups (
    name            TEXT PRIMARY KEY NOT NULL, -- the group
    cells           TEXT NOT NULL         -- JSON: what was counted for it
) STRICT, WITHOUT ROWID;

-- Where each partition's next event stands, and who may move on.
CREATE TABLE offsets (
    topic           TEXT NOT NULL,        -- the topic
    partition       INTEGER NOT NULL,     -- the partition
    next            INTEGER,              -- the next offset to read; null before the first batch
    epoch           INTEGER NOT NULL,     -- raised at every assignment
    PRIMARY KEY (topic, partition)
) STRICT, WITHOUT ROWID;

-- Events that could not be taken, as they came.
CREATE TABLE dead_letters (
    seq             INTEGER PRIMARY KEY,  -- order of arrival
    topic           TEXT NOT NULL,        -- topic, `http` or the file's name
    partition       INTEGER NOT NULL,     -- 0 where there is none
    "offset"        INTEGER NOT NULL,     -- offset or line
    reason          TEXT NOT NULL,        -- the reason's name
    detail          TEXT NOT NULL,        -- the reason in a sentence
    raw             BLOB NOT NULL,        -- the bytes; they may hold personal data
    headers         TEXT NOT NULL,        -- JSON: names with values in base64
    at              INTEGER NOT NULL,     -- when it came
    published_at    INTEGER,              -- when the broker was given it
    UNIQUE (topic, partition, "offset")
) STRICT;
CREATE INDEX dead_letters_by_age ON dead_letters (at);
CREATE INDEX dead_letters_to_publish ON dead_letters (seq) WHERE published_at IS NULL;
CREATE INDEX dead_letters_by_reason ON dead_letters (reason);

-- The books: how many events ended where.
CREATE TABLE books (
    book            TEXT PRIMARY KEY NOT NULL, -- the account
    events          INTEGER NOT NULL      -- its sum
) STRICT, WITHOUT ROWID;

-- How many records pruning took, so that sums over all time never fall.
CREATE TABLE pruned (
    what            TEXT NOT NULL,        -- notice, suppression or dead_letter
    kind            TEXT NOT NULL,        -- the notice's kind; empty for dead letters
    detail          TEXT NOT NULL,        -- its state, or the reason
    n               INTEGER NOT NULL,     -- how many went
    PRIMARY KEY (what, kind, detail)
) STRICT, WITHOUT ROWID;

-- Every version of the policy; the highest number is in force.
CREATE TABLE policies (
    number          INTEGER PRIMARY KEY,  -- ascending without gaps
    version         TEXT NOT NULL,        -- hash of the content
    text            TEXT NOT NULL,        -- TOML
    author          TEXT NOT NULL,        -- who published it
    at              INTEGER NOT NULL      -- when
) STRICT;

-- Switches that are on.
CREATE TABLE switches (
    scope           TEXT PRIMARY KEY NOT NULL, -- JSON: what it turns off
    author          TEXT NOT NULL,        -- who set it
    at              INTEGER NOT NULL      -- when
) STRICT, WITHOUT ROWID;

-- Access tokens, as hashes.
CREATE TABLE access (
    token_hash      TEXT PRIMARY KEY NOT NULL, -- SHA-256 of the token, hexadecimal
    merchant_id     TEXT,                 -- the one shop it opens; null: it opens everything
    name            TEXT NOT NULL,        -- what it is called
    at              INTEGER NOT NULL      -- when it was made
) STRICT, WITHOUT ROWID;

-- Small named values that outlast a restart.
CREATE TABLE notes (
    name            TEXT PRIMARY KEY NOT NULL, -- the name
    value           TEXT NOT NULL         -- the value
) STRICT, WITHOUT ROWID;

-- Runs of scheduled work that were taken.
CREATE TABLE job_runs (
    name            TEXT NOT NULL,        -- the job
    due_at          INTEGER NOT NULL,     -- when the run was due
    taken_at        INTEGER NOT NULL,     -- when it was taken
    PRIMARY KEY (name, due_at)
) STRICT, WITHOUT ROWID;

-- Two single values that change often.
CREATE TABLE versions (
    name            TEXT PRIMARY KEY NOT NULL, -- `settings` or `model`
    version         TEXT NOT NULL         -- a number for the settings, the learning tick for the model
) STRICT, WITHOUT ROWID;
