//! One partition: how far it was read, how far there is to read, and since when it is behind.

use forewarn_core::{Instant, Span};

/// The broker is asked about every second; after this long without an answer nobody knows what waits there.
const SILENCE_MAX: Span = Span::from_ms(10_000);

pub(super) struct Track {
    /// `None` while a partition without a stored offset has not told where it begins.
    next: Option<i64>,
    end: i64,
    /// The end at the assignment; `None` until it is known.
    target: Option<i64>,
    /// When the last event taken in was written to Kafka.
    written_at: Option<Instant>,
    /// How far ahead of this machine's clock that was.
    written_ahead: Span,
    behind_since: Option<Instant>,
    /// When the broker last said where the partition ends.
    seen_at: Instant,
}

impl Track {
    pub(super) fn new(next: Option<i64>, now: Instant) -> Self {
        Self {
            next,
            end: next.unwrap_or(0),
            target: None,
            written_at: None,
            written_ahead: Span::default(),
            behind_since: None,
            seen_at: now,
        }
    }

    pub(super) fn next(&self) -> i64 {
        self.next.unwrap_or(0)
    }

    pub(super) fn end(&self) -> i64 {
        self.end
    }

    pub(super) fn written_ahead(&self) -> Span {
        self.written_ahead
    }

    pub(super) fn is_unknown(&self) -> bool {
        self.target.is_none()
    }

    pub(super) fn remaining(&self) -> u64 {
        let left = self.target.map_or(0, |target| target - self.next());
        u64::try_from(left).unwrap_or(0)
    }

    /// How long the oldest waiting event has waited. It has waited no longer than since the partition fell behind, and
    /// no longer than since the event before it was written; clocks of writers that go ahead say nothing.
    pub(super) fn lag(&self, now: Instant) -> Span {
        let silence = Some(now - self.seen_at).filter(|silence| *silence > SILENCE_MAX).unwrap_or_default();
        let waited = self.behind_since.map(|since| now - since).unwrap_or_default();
        let by_event = self.written_at.filter(|at| *at <= now).map(|at| now - at);
        by_event.map_or(waited, |span| waited.min(span)).max(silence).max(Span::default())
    }

    pub(super) fn bounds(&mut self, low: i64, high: i64, now: Instant) {
        self.next = self.next.or(Some(low));
        self.target = Some(high);
        self.observed(high, now);
    }

    pub(super) fn observed(&mut self, end: i64, now: Instant) {
        self.end = self.end.max(end);
        self.seen_at = now;
        self.compare(now);
    }

    pub(super) fn ingested(&mut self, next: i64, written_at: Option<Instant>, now: Instant) {
        self.next = Some(self.next().max(next));
        self.end = self.end.max(next);
        if let Some(at) = written_at {
            self.written_at = Some(at);
            self.written_ahead = (at - now).max(Span::default());
        }
        self.compare(now);
    }

    fn compare(&mut self, now: Instant) {
        if self.next() >= self.end {
            self.behind_since = None;
        } else if self.behind_since.is_none() {
            self.behind_since = Some(now);
        }
    }
}
