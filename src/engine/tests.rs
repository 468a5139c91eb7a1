//! Links, and ids that are hashes. The engine's steps are tested from outside, in tests/it/invariants.

use forewarn_core::OrderKey;
use forewarn_core::ids::{MerchantId, OrderId};

use super::record::{grant_id, message_id, notice_id};
use super::{Links, Purpose};

fn order(merchant: &str, order: &str) -> OrderKey {
    let merchant_id = MerchantId::new(merchant).expect("a short id");
    OrderKey { merchant_id, order_id: OrderId::new(order).expect("a short id") }
}

fn token_of(link: &str) -> &str {
    link.rsplit('/').next().unwrap_or_default()
}

#[test]
fn a_link_leads_back_to_its_order() {
    let links = Links::new("https://example.com/", b"secret");
    for (merchant, id) in [("qinghe-home", "QH-1"), ("dar-al-noor", "٤٢"), ("m/1", "a/b?c#d")] {
        let link = links.to(Purpose::Order, &order(merchant, id));
        assert!(link.starts_with("https://example.com/o/"), "{link}");
        assert_eq!(links.read(Purpose::Order, token_of(&link)), Some(order(merchant, id)));
    }
}

#[test]
fn a_link_opens_only_what_it_was_made_for() {
    let links = Links::new("https://example.com", b"secret");
    let link = links.to(Purpose::Unsubscribe, &order("shop", "1"));
    assert_eq!(links.read(Purpose::Order, token_of(&link)), None);
    assert_eq!(Links::new("https://example.com", b"other").read(Purpose::Unsubscribe, token_of(&link)), None);
}

#[test]
fn a_link_that_was_tampered_with_opens_nothing() {
    let links = Links::new("https://example.com", b"secret");
    let (mine, theirs) = (links.to(Purpose::Order, &order("shop", "1")), links.to(Purpose::Order, &order("shop", "2")));
    let (mine, theirs) = (token_of(&mine), token_of(&theirs));
    let spliced =
        format!("{}.{}", theirs.split('.').next().unwrap_or_default(), mine.split('.').next_back().unwrap_or_default());
    let short: String = mine.chars().take(mine.len() - 1).collect();
    for token in ["", ".", "no dot", "AAAA.", spliced.as_str(), short.as_str()] {
        assert_eq!(links.read(Purpose::Order, token), None, "{token}");
    }
}

#[test]
fn ids_are_hashes_of_the_dedupe_key() {
    let key = "shop/1/delay_warning/v1";
    assert_eq!(notice_id(key), notice_id(key));
    assert_ne!(notice_id(key), notice_id("shop/1/delay_warning/v2"));
    assert_eq!(notice_id(key).as_str().len(), "ntc_".len() + 32);
    let bare = |id: &str| id.split_once('_').map(|(_, hash)| hash.to_owned());
    let all = [bare(notice_id(key).as_str()), bare(grant_id(key).as_str()), bare(&message_id(&[key]))];
    assert!(all[0] != all[1] && all[1] != all[2] && all[0] != all[2], "{all:?}");
    assert_eq!(message_id(&[key, "other"]), message_id(&["other", key]));
    assert_ne!(message_id(&[key, "other"]), message_id(&[key]));
}
