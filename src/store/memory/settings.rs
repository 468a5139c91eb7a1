//! Policies, switches, access, scheduled runs.

use std::collections::BTreeMap;

use forewarn_core::Instant;

use super::Tables;
use crate::store::port::{Access, JobRun, PolicyDocument, SettingsStore, Switch, SwitchScope};
use crate::store::{StoreError, document};

/// What people set, and how far scheduled work is.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    version: i64,
    /// The oldest first.
    policies: Vec<PolicyDocument>,
    /// Under their scopes as documents, in whose order they are listed.
    switches: BTreeMap<String, Switch>,
    access: BTreeMap<String, Access>,
    notes: BTreeMap<String, String>,
    jobs: BTreeMap<(String, Instant), Job>,
}

/// A scheduled run.
#[derive(Clone, Debug)]
struct Job {
    taken_at: Instant,
    is_done: bool,
}

impl Kept {
    /// Tells whoever caches policy, switches or conditions to look again.
    pub(super) fn raise_version(&mut self) {
        self.version += 1;
    }

    /// Forgets up to `limit` scheduled runs that were due and taken before `before`; gives how many.
    pub(super) fn forget_jobs(&mut self, before: Instant, limit: usize) -> usize {
        let is_old = |((_, due_at), job): &(&(String, Instant), &Job)| *due_at < before && job.taken_at < before;
        let old: Vec<_> = self.jobs.iter().filter(is_old).take(limit).map(|(run, _)| run.clone()).collect();
        old.iter().filter_map(|run| self.jobs.remove(run)).count()
    }
}

impl SettingsStore for Tables {
    fn settings_version(&mut self) -> Result<i64, StoreError> {
        Ok(self.settings.version)
    }

    fn policy_in_force(&mut self) -> Result<Option<PolicyDocument>, StoreError> {
        Ok(self.settings.policies.last().cloned())
    }

    fn policy_publish(
        &mut self,
        expected: Option<i64>,
        version: &str,
        text: &str,
        author: &str,
        at: Instant,
    ) -> Result<Option<i64>, StoreError> {
        let in_force = self.settings.policies.last().map(|policy| policy.number);
        if in_force != expected {
            return Ok(None);
        }
        let number = in_force.unwrap_or(0) + 1;
        let (version, text, author) = (version.to_owned(), text.to_owned(), author.to_owned());
        self.settings.policies.push(PolicyDocument { number, version, text, author, at });
        self.settings.raise_version();
        Ok(Some(number))
    }

    fn policies(&mut self, limit: usize) -> Result<Vec<PolicyDocument>, StoreError> {
        Ok(self.settings.policies.iter().rev().take(limit).cloned().collect())
    }

    fn switches(&mut self) -> Result<Vec<Switch>, StoreError> {
        Ok(self.settings.switches.values().cloned().collect())
    }

    fn switch_set(&mut self, scope: &SwitchScope, on: bool, author: &str, at: Instant) -> Result<(), StoreError> {
        let name = document::write("setting a switch", scope)?;
        if on {
            let switch = Switch { scope: scope.clone(), author: author.to_owned(), at };
            self.settings.switches.insert(name, switch);
        } else {
            self.settings.switches.remove(&name);
        }
        self.settings.raise_version();
        Ok(())
    }

    fn access_add(&mut self, access: &Access) -> Result<(), StoreError> {
        self.settings.access.insert(access.token_hash.clone(), access.clone());
        Ok(())
    }

    fn access_list(&mut self) -> Result<Vec<Access>, StoreError> {
        let mut list: Vec<Access> = self.settings.access.values().cloned().collect();
        list.sort_by_key(|access| access.at);
        Ok(list)
    }

    fn access_remove(&mut self, token_hash: &str) -> Result<bool, StoreError> {
        Ok(self.settings.access.remove(token_hash).is_some())
    }

    fn note_load(&mut self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self.settings.notes.get(name).cloned())
    }

    fn note_save(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        self.settings.notes.insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    fn job_run(&mut self, name: &str, due_at: Instant) -> Result<Option<JobRun>, StoreError> {
        let job = self.settings.jobs.get(&(name.to_owned(), due_at));
        Ok(job.map(|job| if job.is_done { JobRun::Done } else { JobRun::Begun }))
    }

    fn job_begin(&mut self, name: &str, due_at: Instant, now: Instant) -> Result<bool, StoreError> {
        let new = Job { taken_at: now, is_done: false };
        let job = self.settings.jobs.entry((name.to_owned(), due_at)).or_insert(new);
        if !job.is_done {
            job.taken_at = now;
        }
        Ok(!job.is_done)
    }

    fn job_done(&mut self, name: &str, due_at: Instant, now: Instant) -> Result<(), StoreError> {
        let new = Job { taken_at: now, is_done: false };
        self.settings.jobs.entry((name.to_owned(), due_at)).or_insert(new).is_done = true;
        Ok(())
    }

    fn prune(&mut self, before: Instant, limit: usize) -> Result<u64, StoreError> {
        let gone = self.prune_rows(before, limit);
        Ok(u64::try_from(gone).unwrap_or(u64::MAX))
    }
}
