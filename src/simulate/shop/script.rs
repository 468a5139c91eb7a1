//! What goes wrong on purpose, so that there is something to see: the same few incidents every eight days.

use forewarn_core::{Instant, Span};
use serde_json::json;

use super::catalogue::{FLOODED, SCARCE_SHOP, SCARCE_SKU, STUCK_CARRIER};
use super::event::ShopEvent;

const CYCLE: Span = Span::hours(8 * 24);
const DAY: i64 = 24;

/// From the beginning of a cycle: the article runs out, the date slips, it is back.
const SOLD_OUT: (Span, Span, Span) = (Span::minutes(20), Span::hours(30), Span::hours(6 * DAY - 3));
const BACK_BY_FIRST: Span = Span::hours(4 * DAY);
const BACK_BY_THEN: Span = Span::hours(6 * DAY);
/// The flood of orders begins, and is worked off.
const FLOOD: (Span, Span) = (Span::hours(26), Span::hours(70));
/// The carrier's hub stands still, and moves again.
const STUCK: (Span, Span) = (Span::hours(6), Span::hours(32));
/// Between these an order with a bad address, and one with nothing on the shelf, are found.
const ADDRESS: (Span, Span) = (Span::minutes(30), Span::hours(8));
const SHELF: (Span, Span) = (Span::hours(2), Span::hours(14));

/// The incidents, counted from the moment the shop goes live; before it nothing goes wrong on purpose.
#[derive(Clone, Debug)]
pub(super) struct Script {
    start: Instant,
    /// The newest cycles whose bad address and empty shelf found their order.
    address_found: Option<i64>,
    shelf_found: Option<i64>,
}

impl Script {
    pub(super) fn new(start: Instant) -> Self {
        Self { start, address_found: None, shelf_found: None }
    }

    /// Which cycle `at` lies in, and how far; `None` before the start.
    fn place(&self, at: Instant) -> Option<(i64, Span)> {
        let since = (at - self.start).ms();
        (since >= 0).then(|| (since / CYCLE.ms(), Span::from_ms(since % CYCLE.ms())))
    }

    fn until(&self, at: Instant, from: Span, to: Span) -> Option<Instant> {
        let (_, place) = self.place(at)?;
        (from..to).contains(&place).then(|| at - place + to)
    }

    /// Until when the scarce article is missing from the shelf, if it is at `at`.
    pub(super) fn sold_out_until(&self, at: Instant) -> Option<Instant> {
        self.until(at, SOLD_OUT.0, SOLD_OUT.2)
    }

    /// Whether `warehouse` drowns in orders at `at`.
    pub(super) fn is_flooded(&self, warehouse: &str, at: Instant) -> bool {
        warehouse == FLOODED && self.until(at, FLOOD.0, FLOOD.1).is_some()
    }

    /// Whether the carrier's parcels stand still at `at`, and until when.
    pub(super) fn stuck_until(&self, carrier: &str, at: Instant) -> Option<Instant> {
        self.until(at, STUCK.0, STUCK.1).filter(|_| carrier == STUCK_CARRIER)
    }

    /// Whether the order that is picked at `at` is the one with the bad address; one order a cycle is.
    pub(super) fn takes_address(&mut self, at: Instant) -> bool {
        take(self.place(at), ADDRESS, &mut self.address_found)
    }

    /// Whether the order that is picked at `at` is the one that finds its shelf empty; one order a cycle does.
    pub(super) fn takes_shelf(&mut self, at: Instant) -> bool {
        take(self.place(at), SHELF, &mut self.shelf_found)
    }

    /// When floods of orders begin between `from` and `to`.
    pub(super) fn floods(&self, from: Instant, to: Instant) -> Vec<Instant> {
        self.cycles(from, to).map(|(_, base)| base + FLOOD.0).collect()
    }

    /// What is told of the incidents of the cycles that begin between `from` and `to`.
    pub(super) fn told(&self, from: Instant, to: Instant) -> Vec<ShopEvent> {
        self.cycles(from, to).flat_map(|(cycle, base)| told(cycle, base)).collect()
    }

    fn cycles(&self, from: Instant, to: Instant) -> impl Iterator<Item = (i64, Instant)> + use<> {
        let start = self.start;
        let first = ((from - start).ms() + CYCLE.ms() - 1).div_euclid(CYCLE.ms()).max(0);
        (first..).map(move |n| (n, start + Span::from_ms(n * CYCLE.ms()))).take_while(move |(_, base)| *base < to)
    }
}

fn take(place: Option<(i64, Span)>, (from, to): (Span, Span), found: &mut Option<i64>) -> bool {
    let Some((cycle, place)) = place else { return false };
    let free = found.is_none_or(|last| last < cycle) && (from..to).contains(&place);
    if free {
        *found = Some(cycle);
    }
    free
}

fn told(cycle: i64, base: Instant) -> Vec<ShopEvent> {
    let stock = json!({"merchant_id": SCARCE_SHOP, "sku": SCARCE_SKU});
    let flooded = json!({"warehouse_id": FLOODED});
    let stuck = json!({"carrier": STUCK_CARRIER});
    let raised = |name: &str, number: u32, scope: &serde_json::Value, at: Span, kind: &str, clears: Span, detail: &str| {
        let (id, at) = (format!("{name}-{cycle}"), base + at);
        let data = json!({
            "condition_id": id, "scope": scope, "kind": kind, "clears_at": (base + clears).to_string(), "detail": detail,
        });
        ShopEvent::new(at, "condition.raised", "/demo/control", &format!("{id}-raised-{number}"), &id, data)
    };
    let cleared = |name: &str, at: Span| {
        let id = format!("{name}-{cycle}");
        let data = json!({"condition_id": id});
        ShopEvent::new(base + at, "condition.cleared", "/demo/control", &format!("{id}-cleared"), &id, data)
    };
    let mut all = vec![
        raised("sold-out", 1, &stock, SOLD_OUT.0, "out_of_stock", BACK_BY_FIRST, "朱红织金面料断货,工厂加急补货"),
        raised("sold-out", 2, &stock, SOLD_OUT.1, "out_of_stock", BACK_BY_THEN, "补货在途,比预计晚两天到仓"),
        cleared("sold-out", SOLD_OUT.2),
        raised("flood", 1, &flooded, FLOOD.0, "surge", FLOOD.1, "a video went round; three days of orders in ten hours"),
        cleared("flood", FLOOD.1),
        raised("hub", 1, &stuck, STUCK.0, "carrier", STUCK.1, "分拨中心爆仓,包裹积压"),
        cleared("hub", STUCK.1),
    ];
    all.extend(broken(cycle, base));
    all
}

/// A line cut off in the middle, and a step no warehouse knows: both belong into the dead letters.
fn broken(cycle: i64, base: Instant) -> [ShopEvent; 2] {
    let key = format!("{SCARCE_SHOP}/lost-{cycle}");
    let data = json!({"merchant_id": SCARCE_SHOP, "order_id": format!("lost-{cycle}"), "warehouse_id": "HZ-1", "stage": "teleported"});
    let (early, late) = (base + Span::minutes(45), base + Span::hours(5));
    let mut cut = ShopEvent::new(early, "warehouse.progress", "/demo/HZ-1", &format!("cut-{cycle}"), &key, data.clone());
    cut.payload.truncate(60);
    [cut, ShopEvent::new(late, "warehouse.progress", "/demo/HZ-1", &format!("odd-{cycle}"), &key, data)]
}
