//! PostgreSQL with a synchronous standby, over TLS: when the primary ends where it stands, the standby takes over while
//! the program runs, and nothing that was acknowledged is gone.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::cluster::Pair;
use super::line::Line;
use super::load::named;
use super::post::Post;
use crate::process::{AT_ANY_HOUR, Place, Running, TOKEN};
use crate::services;

/// Mails that leave between one thing and the next.
const SOME: usize = 30;
/// What a part says that finds no server.
const AWAY: &str = "no server took the connection";
const PATIENCE: Duration = Duration::from_secs(30);

/// A place on the database at `url` that trusts what `store` says, and nothing in clear.
fn place(url: &str, post: &Post, store: &str) -> Place {
    let sections = [&Place::live(), &post.section("pair"), "[engine]\nlease = \"10s\"\n"].concat();
    let place = Place::new(&sections, "", &format!("{AT_ANY_HOUR}[channels]\norder = [\"email\"]\n"));
    let config = std::fs::read_to_string(place.config()).unwrap();
    place.write("forewarn.toml", &config.replace("[store]\n", &format!("[store]\n{store}")));
    place.sharing(&format!("{url}?sslmode=require"))
}

fn trusting(ca: &std::path::Path) -> String {
    format!("ca_file = \"{}\"\n", ca.display())
}

/// Tells one order after the other by HTTP, each again until it is acknowledged; gives their names.
async fn tell_until(over: Arc<AtomicBool>, url: String) -> Vec<String> {
    let (client, mut names) = (reqwest::Client::new(), Vec::new());
    while !over.load(Ordering::SeqCst) {
        let name = format!("f-{}", names.len());
        let lines: String = named(&name).paid(-10).iter().map(|event| format!("{event}\n")).collect();
        while !is_acknowledged(&client, &url, lines.clone()).await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        names.push(name);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    names
}

async fn is_acknowledged(client: &reqwest::Client, url: &str, lines: String) -> bool {
    let request = client.post(url).bearer_auth(TOKEN).header("content-type", "application/x-ndjson").body(lines);
    let Ok(answer) = request.send().await else { return false };
    let status = answer.status();
    assert!(status.is_success() || status.as_u16() == 503, "{status}");
    if !status.is_success() {
        return false;
    }
    let results: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let outcomes = results["results"].as_array().unwrap();
    assert!(outcomes.iter().all(|one| one["outcome"] == "applied" || one["outcome"] == "repeated"), "{results}");
    true
}

async fn says(serve: &Running<'_>, status: u16, words: &str) -> bool {
    serve.get("/readyz").await.is_some_and(|(found, why)| found == status && why.contains(words))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_that_takes_over_has_all_that_was_acknowledged_and_sends_nothing_twice() {
    let Some(pair) = Pair::alone().await else { return };
    let (database, post) = (services::database(&pair.servers.url), Post::start().await);
    let place = place(&database.url, &post, &trusting(&pair.servers.ca));
    let mut serve = place.serve();
    serve.ready().await;
    let over = Arc::new(AtomicBool::new(false));
    let teller = tokio::spawn(tell_until(Arc::clone(&over), serve.url("/v1/events")));
    let mut took = Vec::new();
    let (primary, standby) = pair.roles();
    // There and back again.
    for (from, to) in [(primary, standby), (standby, primary)] {
        let enough = post.count() + SOME;
        serve.within(PATIENCE, "mails leave", async |_| post.count() >= enough).await;
        let crashed = Instant::now();
        pair.crash(from).await;
        serve.within(PATIENCE, "it says that the store is away", async |s| says(s, 503, AWAY).await).await;
        let enough = post.count() + SOME;
        pair.promote(to).await;
        serve.within(PATIENCE, "mails leave again", async |_| post.count() >= enough).await;
        serve.ready().await;
        took.push(format!("{:.1} s", crashed.elapsed().as_secs_f64()));
        pair.revive(from).await;
    }
    over.store(true, Ordering::SeqCst);
    let orders = teller.await.unwrap();
    let settled = async |s: &Running<'_>| {
        let of = async |state| s.sum("forewarn_notices_total", &format!("state=\"{state}\"")).await;
        of("sent").await + of("unknown").await >= orders.len() as f64
    };
    serve.within(PATIENCE, "all are settled", settled).await;
    let applied = serve.metric("forewarn_books{account=\"applied\"}").await;
    assert_eq!(applied, 2.0 * orders.len() as f64, "each event once");
    let unknown = serve.sum("forewarn_notices_total", "state=\"unknown\"").await.abs();
    serve.stop();
    let book = post.book();
    assert!(book.orders.values().all(|times| *times == 1), "a mail came twice: {:?}", book.orders);
    assert!(book.orders.keys().all(|order| orders.contains(order)), "a mail about no order");
    // A claim whose commit the dying primary did not answer may stand; its notice is then listed, and not sent.
    let (_, name) = database.url.rsplit_once('/').unwrap();
    let listed = services::ask(
        format!("postgres://forewarn@{}/{name}", pair.host(primary)),
        "SELECT order_id FROM notices WHERE state = 'unknown'",
    );
    let lost: Vec<_> = orders.iter().filter(|o| !book.orders.contains_key(*o) && !listed.contains(o)).collect();
    assert!(lost.is_empty(), "neither sent nor listed: {lost:?}");
    let (count, took) = (orders.len(), took.join(" and "));
    let line = format!(
        "standby took over twice: {count} orders, 0 lost, 0 double, {unknown} unknown; mails again after {took}\n"
    );
    std::io::stdout().write_all(line.as_bytes()).unwrap();
}

/// Waits until `node` answers `sql` with one row that says `word`.
async fn until_says(pair: &Pair, node: usize, sql: &'static str, word: &str) {
    let began = Instant::now();
    while pair.ask(node, sql) != [word] {
        assert!(began.elapsed() < PATIENCE, "{sql}: not yet {word}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Opens and ends so many transactions that every number the other server has given out was given out here too.
fn use_up_transactions(pair: &Pair, node: usize) {
    for _ in 0..150 {
        pair.ask(node, "SELECT pg_current_xact_id()::text");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_the_standby_never_saw_is_done_again_though_another_now_bears_its_number() {
    let Some(pair) = Pair::alone().await else { return };
    let (database, post) = (services::database(&pair.servers.url), Post::start().await);
    let (primary, standby) = pair.roles();
    let (first, second) = (Line::to(&pair.host(primary)).await, Line::to(&pair.host(standby)).await);
    second.cut();
    let (_, name) = database.url.rsplit_once('/').unwrap();
    let url = format!("postgres://forewarn@{},{}/{name}", first.address, second.address);
    let place = place(&url, &post, &trusting(&pair.servers.ca));
    let mut serve = place.serve();
    serve.ready().await;
    // The standby no longer hears of anything, so what is committed now is kept by the primary alone and not answered.
    services::tell(
        &format!("postgres://forewarn@{}/postgres", pair.host(standby)),
        "ALTER SYSTEM SET primary_conninfo = ''".to_owned(),
    );
    pair.ask(standby, "SELECT pg_reload_conf()::text");
    until_says(&pair, primary, "SELECT count(*)::text FROM pg_stat_replication", "0").await;
    let over = Arc::new(AtomicBool::new(false));
    let teller = tokio::spawn(tell_until(Arc::clone(&over), serve.url("/v1/events")));
    let waits = "SELECT (count(*) > 0)::text FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    until_says(&pair, primary, waits, "true").await;
    over.store(true, Ordering::SeqCst);
    pair.crash(primary).await;
    pair.promote(standby).await;
    use_up_transactions(&pair, standby);
    second.open();
    let orders = teller.await.unwrap();
    serve.within(PATIENCE, "mails left", async |_| post.count() >= orders.len()).await;
    assert_eq!(serve.metric("forewarn_books{account=\"applied\"}").await, 2.0 * orders.len() as f64);
    serve.stop();
    pair.revive(primary).await;
    assert!(orders.iter().all(|order| post.book().orders.get(order) == Some(&1)), "{orders:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_line_is_encrypted_and_a_server_of_another_authority_is_refused_with_its_reason() {
    let Some(pair) = Pair::alone().await else { return };
    let (database, post) = (services::database(&pair.servers.url), Post::start().await);
    let right = place(&database.url, &post, &trusting(&pair.servers.ca));
    let mut serve = right.serve();
    serve.ready().await;
    let sql = "SELECT ssl::text FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'forewarn'";
    let lines = pair.ask(pair.roles().0, sql);
    assert!(lines.len() >= 2 && lines.iter().all(|ssl| ssl == "true"), "{lines:?}");
    serve.stop();

    let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let other = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(other.path(), own.cert.pem()).unwrap();
    // Without a file the system's authorities count, and ours is none of them.
    for store in [trusting(other.path()), String::new()] {
        let wrong = place(&database.url, &post, &store);
        let mut serve = wrong.serve();
        serve.within(PATIENCE, "it says why", async |s| says(s, 503, "store.ca_file").await).await;
        let (_, why) = serve.get("/readyz").await.unwrap();
        assert!(why.contains("invalid peer certificate") && wrong.words().contains("store.ca_file"), "{why}");
        serve.stop();
        let output = wrong.run(&["unknown", "list"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains("store.ca_file"), "{said}");
    }
}
