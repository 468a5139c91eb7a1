//! A server that fails at every step of the protocol: what becomes of the notice, and how often its mail goes.
//!
//! The rule behind the table: up to the final dot a mail was certainly not taken, after a reply the server has said what
//! became of it, and only between the two nobody knows (RFC 1047).

use std::fmt::Write as _;
use std::time::Duration;

use forewarn::store::port::NoticeState::{self, Failed, Retry, Sent, Unknown};
use forewarn_core::Span;

use super::server::{Act, Script, Server};
use super::smtp::{LATER, channel, message_ids, run};
use crate::invariants::floor::Floor;

/// Long for a server on this machine, and short for a test that waits for silence.
const PATIENCE: Duration = Duration::from_millis(1_500);
const PLAIN: &str = "tls = \"none\"\n";
const STARTTLS: &str = "tls = \"starttls\"\n";
const LOGIN: &str = "tls = \"none\"\nusername = \"u\"\npassword = \"p\"\n";

/// One way to fail: the step, what the server does there at the first attempt and afterwards, what the notice is then
/// after the first and in the end, how many attempts that took, how many mails reached the server whole.
struct Row {
    what: &'static str,
    settings: &'static str,
    step: &'static str,
    acts: &'static [Act],
    first: NoticeState,
    end: NoticeState,
    attempts: u32,
    whole: usize,
}

const fn row(
    what: &'static str,
    settings: &'static str,
    (step, acts): (&'static str, &'static [Act]),
    (first, end): (NoticeState, NoticeState),
    (attempts, whole): (u32, usize),
) -> Row {
    Row { what, settings, step, acts, first, end, attempts, whole }
}

/// Fails at first and is well afterwards.
const HEALS: (NoticeState, NoticeState) = (Retry, Sent);
const ENDS: (NoticeState, NoticeState) = (Failed, Failed);
const OPEN: (NoticeState, NoticeState) = (Unknown, Unknown);
const READY: Act = Act::Say("220 test");
const OK: Act = Act::Say("250 2.0.0 Ok");
const HELLO: Act = Act::Say("250-test\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN");
const GO_ON: Act = Act::Say("354 go on");

const TABLE: &[Row] = &[
    row("no greeting", PLAIN, ("BANNER", &[Act::Hang, READY]), HEALS, (2, 1)),
    row("cut before the greeting", PLAIN, ("BANNER", &[Act::Drop, READY]), HEALS, (2, 1)),
    row("greeting 421", PLAIN, ("BANNER", &[Act::Say("421 4.3.2 busy"), READY]), HEALS, (2, 1)),
    row("greeting 554", PLAIN, ("BANNER", &[Act::Say("554 5.7.1 no"), READY]), HEALS, (2, 1)),
    row("greeting by drops", PLAIN, ("BANNER", &[Act::Drip, READY]), HEALS, (2, 1)),
    row("greeting of nonsense", PLAIN, ("BANNER", &[Act::Say("\u{7f}hello?"), READY]), HEALS, (2, 1)),
    row("EHLO refused", PLAIN, ("EHLO", &[Act::Say("550 5.5.0 no"), HELLO]), HEALS, (2, 1)),
    row("cut after EHLO", PLAIN, ("EHLO", &[Act::Drop, HELLO]), HEALS, (2, 1)),
    row("no STARTTLS", STARTTLS, ("EHLO", &[HELLO]), (Retry, Retry), (2, 0)),
    row("STARTTLS refused", STARTTLS, ("STARTTLS", &[Act::Say("454 4.7.0 later")]), (Retry, Retry), (2, 0)),
    row("STARTTLS broken", STARTTLS, ("STARTTLS", &[Act::Say("220 go")]), (Retry, Retry), (2, 0)),
    row("AUTH 454", LOGIN, ("AUTH", &[Act::Say("454 4.7.0 later"), Act::Say("235 ok")]), HEALS, (2, 1)),
    row("AUTH 535", LOGIN, ("AUTH", &[Act::Say("535 5.7.8 wrong"), Act::Say("235 ok")]), HEALS, (2, 1)),
    row("MAIL 451", PLAIN, ("MAIL", &[Act::Say("451 4.7.1 later"), OK]), HEALS, (2, 1)),
    row("MAIL 553", PLAIN, ("MAIL", &[Act::Say("553 5.7.1 not yours"), OK]), HEALS, (2, 1)),
    row("nonsense after MAIL", PLAIN, ("MAIL", &[Act::Say("well"), OK]), HEALS, (2, 1)),
    row("RCPT 450", PLAIN, ("RCPT", &[Act::Say("450 4.2.0 greylisted"), OK]), HEALS, (2, 1)),
    row("RCPT 550", PLAIN, ("RCPT", &[Act::Say("550 5.1.1 unknown"), OK]), ENDS, (1, 0)),
    row("silence after RCPT", PLAIN, ("RCPT", &[Act::Hang, OK]), HEALS, (2, 1)),
    row("DATA 451", PLAIN, ("DATA", &[Act::Say("451 4.3.0 later"), GO_ON]), HEALS, (2, 1)),
    row("DATA 554", PLAIN, ("DATA", &[Act::Say("554 5.6.0 no"), GO_ON]), ENDS, (1, 0)),
    row("cut after DATA", PLAIN, ("DATA", &[Act::Drop, GO_ON]), HEALS, (2, 1)),
    // The mail is short, so its final dot is written before the cut in its middle is seen.
    row("cut in the text", PLAIN, ("TEXT", &[Act::Drop]), OPEN, (1, 0)),
    row("final dot 452", PLAIN, ("END", &[Act::Say("452 4.3.1 full"), OK]), HEALS, (2, 2)),
    row("final dot 554", PLAIN, ("END", &[Act::Say("554 5.7.1 spam"), OK]), ENDS, (1, 1)),
    row("cut after the final dot", PLAIN, ("END", &[Act::Drop, OK]), OPEN, (1, 1)),
    row("silence after the final dot", PLAIN, ("END", &[Act::Hang, OK]), OPEN, (1, 1)),
    row("drops after the final dot", PLAIN, ("END", &[Act::Drip, OK]), OPEN, (1, 1)),
    row("nonsense after the final dot", PLAIN, ("END", &[Act::Say("yes?"), OK]), OPEN, (1, 1)),
    row("cut after the receipt", PLAIN, ("END", &[Act::SayAndDrop("250 2.0.0 Ok")]), (Sent, Sent), (1, 1)),
];

async fn server(row: &Row) -> Server {
    let script = Script::new();
    let script = match (row.settings, row.step) {
        (STARTTLS, "STARTTLS") => script.on("EHLO", &[Act::Say("250-test\r\n250 STARTTLS")]),
        _ => script,
    };
    script.on(row.step, row.acts).start().await
}

/// The notice's state and attempts after the first attempt, and after a second one if there is one.
async fn played(row: &Row, server: &Server) -> [(NoticeState, u32); 2] {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.db");
    let mut floor = Floor::open(&path);
    floor.order("02 10:00", "1");
    floor.wake();
    let channel = channel(server, PATIENCE, row.settings);
    let seen = |floor: &mut Floor| {
        let notice = floor.notices("1").remove(0);
        (notice.state, notice.attempts)
    };
    run(&path, &channel, floor.now, 4).await;
    let first = seen(&mut floor);
    let later = floor.now + Span::from_ms(i64::try_from(LATER.as_millis()).unwrap());
    run(&path, &channel, later, 4).await;
    [first, seen(&mut floor)]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_step_fails_as_it_must_and_only_the_final_dot_leaves_anything_open() {
    let (mut table, mut wrong) = (String::new(), Vec::new());
    for row in TABLE {
        let server = server(row).await;
        let [first, end] = played(row, &server).await;
        let whole = message_ids(&server).len();
        let line = format!("{:<30} {:?} → {:?}, {} attempts, {whole} whole", row.what, first.0, end.0, end.1);
        writeln!(table, "{line}").unwrap();
        if (first.0, end, whole) != (row.first, (row.end, row.attempts), row.whole) {
            wrong.push(format!("{line}, not {:?} → {:?}, {}, {}", row.first, row.end, row.attempts, row.whole));
        }
    }
    println!("{table}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_connection_that_is_gone_costs_the_next_mail_nothing() {
    let server = Script::new().on("RSET", &[Act::Drop]).start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.db");
    let mut floor = Floor::open(&path);
    floor.order("02 10:00", "1");
    floor.order("02 10:00", "2");
    floor.wake();
    run(&path, &channel(&server, PATIENCE, PLAIN), floor.now, 1).await;
    for order in ["1", "2"] {
        let notice = floor.notices(order).remove(0);
        assert_eq!((notice.state, notice.attempts), (Sent, 1));
    }
    assert_eq!((server.connections(), message_ids(&server).len()), (2, 2));
}
