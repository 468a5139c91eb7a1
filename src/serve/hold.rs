//! Fresh when sent: nothing is decided or claimed while intake is behind.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

/// What happens to held notices when intake stays behind for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterHold {
    /// They are sent: late news beats silence.
    Send,
    /// They stay until a person decides.
    Hold,
}

/// Decides whether notices may leave, from how fresh intake is.
#[derive(Debug)]
pub struct Hold {
    max_hold: Duration,
    after: AfterHold,
    since: Mutex<Option<Instant>>,
}

impl Hold {
    /// Holds for at most `max_hold` of real time, then does what `after` says.
    pub fn new(max_hold: Duration, after: AfterHold) -> Self {
        Self { max_hold, after, since: Mutex::new(None) }
    }

    /// Whether notices may leave at `now`, given whether intake is fresh.
    pub fn lets_pass(&self, fresh: bool, now: Instant) -> bool {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        if fresh {
            *since = None;
            return true;
        }
        let began = *since.get_or_insert(now);
        self.after == AfterHold::Send && now.duration_since(began) >= self.max_hold
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_while_intake_is_behind_until_the_hold_is_over() {
        let (hold, start) = (Hold::new(Duration::from_secs(60), AfterHold::Send), Instant::now());
        assert!(hold.lets_pass(true, start));
        assert!(!hold.lets_pass(false, start));
        assert!(!hold.lets_pass(false, start + Duration::from_secs(59)));
        assert!(hold.lets_pass(false, start + Duration::from_secs(60)));
    }

    #[test]
    fn a_fresh_moment_starts_the_hold_anew() {
        let (hold, start) = (Hold::new(Duration::from_secs(60), AfterHold::Send), Instant::now());
        assert!(!hold.lets_pass(false, start));
        assert!(hold.lets_pass(true, start + Duration::from_secs(50)));
        assert!(!hold.lets_pass(false, start + Duration::from_secs(70)));
    }

    #[test]
    fn a_shop_that_chose_to_hold_waits_for_a_person() {
        let (hold, start) = (Hold::new(Duration::from_secs(60), AfterHold::Hold), Instant::now());
        assert!(!hold.lets_pass(false, start));
        assert!(!hold.lets_pass(false, start + Duration::from_secs(3_600)));
    }
}
