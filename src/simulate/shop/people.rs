//! Who buys. Every name is made up, every address ends in `example.com`, every telephone number leads nowhere.

use serde_json::{Value, json};

use super::catalogue::Merchant;
use super::dice::Dice;

/// Buyers a shop has; many come back.
const BUYERS: i64 = 900;

const SURNAMES: [(&str, &str); 16] = [
    ("林", "lin"),
    ("陈", "chen"),
    ("周", "zhou"),
    ("许", "xu"),
    ("沈", "shen"),
    ("苏", "su"),
    ("顾", "gu"),
    ("梁", "liang"),
    ("谢", "xie"),
    ("方", "fang"),
    ("程", "cheng"),
    ("叶", "ye"),
    ("江", "jiang"),
    ("罗", "luo"),
    ("唐", "tang"),
    ("宋", "song"),
];
const GIVEN: [(&str, &str); 16] = [
    ("知夏", "zhixia"),
    ("安然", "anran"),
    ("雨桐", "yutong"),
    ("子墨", "zimo"),
    ("若溪", "ruoxi"),
    ("明远", "mingyuan"),
    ("书瑶", "shuyao"),
    ("亦凡", "yifan"),
    ("清和", "qinghe"),
    ("思齐", "siqi"),
    ("晚晴", "wanqing"),
    ("嘉树", "jiashu"),
    ("云舒", "yunshu"),
    ("景行", "jingxing"),
    ("南星", "nanxing"),
    ("予安", "yuan"),
];
const FIRST_NAMES: [&str; 16] = [
    "Hazel", "Owen", "Nora", "Caleb", "Ivy", "Theo", "Maeve", "Jonah", "Clara", "Felix", "Ruth", "Miles", "Ada",
    "Silas", "June", "Wes",
];
const LAST_NAMES: [&str; 12] = [
    "Ashdown", "Birch", "Calloway", "Dunmore", "Ellery", "Fairbank", "Garrow", "Holt", "Ingram", "Lockhart", "Marlow",
    "Penrose",
];
const CHINA: [(&str, &str, &str); 8] = [
    ("浙江", "杭州", "310000"),
    ("上海", "上海", "200000"),
    ("广东", "深圳", "518000"),
    ("四川", "成都", "610000"),
    ("北京", "北京", "100000"),
    ("湖北", "武汉", "430000"),
    ("江苏", "南京", "210000"),
    ("陕西", "西安", "710000"),
];
const AMERICA: [(&str, &str, &str, &str); 6] = [
    ("CA", "Oakland", "94601", "America/Los_Angeles"),
    ("WA", "Tacoma", "98402", "America/Los_Angeles"),
    ("OR", "Bend", "97701", "America/Los_Angeles"),
    ("CO", "Boulder", "80302", "America/Denver"),
    ("TX", "Austin", "78701", "America/Chicago"),
    ("NY", "Ithaca", "14850", "America/New_York"),
];

/// One buyer, as events show them.
pub(super) struct Person {
    pub(super) id: String,
    pub(super) buyer: Value,
    pub(super) ship_to: Value,
}

/// One of the shop's buyers; the same one always lives at the same place.
pub(super) fn somebody(seed: u64, merchant: &Merchant, dice: &mut Dice) -> Person {
    let number = dice.between(1, BUYERS);
    let id = format!("{}{number}", merchant.prefix.to_lowercase());
    let mut own = Dice::new(seed ^ 0x0b07_e25d, number.unsigned_abs() + u64::from(merchant.chinese) * 10_000);
    if merchant.chinese { chinese(id, number, &mut own) } else { american(id, number, &mut own) }
}

fn chinese(id: String, number: i64, dice: &mut Dice) -> Person {
    let (surname, sound) = dice.pick(&SURNAMES).copied().unwrap_or_default();
    let (given, call) = dice.pick(&GIVEN).copied().unwrap_or_default();
    let (region, city, postal) = dice.pick(&CHINA).copied().unwrap_or_default();
    let mut buyer = json!({
        "buyer_id": id,
        "name": format!("{surname}{given}"),
        "phone": format!("+86 199 0000 {number:04}"),
        "locale": "zh-CN",
        "time_zone": "Asia/Shanghai",
    });
    with_email(&mut buyer, &format!("{call}.{sound}{number}@example.com"), dice);
    Person { id, buyer, ship_to: json!({"country": "CN", "region": region, "city": city, "postal_code": postal}) }
}

fn american(id: String, number: i64, dice: &mut Dice) -> Person {
    let first = dice.pick(&FIRST_NAMES).copied().unwrap_or_default();
    let last = dice.pick(&LAST_NAMES).copied().unwrap_or_default();
    let (region, city, postal, zone) = dice.pick(&AMERICA).copied().unwrap_or_default();
    let mut buyer = json!({
        "buyer_id": id,
        "name": format!("{first} {last}"),
        "phone": format!("+1 555 010 {number:04}"),
        "locale": "en",
        "time_zone": zone,
    });
    let address = format!("{}.{}{number}@example.com", first.to_lowercase(), last.to_lowercase());
    with_email(&mut buyer, &address, dice);
    Person { id, buyer, ship_to: json!({"country": "US", "region": region, "city": city, "postal_code": postal}) }
}

/// A few buyers leave no mail address.
fn with_email(buyer: &mut Value, address: &str, dice: &mut Dice) {
    if let (Some(buyer), false) = (buyer.as_object_mut(), dice.happens(15)) {
        buyer.insert("email".into(), address.into());
    }
}
