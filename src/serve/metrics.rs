//! `/metrics`: the sums of the store and the state of intake, read when asked.
//!
//! Everything is read from the store itself, so a restart loses no count and every replica tells the same. What only
//! grows is a counter, what comes and goes a gauge. Their names are given here and nowhere else; what a process measures
//! as it happens is named where it happens.

use std::sync::OnceLock;

use ::metrics::{Key, Label, Metadata, Recorder};
use forewarn_core::incident::Handling;
use forewarn_core::{Instant, Span};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use super::Skews;
use crate::engine::Engine;
use crate::store::port::NoticeState;
use crate::store::{StoreError, Tx};

/// How far back suggested orders are counted: a scrape must not read the history of half a year.
const EXPEDITED_OVER: Span = Span::hours(30 * 24);

/// Answers scrapes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Metrics;

/// What only the running process knows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Live {
    /// How far intake is behind, in seconds.
    pub lag_secs: f64,
    /// Whether notices are held because intake is behind.
    pub held: bool,
    /// How far this machine's clock is off.
    pub skews: Skews,
}

impl Metrics {
    /// Reads everything and gives Prometheus' text.
    ///
    /// # Errors
    /// When the store fails.
    pub fn scrape(self, tx: &mut dyn Tx, now: Instant, live: Live) -> Result<String, StoreError> {
        let page = Page::new();
        page.gauge("forewarn_intake_lag_seconds", &[], live.lag_secs);
        for (against, ahead) in [("database", live.skews.database), ("events", live.skews.events)] {
            if let Some(ahead) = ahead {
                page.gauge("forewarn_clock_skew_seconds", &[("against", against)], ahead);
            }
        }
        let oldest_due = tx.orders_next_wake()?.map_or(0.0, |at| late_secs(at, now));
        page.gauge("forewarn_oldest_due_seconds", &[], oldest_due);
        let outbox = tx.notices_next_due()?.map_or(0.0, |at| late_secs(at, now));
        page.gauge("forewarn_outbox_oldest_seconds", &[], outbox);
        let waiting = page.notices(tx)?;
        page.gauge("forewarn_held_notices", &[], if live.held { float(waiting) } else { 0.0 });
        for (reason, count) in tx.dead_letters(0)?.1 {
            page.counter("forewarn_dead_letters_total", &[("reason", &reason)], count);
        }
        for watch in tx.watches_stopped()? {
            let partition = watch.place.1.to_string();
            page.gauge("forewarn_intake_stopped", &[("topic", &watch.place.0), ("partition", &partition)], 1.0);
        }
        page.gauge("forewarn_orders_parked", &[], float(tx.orders_parked()?));
        for (book, sum) in tx.books()? {
            page.gauge("forewarn_books", &[("account", book.as_str())], float(sum));
        }
        page.grants(tx)?;
        for (cause, sum) in tx.quotes_by_cause(None)? {
            for (outcome, dates) in [("kept", sum.kept), ("broken", sum.broken)] {
                page.gauge("forewarn_quoted_dates", &[("cause", cause.as_str()), ("outcome", outcome)], float(dates));
            }
        }
        page.expedites(tx, now)?;
        page.desk(tx, now)?;
        page.incidents(tx)?;
        for (channel, down) in Engine::channels_down(tx)? {
            page.gauge("forewarn_channel_down_seconds", &[("channel", &channel)], late_secs(down.since, now));
        }
        for (channel, count) in tx.notices_unknown()? {
            page.gauge("forewarn_notices_unknown", &[("channel", &channel)], float(count));
        }
        let missed = tx.note_load("wake.missed")?.and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
        page.gauge("forewarn_wake_missed", &[], float(missed));
        Ok(page.handle.render() + &PROCESS.get().map(measured).unwrap_or_default())
    }

    /// Begins to record what this process measures as it happens, such as how long attempts take. Once is enough.
    pub fn record_process() {
        let builder = PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &BUCKETS);
        let Ok(builder) = builder else { return };
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        if ::metrics::set_global_recorder(recorder).is_ok() {
            PROCESS.get_or_init(|| handle);
        }
    }
}

/// What this process measures as it happens; it begins anew with each process, as histograms may.
static PROCESS: OnceLock<PrometheusHandle> = OnceLock::new();

/// Upper bounds in seconds: from a server beside us to the ten minutes a mail server may take (RFC 5321 §4.5.3.2.6).
const BUCKETS: [f64; 12] = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0, 120.0, 600.0];

fn measured(process: &PrometheusHandle) -> String {
    process.run_upkeep();
    process.render()
}

/// One scrape's page, made anew each time: a sum that is no longer in the store must not go on standing here.
struct Page {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
}

impl Page {
    fn new() -> Self {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        Self { recorder, handle }
    }

    /// Gives how many notices wait.
    fn notices(&self, tx: &mut dyn Tx) -> Result<u64, StoreError> {
        let (notices, suppressed) = tx.notice_counts()?;
        let mut waiting = 0;
        for (kind, state, count) in notices {
            let labels = [("kind", kind.as_str()), ("state", state.as_str())];
            match state {
                NoticeState::Sent | NoticeState::Failed | NoticeState::Unknown | NoticeState::Withdrawn => {
                    self.counter("forewarn_notices_total", &labels, count);
                }
                NoticeState::Ready | NoticeState::Claimed | NoticeState::Sending | NoticeState::Retry => {
                    self.gauge("forewarn_notices_waiting", &labels, float(count));
                }
            }
            if matches!(state, NoticeState::Ready | NoticeState::Retry) {
                waiting += count;
            }
        }
        for (kind, why, count) in suppressed {
            self.counter("forewarn_suppressed_total", &[("kind", kind.as_str()), ("why", why.as_str())], count);
        }
        Ok(waiting)
    }

    /// Incidents that go on or are held.
    fn incidents(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        let live = tx.incidents_live()?;
        for handling in Handling::ALL {
            let count = live.iter().filter(|incident| incident.handling == handling).count();
            let count = u64::try_from(count).unwrap_or(u64::MAX);
            self.gauge("forewarn_incidents", &[("state", handling.as_str())], float(count));
        }
        Ok(())
    }

    fn grants(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        let mut counts = std::collections::BTreeMap::<&'static str, u64>::new();
        for (_, status, _, count, _) in tx.grant_totals(None)? {
            *counts.entry(status.as_str()).or_default() += count;
        }
        for (status, count) in counts {
            self.gauge("forewarn_grants", &[("status", status)], float(count));
        }
        Ok(())
    }

    /// Orders the warehouse was asked to take first and that had to leave within [`EXPEDITED_OVER`], and how many of them
    /// would have been too late by what was foretold when they were suggested.
    fn expedites(&self, tx: &mut dyn Tx, now: Instant) -> Result<(), StoreError> {
        let effect = tx.expedite_effect(None, now - EXPEDITED_OVER)?;
        let sums = [("waiting", effect.open), ("in_time", effect.saved), ("too_late", effect.missed)];
        for (outcome, orders) in sums {
            self.gauge("forewarn_expedited_orders", &[("outcome", outcome)], float(orders));
        }
        self.gauge("forewarn_expedited_expected_too_late", &[], float(effect.expected_missed_ppm) / 1_000_000.0);
        Ok(())
    }

    fn desk(&self, tx: &mut dyn Tx, now: Instant) -> Result<(), StoreError> {
        for sum in tx.desk_sums(None)? {
            let matter = sum.matter.as_str();
            self.gauge("forewarn_desk_open", &[("matter", matter)], float(sum.open));
            self.gauge("forewarn_desk_taken", &[("matter", matter)], float(sum.taken));
            self.gauge("forewarn_desk_oldest_seconds", &[("matter", matter)], late_secs(sum.oldest, now));
        }
        Ok(())
    }

    fn gauge(&self, name: &'static str, labels: &[(&'static str, &str)], value: f64) {
        self.recorder.register_gauge(&key(name, labels), &METADATA).set(value);
    }

    fn counter(&self, name: &'static str, labels: &[(&'static str, &str)], value: u64) {
        self.recorder.register_counter(&key(name, labels), &METADATA).absolute(value);
    }
}

static METADATA: Metadata<'static> = Metadata::new("forewarn", ::metrics::Level::INFO, None);

fn key(name: &'static str, labels: &[(&'static str, &str)]) -> Key {
    let labels: Vec<Label> = labels.iter().map(|(k, v)| Label::new(*k, (*v).to_owned())).collect();
    Key::from_parts(name, labels)
}

#[expect(clippy::cast_precision_loss, reason = "a lateness of centuries would still be exact enough")]
fn late_secs(at: Instant, now: Instant) -> f64 {
    ((now - at).ms().max(0) as f64) / 1_000.0
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn float(n: u64) -> f64 {
    n as f64
}
