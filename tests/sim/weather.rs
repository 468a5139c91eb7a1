//! What may go wrong in a run.

/// The sorts of runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    /// Crashes, repeats and stale owners only: everything must end exactly as without them.
    Twin,
    /// Everything at once.
    Storm,
    /// The machine's clock is set wrong and right again.
    Clock,
}

/// How often things go wrong, in percent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    /// A step ends at a fault instead of a commit.
    pub(crate) faults: u64,
    /// The mail server is in a mood.
    pub(crate) moody: u64,
    /// Partitions change hands.
    pub(crate) rebalance: u64,
    /// The service stands still past the moment at which something is due.
    pub(crate) late: u64,
    /// People change policies, switches and wishes.
    pub(crate) people: u64,
    /// The broker cannot be reached.
    pub(crate) gone: u64,
    /// The clock is set.
    pub(crate) clock: u64,
}

impl Weather {
    /// Nothing goes wrong.
    pub(crate) const CALM: Self = Self { faults: 0, moody: 0, rebalance: 0, late: 0, people: 0, gone: 0, clock: 0 };

    pub(crate) fn of(sort: Sort) -> Self {
        match sort {
            Sort::Twin => Self { faults: 10, rebalance: 5, ..Self::CALM },
            Sort::Storm => Self { faults: 8, moody: 35, rebalance: 3, late: 40, people: 9, gone: 4, clock: 0 },
            Sort::Clock => Self { faults: 2, moody: 5, late: 15, clock: 12, ..Self::CALM },
        }
    }
}
