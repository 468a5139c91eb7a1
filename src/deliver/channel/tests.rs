//! Shared samples for the channels' tests, and tests of the types themselves.

use super::{Channel, Class, Outcome, Outgoing, Recipient, ToldOrder, receipt_from};
use crate::store::port::Json;

/// A complete notice, Chinese and with every optional field set.
pub(crate) fn sample() -> Outgoing {
    Outgoing {
        notice_id: "ntc_4f2a9c".to_owned(),
        message_id: "<msg_77b0@mail.example.com>".to_owned(),
        attempt: 1,
        kind: "delay_warning".to_owned(),
        template: "delay_warning.plain".to_owned(),
        class: Class::Service,
        merchant_id: "shop-1".to_owned(),
        order_id: "A-1001".to_owned(),
        orders: vec![ToldOrder {
            notice_id: "ntc_4f2a9c".to_owned(),
            order_id: "A-1001".to_owned(),
            kind: "delay_warning".to_owned(),
        }],
        locale: "zh-CN".to_owned(),
        to: Recipient::new("buyer.secret@example.org"),
        from_name: Some("小山茶铺".to_owned()),
        reply_to: Some("care@example.com".to_owned()),
        subject: "您的订单会晚一天发出，先跟您说一声".to_owned(),
        text: "林女士您好：\n订单 A-1001 会在 3月6日(周五)下午发出。\n.\n一张 5 元券已经在路上。\n".to_owned(),
        html: "<p>林女士您好：</p>\n<p>订单 A-1001 会在 <b>3月6日(周五)下午</b>发出。</p>\n".to_owned(),
        unsubscribe_url: Some("https://shop.example.com/u/abc?t=1&s=2".to_owned()),
        variables: Json::of(&serde_json::json!({"buyer_name": "林女士", "ship_by": "2026-03-06T09:00:00Z"})).unwrap(),
    }
}

#[test]
fn debug_shows_ids_and_nothing_personal() {
    let shown = format!("{:?} {:?}", sample(), sample().to);
    assert!(shown.contains("ntc_4f2a9c") && shown.contains("delay_warning.plain"));
    for personal in ["secret", "example.org", "林女士", "小山", "care@", "券", "/u/abc"] {
        assert!(!shown.contains(personal), "{personal} in {shown}");
    }
}

#[test]
fn receipts_are_short_visible_and_without_addresses() {
    let receipt = receipt_from("2.0.0 Ok: queued as 4XyZ for <buyer@example.org>\r\n茶 end");
    assert_eq!(receipt, "2.0.0 Ok: queued as 4XyZ for end");
    assert_eq!(receipt_from(&"a".repeat(900)).len(), 200);
}

#[test]
fn a_channel_can_be_held_as_an_object() {
    struct Always;
    impl Channel for Always {
        fn name(&self) -> &str {
            "always"
        }
        fn send<'a>(&'a self, _: &'a Outgoing) -> super::Sending<'a> {
            Box::pin(async { Outcome::Sent { receipt: String::new() } })
        }
    }
    let channel: Box<dyn Channel> = Box::new(Always);
    assert_eq!(channel.name(), "always");
}
