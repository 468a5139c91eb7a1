//! When a failed attempt is tried again: a pure function of attempt, error class, wish of the receiver and seed.
//!
//! Each class has its own schedule, because the classes heal at different speeds: a lost connection is
//! often back in seconds, a greylisting server wants minutes, a wrong password waits for a person.

use std::time::Duration;

use crate::deliver::channel::RetryClass;

/// Longest wait a receiver may ask for (`Retry-After`), as a guard against an absurd header.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(3_600);

/// Half width of the jitter in thousandths: a delay lies within 80 % and 120 % of its step.
const JITTER_PERMILLE: u64 = 200;

/// The wait before the next attempt, or `None` when the notice has been tried often enough.
///
/// * `attempt`: how many attempts were made and failed, from 1 on; 0 counts as 1.
/// * `class`: why the last one failed; it selects the schedule.
/// * `retry_after`: what the receiver asked for, at most [`MAX_RETRY_AFTER`] of it is honoured. The
///   next attempt is never earlier than that, so it is only ever stretched by the jitter.
/// * `jitter_seed`: any number tied to the notice. Equal arguments give an equal delay, so a run can
///   be repeated exactly, while notices that failed together spread over ±20 %.
pub fn next_delay(
    attempt: u32,
    class: RetryClass,
    retry_after: Option<Duration>,
    jitter_seed: u64,
) -> Option<Duration> {
    let step = Schedule::of(class).step(attempt)?;
    let noise = noise_permille(jitter_seed, attempt);
    let scheduled = scale(step, 1_000 - JITTER_PERMILLE + noise);
    let asked = retry_after.map_or(Duration::ZERO, |wait| scale(wait.min(MAX_RETRY_AFTER), 1_000 + noise / 2));
    Some(scheduled.max(asked))
}

const HOURS_OF_A_WEEK: u32 = 7 * 24;

/// The waits of one class, in seconds; the last one repeats until `attempts` is reached.
struct Schedule {
    steps: &'static [u64],
    attempts: u32,
}

impl Schedule {
    /// What one message is refused for follows the habit of webhook senders: seconds or minutes first, hours at the end,
    /// about 18 hours in all. Greylisting servers commonly want at least five minutes, see RFC 6647 §4. What is the
    /// way's own fault is tried hourly for a week: long enough for a long week-end, and what is no longer worth saying
    /// by then is withdrawn with its reason before it leaves.
    const fn of(class: RetryClass) -> Self {
        match class {
            RetryClass::Network | RetryClass::Timeout => {
                Self { steps: &[5, 30, 120, 600, 1_800, 3_600], attempts: HOURS_OF_A_WEEK + 5 }
            }
            RetryClass::Busy => Self { steps: &[30, 120, 600, 1_800, 7_200, 18_000, 36_000], attempts: 8 },
            RetryClass::Greylisted => Self { steps: &[360, 720, 1_800, 3_600, 7_200, 14_400, 28_800], attempts: 8 },
            RetryClass::Config => Self { steps: &[60, 300, 900, 1_800, 3_600], attempts: HOURS_OF_A_WEEK + 4 },
        }
    }

    fn step(&self, attempt: u32) -> Option<Duration> {
        let made = attempt.max(1);
        if made >= self.attempts {
            return None;
        }
        let index = usize::try_from(made - 1).unwrap_or(usize::MAX);
        let seconds = self.steps.get(index).or_else(|| self.steps.last())?;
        Some(Duration::from_secs(*seconds))
    }
}

/// A number within `0..=2 * JITTER_PERMILLE`, even over the seeds and different for each attempt.
fn noise_permille(seed: u64, attempt: u32) -> u64 {
    splitmix64(seed ^ splitmix64(u64::from(attempt))) % (2 * JITTER_PERMILLE + 1)
}

/// The mixing step of the public-domain SplitMix64 generator: cheap, and every input bit moves every output bit.
const fn splitmix64(value: u64) -> u64 {
    let mut mixed = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

fn scale(base: Duration, permille: u64) -> Duration {
    let millis = u64::try_from(base.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(millis.saturating_mul(permille) / 1_000)
}

#[cfg(test)]
mod tests;
