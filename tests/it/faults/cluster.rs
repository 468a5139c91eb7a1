//! The servers that crash and are revived here, through the scripts that started them.

use std::path::{Path, PathBuf};
use std::process::Command;

use tokio::sync::{Mutex, MutexGuard};

use crate::process::disk::SmallDisk;
use crate::services::{self, Database};

/// Three Kafka brokers.
#[derive(Clone)]
pub(super) struct Brokers {
    pub(super) addresses: String,
    state: PathBuf,
}

impl Brokers {
    pub(super) fn found() -> Option<Self> {
        services::kafka3().map(|(addresses, state)| Self { addresses, state })
    }

    /// Ends broker `node`, 1 to 3, where it stands, once no other is away: two of three must stay.
    pub(super) async fn crash(&self, node: usize) -> Away<'_> {
        static AWAY: Mutex<()> = Mutex::const_new(());
        let alone = AWAY.lock().await;
        tell("kafka3", "crash", &self.state, &node.to_string()).await;
        Away { brokers: self, node, _alone: alone }
    }
}

/// A broker that is away.
pub(super) struct Away<'a> {
    brokers: &'a Brokers,
    node: usize,
    _alone: MutexGuard<'static, ()>,
}

impl Away<'_> {
    pub(super) async fn revive(self) {
        tell("kafka3", "revive", &self.brokers.state, &self.node.to_string()).await;
    }
}

/// A PostgreSQL server that no other test of `faults` uses meanwhile.
pub(super) struct Server {
    pub(super) url: String,
    data: PathBuf,
    _alone: MutexGuard<'static, ()>,
}

impl Server {
    /// Waits until nobody else works with it.
    pub(super) async fn alone() -> Option<Self> {
        static USED: Mutex<()> = Mutex::const_new(());
        let (url, data) = services::postgres().zip(services::postgres_data())?;
        Some(Self { url, data, _alone: USED.lock().await })
    }

    /// `host:port`.
    pub(super) fn host(&self) -> String {
        self.url.split('@').nth(1).and_then(|rest| rest.split('/').next()).unwrap().to_owned()
    }

    /// The immediate shutdown, which leaves recovery to the next start.
    pub(super) async fn crash(&self) {
        tell("postgres", "crash", self.data.parent().unwrap(), "").await;
    }

    pub(super) async fn revive(&self) {
        tell("postgres", "revive", self.data.parent().unwrap(), "").await;
    }

    /// A database on a disk of its own of `size` megabytes, where mounting is allowed; the server's log of changes
    /// stays where it is, so that only tables and indexes lack room.
    pub(super) fn database_on_small_disk(&self, size: usize) -> Option<OnSmallDisk> {
        let name = format!("small_{}", std::process::id());
        let folder = self.data.with_file_name(&name);
        let disk = SmallDisk::at(folder.clone(), size)?;
        let owned = Command::new("chown").arg("--reference").arg(&self.data).arg(&folder).status();
        assert!(owned.unwrap().success());
        services::tell(&self.url, format!("CREATE TABLESPACE {name} LOCATION '{}'", folder.display()));
        let database = Some(services::database_in(&self.url, &name));
        Some(OnSmallDisk { disk, database, name, server: self.url.clone() })
    }
}

/// A PostgreSQL server and its standby that no other test uses meanwhile.
pub(super) struct Pair {
    pub(super) servers: services::Pair,
    _alone: MutexGuard<'static, ()>,
}

impl Pair {
    /// Waits until nobody else works with them.
    pub(super) async fn alone() -> Option<Self> {
        static USED: Mutex<()> = Mutex::const_new(());
        let servers = services::postgres2()?;
        Some(Self { servers, _alone: USED.lock().await })
    }

    /// `host:port` of server `node`, 1 or 2.
    pub(super) fn host(&self, node: usize) -> String {
        let hosts = self.servers.url.split('@').nth(1).and_then(|rest| rest.split('/').next()).unwrap();
        hosts.split(',').nth(node - 1).unwrap().to_owned()
    }

    /// Runs a statement at server `node` alone and gives the first column of its rows.
    pub(super) fn ask(&self, node: usize, sql: &'static str) -> Vec<String> {
        services::ask(format!("postgres://forewarn@{}/postgres", self.host(node)), sql)
    }

    /// Which server takes writes, and which follows it.
    pub(super) fn roles(&self) -> (usize, usize) {
        let follows = self.ask(1, "SELECT pg_is_in_recovery()::text") == ["true"];
        if follows { (2, 1) } else { (1, 2) }
    }

    /// The immediate shutdown of server `node`, 1 or 2.
    pub(super) async fn crash(&self, node: usize) {
        self.tell("crash", node).await;
    }

    /// Makes a primary of the one that followed.
    pub(super) async fn promote(&self, node: usize) {
        self.tell("promote", node).await;
    }

    /// Lets a server that crashed follow the other one.
    pub(super) async fn revive(&self, node: usize) {
        self.tell("revive", node).await;
    }

    async fn tell(&self, verb: &'static str, node: usize) {
        tell("postgres2", verb, &self.servers.state, &node.to_string()).await;
    }
}

/// A database that can run out of room.
pub(super) struct OnSmallDisk {
    pub(super) disk: SmallDisk,
    database: Option<Database>,
    name: String,
    server: String,
}

impl OnSmallDisk {
    pub(super) fn database(&self) -> &Database {
        self.database.as_ref().expect("it goes with this")
    }
}

impl Drop for OnSmallDisk {
    /// Also after a failure: a server that still has to write what it can no longer reach serves nobody.
    fn drop(&mut self) {
        drop(self.database.take());
        services::tell(&self.server, format!("DROP TABLESPACE {}", self.name));
    }
}

/// Runs `tests/services/NAME VERB STATE NODE` to its end.
async fn tell(name: &'static str, verb: &'static str, state: &Path, node: &str) {
    let script = format!("{}/tests/services/{name}", env!("CARGO_MANIFEST_DIR"));
    let (state, node) = (state.to_owned(), node.to_owned());
    let told = tokio::task::spawn_blocking(move || Command::new(script).arg(verb).arg(state).arg(node).output());
    let output = told.await.unwrap().unwrap();
    assert!(output.status.success(), "{name} {verb}: {}", String::from_utf8_lossy(&output.stderr));
}
