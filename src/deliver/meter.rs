//! What delivery measures as it happens, for whoever records it: `serve` does, everybody else need not.

use std::time::Duration;

/// One attempt on `channel` ended as `outcome` after `took`.
pub(super) fn attempted(channel: &str, outcome: &'static str, took: Duration) {
    let channel = channel.to_owned();
    metrics::histogram!("forewarn_attempt_seconds", "channel" => channel, "outcome" => outcome).record(took);
}

/// The answer to a mail's final dot came after `took`, or never did: while we wait, nobody knows whether it was taken.
pub(super) fn final_dot(answered: bool, took: Duration) {
    let answered = if answered { "yes" } else { "no" };
    metrics::histogram!("forewarn_final_dot_seconds", "answered" => answered).record(took);
}
