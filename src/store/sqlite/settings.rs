//! Policies, switches, access, scheduled runs.

use forewarn_core::Instant;
use forewarn_core::ids::MerchantId;
use rusqlite::params;

use super::session::{Fields, Session, Summed, rows};
use super::{checksum, document, prune};
use crate::store::StoreError;
use crate::store::port::{Access, AccessRole, JobRun, PolicyDocument, SettingsStore, Switch, SwitchScope};

impl SettingsStore for Session<'_> {
    fn settings_version(&mut self) -> Result<i64, StoreError> {
        let sql = "SELECT CAST(version AS INTEGER) FROM versions WHERE name = 'settings'";
        let version = self.value("reading the settings' version", sql, [])?;
        Ok(version.unwrap_or(0))
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
        let in_force: Option<i64> = self.single("reading the policy", "SELECT max(number) FROM policies", [])?;
        if in_force != expected {
            return Ok(None);
        }
        let number = in_force.unwrap_or(0) + 1;
        let checksum = checksum::of("publishing a policy", &[&number, &version, &text, &author, &at.ms()])?;
        let sql = "INSERT INTO policies (number, version, text, author, at, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        self.execute("publishing a policy", sql, params![number, version, text, author, at.ms(), checksum])?;
        raise_version(self)?;
        Ok(Some(number))
    }

    fn policies(&mut self, limit: usize) -> Result<Vec<PolicyDocument>, StoreError> {
        let sql = "SELECT number, version, text, author, at, checksum FROM policies ORDER BY number DESC LIMIT ?1";
        self.all("listing policies", sql, [rows(limit)], read_policy)
    }

    fn switches(&mut self) -> Result<Vec<Switch>, StoreError> {
        let sql = "SELECT scope, author, at, checksum FROM switches ORDER BY scope";
        self.all("listing switches", sql, [], read_switch)
    }

    fn switch_set(&mut self, scope: &SwitchScope, on: bool, author: &str, at: Instant) -> Result<(), StoreError> {
        let scope = document::write("setting a switch", scope)?;
        if on {
            let checksum = checksum::of("turning a switch on", &[&scope, &author, &at.ms()])?;
            let sql = "INSERT INTO switches (scope, author, at, checksum) VALUES (?1, ?2, ?3, ?4)
                       ON CONFLICT DO UPDATE SET author = excluded.author, at = excluded.at,
                           checksum = excluded.checksum";
            self.execute("turning a switch on", sql, params![scope, author, at.ms(), checksum])?;
        } else {
            self.execute("turning a switch off", "DELETE FROM switches WHERE scope = ?1", [scope])?;
        }
        raise_version(self)
    }

    fn access_add(&mut self, access: &Access) -> Result<(), StoreError> {
        let merchant = match &access.role {
            AccessRole::Operations => None,
            AccessRole::Merchant(merchant) => Some(merchant.as_str()),
        };
        let at = access.at.ms();
        let checksum = checksum::of("giving access", &[&access.token_hash, &access.name, &at, &merchant])?;
        let sql = "INSERT OR REPLACE INTO access (token_hash, merchant_id, name, at, checksum)
                   VALUES (?1, ?2, ?3, ?4, ?5)";
        let params = params![access.token_hash, merchant, access.name, at, checksum];
        self.execute("giving access", sql, params).map(drop)
    }

    fn access_list(&mut self) -> Result<Vec<Access>, StoreError> {
        let sql = "SELECT token_hash, name, at, merchant_id, checksum FROM access ORDER BY at, token_hash";
        self.all("listing access", sql, [], read_access)
    }

    fn access_remove(&mut self, token_hash: &str) -> Result<bool, StoreError> {
        Ok(self.execute("taking access away", "DELETE FROM access WHERE token_hash = ?1", [token_hash])? > 0)
    }

    fn note_load(&mut self, name: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT name, value, checksum FROM notes WHERE name = ?1";
        Ok(self.first("loading a note", sql, [name], read_note)?.map(|(_, value)| value))
    }

    fn note_save(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        let checksum = checksum::of("saving a note", &[&name, &value])?;
        let sql = "INSERT INTO notes (name, value, checksum) VALUES (?1, ?2, ?3)
                   ON CONFLICT DO UPDATE SET value = excluded.value, checksum = excluded.checksum";
        self.execute("saving a note", sql, params![name, value, checksum]).map(drop)
    }

    fn job_run(&mut self, name: &str, due_at: Instant) -> Result<Option<JobRun>, StoreError> {
        let sql = "SELECT done_at IS NOT NULL FROM job_runs WHERE name = ?1 AND due_at = ?2";
        self.first("looking at a scheduled run", sql, params![name, due_at.ms()], |f| {
            Ok(if f.take()? { JobRun::Done } else { JobRun::Begun })
        })
    }

    fn job_begin(&mut self, name: &str, due_at: Instant, now: Instant) -> Result<bool, StoreError> {
        let sql = "INSERT INTO job_runs (name, due_at, taken_at) VALUES (?1, ?2, ?3)
                   ON CONFLICT DO UPDATE SET taken_at = excluded.taken_at WHERE job_runs.done_at IS NULL";
        Ok(self.execute("beginning a scheduled run", sql, params![name, due_at.ms(), now.ms()])? > 0)
    }

    fn job_done(&mut self, name: &str, due_at: Instant, now: Instant) -> Result<(), StoreError> {
        let sql = "INSERT INTO job_runs (name, due_at, taken_at, done_at) VALUES (?1, ?2, ?3, ?3)
                   ON CONFLICT DO UPDATE SET done_at = excluded.done_at";
        self.execute("ending a scheduled run", sql, params![name, due_at.ms(), now.ms()]).map(drop)
    }

    fn prune(&mut self, before: Instant, limit: usize) -> Result<u64, StoreError> {
        prune::prune(self, before, limit)
    }
}

pub(super) fn read_policy(f: &mut Fields<'_>) -> Result<PolicyDocument, StoreError> {
    const SUMMED: Summed = Summed { what: "policy", skip: 0, id: &[0] };
    f.whole(&SUMMED, |f| {
        let (number, version, text) = (f.take()?, f.take()?, f.take()?);
        Ok(PolicyDocument { number, version, text, author: f.take()?, at: f.instant()? })
    })
}

pub(super) fn read_switch(f: &mut Fields<'_>) -> Result<Switch, StoreError> {
    const SUMMED: Summed = Summed { what: "switch", skip: 0, id: &[0] };
    f.whole(&SUMMED, |f| {
        Ok(Switch { scope: f.document("switch", &"in the list")?, author: f.take()?, at: f.instant()? })
    })
}

pub(super) fn read_access(f: &mut Fields<'_>) -> Result<Access, StoreError> {
    const SUMMED: Summed = Summed { what: "access", skip: 0, id: &[1] };
    f.whole(&SUMMED, |f| {
        let (token_hash, name, at) = (f.take()?, f.take::<String>()?, f.instant()?);
        let merchant = f.maybe_parsed("access", &name, "merchant_id", MerchantId::new)?;
        Ok(Access { token_hash, role: merchant.map_or(AccessRole::Operations, AccessRole::Merchant), name, at })
    })
}

pub(super) fn read_note(f: &mut Fields<'_>) -> Result<(String, String), StoreError> {
    const SUMMED: Summed = Summed { what: "note", skip: 0, id: &[0] };
    f.whole(&SUMMED, |f| Ok((f.take()?, f.take()?)))
}

/// Tells whoever caches policy, switches or conditions to look again.
pub(super) fn raise_version(session: &Session<'_>) -> Result<(), StoreError> {
    let sql = "INSERT INTO versions (name, version) VALUES ('settings', '1')
               ON CONFLICT DO UPDATE SET version = CAST(CAST(version AS INTEGER) + 1 AS TEXT)";
    session.execute("raising the settings' version", sql, []).map(drop)
}
