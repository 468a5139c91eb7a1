//! Events that could not be taken.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::console::failure::Failure;
use crate::console::shell::{Shell, page as render};
use crate::console::visitor::Operations;
use crate::console::{Console, Speech};
use crate::store::port::DeadLetter;

/// Rows shown; the newest tell what is wrong now, and `forewarn dead-letters` lists them all.
const SHOWN: usize = 100;
/// Bytes of a letter shown; an event may have 256 KiB.
const RAW_BYTES: usize = 8 * 1024;

#[derive(Template)]
#[template(path = "dead_letters.html")]
struct DeadLettersPage {
    shell: Shell,
    t: Speech,
    reasons: Vec<(String, String)>,
    letters: Vec<Letter>,
}

struct Letter {
    at: String,
    exact: String,
    reason: String,
    name: String,
    detail: String,
    origin: String,
    raw: String,
}

pub(in crate::console) async fn page(
    State(console): State<Console>,
    Operations(visitor): Operations,
) -> Result<Response, Failure> {
    let (letters, reasons) = console.store.read(|tx| tx.dead_letters(SHOWN)).await?;
    let t = visitor.speech.clone();
    render(&DeadLettersPage {
        shell: Shell::new(&visitor, "/dead-letters"),
        reasons: reasons.into_iter().map(|(reason, n)| (t.name("reason", reason), t.number(&n))).collect(),
        letters: letters.into_iter().map(|letter| shown(letter, &t)).collect(),
        t,
    })
}

fn shown(letter: DeadLetter, t: &Speech) -> Letter {
    let head = letter.raw.get(..RAW_BYTES).unwrap_or(&letter.raw);
    Letter {
        at: t.time(&letter.at),
        exact: t.exact(&letter.at),
        reason: t.name("reason", &letter.reason),
        origin: format!("{} / {} / {}", letter.origin.topic, letter.origin.partition, letter.origin.offset),
        raw: String::from_utf8_lossy(head).into_owned(),
        name: letter.reason,
        detail: letter.detail,
    }
}
