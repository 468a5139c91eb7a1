//! Pause and shadow mode, on and off.

use askama::Template;
use axum::extract::{FromRequest, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use forewarn_core::event::Scope;
use forewarn_core::ids::MerchantId;
use forewarn_core::notice::Kind;
use forewarn_core::policy::Channel;

use crate::console::failure::Failure;
use crate::console::shell::{Shell, page as render};
use crate::console::submission::{Fields, Order};
use crate::console::visitor::{Operations, Visitor};
use crate::console::{Console, Speech};
use crate::store::port::{Switch, SwitchScope};

/// Every way to write to buyers.
const CHANNELS: [Channel; 3] = [Channel::Email, Channel::Sms, Channel::Im];

#[derive(Template)]
#[template(path = "switches.html")]
struct SwitchesPage {
    shell: Shell,
    t: Speech,
    main: Vec<Row>,
    kinds: Vec<Row>,
    channels: Vec<Row>,
    shops: Vec<Row>,
    shadow_config: bool,
    known: Vec<(String, String)>,
}

struct Row {
    scope: &'static str,
    id: String,
    label: String,
    hint: String,
    on: bool,
    /// How it stands, and how that is coloured: for a pause whether notices go out, never the position of a switch.
    state: String,
    tone: &'static str,
    /// What its button does.
    turn: String,
    by: String,
}

pub(in crate::console) async fn page(Operations(visitor): Operations) -> Result<Response, Failure> {
    let t = visitor.speech.clone();
    let shops = visitor.switches.iter().filter(|s| matches!(s.scope, SwitchScope::Merchant(_)));
    render(&SwitchesPage {
        main: vec![
            row(&visitor, "global", "", &SwitchScope::Global, t.say("switch.global"), t.say("switch.global.hint")),
            row(&visitor, "shadow", "", &SwitchScope::Shadow, t.say("switch.shadow"), t.say("switch.shadow.hint")),
        ],
        kinds: Kind::ALL
            .iter()
            .map(|k| row(&visitor, "kind", k.as_str(), &SwitchScope::Kind(*k), t.name("kind", k), String::new()))
            .collect(),
        channels: CHANNELS
            .into_iter()
            .map(|c| {
                let label = t.name("channel", c.as_str());
                row(&visitor, "channel", c.as_str(), &SwitchScope::Channel(c), label, String::new())
            })
            .collect(),
        shops: shops
            .filter_map(|s| match &s.scope {
                SwitchScope::Merchant(m) => {
                    Some(row(&visitor, "merchant", m.as_str(), &s.scope, m.to_string(), String::new()))
                }
                _ => None,
            })
            .collect(),
        shadow_config: visitor.shadow,
        known: visitor.known_shops(),
        shell: Shell::new(&visitor, "/switches"),
        t,
    })
}

fn row(visitor: &Visitor, scope: &'static str, id: &str, wanted: &SwitchScope, label: String, hint: String) -> Row {
    let t = &visitor.speech;
    let found = visitor.switches.iter().find(|s| s.scope == *wanted);
    let (state, turn, by) = match (wanted, found.is_some()) {
        (SwitchScope::Shadow, false) => ("switch.off", "switch.turn_on", ""),
        (SwitchScope::Shadow, true) => ("switch.on", "switch.turn_off", "switch.on_by"),
        (_, false) => ("switch.sending", "switch.pause", ""),
        (_, true) => ("switch.paused", "switch.resume", "switch.paused_by"),
    };
    let tone = match (wanted, found) {
        (_, Some(_)) => "warn",
        (SwitchScope::Shadow, None) => "mute",
        (_, None) => "good",
    };
    let by = found.map(|Switch { author, at, .. }| t.with2(by, author, t.time(at))).unwrap_or_default();
    Row { scope, id: id.to_owned(), label, hint, on: found.is_some(), state: t.say(state), tone, turn: t.say(turn), by }
}

pub(in crate::console) async fn turn(State(console): State<Console>, request: Request) -> Result<Response, Failure> {
    let Order { visitor, fields } = Order::from_request(request, &console).await?;
    let scope = scope_of(&fields)?;
    let on = fields.get("turn").is_some_and(|turn| turn == "on");
    let (author, now) = (visitor.name.clone(), visitor.now);
    tracing::info!(scope = ?scope, on, by = %author, "a switch was turned");
    console
        .store
        .write(move |tx| {
            tx.switch_set(&scope, on, &author, now)?;
            // What the switch held back is decided again; turned on, the outbox itself is held at its next claim.
            if on { Ok(()) } else { tx.sweep_start(&swept(&scope)) }
        })
        .await?;
    Ok(Redirect::to("/switches").into_response())
}

/// The orders a switch touches.
fn swept(scope: &SwitchScope) -> Scope {
    match scope {
        SwitchScope::Merchant(merchant) => Scope { merchant_id: Some(merchant.clone()), ..Scope::default() },
        SwitchScope::Global | SwitchScope::Kind(_) | SwitchScope::Channel(_) | SwitchScope::Shadow => Scope::default(),
    }
}

fn scope_of(fields: &Fields) -> Result<SwitchScope, Failure> {
    let id = fields.get("id").map_or("", |id| id.trim());
    match fields.get("scope").map(String::as_str) {
        Some("global") => Ok(SwitchScope::Global),
        Some("shadow") => Ok(SwitchScope::Shadow),
        Some("merchant") => MerchantId::new(id).map(SwitchScope::Merchant).map_err(|_| Failure::BadRequest),
        Some("channel") => channel(id).map(SwitchScope::Channel).ok_or(Failure::BadRequest),
        Some("kind") => Kind::named(id).map(SwitchScope::Kind).ok_or(Failure::BadRequest),
        _ => Err(Failure::BadRequest),
    }
}

fn channel(name: &str) -> Option<Channel> {
    CHANNELS.into_iter().find(|channel| channel.as_str() == name)
}
