//! The coupon system: gives each coupon once, answers late, twice, or not at all.

use std::collections::BTreeMap;

use forewarn::store::port::GrantRow;
use forewarn_core::{Instant, Span};
use serde_json::json;

use crate::dice::Dice;

/// What it was asked for, by grant: the amount, and whether it gave it.
#[derive(Default)]
pub(crate) struct Coupons {
    pub(crate) asked: BTreeMap<String, (String, bool)>,
}

impl Coupons {
    /// Takes a request; the same one again gives nothing more. Gives the answers, each with its moment.
    pub(crate) fn ask(&mut self, dice: &mut Dice, now: Instant, grant: &GrantRow) -> Vec<(Instant, Vec<u8>)> {
        let (id, money) = (grant.grant_id.to_string(), grant.money.amount_text());
        if let Some((amount, _)) = self.asked.get(&id) {
            assert_eq!(*amount, money, "grant {id} was asked for again with another amount");
            return Vec::new();
        }
        let status = if dice.chance(80) { "granted" } else { "refused" };
        self.asked.insert(id.clone(), (money, status == "granted"));
        let mut answers = Vec::new();
        let within = if dice.chance(80) { 5 } else { 4_000 };
        let mut at = now + dice.minutes(within);
        if dice.chance(90) {
            answers.push((at, answer(&id, status, at)));
        }
        if dice.chance(20) {
            at = at + dice.minutes(3_000);
            answers.push((at, answer(&id, status, at)));
        }
        if status == "granted" && dice.chance(10) {
            at = at + Span::hours(72);
            answers.push((at, answer(&id, "expired", at)));
        }
        answers
    }
}

fn answer(grant: &str, status: &str, at: Instant) -> Vec<u8> {
    let data = json!({ "grant_id": grant, "status": status, "code": "C-1" });
    event(&format!("{grant}-{status}-{}", at.ms()), "grant.result", at, &data)
}

/// What an outside system tells us.
pub(crate) fn event(id: &str, kind: &str, at: Instant, data: &serde_json::Value) -> Vec<u8> {
    let event = json!({ "specversion": "1.0", "id": id, "source": "/outside", "type": kind, "time": at, "data": data });
    event.to_string().into_bytes()
}
