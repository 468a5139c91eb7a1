//! Incidents: those that go on or are held, and those that are over.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use forewarn_core::event::Scope;
use forewarn_core::incident::{Handling, Incident};

use crate::console::failure::Failure;
use crate::console::paging::ROWS;
use crate::console::shell::{Shell, page as render};
use crate::console::visitor::Visitor;
use crate::console::{Console, Speech};
use crate::store::port::{IncidentSum, Tenant};
use crate::store::{StoreError, Tx};

/// An incident with the sums of its orders.
pub(in crate::console) type Summed = (Incident, IncidentSum);

#[derive(Template)]
#[template(path = "incidents.html")]
struct IncidentsPage {
    shell: Shell,
    t: Speech,
    live: Vec<IncidentItem>,
    over: Vec<IncidentItem>,
    shops: bool,
}

/// One row of a list.
pub(super) struct IncidentItem {
    pub(super) href: String,
    pub(super) what: String,
    pub(super) shop: String,
    pub(super) cause: String,
    pub(super) since: String,
    pub(super) orders: String,
    pub(super) told: String,
    pub(super) held: String,
    pub(super) state: String,
    pub(super) tone: &'static str,
}

impl IncidentItem {
    pub(super) fn new((incident, sum): &Summed, visitor: &Visitor) -> Self {
        let t = &visitor.speech;
        let (state, tone) = standing(incident, t);
        let shop = incident.scope.merchant_id.as_ref().map(|shop| visitor.shop_name(shop));
        Self {
            href: path(incident),
            what: scope_words(&incident.scope, t),
            shop: shop.unwrap_or_default(),
            cause: t.name("cause", incident.cause),
            since: t.time(&incident.since),
            orders: t.number(&sum.orders),
            told: t.number(&sum.told),
            held: t.number(&sum.held),
            state,
            tone,
        }
    }
}

pub(in crate::console) async fn page(State(console): State<Console>, visitor: Visitor) -> Result<Response, Failure> {
    let own = visitor.own_shop();
    let step = move |tx: &mut dyn Tx| Ok((live(tx, own.as_ref())?, over(tx, own.as_ref())?));
    let (live, over) = console.store.read(step).await?;
    let items = |all: &[Summed]| all.iter().map(|one| IncidentItem::new(one, &visitor)).collect();
    render(&IncidentsPage {
        live: items(&live),
        over: items(&over),
        shops: visitor.is_operations(),
        shell: Shell::new(&visitor, "/incidents"),
        t: visitor.speech.clone(),
    })
}

/// Those that go on or are held, as far as `tenant` may see them.
pub(in crate::console) fn live(tx: &mut dyn Tx, tenant: Tenant<'_>) -> Result<Vec<Summed>, StoreError> {
    let mut all = tx.incidents_live()?;
    all.retain(|incident| tenant.is_none_or(|own| incident.scope.merchant_id.as_ref() == Some(own)));
    summed(tx, all)
}

/// The newest of the others.
pub(in crate::console) fn over(tx: &mut dyn Tx, tenant: Tenant<'_>) -> Result<Vec<Summed>, StoreError> {
    let all = tx.incidents_over(tenant, ROWS)?;
    summed(tx, all)
}

fn summed(tx: &mut dyn Tx, all: Vec<Incident>) -> Result<Vec<Summed>, StoreError> {
    all.into_iter().map(|incident| Ok((incident.clone(), tx.incident_sum(incident.id)?))).collect()
}

/// The way to an incident's page.
pub(super) fn path(incident: &Incident) -> String {
    format!("/incidents/{}", incident.id)
}

/// What becomes of its notices, and how that is coloured.
pub(super) fn standing(incident: &Incident, t: &Speech) -> (String, &'static str) {
    let (name, tone) = match (incident.handling, incident.is_open()) {
        (Handling::Held, true) => ("held", "bad"),
        (Handling::Held, false) => ("over_held", "bad"),
        (_, false) => ("over", "mute"),
        (Handling::Running, true) => ("running", "warn"),
        (Handling::Stopped, true) => ("stopped", "mute"),
    };
    (t.name("incident.state", name), tone)
}

/// Which orders a scope names, without the shop.
pub(super) fn scope_words(scope: &Scope, t: &Speech) -> String {
    let named = [
        ("warehouse", scope.warehouse_id.as_ref().map(ToString::to_string)),
        ("sku", scope.sku.as_ref().map(ToString::to_string)),
        ("carrier", scope.carrier.as_ref().map(ToString::to_string)),
        ("region", scope.region.as_ref().map(ToString::to_string)),
        ("campaign", scope.campaign.as_ref().map(ToString::to_string)),
    ];
    let parts = named.into_iter().filter_map(|(sort, id)| Some(t.with(&format!("incident.scope.{sort}"), id?)));
    let all = parts.reduce(|all, part| t.with2("incident.scope.of", all, part));
    all.unwrap_or_else(|| t.say("incident.scope.shop"))
}
