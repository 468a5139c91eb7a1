//! What this process knows of how new its knowledge is.

use std::sync::Arc;

use crate::clock::SharedClock;
use crate::config::Config;
use crate::intake::Freshness;
use crate::intake::freshness::Elsewhere;
use crate::serve::{Role, Roles, Skew, WrittenAhead};
use crate::store::Store;

/// Its own partitions, and, where several processes share the store, everybody's.
#[derive(Clone)]
pub(super) struct Knowledge {
    own: Arc<Freshness>,
    elsewhere: Option<Arc<Elsewhere>>,
    reads: bool,
}

impl Knowledge {
    pub(super) fn new(config: &Config, roles: &Roles, store: &Store, clock: &SharedClock) -> Self {
        let (kafka, max_lag) = (&config.kafka, config.intake.max_lag);
        let has_broker = kafka.brokers.is_some();
        let reads = has_broker && roles.has(Role::Intake);
        let own = match reads {
            true => Freshness::new(max_lag, Arc::clone(clock)),
            false => Freshness::without_broker(Arc::clone(clock)),
        };
        let topics = kafka.topics.inputs().map(str::to_owned).to_vec();
        let elsewhere = (has_broker && store.is_shared()).then(|| Arc::new(Elsewhere::new(topics, max_lag)));
        Self { own: Arc::new(own), elsewhere, reads }
    }

    /// Of the partitions this process reads itself.
    pub(super) fn own(&self) -> &Arc<Freshness> {
        &self.own
    }

    /// Of all partitions, as the store has it.
    pub(super) fn elsewhere(&self) -> Option<Arc<Elsewhere>> {
        self.elsewhere.clone()
    }

    /// Whether notices may be sent on what is known.
    pub(super) fn is_fresh(&self) -> bool {
        self.own.is_fresh() && self.elsewhere.as_ref().is_none_or(|elsewhere| elsewhere.is_fresh())
    }

    /// What compares this machine's clock with others'.
    pub(super) fn skew(&self, config: &Config, store: &Store, clock: &SharedClock) -> Arc<Skew> {
        let own = Arc::clone(&self.own);
        let ahead: WrittenAhead = Arc::new(move || own.written_ahead());
        let (ahead, limit) = (self.reads.then_some(ahead), config.safety.max_clock_skew);
        Arc::new(Skew::new(store.clone(), Arc::clone(clock), ahead, limit))
    }

    /// How far what is read is behind, in seconds: in a process that reads what it reads itself, else everything.
    pub(super) fn lag_secs(&self) -> f64 {
        let elsewhere = self.elsewhere.as_ref().filter(|_| !self.reads);
        elsewhere.map_or_else(|| self.own.lag_secs(), |elsewhere| elsewhere.lag_secs())
    }
}

/// What tells this process's clock apart from others' on the same store: the machine's name, and the address that only
/// one process can listen on, because one machine may be asked for several times.
pub(super) fn machine(config: &Config) -> String {
    // Linux tells it there; elsewhere the address has to do.
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{} {}", name.trim(), config.console.listen)
}
