//! Tells a write-ahead log that a crash cut short from one that was damaged.
//!
//! SQLite reads the log up to the first frame whose checksum does not fit and silently forgets everything behind it.
//! After a crash that is right: only the last transaction can be torn, because each is on the disk before the next
//! begins, and nobody was told of it. A flipped bit further up takes committed steps with it, among them which notices
//! were sent, and these would be sent again. The two can be told apart: behind a torn transaction there is no other one.
//!
//! The format is SQLite's own (<https://www.sqlite.org/fileformat2.html#the_write_ahead_log>).

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use crate::store::{Class, StoreError};

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
/// The magic number of a log whose checksums read big-endian words; the other one, with a last bit of 0, little-endian.
const MAGIC_BIG_ENDIAN: u32 = 0x377f_0683;
/// A log that somebody writes to while it is read may look damaged; then it has changed at the second look.
const LOOKS: usize = 2;

/// How many commits at least the log beside the store at `path` holds that SQLite would silently drop; `None`: none.
/// Only meant for a log that no process writes to.
///
/// # Errors
/// When the log is there and cannot be read.
pub(super) fn lost_commits(path: &Path) -> Result<Option<u64>, StoreError> {
    let log = beside(path);
    let mut lost = None;
    for _ in 0..LOOKS {
        let now = read(&log)?;
        if now.is_none() || (lost.is_some() && now != lost) {
            return Ok(None);
        }
        lost = now;
    }
    Ok(lost)
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

fn read(log: &Path) -> Result<Option<u64>, StoreError> {
    let file = match File::open(log) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    scan(&mut BufReader::with_capacity(1 << 20, file)).map_err(unreadable)
}

fn unreadable(source: std::io::Error) -> StoreError {
    StoreError::Database {
        operation: "reading the write-ahead log",
        remedy: "let the service's user read the files beside the store; if the disk failed, mend it first",
        class: Class::Fatal,
        source: Box::new(source),
    }
}

/// Reads frame by frame. Behind the first one that does not fit, frames of the same round of the log (their salt says
/// so) are what SQLite drops. The last commit among them may be the one a crash tore; those before it were on the disk.
fn scan(log: &mut dyn Read) -> std::io::Result<Option<u64>> {
    let mut header = [0; HEADER];
    if !fill(log, &mut header)? {
        return Ok(None);
    }
    let (magic, page_size) = (word(&header, 0), word(&header, 8));
    let mut sums = Sums { big_endian: magic == MAGIC_BIG_ENDIAN, at: (0, 0) };
    sums.add(&header[..24]);
    if magic | 1 != MAGIC_BIG_ENDIAN || !fits(&sums, &header, 24) {
        return behind_bad_header(log, &header);
    }
    let mut frame = vec![0; FRAME_HEADER + usize::try_from(page_size).unwrap_or(0)];
    let (mut is_whole, mut dropped) = (true, 0_u64);
    while fill(log, &mut frame)? {
        let is_of_this_round = frame[8..16] == header[16..24];
        if is_whole && is_of_this_round {
            sums.add(&frame[..8]);
            sums.add(&frame[FRAME_HEADER..]);
        }
        is_whole &= is_of_this_round && fits(&sums, &frame, 16);
        let is_commit = word(&frame, 4) != 0;
        dropped += u64::from(!is_whole && is_of_this_round && is_commit);
    }
    Ok(dropped.checked_sub(1).filter(|lost| *lost > 0))
}

/// A header is on the disk before the first frame of its round, so a frame that shares a salt with a damaged one is lost.
fn behind_bad_header(log: &mut dyn Read, header: &[u8; HEADER]) -> std::io::Result<Option<u64>> {
    let mut frame = [0; FRAME_HEADER];
    let is_of_this_round =
        fill(log, &mut frame)? && (frame[8..12] == header[16..20] || frame[12..16] == header[20..24]);
    Ok(is_of_this_round.then_some(1))
}

/// Fills `buffer`; `false` when the log ends before.
fn fill(log: &mut dyn Read, buffer: &mut [u8]) -> std::io::Result<bool> {
    match log.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn fits(sums: &Sums, bytes: &[u8], at: usize) -> bool {
    sums.at == (word(bytes, at), word(bytes, at + 4))
}

/// SQLite's running checksum: two sums over pairs of 32-bit words, each frame going on from the one before.
struct Sums {
    big_endian: bool,
    at: (u32, u32),
}

impl Sums {
    fn add(&mut self, bytes: &[u8]) {
        let (mut a, mut b) = self.at;
        for pair in bytes.chunks_exact(8) {
            a = a.wrapping_add(self.read(&pair[..4])).wrapping_add(b);
            b = b.wrapping_add(self.read(&pair[4..])).wrapping_add(a);
        }
        self.at = (a, b);
    }

    fn read(&self, bytes: &[u8]) -> u32 {
        let word = [bytes[0], bytes[1], bytes[2], bytes[3]];
        if self.big_endian { u32::from_be_bytes(word) } else { u32::from_le_bytes(word) }
    }
}
