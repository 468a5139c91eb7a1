//! What one buyer puts into the basket.

use serde_json::{Value, json};

use super::catalogue::{Article, Merchant, SCARCE_SKU};
use super::dice::Dice;
use super::people::Person;
use super::words;

/// A line of the order.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) line_id: String,
    pub(super) article: Article,
    quantity: i64,
}

/// A filled basket and whose it is.
pub(super) struct Basket {
    pub(super) person: Person,
    items: Vec<Item>,
    note: Option<&'static str>,
}

impl Basket {
    /// Fills a basket from the shop's articles.
    pub(super) fn fill(merchant: &Merchant, person: Person, dice: &mut Dice) -> Self {
        let weights: Vec<u32> = merchant.articles.iter().map(weight).collect();
        let size = 1 + dice.weighted(&[70, 22, 8]);
        let mut items: Vec<Item> = Vec::with_capacity(size);
        for _ in 0..size {
            let Some(article) = merchant.articles.get(dice.weighted(&weights)).copied() else {
                continue;
            };
            if items.iter().all(|i| i.article.sku != article.sku) {
                let quantity = if dice.happens(120) { dice.between(2, 4) } else { 1 };
                items.push(Item { line_id: (items.len() + 1).to_string(), article, quantity });
            }
        }
        let note = if dice.happens(30) { dice.pick(words::notes(merchant.chinese)).copied() } else { None };
        Self { person, items, note }
    }

    /// The data of `order.placed`, but for what every event of the order bears.
    pub(super) fn placed(&self, merchant: &Merchant) -> Value {
        let lines: Vec<Value> = self.items.iter().map(|item| line(item, merchant)).collect();
        let total: i64 = self.items.iter().map(|i| i.article.price_cents * i.quantity).sum();
        let mut data = json!({
            "platform": merchant.platform,
            "buyer": self.person.buyer,
            "ship_to": self.person.ship_to,
            "lines": lines,
            "total": money(total, merchant),
        });
        if let (Some(fields), Some(note)) = (data.as_object_mut(), self.note) {
            fields.insert("note".into(), note.into());
        }
        data
    }

    /// Whether it is a present.
    pub(super) fn is_present(&self) -> bool {
        self.note.is_some_and(words::is_present)
    }

    /// What travels together: articles sold ahead apart from the others, and now and then two boxes without need.
    pub(super) fn parts(&self, dice: &mut Dice) -> Vec<Vec<Item>> {
        let (later, now): (Vec<Item>, Vec<Item>) = self.items.iter().cloned().partition(|i| i.article.presale);
        let mut parts = vec![now, later];
        if let Some(now) = parts.first_mut().filter(|now| now.len() > 1 && dice.happens(150)) {
            let second = now.split_off(1);
            parts.insert(1, second);
        }
        parts.retain(|part| !part.is_empty());
        parts
    }
}

/// The scarce article sells best, as such things do; what is sold ahead sells least.
fn weight(article: &Article) -> u32 {
    match article {
        a if a.sku == SCARCE_SKU => 9,
        a if a.presale => 1,
        _ => 4,
    }
}

fn line(item: &Item, merchant: &Merchant) -> Value {
    let article = item.article;
    json!({
        "line_id": item.line_id,
        "sku": article.sku,
        "title": article.title,
        "category": article.category,
        "quantity": item.quantity,
        "unit_price": money(article.price_cents, merchant),
        "fulfilment": if article.presale { "presale" } else { "in_stock" },
    })
}

fn money(cents: i64, merchant: &Merchant) -> Value {
    json!({"amount": format!("{}.{:02}", cents / 100, cents % 100), "currency": merchant.currency})
}
