//! The real store, and the ways in which a process loses touch with it.
//!
//! Every transaction of a run goes through [`Disk::step`], so every commit has the same edges, each named by its step.
//! A store in a file is left behind as it lies on the disk at that moment, log and all, and opened anew, which is what
//! a killed process leaves; one in memory undoes what was not committed, which comes to the same and takes less time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use forewarn::store::sqlite::Db;
use forewarn::store::{StoreError, Tx};

use crate::dice::Dice;

/// What happens around a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Edge {
    /// It is kept and the caller hears of it.
    Kept,
    /// The process dies before it.
    DiedBefore,
    /// The process dies after it, before anybody heard.
    DiedAfter,
    /// The database undoes it, and the process goes on.
    Undone,
}

impl Edge {
    /// An edge with a fault in `percent` of a hundred cases.
    pub(crate) fn roll(dice: &mut Dice, percent: u64) -> Self {
        let fault = dice.chance(percent);
        if fault { dice.of(&[Self::DiedBefore, Self::DiedAfter, Self::Undone]) } else { Self::Kept }
    }
}

/// What became of a step.
pub(crate) struct Outcome<R> {
    /// What stands in the store, whoever knows of it; or why the store or the step refused.
    pub(crate) truth: Result<Option<R>, StoreError>,
    /// Whether the process lives on and knows it.
    pub(crate) alive: bool,
}

/// How often each edge of each step was struck.
pub(crate) type Struck = BTreeMap<(&'static str, Edge), u64>;

/// Where a store lies.
struct Lying {
    folder: tempfile::TempDir,
    copies: u32,
}

impl Lying {
    fn path(&self) -> PathBuf {
        self.folder.path().join(format!("{}.db", self.copies))
    }

    /// Copies the files as they are and gives the new place.
    fn leave_behind(&mut self) {
        let old = self.path();
        self.copies += 1;
        let new = self.path();
        for end in ["", "-wal"] {
            let name = |path: &Path| PathBuf::from(format!("{}{end}", path.display()));
            if name(&old).exists() {
                std::fs::copy(name(&old), name(&new)).expect("room for a copy");
            }
        }
    }
}

/// The store and its edges.
pub(crate) struct Disk {
    db: Db,
    lying: Option<Lying>,
    pub(crate) struck: Struck,
}

impl Disk {
    /// An empty store, in a file or in memory.
    pub(crate) fn new(in_file: bool) -> Self {
        let lying = in_file.then(|| Lying { folder: folder(), copies: 0 });
        let db = match &lying {
            Some(lying) => Db::open(&lying.path()).expect("a store in a new file"),
            None => Db::in_memory().expect("a store in memory"),
        };
        Self { db, lying, struck: Struck::new() }
    }

    /// Runs `step`, called `name`, up to `edge`.
    pub(crate) fn step<R>(
        &mut self,
        name: &'static str,
        edge: Edge,
        step: &mut dyn FnMut(&mut dyn Tx) -> Result<R, StoreError>,
    ) -> Outcome<R> {
        *self.struck.entry((name, edge)).or_default() += 1;
        let commits = matches!(edge, Edge::Kept | Edge::DiedAfter);
        let lying = &mut self.lying;
        let mut refused = None;
        let ran = self.db.transact(&mut |tx| {
            let result = step(tx).inspect_err(|_| refused = Some(()))?;
            if commits {
                return Ok(result);
            }
            if let (Edge::DiedBefore, Some(lying)) = (edge, lying.as_mut()) {
                lying.leave_behind();
            }
            Err(StoreError::Stopped)
        });
        let truth = match ran {
            Ok(result) => Ok(Some(result)),
            Err(StoreError::Stopped) if !commits && refused.is_none() => Ok(None),
            Err(error) => Err(error),
        };
        let died = matches!(edge, Edge::DiedBefore | Edge::DiedAfter);
        if died && truth.is_ok() {
            self.open_again(edge == Edge::DiedAfter);
        }
        Outcome { truth, alive: !died }
    }

    /// Looks into the store without a fault.
    pub(crate) fn look<R>(&mut self, mut step: impl FnMut(&mut dyn Tx) -> Result<R, StoreError>) -> R {
        self.db.transact(&mut |tx| step(tx)).expect("a store that can be read")
    }

    fn open_again(&mut self, leave_behind: bool) {
        let Some(lying) = &mut self.lying else { return };
        if leave_behind {
            lying.leave_behind();
        }
        self.db = Db::open(&lying.path()).expect("a store that was left behind opens without repair");
    }
}

/// In memory where there is such a place: what is tried here is the order of writes, not the speed of a disk.
fn folder() -> tempfile::TempDir {
    let shared = Path::new("/dev/shm");
    let made = if shared.is_dir() { tempfile::tempdir_in(shared) } else { tempfile::tempdir() };
    made.expect("a folder")
}
