//! What surrounds every page of the console: where one is, who one is, and what is switched off.

use axum::response::{Html, IntoResponse, Response};

use super::failure::Failure;
use super::visitor::Visitor;
use super::{Language, assets, paging};
use crate::store::port::SwitchScope;

/// One entry of the navigation.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) href: &'static str,
    pub(super) label: String,
    pub(super) here: bool,
}

/// One language to change to.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) href: String,
    pub(super) label: &'static str,
    pub(super) tag: &'static str,
    pub(super) here: bool,
}

/// The frame of a page.
#[derive(Clone, Debug)]
pub(super) struct Shell {
    pub(super) version: &'static str,
    pub(super) entries: Vec<Entry>,
    pub(super) languages: Vec<Choice>,
    pub(super) banners: Vec<String>,
    pub(super) name: String,
    pub(super) role: String,
    pub(super) form: String,
    pub(super) search: String,
    pub(super) operations: bool,
    pub(super) clock: String,
    /// Whether a banner leads to the switches: for whoever may turn them and is not there yet.
    pub(super) to_switches: bool,
}

const FOR_ALL: [(&str, &str); 6] = [
    ("/", "nav.overview"),
    ("/desk", "nav.desk"),
    ("/orders", "nav.orders"),
    ("/incidents", "nav.incidents"),
    ("/notices", "nav.notices"),
    ("/suppressed", "nav.suppressed"),
];
const FOR_OPERATIONS: [(&str, &str); 3] =
    [("/policy", "nav.policy"), ("/switches", "nav.switches"), ("/dead-letters", "nav.dead_letters")];

impl Shell {
    /// The frame for `visitor` on the page below `here`.
    pub(super) fn new(visitor: &Visitor, here: &str) -> Self {
        let t = &visitor.speech;
        let operations = visitor.is_operations();
        let more = FOR_OPERATIONS.iter().filter(|_| operations);
        let entry = |(href, key): &(&'static str, &str)| Entry { href, label: t.say(key), here: *href == here };
        let role = visitor
            .tenant()
            .map_or_else(|| t.say("role.operations"), |m| t.with("role.merchant", visitor.shop_name(m)));
        Self {
            version: assets::version(),
            entries: FOR_ALL.iter().chain(more).map(entry).collect(),
            languages: languages(t.language, &visitor.target),
            banners: banners(visitor),
            name: visitor.name.clone(),
            role,
            form: visitor.form.clone(),
            search: String::new(),
            operations,
            clock: t.time(&visitor.now),
            to_switches: operations && here != "/switches",
        }
    }
}

/// Links to this very page in each language.
pub(super) fn languages(now: Language, target: &str) -> Vec<Choice> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let kept: Vec<&str> = query.split('&').filter(|p| !p.is_empty() && !p.starts_with("lang=")).collect();
    let href = |l: Language| {
        let pairs: Vec<String> = kept.iter().map(|p| (*p).to_owned()).chain([format!("lang={}", l.tag())]).collect();
        format!("{path}?{}", pairs.join("&"))
    };
    let choice = |l: Language| Choice { href: href(l), label: l.own_name(), tag: l.tag(), here: l == now };
    Language::ALL.into_iter().map(choice).collect()
}

/// What keeps notices from going out, where it touches the visitor.
fn banners(visitor: &Visitor) -> Vec<String> {
    let t = &visitor.speech;
    let mut found = Vec::new();
    if visitor.shadow {
        found.push(t.say("banner.shadow_config"));
    }
    for switch in &visitor.switches {
        let touches = |m: &forewarn_core::ids::MerchantId| visitor.tenant().is_none_or(|own| own == m);
        match &switch.scope {
            SwitchScope::Shadow => found.push(t.with("banner.shadow", &switch.author)),
            SwitchScope::Global => found.push(t.with("banner.paused", &switch.author)),
            SwitchScope::Merchant(m) if touches(m) => {
                found.push(t.with2("banner.paused_shop", visitor.shop_name(m), &switch.author));
            }
            SwitchScope::Kind(k) => found.push(t.with2("banner.paused_kind", t.name("kind", k), &switch.author)),
            SwitchScope::Channel(c) => {
                found.push(t.with2("banner.paused_channel", t.name("channel", c.as_str()), &switch.author));
            }
            SwitchScope::Merchant(_) => {}
        }
    }
    found
}

/// A rendered page.
pub(super) fn page(template: &impl askama::Template) -> Result<Response, Failure> {
    Ok(Html(template.render()?).into_response())
}

/// The way to an order's page.
pub(super) fn order_path(merchant: &str, order: &str) -> String {
    format!("/orders/{}/{}", paging::part(merchant), paging::part(order))
}
