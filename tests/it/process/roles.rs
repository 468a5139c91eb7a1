//! Roles in processes of their own, over one Kafka and one PostgreSQL: together they do what one process does.

use std::io::Write as _;
use std::time::{Duration, Instant};

use super::replicas::{self, DEADLINE, EVENTS_EACH, paid, read, ready};
use super::sink::Sink;
use super::topics::Stream;
use super::{AT_ANY_HOUR, Place, Running, TOKEN};
use crate::services;

const ORDERS: usize = 800;
const EVENTS: usize = EVENTS_EACH * ORDERS;

#[tokio::test(flavor = "multi_thread")]
async fn three_processes_of_split_roles_do_each_thing_once() {
    let (Some(brokers), Some(server)) = (services::kafka(), services::postgres()) else { return };
    let began = Instant::now();
    let database = services::database(&server);
    let stream = Stream::new(&brokers, "roles");
    stream.make().await;
    let events = replicas::events(ORDERS);
    let (first, second) = events.split_at(EVENTS / 2);
    stream.produce(first);
    let (sink, url) = Sink::start().await;
    let place = || replicas::place(&stream, &url).sharing(&database.url);
    let (reading, acting, showing) = (place(), place(), place());
    let mut console = showing.serve_as(&["--role", "console"]);
    let mut actor = acting.serve_as(&["--role", "wake,deliver"]);
    actor.until("it says that nobody reads", async |s| says(s, "role intake").await).await;
    assert_eq!(sink.count(), 0);
    let mut reader = reading.serve_as(&["--role", "intake"]);
    reader.within(DEADLINE, "the first half is read", async |r| read(r).await >= first.len() as f64).await;
    stream.produce(second);
    actor.within(DEADLINE, "everything is read and sent", async |a| replicas::settled(a, ORDERS).await).await;
    console
        .within(DEADLINE, "all are ready", async |c| ready(c).await && ready(&actor).await && ready(&reader).await)
        .await;
    let ran = began.elapsed();

    let status = async |running: &Running<'_>, path: &str| running.get(path).await.unwrap().0;
    assert_eq!((status(&console, "/login").await, status(&console, "/v1/events").await), (200, 404));
    assert_eq!((status(&actor, "/login").await, status(&actor, "/v1/events").await), (404, 404));
    assert_eq!((status(&reader, "/login").await, status(&reader, "/v1/events").await), (404, 405));
    for account in ["read", "applied"] {
        let sum = console.metric(&format!("forewarn_books{{account=\"{account}\"}}")).await;
        assert_eq!(sum, EVENTS as f64, "{account}: the books as any process tells them");
    }
    let announced = stream.announced(ORDERS).await;
    for running in [reader, actor, console] {
        running.stop();
    }
    let taken = sink.taken();
    assert_eq!(taken.len(), ORDERS, "each order's one notice");
    assert!(taken.values().all(|bodies| bodies.len() == 1), "none of them twice");
    assert_eq!(announced.len(), ORDERS, "each was announced");
    assert!(announced.values().all(|times| *times == 1), "none of them twice");
    let digest = showing.says(&["fingerprint"]);
    assert_eq!(digest.split_whitespace().next(), Some(&*replicas::fingerprint(&events)), "the facts differ");
    let line = format!(
        "| intake; wake and deliver; console | {EVENTS} events | {ORDERS} sent | 0 lost | 0 twice | {:.0} s |\n",
        ran.as_secs_f64()
    );
    std::io::stdout().write_all(line.as_bytes()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sends_while_a_partition_has_no_reader() {
    let (Some(brokers), Some(server)) = (services::kafka(), services::postgres()) else { return };
    let database = services::database(&server);
    let stream = Stream::new(&brokers, "unread");
    stream.make().await;
    let (sink, url) = Sink::start().await;
    let hasty = |place: Place| {
        let config = std::fs::read_to_string(place.config()).unwrap();
        place.write("forewarn.toml", &config.replacen("[intake]\n", "[intake]\nmax_lag = \"5s\"\n", 1));
        place.sharing(&database.url)
    };
    let (reading, acting) = (hasty(replicas::place(&stream, &url)), hasty(replicas::place(&stream, &url)));
    // A door for events beside Kafka, so that something becomes due while nobody reads.
    let way_in = format!("[intake]\nhttp_token = \"{TOKEN}\"\n");
    let door = Place::new(&way_in, "", AT_ANY_HOUR).sharing(&database.url);
    let mut actor = acting.serve_as(&["--role", "wake,deliver"]);
    let mut reader = reading.serve_as(&["--role", "intake"]);
    reader.ready().await;
    actor.ready().await;
    let mut door = door.serve_as(&["--role", "intake"]);
    door.ready().await;
    door.post(&paid("while-read"), "applied").await;
    actor.until("the notice has left", async |_| sink.count() == 1).await;

    reader.kill_nine();
    actor.until("it says who is not heard of", async |s| says(s, "was last known to be read up to date").await).await;
    door.post(&paid("while-unread"), "applied").await;
    let told = Instant::now();
    while told.elapsed() < Duration::from_secs(2) {
        assert_eq!(sink.count(), 1, "what is not known to be new is not acted on");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut reader = reading.serve_as(&["--role", "intake"]);
    reader.ready().await;
    actor.until("the notice that was held has left", async |_| sink.count() == 2).await;
    for running in [reader, actor, door] {
        running.stop();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_one_services_and_the_next_waits_for_its_end() {
    let place = Place::new("", "", AT_ANY_HOUR);
    let mut first = place.serve();
    first.ready().await;
    let config = std::fs::read_to_string(place.config()).unwrap();
    let other = Place::new("", "", AT_ANY_HOUR);
    let own_port = format!("127.0.0.1:{}", other.port);
    other.write("forewarn.toml", &config.replace(&format!("127.0.0.1:{}", place.port), &own_port));
    // The same file, named by its whole path because the other configuration lies elsewhere.
    let theirs = place.path().join("forewarn.db");
    let config = std::fs::read_to_string(other.config()).unwrap();
    other.write("forewarn.toml", &config.replace("\"forewarn.db\"", &format!("{theirs:?}")));
    let mut second = other.serve();
    second.until("it says who has the file", async |s| says(s, "another `forewarn serve` has this file").await).await;
    first.stop();
    second.ready().await;
    second.stop();
}

async fn says(serve: &Running<'_>, words: &str) -> bool {
    serve.get("/readyz").await.is_some_and(|(_, why)| why.contains(words))
}
