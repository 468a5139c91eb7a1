//! What an inspection of a store finds wrong.

/// Most findings that are told one by one; what is damaged on a large scale is not understood better by more of them.
pub const FINDINGS_MAX: usize = 200;

/// One fault of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// The file itself does not hang together, in the database's own words.
    Structure(String),
    /// Committed steps in the write-ahead log can no longer be read.
    LostSteps {
        /// How many commits at least.
        commits: u64,
    },
    /// A row cannot be read, or does not fit its checksum.
    Row {
        /// What sort of row.
        what: &'static str,
        /// Which one.
        id: String,
        /// Why not; never what it says.
        why: String,
    },
    /// A notice that may still leave, or was never pruned, speaks about an order that is not there.
    NoticeWithoutOrder {
        /// The notice.
        notice: String,
        /// Its order.
        order: String,
    },
    /// An order counts on a notice that is not in the outbox.
    OrderWithoutNotice {
        /// The order.
        order: String,
        /// The notice's dedupe key.
        key: String,
    },
    /// What an order is found by is not what its row says.
    Tags {
        /// The order; `*` where a tag leads to no order.
        order: String,
    },
    /// Events read are not the events that ended somewhere.
    Books {
        /// Events read.
        read: u64,
        /// Events on the other accounts.
        ended: u64,
    },
    /// What an order remembers to have open on the desk is not what is open there.
    Desk {
        /// The order.
        order: String,
    },
    /// A grant over nothing, or over less.
    Grant {
        /// The grant.
        grant: String,
    },
    /// An offset that cannot be: below zero, without an epoch, or behind a dead letter of its own partition.
    Offset {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
    },
    /// The schema is an earlier one; its rows are looked at after the upgrade.
    OldSchema {
        /// Its version.
        found: i64,
        /// The newest version known.
        known: i64,
    },
}

/// What an inspection looked at and found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inspection {
    /// The faults, at most [`FINDINGS_MAX`] of them.
    pub findings: Vec<Finding>,
    /// How many more there are.
    pub more: u64,
    /// How many rows were read.
    pub rows: u64,
}

impl Inspection {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    pub(super) fn note(&mut self, finding: Finding) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding);
        } else {
            self.more += 1;
        }
    }
}
