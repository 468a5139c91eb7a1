//! `forewarn serve` as a process of its own, beside real servers: started, watched, killed, stopped.

pub(crate) mod disk;
pub(crate) mod events;
mod kill_nine;
mod letters;
mod mail;
mod overload;
mod repeats;
pub(crate) mod replicas;
mod roles;
mod serve;
mod sink;
mod stops;
pub(crate) mod topics;
mod what_if;

use std::cell::Cell;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use forewarn::store::sqlite::Db;

/// Opens `POST /v1/events` in every configuration written here.
pub(crate) const TOKEN: &str = "a-token-for-tests-only";
/// How long a condition may take before a test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// How long the process may take to finish what is in hand.
const LAST_WORDS: Duration = Duration::from_secs(15);
/// The rest between two looks at a condition.
const LOOK: Duration = Duration::from_millis(20);
/// Quiet hours of no length and no limit a day, so that nothing depends on when the tests run.
pub(crate) const AT_ANY_HOUR: &str =
    "[quiet_hours]\nfrom = \"00:00\"\nto = \"00:00\"\n[limits]\nper_buyer_day = 1000\n";

/// A folder with a configuration, a policy and, once it ran, a store.
pub(crate) struct Place {
    folder: tempfile::TempDir,
    pub(crate) port: u16,
    client: reqwest::Client,
    /// A database that several places share, in place of a file of its own.
    shared: Option<String>,
}

impl Place {
    /// Writes the configuration: `sections` as they are, beside `[console]` with `listen` and what `console` adds,
    /// `[store]`, `[policy]` and `[log]`.
    pub(crate) fn new(sections: &str, console: &str, policy: &str) -> Self {
        // The client insists on knowing how it would speak TLS; another test may have told it before.
        drop(rustls::crypto::ring::default_provider().install_default());
        let (folder, client) = (tempfile::tempdir().unwrap(), reqwest::Client::new());
        let place = Self { folder, port: free_port(), client, shared: None };
        let listen = format!("[console]\nlisten = \"127.0.0.1:{}\"\n{console}\n", place.port);
        let rest = "[store]\npath = \"forewarn.db\"\n[policy]\nfile = \"policy.toml\"\n[log]\nfilter = \"info,forewarn=info\"\n";
        place.write("forewarn.toml", &format!("{sections}\n{listen}{rest}"));
        place.write("policy.toml", policy);
        place
    }

    /// The same over the PostgreSQL database at `url`.
    pub(crate) fn sharing(self, url: &str) -> Self {
        Self { shared: Some(url.to_owned()), ..self }
    }

    /// A way in by HTTP and no shadow: `[intake]` and `[safety]` as most tests want them.
    pub(crate) fn live() -> String {
        format!("[intake]\nhttp_token = \"{TOKEN}\"\n[safety]\nshadow = false\nlive_since = \"2020-01-01T00:00:00Z\"\n")
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.path().join("forewarn.toml")
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    /// The store, beside a running process or after its end.
    pub(crate) fn db(&self) -> Db {
        Db::open(&self.path().join("forewarn.db")).unwrap()
    }

    /// Another command on the same configuration, to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// The standard output of another command that must succeed.
    pub(crate) fn says(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{arguments:?}: {text} {}", String::from_utf8_lossy(&output.stderr));
        text
    }

    /// Starts the service; it need not be ready yet.
    pub(crate) fn serve(&self) -> Running<'_> {
        self.serve_as(&[])
    }

    /// The same with further arguments.
    pub(crate) fn serve_as(&self, arguments: &[&str]) -> Running<'_> {
        let log = File::options().create(true).append(true).open(self.log()).unwrap();
        let child = self
            .command(&[&["serve"], arguments].concat())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Running { place: self, child }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.args(arguments).arg("--config").arg(self.config()).stdin(Stdio::null());
        command.envs(self.shared.as_ref().map(|url| ("FOREWARN_STORE__URL", url)));
        command
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.path().join("log.txt")
    }

    /// What the process wrote so far.
    pub(crate) fn words(&self) -> String {
        fs::read_to_string(self.log()).unwrap_or_default()
    }
}

/// What `FOREWARN_BIN` names, as a release build that is to be measured, else what was built with the tests.
fn program() -> PathBuf {
    std::env::var_os("FOREWARN_BIN").map_or_else(|| env!("CARGO_BIN_EXE_forewarn").into(), PathBuf::from)
}

/// One process that runs; killed if a test ends early.
pub(crate) struct Running<'a> {
    place: &'a Place,
    child: Child,
}

impl Running<'_> {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.place.port)
    }

    /// Status and body; `None` while nobody listens.
    pub(crate) async fn get(&self, path: &str) -> Option<(u16, String)> {
        let answer = self.place.client.get(self.url(path)).send().await.ok()?;
        Some((answer.status().as_u16(), answer.text().await.ok()?))
    }

    /// Waits until `/readyz` says so.
    pub(crate) async fn ready(&mut self) {
        self.until("it is ready", async |running| {
            running.get("/readyz").await.is_some_and(|(status, _)| status == 200)
        })
        .await;
    }

    /// Looks at a condition again and again until it holds.
    pub(crate) async fn until(&mut self, what: &str, holds: impl AsyncFn(&Self) -> bool) {
        self.within(PATIENCE, what, holds).await;
    }

    /// The same with a deadline of its own.
    pub(crate) async fn within(&mut self, deadline: Duration, what: &str, holds: impl AsyncFn(&Self) -> bool) {
        let began = Instant::now();
        while !holds(self).await {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "ended with {ended:?} before {what}: {}", self.place.words());
            assert!(began.elapsed() < deadline, "not within {deadline:?}: {what}\n{}", self.place.words());
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Waits until `count` has reached `goal`. However slow the machine, it must go on growing.
    pub(crate) async fn reaches(&mut self, goal: usize, what: &str, count: impl AsyncFn(&Self) -> f64) {
        let (goal, mut before) = (goal as f64, 0.0);
        while before < goal {
            let more = Cell::new(before);
            let grows = async |serve: &Self| {
                more.set(count(serve).await);
                more.get() > before || more.get() >= goal
            };
            self.within(PATIENCE, &format!("more than {before} of {goal} {what}"), grows).await;
            before = more.get();
        }
    }

    /// One number of `/metrics` by its name with labels, 0 if it is not there.
    pub(crate) async fn metric(&self, name: &str) -> f64 {
        let text = self.get("/metrics").await.map(|(_, text)| text).unwrap_or_default();
        let value = |line: &str| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok();
        text.lines().find_map(value).unwrap_or(0.0)
    }

    /// The sum over all labels that hold `part`.
    pub(crate) async fn sum(&self, name: &str, part: &str) -> f64 {
        let text = self.get("/metrics").await.map(|(_, text)| text).unwrap_or_default();
        let lines = text.lines().filter(|line| line.starts_with(name) && line.contains(part));
        lines.filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok()).sum()
    }

    /// Posts events, one a line; all of them must be answered with one of `outcomes`.
    pub(crate) async fn post(&self, events: &[serde_json::Value], outcome: &str) {
        let lines: String = events.iter().map(|event| format!("{event}\n")).collect();
        let answer = self
            .place
            .client
            .post(self.url("/v1/events"))
            .bearer_auth(TOKEN)
            .header("content-type", "application/x-ndjson")
            .body(lines)
            .send()
            .await
            .unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{status}: {text}");
        let results: serde_json::Value = serde_json::from_str(&text).unwrap();
        let results = results["results"].as_array().unwrap();
        assert_eq!(results.len(), events.len());
        assert!(results.iter().all(|result| result["outcome"] == outcome), "{text}");
    }

    /// The most memory it ever held, in KiB.
    pub(crate) fn peak_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Ends it where it stands, as a power cut would.
    pub(crate) fn kill_nine(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end and sees to it that it does so in order.
    pub(crate) fn stop(mut self) {
        let status = self.terminate();
        assert!(status.success(), "{status}: {}", self.place.words());
    }

    /// SIGTERM, and the status it ends with.
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        self.signal("TERM");
        self.ended()
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let told = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(told.success());
    }

    /// Bytes of memory it has resident.
    pub(crate) fn resident(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        kibibytes.unwrap_or(0) * 1024
    }

    /// The status it ended with, if it did.
    pub(crate) fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Waits for its end.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < LAST_WORDS, "still there after {LAST_WORDS:?}: {}", self.place.words());
            std::thread::sleep(LOOK);
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }
}

/// A port nobody listens on, below those the kernel gives to outgoing connections, and no two alike in one run.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let from = u16::try_from(std::process::id() % 1_000).unwrap();
    let port = |n: u16| 30_000 + (from + n) % 2_000;
    let free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    (0..2_000).map(|_| port(NEXT.fetch_add(1, Ordering::Relaxed))).find(free).unwrap()
}
