//! What people set: policies, switches, access; and the runs of scheduled work.

use forewarn_core::Instant;
use forewarn_core::ids::MerchantId;
use forewarn_core::notice::Kind;
use forewarn_core::policy::Channel;
use serde::{Deserialize, Serialize};

use crate::store::StoreError;

/// The note a backup carries: when it was taken (RFC 3339). The store it was taken of has none.
pub const BACKUP_TAKEN_AT: &str = "backup.taken_at";
/// The note of a restored store: when its backup was taken.
pub const RESTORED_FROM: &str = "restored.from";
/// The note of a restored store: when it was first opened; what was due until then may have been sent.
pub const RESTORED_UNTIL: &str = "restored.until";

/// One version of the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyDocument {
    /// Its number, ascending.
    pub number: i64,
    /// Hash of its content.
    pub version: String,
    /// The TOML text.
    pub text: String,
    /// Who published it.
    pub author: String,
    /// When.
    pub at: Instant,
}

/// What a switch turns off.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "scope", content = "id")]
pub enum SwitchScope {
    /// Everything.
    Global,
    /// One shop.
    Merchant(MerchantId),
    /// One kind of notice.
    Kind(Kind),
    /// One way to write to buyers.
    Channel(Channel),
    /// Everything is decided and recorded, nothing is sent.
    Shadow,
}

/// A switch that is on, and who turned it on when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switch {
    /// What it turns off.
    pub scope: SwitchScope,
    /// Who set it.
    pub author: String,
    /// When.
    pub at: Instant,
}

/// What a token opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessRole {
    /// Everything.
    Operations,
    /// One shop's notices and orders, to read.
    Merchant(MerchantId),
}

/// An access token, of which only a hash is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// SHA-256 of the token, hexadecimal.
    pub token_hash: String,
    /// What it opens.
    pub role: AccessRole,
    /// What it is called.
    pub name: String,
    /// When it was made.
    pub at: Instant,
}

/// How far a run of scheduled work is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobRun {
    /// It began, and has not ended or never will: who began it may be dead.
    Begun,
    /// It has ended.
    Done,
}

/// Policies, switches, access, scheduled runs.
pub trait SettingsStore {
    /// A number that grows with every change of policy, switches or conditions: whoever caches these compares it.
    ///
    /// # Errors
    /// When the database fails.
    fn settings_version(&mut self) -> Result<i64, StoreError>;

    /// The policy in force.
    ///
    /// # Errors
    /// When the database fails.
    fn policy_in_force(&mut self) -> Result<Option<PolicyDocument>, StoreError>;

    /// Publishes a policy, if `expected` is still the number in force (`None`: there is none); gives the new number,
    /// or `None` when somebody else was faster.
    ///
    /// # Errors
    /// When the database fails.
    fn policy_publish(
        &mut self,
        expected: Option<i64>,
        version: &str,
        text: &str,
        author: &str,
        at: Instant,
    ) -> Result<Option<i64>, StoreError>;

    /// The newest policies, newest first.
    ///
    /// # Errors
    /// When the database fails.
    fn policies(&mut self, limit: usize) -> Result<Vec<PolicyDocument>, StoreError>;

    /// Switches that are on.
    ///
    /// # Errors
    /// When the database fails.
    fn switches(&mut self) -> Result<Vec<Switch>, StoreError>;

    /// Turns a switch on or off.
    ///
    /// # Errors
    /// When the database fails.
    fn switch_set(&mut self, scope: &SwitchScope, on: bool, author: &str, at: Instant) -> Result<(), StoreError>;

    /// Keeps an access token's hash.
    ///
    /// # Errors
    /// When the database fails.
    fn access_add(&mut self, access: &Access) -> Result<(), StoreError>;

    /// All access tokens' hashes.
    ///
    /// # Errors
    /// When the database fails.
    fn access_list(&mut self) -> Result<Vec<Access>, StoreError>;

    /// Takes a token's access away; whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    fn access_remove(&mut self, token_hash: &str) -> Result<bool, StoreError>;

    /// A small named value that must outlast a restart (a signing secret, the moment of the first start).
    ///
    /// # Errors
    /// When the database fails.
    fn note_load(&mut self, name: &str) -> Result<Option<String>, StoreError>;

    /// Keeps a small named value.
    ///
    /// # Errors
    /// When the database fails.
    fn note_save(&mut self, name: &str, value: &str) -> Result<(), StoreError>;

    /// How far the run of the scheduled job `name` is that was due at `due_at`; `None`: it never began.
    ///
    /// # Errors
    /// When the database fails.
    fn job_run(&mut self, name: &str, due_at: Instant) -> Result<Option<JobRun>, StoreError>;

    /// Notes that the run begins, again where it had not ended; `false` when it is done. Whose turn it is says a lease.
    ///
    /// # Errors
    /// When the database fails.
    fn job_begin(&mut self, name: &str, due_at: Instant, now: Instant) -> Result<bool, StoreError>;

    /// Notes that the run is done.
    ///
    /// # Errors
    /// When the database fails.
    fn job_done(&mut self, name: &str, due_at: Instant, now: Instant) -> Result<(), StoreError>;

    /// Deletes what is past its time: settled notices, suppressions, dead letters and closed orders untouched since
    /// before `before`. Gives how many rows went. Counts over all time still include them.
    ///
    /// # Errors
    /// When the database fails.
    fn prune(&mut self, before: Instant, limit: usize) -> Result<u64, StoreError>;
}
