//! Flipped bits: each is refused, is found, or changes nothing. None makes a wrong or an early notice.
//!
//! A store in mid-life is damaged bit by bit at seeded places. Each time it is opened as the service opens it, takes
//! further events in, and plays the next days. What leaves is held against what leaves the undamaged store. What would
//! come of the same flips without our checksums is counted beside it, by taking the checksums out of a second copy.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use forewarn::copy::Copy;
use forewarn::engine::{Attempt, Engine, Identity, Incoming, Lease, Links, Message, Shop, Shops};
use forewarn::intake::structured;
use forewarn::store::port::Origin;
use forewarn::store::sqlite::{SqliteBackend, inspect};
use forewarn::store::{Store, StoreError, Tx};
use forewarn_core::ids::MerchantId;
use forewarn_core::{Instant, Span};
use serde_json::Value;

use super::{play, time_of};
use crate::invariants::floor::Floor;
use crate::invariants::generated::{Dice, floor as generated, start};

/// Flips and orders in the short form; the environment asks for more.
const FLIPS: u64 = 60;
const ORDERS: u64 = 40;

/// Orders share nothing: a buyer's daily limit or a shop's budget that a damaged order no longer uses would rightly go
/// to another one. Learning is left out of the days that are played for the same reason.
const ALONE: &str = "[warn]\nrisk = 0.4\n[limits]\nper_buyer_day = 100000\n
[compensation]\nper_buyer_30d = \"900000.00\"\nper_merchant_day = \"900000.00\"\n";

fn asked(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(otherwise)
}

/// What leaves: by notice, the moment it left first, the words and the address.
type Left = BTreeMap<String, (Instant, String)>;

/// What became of one flip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    /// The service did not start on it.
    Refused,
    /// A step said that the store is damaged.
    Stopped,
    /// Everything went as ever, and an inspection tells of the damage.
    Found,
    /// Everything went as ever, and nothing is to be seen.
    Unseen,
    /// Something did not leave, or left later.
    Missing,
    /// Something left that would not have, or with other words, or earlier, or twice.
    Wrong,
}

/// A store in mid-life and what is still to come.
struct Scene {
    _folder: tempfile::TempDir,
    path: PathBuf,
    bytes: Vec<u8>,
    news: Vec<Incoming>,
    now: Instant,
    whole: Left,
}

impl Scene {
    fn new(seed: u64, orders: u64) -> Self {
        let folder = tempfile::tempdir_in(roomy()).expect("a folder");
        let path = folder.path().join("f.db");
        let events: Vec<Value> = generated(seed, orders).events.into_iter().map(of_its_own_buyer).collect();
        let now = start() + Span::hours(24 * 6);
        let mut floor = Floor::open(&path);
        floor.policy(ALONE);
        for shop in ["qinghe", "lumen", "a/b"] {
            let shop = MerchantId::new(shop).expect("a short id");
            floor.run(|_, tx| tx.live_since(&shop, start()));
        }
        play(&mut floor, &events, now);
        floor.wake();
        drop(floor);
        let soon = |event: &&Value| time_of(event) > now && time_of(event) <= now + Span::hours(12);
        let news = events.iter().filter(soon).enumerate().map(|(line, event)| incoming(line, event)).collect();
        let bytes = fs::read(&path).expect("a file");
        let mut scene = Self { _folder: folder, path, bytes, news, now, whole: Left::new() };
        let (whole, error) = scene.days().expect("an undamaged store opens");
        assert!(error.is_none(), "an undamaged store works: {error:?}");
        assert!(whole.len() >= 10, "only {} notices leave", whole.len());
        scene.whole = whole;
        scene
    }

    /// Without the checksums, as if there were none.
    fn unsummed(&mut self) {
        let conn = rusqlite::Connection::open(&self.path).expect("a store");
        let tables: Vec<String> = conn
            .prepare("SELECT m.name FROM sqlite_schema m, pragma_table_info(m.name) c WHERE c.name = 'checksum'")
            .and_then(|mut query| query.query_map([], |row| row.get(0))?.collect())
            .expect("tables");
        for table in tables {
            conn.execute_batch(&format!("UPDATE {table} SET checksum = NULL")).expect("a column");
        }
        conn.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").expect("a checkpoint");
        drop(conn);
        self.bytes = fs::read(&self.path).expect("a file");
    }

    fn lay(&self, bytes: &[u8]) {
        for beside in ["f.db-wal", "f.db-shm"] {
            fs::remove_file(self.path.with_file_name(beside)).unwrap_or_default();
        }
        fs::write(&self.path, bytes).expect("a file");
    }

    fn flip(&self, bit: u64) -> End {
        let mut bytes = self.bytes.clone();
        let byte = usize::try_from(bit / 8).expect("a small file");
        bytes[byte] ^= 1 << (bit % 8);
        self.lay(&bytes);
        let played = self.days();
        self.lay(&bytes);
        let Ok((left, error)) = played else { return End::Refused };
        if let Some(wrong) = left.iter().find(|(id, said)| self.is_wrong(id, said)) {
            say(&format!("bit {bit}: {wrong:?} instead of {:?}", self.whole.get(wrong.0)));
            return End::Wrong;
        }
        match error {
            Some(_) => End::Stopped,
            None if inspect(&self.path).map_or(true, |found| !found.is_clean()) => End::Found,
            None if left != self.whole => End::Missing,
            None => End::Unseen,
        }
    }

    /// What leaves later may have other words, because more is known by then.
    fn is_wrong(&self, id: &str, (at, words): &(Instant, String)) -> bool {
        self.whole.get(id).is_none_or(|(right, said)| at < right || (at == right && words != said))
    }

    /// Opens the store as the service does and lets some days pass. Gives what left, and what ended it early.
    fn days(&self) -> Result<(Left, Option<StoreError>), StoreError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let store = Store::new(SqliteBackend::open(&self.path)?);
        let engine = std::sync::Arc::new(engine());
        let (news, mut now) = (self.news.clone(), self.now);
        let (taking, at) = (std::sync::Arc::clone(&engine), now);
        let mut left = Left::new();
        let mut ended = runtime.block_on(store.write(move |tx| taking.ingest(tx, &news, &[], at).map(drop))).err();
        for hours in [0, 3, 9, 24, 24, 48] {
            now = now + Span::hours(hours);
            if ended.is_none() {
                ended = runtime.block_on(rest(&store, &engine, now, &mut left)).err();
            }
        }
        Ok((left, ended))
    }
}

/// Wakes and sends until nothing is due.
async fn rest(store: &Store, engine: &std::sync::Arc<Engine>, now: Instant, left: &mut Left) -> Result<(), StoreError> {
    loop {
        let own = std::sync::Arc::clone(engine);
        let woken = store.write(move |tx| wake(&own, tx, now)).await?;
        let own = std::sync::Arc::clone(engine);
        let lease = Lease { token: "t".into(), real_now: now, until: now + Span::minutes(10) };
        let claimed = store.write(move |tx| own.claim(tx, now, 1_000, &lease)).await?;
        for notice in claimed.ready.iter().flat_map(Message::notices).cloned() {
            if let Some(said) = &notice.composed {
                let words = format!("{} {} {} {:?}", said.to.reveal(), said.subject, said.text, said.because);
                if left.insert(notice.notice_id.to_string(), (now, words)).is_some() {
                    left.insert(format!("{} twice", notice.notice_id), (now, String::new()));
                }
            }
            let own = std::sync::Arc::clone(engine);
            let sent = Attempt::Sent { receipt: "ok".into() };
            store.write(move |tx| own.settle(tx, &notice.notice_id, "t", &sent, now).map(drop)).await?;
        }
        if woken == 0 && claimed.looked_at == 0 {
            return nothing_missed(store, now).await;
        }
    }
}

/// The proof that the service's own job makes: no order is hidden from its wake.
async fn nothing_missed(store: &Store, now: Instant) -> Result<(), StoreError> {
    match store.read(move |tx| tx.orders_overdue(now)).await? {
        0 => Ok(()),
        missed => {
            Err(StoreError::Damaged { what: "wakes", id: missed.to_string(), source: "orders are overdue".into() })
        }
    }
}

fn wake(engine: &Engine, tx: &mut dyn Tx, now: Instant) -> Result<usize, StoreError> {
    let woken = engine.wake(tx, now, 1_000)?;
    engine.grant_at_once(tx, now, 1_000)?;
    Ok(woken.orders)
}

fn engine() -> Engine {
    let identity = Identity {
        links: Links::new("https://example.com", b"secret"),
        shops: Shops { named: BTreeMap::new(), others: Shop::default() },
        live_since: None,
        shadow: false,
    };
    Engine::new(identity, std::sync::Arc::new(Copy::builtin().without_html()))
}

/// Delays of one buyer are told in one message, so that a damaged one would change the others' words.
fn of_its_own_buyer(mut event: Value) -> Value {
    let order = event["data"]["order_id"].clone();
    if let Some(buyer) = event["data"].get_mut("buyer") {
        buyer["buyer_id"] = order;
    }
    event
}

fn incoming(line: usize, event: &Value) -> Incoming {
    let raw = event.to_string().into_bytes();
    let offset = i64::try_from(line).expect("a short file");
    let origin = Origin { topic: "flips".into(), partition: 0, offset };
    Incoming { origin, event: structured(&raw), raw, headers: Vec::new() }
}

/// Memory where there is some: the file is written anew for each flip.
fn roomy() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory.to_path_buf() } else { std::env::temp_dir() }
}

fn ends(scene: &Scene, flips: u64) -> BTreeMap<End, u64> {
    let mut dice = Dice::new(flips);
    let mut ends = BTreeMap::new();
    for _ in 0..flips {
        let bit = dice.below(u64::try_from(scene.bytes.len()).expect("a small file") * 8);
        let end = scene.flip(bit);
        if end >= End::Missing {
            say(&format!("bit {bit}: {end:?}"));
        }
        *ends.entry(end).or_insert(0) += 1;
    }
    ends
}

fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("somebody listens");
}

#[test]
fn no_flipped_bit_makes_a_wrong_or_early_notice() {
    let (flips, orders) = (asked("FOREWARN_TEST_FLIPS", FLIPS), asked("FOREWARN_TEST_FLIP_ORDERS", ORDERS));
    let scene = Scene::new(7, orders);
    // One flip again, by the number that a failure printed.
    if let Some(bit) = std::env::var("FOREWARN_TEST_FLIP_BIT").ok().and_then(|bit| bit.parse().ok()) {
        say(&format!("bit {bit}: {:?}", scene.flip(bit)));
        return;
    }
    let summed = ends(&scene, flips);
    say(&format!("{} bytes, {} notices, {flips} flips: {summed:?}", scene.bytes.len(), scene.whole.len()));
    if asked("FOREWARN_TEST_FLIPS_UNSUMMED", 0) > 0 {
        let mut bare = scene;
        bare.unsummed();
        say(&format!("without checksums: {:?}", ends(&bare, flips)));
        return;
    }
    assert_eq!((summed.get(&End::Wrong), summed.get(&End::Missing)), (None, None), "{summed:?}");
}
