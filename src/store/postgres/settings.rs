//! Policies, switches, access, scheduled runs.

use forewarn_core::Instant;
use forewarn_core::ids::MerchantId;

use super::session::{Session, only, rows};
use super::{fault, prune};
use crate::store::port::{Access, AccessRole, JobRun, PolicyDocument, SettingsStore, Switch, SwitchScope};
use crate::store::{StoreError, document};

impl SettingsStore for Session<'_> {
    fn settings_version(&mut self) -> Result<i64, StoreError> {
        let sql = "SELECT version::bigint FROM versions WHERE name = 'settings'";
        let read = self.peek("reading the settings' version", sql, &[], only::<i64>)?;
        let version = read.first().copied().unwrap_or(0);
        // The first reading counts: what was decided since stands on it.
        self.seen.settings.get_or_insert(version);
        Ok(version)
    }

    fn policy_in_force(&mut self) -> Result<Option<PolicyDocument>, StoreError> {
        Ok(self.policies(1)?.pop())
    }

    fn policy_publish(
        &mut self,
        expected: Option<i64>,
        version: &str,
        text: &str,
        author: &str,
        at: Instant,
    ) -> Result<Option<i64>, StoreError> {
        let number = expected.unwrap_or(0) + 1;
        let sql = "INSERT INTO policies (number, version, text, author, at) SELECT $1, $2, $3, $4, $5
                   WHERE (SELECT max(number) FROM policies) IS NOT DISTINCT FROM $6 ON CONFLICT DO NOTHING";
        let published =
            self.execute("publishing a policy", sql, &[&number, &version, &text, &author, &at.ms(), &expected])?;
        if published == 0 {
            return Ok(None);
        }
        raise_version(self)?;
        Ok(Some(number))
    }

    fn policies(&mut self, limit: usize) -> Result<Vec<PolicyDocument>, StoreError> {
        let sql = "SELECT number, version, text, author, at FROM policies ORDER BY number DESC LIMIT $1";
        self.all("listing policies", sql, &[&rows(limit)], |f| {
            let (number, version, text) = (f.take()?, f.take()?, f.take()?);
            Ok(PolicyDocument { number, version, text, author: f.take()?, at: f.instant()? })
        })
    }

    fn switches(&mut self) -> Result<Vec<Switch>, StoreError> {
        let sql = "SELECT scope, author, at FROM switches ORDER BY scope";
        self.all("listing switches", sql, &[], |f| {
            Ok(Switch { scope: f.document("switch", &"in the list")?, author: f.take()?, at: f.instant()? })
        })
    }

    fn switch_set(&mut self, scope: &SwitchScope, on: bool, author: &str, at: Instant) -> Result<(), StoreError> {
        let scope = document::write("setting a switch", scope)?;
        if on {
            let sql = "INSERT INTO switches (scope, author, at) VALUES ($1, $2, $3)
                       ON CONFLICT (scope) DO UPDATE SET author = excluded.author, at = excluded.at";
            self.execute("turning a switch on", sql, &[&scope, &author, &at.ms()])?;
        } else {
            self.execute("turning a switch off", "DELETE FROM switches WHERE scope = $1", &[&scope])?;
        }
        raise_version(self)
    }

    fn access_add(&mut self, access: &Access) -> Result<(), StoreError> {
        let merchant = match &access.role {
            AccessRole::Operations => None,
            AccessRole::Merchant(merchant) => Some(merchant.as_str()),
        };
        let sql = "INSERT INTO access (token_hash, merchant_id, name, at) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (token_hash) DO UPDATE SET merchant_id = excluded.merchant_id, name = excluded.name,
                   at = excluded.at";
        self.execute("giving access", sql, &[&access.token_hash, &merchant, &access.name, &access.at.ms()]).map(drop)
    }

    fn access_list(&mut self) -> Result<Vec<Access>, StoreError> {
        let sql = "SELECT token_hash, name, at, merchant_id FROM access ORDER BY at, token_hash";
        self.all("listing access", sql, &[], |f| {
            let (token_hash, name, at) = (f.take()?, f.take::<String>()?, f.instant()?);
            let merchant = f.maybe_parsed("access", &name, "merchant_id", MerchantId::new)?;
            Ok(Access { token_hash, role: merchant.map_or(AccessRole::Operations, AccessRole::Merchant), name, at })
        })
    }

    fn access_remove(&mut self, token_hash: &str) -> Result<bool, StoreError> {
        Ok(self.execute("taking access away", "DELETE FROM access WHERE token_hash = $1", &[&token_hash])? > 0)
    }

    fn note_load(&mut self, name: &str) -> Result<Option<String>, StoreError> {
        let found = self.value("loading a note", "SELECT value FROM notes WHERE name = $1", &[&name])?;
        if found.is_none() {
            self.seen.missing.insert(("note", name.to_owned()));
        }
        Ok(found)
    }

    fn note_save(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        // Of two processes that start together and each make a secret, the second takes the first one's.
        let end = match self.seen.missing.remove(&("note", name.to_owned())) {
            true => "DO NOTHING",
            false => "(name) DO UPDATE SET value = excluded.value",
        };
        let sql = format!("INSERT INTO notes (name, value) VALUES ($1, $2) ON CONFLICT {end}");
        match self.execute("saving a note", &sql, &[&name, &value])? {
            0 => Err(fault::overtaken("saving a note")),
            _ => Ok(()),
        }
    }

    fn job_run(&mut self, name: &str, due_at: Instant) -> Result<Option<JobRun>, StoreError> {
        let sql = "SELECT done_at IS NOT NULL FROM job_runs WHERE name = $1 AND due_at = $2";
        self.first("looking at a scheduled run", sql, &[&name, &due_at.ms()], |f| {
            Ok(if f.take()? { JobRun::Done } else { JobRun::Begun })
        })
    }

    fn job_begin(&mut self, name: &str, due_at: Instant, now: Instant) -> Result<bool, StoreError> {
        let sql = "INSERT INTO job_runs (name, due_at, taken_at) VALUES ($1, $2, $3)
                   ON CONFLICT (name, due_at) DO UPDATE SET taken_at = excluded.taken_at WHERE job_runs.done_at IS NULL";
        Ok(self.execute("beginning a scheduled run", sql, &[&name, &due_at.ms(), &now.ms()])? > 0)
    }

    fn job_done(&mut self, name: &str, due_at: Instant, now: Instant) -> Result<(), StoreError> {
        let sql = "INSERT INTO job_runs (name, due_at, taken_at, done_at) VALUES ($1, $2, $3, $3)
                   ON CONFLICT (name, due_at) DO UPDATE SET done_at = excluded.done_at";
        self.execute("ending a scheduled run", sql, &[&name, &due_at.ms(), &now.ms()]).map(drop)
    }

    fn prune(&mut self, before: Instant, limit: usize) -> Result<u64, StoreError> {
        prune::prune(self, before, limit)
    }
}

/// Tells whoever caches policy, switches or conditions to look again.
pub(super) fn raise_version(session: &mut Session<'_>) -> Result<(), StoreError> {
    let sql = "INSERT INTO versions (name, version) VALUES ('settings', '1')
               ON CONFLICT (name) DO UPDATE SET version = (versions.version::bigint + 1)::text";
    session.execute("raising the settings' version", sql, &[])?;
    // Own changes are no reason to begin again.
    session.seen.settings = session.seen.settings.map(|version| version + 1);
    Ok(())
}
