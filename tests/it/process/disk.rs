//! The disk under a running service: full, failing, damaged; and its backup.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use forewarn::store::port::{Book, NoticeState};
use forewarn_core::OrderKey;
use forewarn_core::ids::{MerchantId, OrderId};
use serde_json::Value;

use super::events::{Order, SHOP};
use super::topics::Stream;
use super::{AT_ANY_HOUR, Place, Running, TOKEN};
use crate::services;

/// Orders that surely do not fit on what is left of the disk.
const TOO_MANY: usize = 2_000;

fn place(more: &str) -> Place {
    Place::new(&format!("{}[mailbox]\nenabled = true\n{more}", Place::live()), "", AT_ANY_HOUR)
}

/// Posts an order; the status of the answer.
async fn post(serve: &Running<'_>, id: &str) -> u16 {
    let lines: String = Order::new(id).paid(-10).iter().map(|event| format!("{event}\n")).collect();
    let client = reqwest::Client::new();
    let request = client.post(serve.url("/v1/events")).bearer_auth(TOKEN);
    let answer = request.header("content-type", "application/x-ndjson").body(lines).send().await;
    answer.map_or(0, |answer| answer.status().as_u16())
}

/// Posts orders until one is not taken; the ids of those that were.
async fn post_until_refused(serve: &Running<'_>, name: &str) -> (Vec<String>, u16) {
    let mut taken = Vec::new();
    for n in 0..TOO_MANY {
        let id = format!("{name}-{n}");
        match post(serve, &id).await {
            200 => taken.push(id),
            refused => return (taken, refused),
        }
    }
    panic!("{TOO_MANY} orders fit");
}

fn is_known(place: &mut forewarn::store::sqlite::Db, id: &str) -> bool {
    let key = OrderKey { merchant_id: MerchantId::new(SHOP).unwrap(), order_id: OrderId::new(id).unwrap() };
    place.transact(&mut |tx| Ok(tx.orders_load(std::slice::from_ref(&key))?[0].is_some())).unwrap()
}

/// A file system of a few megabytes, gone with the test.
pub(crate) struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Puts the store of `place` on a disk of its own; `None` where mounting is not allowed.
    fn under(place: &Place) -> Option<Self> {
        Self::of_megabytes(6, place)
    }

    /// The same with a size of its own.
    pub(crate) fn of_megabytes(size: usize, place: &Place) -> Option<Self> {
        let disk = Self::at(place.path().join("disk"), size)?;
        let text = std::fs::read_to_string(place.config()).unwrap();
        place.write("forewarn.toml", &text.replace("\"forewarn.db\"", "\"disk/forewarn.db\""));
        Some(disk)
    }

    /// Makes `folder` such a file system of `size` megabytes; `None` where mounting is not allowed.
    pub(crate) fn at(folder: PathBuf, size: usize) -> Option<Self> {
        std::fs::create_dir(&folder).unwrap();
        let options = format!("size={size}m");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&folder).output();
        if !mount.is_ok_and(|done| done.status.success()) {
            services::note_skip("the right to mount a small disk (root)");
            return None;
        }
        Some(Self(folder))
    }

    /// Leaves no room.
    pub(crate) fn fill(&self) {
        let mut rest = vec![0_u8; 1 << 20];
        for n in 0.. {
            let written = std::fs::write(self.0.join(format!("ballast-{n}")), &rest);
            match (written, rest.len()) {
                (Ok(()), _) => {}
                (Err(_), 4096) => return,
                (Err(_), len) => rest.truncate(len / 2),
            }
        }
    }

    pub(crate) fn make_room(&self) {
        for file in std::fs::read_dir(&self.0).unwrap().map(|file| file.unwrap().path()) {
            if file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("ballast")) {
                std::fs::remove_file(file).unwrap();
            }
        }
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.0.join("forewarn.db")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily, as a test that failed may still have a process on it.
        drop(Command::new("umount").arg("-l").arg(&self.0).status());
    }
}

async fn is_full(serve: &Running<'_>) -> bool {
    serve.get("/readyz").await.is_some_and(|(status, why)| status == 503 && why.contains("the disk is full"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_takes_nothing_in_says_so_and_is_over_when_there_is_room() {
    let place = place("");
    let Some(disk) = SmallDisk::under(&place) else { return };
    let mut serve = place.serve();
    serve.ready().await;
    disk.fill();
    let (taken, refused) = post_until_refused(&serve, "full").await;
    assert_eq!(refused, 503);
    serve.until("it says that the disk is full", is_full).await;
    let last = format!("full-{}", taken.len());
    assert_eq!(post(&serve, &last).await, 503, "still full");

    disk.make_room();
    serve.ready().await;
    assert_eq!(post(&serve, &last).await, 200, "without a restart");
    serve.stop();
    assert!(place.words().contains("the store has room again"));
    let mut db = forewarn::store::sqlite::Db::open(&disk.store()).unwrap();
    for id in taken.iter().chain([&last]) {
        assert!(is_known(&mut db, id), "{id} was answered with 200");
    }
    drop(db);
    place.says(&["check", "--store"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_kafkas_offsets_stay_where_they_are() {
    let Some(brokers) = services::kafka() else { return };
    let stream = Stream::new(&brokers, "full");
    stream.make().await;
    let place = place(&stream.section());
    let Some(disk) = SmallDisk::under(&place) else { return };
    let mut serve = place.serve();
    serve.ready().await;
    disk.fill();
    let events: Vec<Value> = (0..3_000).flat_map(|n| Order::new(&format!("k-{n}")).paid(-10)).collect();
    stream.produce(&events);
    serve.until("it says that the disk is full", is_full).await;
    let read = |place: &SmallDisk| {
        let mut db = forewarn::store::sqlite::Db::open(&place.store()).unwrap();
        db.transact(&mut |tx| Ok((tx.books()?[0], tx.offsets()?))).unwrap()
    };
    disk.make_room();
    // The rest of the events does not fit into six megabytes either; what counts is that nothing is skipped.
    let all = Duration::from_secs(60);
    serve
        .within(all, "it reads on", async |s| {
            s.metric("forewarn_books{account=\"read\"}").await >= 1_000.0 || is_full(s).await
        })
        .await;
    serve.terminate();
    let ((book, events_read), offsets) = read(&disk);
    let moved: i64 = offsets.iter().filter_map(|(.., offset)| offset.next).sum();
    assert_eq!((book, i64::try_from(events_read).unwrap()), (Book::Read, moved), "read is what the offsets say");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fails_a_write_ends_the_process_and_loses_nothing_answered() {
    let place = place("");
    // The largest file the process may write; past it a write fails, as on a broken disk. The signal that would kill
    // the process first is ignored.
    let mut serve = place.serve_within("trap '' XFSZ; ulimit -f 2048; exec \"$@\"");
    serve.ready().await;
    let (taken, refused) = post_until_refused(&serve, "io").await;
    assert!(refused == 503 || refused == 0, "{refused}");
    let status = serve.ended();
    assert!(!status.success(), "it ends in an error");
    assert!(place.words().contains("the disk failed"), "{}", place.words());
    let mut db = place.db();
    assert!(!taken.is_empty());
    for id in &taken {
        assert!(is_known(&mut db, id), "{id} was answered with 200");
    }
    drop(db);
    let mut serve = place.serve();
    serve.ready().await;
    serve.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_is_named_and_nothing_starts_on_it() {
    let place = place("");
    let mut serve = place.serve();
    serve.ready().await;
    for n in 0..20 {
        assert_eq!(post(&serve, &format!("d-{n}")).await, 200);
    }
    serve.stop();
    let path = place.path().join("forewarn.db");
    let mut bytes = std::fs::read(&path).unwrap();
    // Everything but the first page, which holds the schema.
    bytes[4096..].iter_mut().for_each(|byte| *byte ^= 0x5a);
    std::fs::write(&path, &bytes).unwrap();
    let mut serve = place.serve();
    assert!(!serve.ended().success());
    assert!(place.words().contains("put the newest backup in its place"), "{}", place.words());
    let checked = place.run(&["check", "--store", "--lang", "en"]);
    assert!(!checked.status.success());
    let text = String::from_utf8(checked.stdout).unwrap();
    assert!(text.contains("the file is damaged") && text.contains("restore the newest backup"), "{text}");
    let chinese = String::from_utf8(place.run(&["check", "--store", "--lang", "zh-CN"]).stdout).unwrap();
    assert!(chinese.contains("已损坏") && chinese.contains("恢复最近的备份"), "{chinese}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_running_service_goes_on_where_it_was_taken() {
    let place = place("");
    let mut serve = place.serve();
    serve.ready().await;
    assert_eq!(post(&serve, "before").await, 200);
    let sent = async |s: &Running<'_>, n: f64| {
        s.metric("forewarn_notices_total{kind=\"order_accepted\",state=\"sent\"}").await >= n
    };
    serve.until("its notice is sent", async |s| sent(s, 1.0).await).await;
    let copy = place.path().join("copy.db");
    let to = copy.to_str().unwrap();
    let said = place.says(&["backup", "--to", to, "--lang", "en"]);
    assert!(said.starts_with(to) && said.contains(" pages, "), "{said}");
    assert!(!place.run(&["backup", "--to", to]).status.success(), "it exists");
    let said = place.says(&["backup", "--to", to, "--replace", "--lang", "zh-CN"]);
    assert!(said.contains("页"), "{said}");
    place.says(&["check", "--store", to]);
    place.says(&["check", "--store"]);
    assert_eq!(post(&serve, "after").await, 200);
    serve.until("its notice is sent", async |s| sent(s, 2.0).await).await;
    serve.kill_nine();

    // The store is lost; the backup takes its place, and the senders send again what they sent since.
    for name in ["forewarn.db", "forewarn.db-wal", "forewarn.db-shm"] {
        std::fs::remove_file(place.path().join(name)).unwrap_or_default();
    }
    std::fs::rename(&copy, place.path().join("forewarn.db")).unwrap();
    let mut serve = place.serve();
    serve.ready().await;
    assert_eq!(post(&serve, "before").await, 200);
    assert_eq!(post(&serve, "after").await, 200);
    serve
        .until("it is listed as unknown", async |s| {
            s.metric("forewarn_notices_total{kind=\"order_accepted\",state=\"unknown\"}").await >= 1.0
        })
        .await;
    serve.stop();
    assert!(place.words().contains("the store is a backup"), "{}", place.words());
    let (notices, _) = place.db().transact(&mut |tx| tx.notice_counts()).unwrap();
    let of = |state: NoticeState| notices.iter().filter(|(_, s, _)| *s == state).map(|(.., n)| n).sum::<u64>();
    assert_eq!((of(NoticeState::Sent), of(NoticeState::Unknown)), (1, 1));

    // Whoever has looked into the mail server's log settles it.
    let listed = place.says(&["unknown", "list"]);
    let id = listed.split_whitespace().next().unwrap();
    assert!(listed.lines().count() == 1 && listed.contains("order_accepted") && listed.contains("msg_"), "{listed}");
    assert!(place.says(&["unknown", "arrived", id, "--by", "lin", "--lang", "zh-CN"]).contains("记为已发送"));
    let said = place.says(&["unknown", "list", "--lang", "en"]);
    assert_eq!(said, "no notice is of unknown outcome\n");
    assert!(!place.run(&["unknown", "again", id]).status.success(), "it is settled");
    let (notices, _) = place.db().transact(&mut |tx| tx.notice_counts()).unwrap();
    assert_eq!(notices.iter().filter(|(_, s, _)| *s == NoticeState::Sent).map(|(.., n)| n).sum::<u64>(), 2);
}

impl Place {
    /// Starts the service from a shell that runs `script` with the command as its arguments.
    fn serve_within(&self, script: &str) -> Running<'_> {
        let log = std::fs::File::options().create(true).append(true).open(self.log()).unwrap();
        let child = Command::new("sh")
            .args(["-c", script, "sh", env!("CARGO_BIN_EXE_forewarn"), "serve", "--config"])
            .arg(self.config())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Running { place: self, child }
    }
}
