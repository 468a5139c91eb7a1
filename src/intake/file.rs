//! Recorded events: JSON Lines files, plain or gzipped.

#[cfg(test)]
mod tests;

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::iter;
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use forewarn_core::event::Event;

use super::Reason;
use super::decode::{EVENT_BYTES_MAX, Fault, structured};

/// How much of a line that is too long is kept, in bytes: enough to recognise it in the dead letters.
pub const HEAD_BYTES: usize = 4 * 1024;
/// Bytes read from the disk at once.
const BUFFER_BYTES: usize = 256 * 1024;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const GZIP_MAGIC: &[u8] = b"\x1f\x8b";

/// One line that is not empty.
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    /// Its place in the file, from 1; empty lines count.
    pub number: u64,
    /// The line without its end. Only the first [`HEAD_BYTES`] of it when it is too long.
    pub bytes: Vec<u8>,
    /// Whether it has more than [`EVENT_BYTES_MAX`] bytes.
    pub too_long: bool,
}

impl Line {
    /// The event on the line.
    ///
    /// # Errors
    /// The reason to put the line into the dead letters.
    pub fn decode(&self) -> Result<Event, Fault> {
        if self.too_long {
            let detail = format!("the line has more than {EVENT_BYTES_MAX} bytes");
            return Err(Fault::new(Reason::TooLarge, detail));
        }
        structured(&self.bytes)
    }
}

// The bytes of an event are personal data, so only their number is shown.
impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, bytes, too_long) = (self.number, self.bytes.len(), self.too_long);
        f.debug_struct("Line").field("number", &number).field("bytes", &bytes).field("too_long", &too_long).finish()
    }
}

/// A file of events that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be opened.
    #[error("cannot open the events in {}; check that the file exists and may be read", path.display())]
    Open {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It breaks off or cannot be unpacked.
    #[error(
        "cannot read the events in {} past line {line}; the file may be cut short: copy or pack it again",
        path.display()
    )]
    Read {
        /// Which file.
        path: PathBuf,
        /// The last line that was read whole, 0 for none.
        line: u64,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// The lines of a `.jsonl` or `.jsonl.gz` file, one after the other, in little memory however long a line is.
///
/// What the file is, its first bytes say, not its name. Line ends may be `\n` or `\r\n`; a byte order mark is
/// passed over. After an error there are no more lines.
///
/// # Errors
/// [`FileError::Open`] when there is nothing to read; [`FileError::Read`] comes as an item, at the place where the
/// file breaks off.
pub fn read(path: &Path) -> Result<impl Iterator<Item = Result<Line, FileError>> + Send + use<>, FileError> {
    let reader = open(path).map_err(|source| FileError::Open { path: path.to_owned(), source })?;
    let mut lines = Lines { reader, number: 0 };
    let (path, mut broken) = (path.to_owned(), false);
    Ok(iter::from_fn(move || {
        if broken {
            return None;
        }
        let next = lines.next_filled().transpose()?;
        broken = next.is_err();
        Some(next.map_err(|source| FileError::Read { path: path.clone(), line: lines.number, source }))
    }))
}

fn open(path: &Path) -> io::Result<Box<dyn BufRead + Send>> {
    let mut file = BufReader::with_capacity(BUFFER_BYTES, File::open(path)?);
    if file.fill_buf()?.starts_with(GZIP_MAGIC) {
        // Packed files that were appended to have several members; the plain decoder stops after the first.
        return Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(file))));
    }
    Ok(Box::new(file))
}

struct Lines<R> {
    reader: R,
    /// Lines read whole so far.
    number: u64,
}

impl<R: BufRead> Lines<R> {
    fn next_filled(&mut self) -> io::Result<Option<Line>> {
        while let Some(line) = self.next_line()? {
            if line.too_long || !line.bytes.trim_ascii().is_empty() {
                return Ok(Some(line));
            }
        }
        Ok(None)
    }

    fn next_line(&mut self) -> io::Result<Option<Line>> {
        // Room for the mark and the line's end, and one byte more to see that it goes on.
        let most = EVENT_BYTES_MAX + BYTE_ORDER_MARK.len() + 3;
        let mut bytes = Vec::with_capacity(512);
        let got = self.reader.by_ref().take(most as u64).read_until(b'\n', &mut bytes)?;
        if got == 0 {
            return Ok(None);
        }
        if got == most && !bytes.ends_with(b"\n") {
            self.reader.skip_until(b'\n')?;
        }
        let mark = if self.number == 0 && bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        bytes.drain(..mark);
        let end = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        let length = end.strip_suffix(b"\r").unwrap_or(end).len();
        let too_long = length > EVENT_BYTES_MAX;
        bytes.truncate(if too_long { HEAD_BYTES } else { length });
        self.number += 1;
        Ok(Some(Line { number: self.number, bytes, too_long }))
    }
}
