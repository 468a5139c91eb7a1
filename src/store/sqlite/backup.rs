//! A copy of a store while its service writes: one snapshot, whole, on the disk before it takes its name.
//!
//! The copy carries a mark with its moment. A service that opens a marked store knows that it has gone back in time:
//! what was sent since is not in it (see [`crate::engine::Restored`]).

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use forewarn_core::Instant;
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::session::Session;
use super::{connection, fault, inspect, migrations};
use crate::store::port::{BACKUP_TAKEN_AT, SettingsStore as _};
use crate::store::{Class, Finding, StoreError};

/// What a backup holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Pages of the database.
    pub pages: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Copies the store at `from` to the file `to`, as of `now`; an existing file is replaced only if `replace` says so.
///
/// # Errors
/// When the store cannot be read, the copy cannot be written whole, or `to` exists. Then `to` is as it was.
pub fn backup(from: &Path, to: &Path, replace: bool, now: Instant) -> Result<Copied, StoreError> {
    refuse_existing(from, to, replace)?;
    let part = partial(to);
    remove(&part)?;
    let written = write(from, &part, now).and_then(|copied| {
        refuse_existing(from, to, replace)?;
        sync(&part).map_err(failed("writing the backup to the disk"))?;
        fs::rename(&part, to).map_err(failed("naming the backup"))?;
        sync(folder_of(to)).map_err(failed("writing the backup's name to the disk"))?;
        Ok(copied)
    });
    if written.is_err() {
        remove(&part)?;
    }
    written
}

fn write(from: &Path, part: &Path, now: Instant) -> Result<Copied, StoreError> {
    let source = connection::open_read_only(from)?;
    migrations::standing(&source)?;
    let mut copy = connection::make_plain(part)?;
    copy_pages(&source, &mut copy)?;
    // One file without a log beside it: whoever carries it off carries all of it.
    connection::forget_log(&copy)?;
    let tx = copy.transaction().map_err(fault::at("marking the backup"))?;
    Session::new(&tx).note_save(BACKUP_TAKEN_AT, &now.to_string())?;
    tx.commit().map_err(fault::at("marking the backup"))?;
    if let Some(finding) = inspect::fresh(&copy)? {
        return Err(damaged(&finding));
    }
    let pages: i64 = copy.pragma_query_value(None, "page_count", |row| row.get(0)).map_err(fault::at(COPYING))?;
    copy.close().map_err(|(_, error)| fault::at(COPYING)(error))?;
    let bytes = fs::metadata(part).map_err(failed(COPYING))?.len();
    Ok(Copied { pages: pages.unsigned_abs(), bytes })
}

const COPYING: &str = "copying the store";

/// All pages in one step: that reads one snapshot, while a copy in steps would begin anew at every commit of the
/// service. The service goes on writing; its log is folded into the file after the copy only.
fn copy_pages(source: &Connection, copy: &mut Connection) -> Result<(), StoreError> {
    let backup = Backup::new(source, copy).map_err(fault::at(COPYING))?;
    match backup.step(-1).map_err(fault::at(COPYING))? {
        StepResult::Done => Ok(()),
        _ => Err(StoreError::Database {
            operation: COPYING,
            remedy: "another program holds the database; end it, or try again",
            class: Class::Retry,
            source: "the copy did not come to its end".into(),
        }),
    }
}

fn refuse_existing(from: &Path, to: &Path, replace: bool) -> Result<(), StoreError> {
    let is_itself = matches!((from.canonicalize(), to.canonicalize()), (Ok(a), Ok(b)) if a == b);
    if is_itself || (to.exists() && !replace) {
        let remedy = if is_itself {
            "the backup would overwrite the store itself; name another file"
        } else {
            "the file exists; name another one, or say --replace"
        };
        let source = format!("{} exists", to.display()).into();
        return Err(StoreError::Database { operation: "backing up", remedy, class: Class::Permanent, source });
    }
    Ok(())
}

/// The file is whole before it has its name, so a name never stands for half a copy.
fn partial(to: &Path) -> PathBuf {
    let mut name = to.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn sync(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()
}

fn remove(part: &Path) -> Result<(), StoreError> {
    match fs::remove_file(part) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(failed("removing an unfinished backup")(error))
        }
        _ => Ok(()),
    }
}

fn failed(operation: &'static str) -> impl Fn(std::io::Error) -> StoreError {
    move |source| StoreError::Database {
        operation,
        remedy: "see to space and permissions where the backup goes, and try again",
        class: Class::Permanent,
        source: Box::new(source),
    }
}

fn damaged(finding: &Finding) -> StoreError {
    StoreError::Database {
        operation: "checking the backup",
        remedy: "the store itself is damaged, or the disk the copy lies on; see `forewarn check --store`",
        class: Class::Permanent,
        source: format!("{finding:?}").into(),
    }
}
