//! One event that could not be taken, as it came.

use askama::Template;
use axum::extract::{FromRequest, Path, Request, State};
use axum::response::{IntoResponse, Redirect, Response};

use super::dead_letters::{Deed, deed, deed_named};
use crate::console::failure::Failure;
use crate::console::shell::{Shell, page as render};
use crate::console::submission::Order;
use crate::console::visitor::Operations;
use crate::console::{Console, Speech};
use crate::engine::Taken;
use crate::intake::letters_shown::{Body, body, plain};
use crate::store::port::{KeptLetter, LetterDeed};

/// Bytes shown at most: any event fits, and a page of a message far larger helps nobody.
const SHOWN: usize = 256 * 1024;
/// Acts shown.
const ACTS: usize = 50;

#[derive(Template)]
#[template(path = "dead_letter.html")]
struct DeadLetterPage {
    shell: Shell,
    t: Speech,
    number: i64,
    reason: String,
    name: String,
    detail: String,
    facts: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    raw: String,
    is_text: bool,
    is_cut: bool,
    acts: Vec<Deed>,
}

pub(in crate::console) async fn page(
    State(console): State<Console>,
    Path(number): Path<i64>,
    Operations(visitor): Operations,
) -> Result<Response, Failure> {
    let read = move |tx: &mut dyn crate::store::Tx| Ok((tx.letter_load(number)?, tx.letter_acts(Some(number), ACTS)?));
    let (kept, acts) = console.store.read(read).await?;
    let kept = kept.ok_or(Failure::NotFound)?;
    let t = visitor.speech.clone();
    let bytes = kept.letter.raw.get(..SHOWN).unwrap_or(&kept.letter.raw);
    let (raw, is_text) = match body(bytes) {
        Body::Text(text) => (text, true),
        Body::Hex(dump) => (dump, false),
    };
    render(&DeadLetterPage {
        shell: Shell::new(&visitor, "/dead-letters"),
        number,
        reason: t.name("reason", &kept.letter.reason),
        name: kept.letter.reason.clone(),
        detail: kept.letter.detail.clone(),
        facts: facts(&kept, &t),
        headers: kept.letter.headers.iter().map(|(name, value)| (plain(name), header(value))).collect(),
        raw,
        is_text,
        is_cut: bytes.len() < kept.letter.raw.len(),
        acts: acts.into_iter().map(|act| deed(act, &t)).collect(),
        t,
    })
}

fn facts(kept: &KeptLetter, t: &Speech) -> Vec<(String, String)> {
    let origin = &kept.letter.origin;
    vec![
        (t.say("dead.origin"), format!("{} / {} / {}", origin.topic, origin.partition, origin.offset)),
        (t.say("dead.first"), t.exact(&kept.letter.at)),
        (t.say("dead.last"), t.exact(&kept.last_at)),
        (t.say("dead.seen"), t.number(&kept.seen)),
        (t.say("dead.bytes"), t.number(&(kept.letter.raw.len() as u64))),
    ]
}

fn header(value: &[u8]) -> String {
    match body(value) {
        Body::Text(text) => text,
        Body::Hex(_) => value.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" "),
    }
}

/// Reads the letter again or drops it.
pub(in crate::console) async fn act(
    State(console): State<Console>,
    Path((number, name)): Path<(i64, String)>,
    request: Request,
) -> Result<Response, Failure> {
    let Order { visitor, .. } = Order::from_request(request, &console).await?;
    let stays = match deed_named(&name).ok_or(Failure::NotFound)? {
        LetterDeed::Drop => {
            console.letters().drop(number, &visitor.name).await?;
            false
        }
        LetterDeed::Retry => {
            let taken = console.letters().retry(number, &visitor.name).await?;
            matches!(taken, Some(Taken::DeadLetter(_)))
        }
    };
    // Two people may act at once; the second finds nothing, which is no fault.
    let target = if stays { format!("/dead-letters/{number}") } else { "/dead-letters".to_owned() };
    Ok(Redirect::to(&target).into_response())
}
