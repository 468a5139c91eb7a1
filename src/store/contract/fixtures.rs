//! Rows to try a store with: small, whole, and told apart by a name.

use forewarn_core::because::Reason;
use forewarn_core::cause::Cause;
use forewarn_core::decide::{Choices, Said, Saying, Suppression, Told};
use forewarn_core::event::{Message, OrderEvent, Scope, Stamp};
use forewarn_core::facts::Facts;
use forewarn_core::grant::GrantStatus;
use forewarn_core::ids::{
    BuyerId, Campaign, Carrier, EventId, GrantId, MerchantId, MessageId, NoticeId, OrderId, ParcelId, Region, Sku,
    Source, WarehouseId,
};
use forewarn_core::money::{Amount, Currency, Money};
use forewarn_core::notice::{Kind, Why};
use forewarn_core::policy::Ppm;
use forewarn_core::text::Private;
use forewarn_core::{Instant, OrderKey, Span};

use crate::store::port::{
    Companion, Composed, DeadLetter, GrantRow, Json, NoticeRow, NoticeState, OrderIndex, OrderRow, Origin,
    SuppressionRow,
};

/// `minutes` after the morning of 2 March 2026.
pub(crate) fn at(minutes: i64) -> Instant {
    Instant::from_ms(1_772_409_600_000 + minutes * 60_000)
}

pub(crate) fn merchant(name: &str) -> MerchantId {
    MerchantId::new(name).expect("a good id")
}

pub(crate) fn buyer(name: &str) -> BuyerId {
    BuyerId::new(name).expect("a good id")
}

/// The order `name` of shop `M1`.
pub(crate) fn key(name: &str) -> OrderKey {
    key_of("M1", name)
}

pub(crate) fn key_of(shop: &str, name: &str) -> OrderKey {
    OrderKey { merchant_id: merchant(shop), order_id: OrderId::new(name).expect("a good id") }
}

pub(crate) fn stamp(minutes: i64, id: &str) -> Stamp {
    let source = Source::new("shop").expect("a good id");
    Stamp { time: at(minutes), source, id: EventId::new(id).expect("a good id") }
}

/// An open order with nothing in its index but that it is open.
pub(crate) fn order(name: &str) -> OrderRow {
    let mut facts = Facts::default();
    facts.fold(&stamp(0, "paid"), 1, OrderEvent::Paid { paid_at: Some(at(0)) });
    let index = OrderIndex { open: true, ..OrderIndex::default() };
    OrderRow { key: key(name), facts, told: Told::default(), wake_at: None, parked: None, index }
}

/// An order with every column filled.
pub(crate) fn full_order(name: &str) -> OrderRow {
    let mut row = order(name);
    let message = Message {
        message_id: MessageId::new("m-1").expect("a good id"),
        buyer_id: None,
        text: Private::new("到哪了? \"where\" is it?").expect("a short text"),
        channel: None,
    };
    row.facts.fold(&stamp(5, "asked"), 2, OrderEvent::Message(message));
    row.told.said.push(said("M1/full/delay_warning", 7));
    row.told.suppressed.insert(("M1/full/order_accepted".into(), Why::Stale));
    row.wake_at = Some(at(30));
    row.parked = Some("broke an invariant".into());
    row.index = OrderIndex {
        buyer_id: Some(buyer("B1")),
        warehouse_id: WarehouseId::new("W1").ok(),
        campaign: Campaign::new("double-eleven").ok(),
        regions: vec![Region::new("CN").expect("a good id"), Region::new("广东").expect("a good id")],
        carriers: vec![Carrier::new("SF").expect("a good id")],
        open_skus: vec![Sku::new("S1").expect("a good id"), Sku::new("S2").expect("a good id")],
        open: true,
        paid_at: Some(at(0)),
        ship_by: Some(at(2_880)),
        risk: Some(Ppm::from_ppm(612_345)),
        at_risk: true,
        quote: Some(at(4_000)),
        cause: Some(Cause::OutOfStock),
        handed_over_at: Some(at(5_000)),
        chases: 3,
    };
    row
}

fn said(key: &str, minutes: i64) -> Said {
    Said {
        key: key.into(),
        kind: Kind::DelayWarning,
        state: Saying::Sent,
        at: at(minutes),
        promise_version: Some(1),
        promise_share: None,
        quoted: Some(at(4_000)),
        expected_delivery: None,
        parcel_id: None,
        exception_id: None,
        signal: None,
        cause: Some(Cause::Surge),
        choices: Some(Choices::WaitOrCancel),
        kept: Some(false),
        is_last: false,
    }
}

/// A notice that is ready, due at `minutes`.
pub(crate) fn notice(name: &str, minutes: i64) -> NoticeRow {
    NoticeRow {
        notice_id: NoticeId::new(name).expect("a good id"),
        key: format!("M1/{name}/delay_warning"),
        order: key("o-1"),
        buyer_id: Some(buyer("B1")),
        kind: Kind::DelayWarning,
        state: NoticeState::Ready,
        created_at: at(minutes),
        due_at: at(minutes),
        attempts: 0,
        lease_token: None,
        lease_until: None,
        updated_at: at(minutes),
        sent_at: None,
        composed: None,
        outcome: None,
        feedback: None,
    }
}

pub(crate) fn composed() -> Composed {
    Composed {
        message_id: "m-1@shop.example".into(),
        channel: "email".into(),
        to: Private::new("lin@example.com").expect("a short text"),
        locale: "zh-CN".into(),
        template: "delay_warning.plain".into(),
        promotional: true,
        parcel_id: Some("P1".into()),
        cause: Some("out_of_stock".into()),
        ship_by: Some(at(2_880)),
        quoted_ship_by: Some(at(4_000)),
        risk: Some(Ppm::from_ppm(700_001)),
        grant_id: Some("g-1".into()),
        amount: Some("5.00".into()),
        currency: Some("CNY".into()),
        subject: "您的订单".into(),
        text: "line one\nline \"two\"".into(),
        html: "<p>&amp;</p>".into(),
        variables: Json::of(&serde_json::json!({"lines": ["a", "b"], "n": 2})).unwrap(),
        because: vec![Reason::Silence { span: Span::from_ms(5_400_001), share: Ppm::from_ppm(950_000) }],
        policy_version: "p-1".into(),
        shop: "The shop".into(),
        unsubscribe_url: Some("https://shop.example/u".into()),
        together_with: vec![Companion {
            notice_id: NoticeId::new("n-2").expect("a good id"),
            order_id: OrderId::new("o-2").expect("a good id"),
            kind: Kind::PromiseMissed,
        }],
    }
}

/// A reason as it is written now, and one as earlier versions wrote it.
pub(crate) fn because() -> Vec<Reason> {
    let parcel_id = ParcelId::new("P1").expect("a good id");
    vec![Reason::HandedOver { parcel_id, at: at(0) }, Reason::Plain("delivered 2026-03-06T09:59:58Z".into())]
}

pub(crate) fn suppression(name: &str, why: Why) -> SuppressionRow {
    let suppression = Suppression {
        kind: Kind::Shipped,
        key: format!("M1/o-1/shipped/{name}"),
        parcel_id: None,
        why,
        because: because(),
        would: None,
    };
    SuppressionRow {
        order: key("o-1"),
        suppression,
        at: at(1),
        policy_version: "p-1".into(),
        composed: Some(composed()),
    }
}

/// A reserved grant of `yuan` yuan on order `o-1` of buyer `B1`, decided at `minutes`.
pub(crate) fn grant(name: &str, yuan: i64, minutes: i64) -> GrantRow {
    GrantRow {
        grant_id: GrantId::new(name).expect("a good id"),
        order: key("o-1"),
        buyer_id: Some(buyer("B1")),
        notice_key: format!("M1/{name}/delay_warning"),
        money: Money {
            amount: Amount::from_thousandths(yuan * 1_000),
            currency: Currency::new("CNY").expect("a listed code"),
        },
        status: GrantStatus::Reserved,
        why: None,
        code: None,
        created_at: at(minutes),
        updated_at: at(minutes),
        requested_at: None,
    }
}

pub(crate) fn dead_letter(offset: i64, minutes: i64) -> DeadLetter {
    DeadLetter {
        origin: Origin { topic: "forewarn.orders".into(), partition: 3, offset },
        reason: "bad_time".into(),
        detail: "an instant is not RFC 3339".into(),
        raw: [&[0, 159, 146, 150][..], &offset.to_be_bytes()].concat(),
        headers: vec![("ce_id".into(), vec![255, 0]), ("ce_id".into(), vec![])],
        at: at(minutes),
    }
}

/// A scope with the fields that `set` fills in.
pub(crate) fn scope(set: impl FnOnce(&mut Scope)) -> Scope {
    let mut scope = Scope::default();
    set(&mut scope);
    scope
}
