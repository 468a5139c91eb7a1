//! What goes wrong on purpose, so that there is something to see: the same few incidents every eight days.

use forewarn_core::{Instant, Span};
use serde_json::{Value, json};

use super::catalogue::{FLOODED, SCARCE_SHOP, SCARCE_SKU, STILL, STUCK_CARRIER};
use super::event::ShopEvent;

/// Who tells of incidents.
const SOURCE: &str = "/demo/control";

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
/// A warehouse does nothing, and tells nobody.
const STANDSTILL: (Span, Span) = (Span::hours(50), Span::hours(92));
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

    /// Until when nothing is done in `warehouse`, if that is so at `at`. No event says it: it is there to be found.
    pub(super) fn still_until(&self, warehouse: &str, at: Instant) -> Option<Instant> {
        self.until(at, STANDSTILL.0, STANDSTILL.1).filter(|_| warehouse == STILL)
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
    let Some((cycle, place)) = place else {
        return false;
    };
    let free = found.is_none_or(|last| last < cycle) && (from..to).contains(&place);
    if free {
        *found = Some(cycle);
    }
    free
}

/// One run of the incidents.
struct Run {
    cycle: i64,
    base: Instant,
}

fn told(cycle: i64, base: Instant) -> Vec<ShopEvent> {
    let run = Run { cycle, base };
    let stock = json!({"merchant_id": SCARCE_SHOP, "sku": SCARCE_SKU});
    let sold_out = |number, at, back_by, detail| {
        let data = json!({"scope": stock, "kind": "out_of_stock", "clears_at": run.at(back_by), "detail": detail});
        run.raised("sold-out", number, at, data)
    };
    let flood = json!({
        "scope": {"warehouse_id": FLOODED},
        "kind": "surge",
        "clears_at": run.at(FLOOD.1),
        "detail": "a video went round; three days of orders in ten hours",
    });
    let stuck = json!({
        "scope": {"carrier": STUCK_CARRIER},
        "kind": "carrier",
        "clears_at": run.at(STUCK.1),
        "detail": "分拨中心爆仓，包裹积压",
    });
    let mut all = vec![
        sold_out(1, SOLD_OUT.0, BACK_BY_FIRST, "朱红织金面料断货，工厂加急补货"),
        sold_out(2, SOLD_OUT.1, BACK_BY_THEN, "补货在途，比预计晚两天到仓"),
        run.cleared("sold-out", SOLD_OUT.2),
        run.raised("flood", 1, FLOOD.0, flood),
        run.cleared("flood", FLOOD.1),
        run.raised("hub", 1, STUCK.0, stuck),
        run.cleared("hub", STUCK.1),
    ];
    all.extend(run.broken());
    all
}

impl Run {
    fn at(&self, since: Span) -> String {
        (self.base + since).to_string()
    }

    fn raised(&self, name: &str, number: u32, at: Span, mut data: Value) -> ShopEvent {
        let id = format!("{name}-{}", self.cycle);
        if let Some(fields) = data.as_object_mut() {
            fields.insert("condition_id".into(), id.clone().into());
        }
        let event_id = format!("{id}-raised-{number}");
        ShopEvent::new(self.base + at, "condition.raised", SOURCE, &event_id, &id, &data)
    }

    fn cleared(&self, name: &str, at: Span) -> ShopEvent {
        let id = format!("{name}-{}", self.cycle);
        let (event_id, data) = (format!("{id}-cleared"), json!({"condition_id": id}));
        ShopEvent::new(self.base + at, "condition.cleared", SOURCE, &event_id, &id, &data)
    }

    /// A line cut off in the middle, and a step no warehouse knows: both belong into the dead letters.
    fn broken(&self) -> [ShopEvent; 2] {
        let order = format!("lost-{}", self.cycle);
        let key = format!("{SCARCE_SHOP}/{order}");
        let data = json!({
            "merchant_id": SCARCE_SHOP, "order_id": order, "warehouse_id": "HZ-1", "stage": "teleported",
        });
        let event = |since: Span, id: &str| {
            let id = format!("{id}-{}", self.cycle);
            ShopEvent::new(self.base + since, "warehouse.progress", "/demo/HZ-1", &id, &key, &data)
        };
        let (mut cut, odd) = (event(Span::minutes(45), "cut"), event(Span::hours(5), "odd"));
        cut.payload.truncate(60);
        [cut, odd]
    }
}
