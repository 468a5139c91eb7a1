//! Who sells what, and from where.

use forewarn_core::Span;

use super::hours::Hours;

/// An article.
#[derive(Clone, Copy, Debug)]
pub(super) struct Article {
    pub(super) sku: &'static str,
    pub(super) title: &'static str,
    pub(super) category: &'static str,
    /// In hundredths of the shop's currency.
    pub(super) price_cents: i64,
    /// Sold before it is there.
    pub(super) presale: bool,
}

/// Where goods lie.
#[derive(Clone, Copy, Debug)]
pub(super) struct Warehouse {
    pub(super) id: &'static str,
    pub(super) hours: Hours,
    pub(super) carriers: &'static [&'static str],
    /// Usual hours from handover to the door.
    pub(super) transit: Span,
}

/// How fast a shop's orders go from payment to handover, in working time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    pub(super) usual: Span,
    /// 0-1; see [`Dice::around`](super::dice::Dice::around).
    pub(super) spread: f64,
    /// In a thousand orders, how many lie about before anybody takes them up.
    pub(super) slow_per_mille: u32,
    pub(super) slow: Span,
}

/// A shop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Merchant {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) platform: &'static str,
    pub(super) chinese: bool,
    pub(super) currency: &'static str,
    /// Begins the shop's order numbers.
    pub(super) prefix: &'static str,
    pub(super) orders_a_day: u32,
    pub(super) articles: &'static [Article],
    /// Warehouses with the share of orders, as weights.
    pub(super) warehouses: &'static [(Warehouse, u32)],
    pub(super) pace: Pace,
    /// Orders by hour of the Shanghai day, as weights.
    pub(super) rhythm: [u32; 24],
}

const HANGZHOU: Warehouse = Warehouse {
    id: "HZ-1",
    hours: Hours { offset_h: 8, weekdays: (9, 21), saturday: Some((9, 21)), sunday: None },
    carriers: &["中通快递", "顺丰速运"],
    transit: Span::hours(44),
};
const CHENGDU: Warehouse = Warehouse {
    id: "CD-1",
    hours: Hours { offset_h: 8, weekdays: (8, 20), saturday: Some((9, 18)), sunday: Some((9, 18)) },
    carriers: &["顺丰速运", "圆通速递"],
    transit: Span::hours(50),
};
const SHENZHEN: Warehouse = Warehouse {
    id: "SZ-3",
    hours: Hours { offset_h: 8, weekdays: (8, 22), saturday: Some((8, 22)), sunday: Some((9, 21)) },
    carriers: &["顺丰速运", "YunExpress"],
    transit: Span::hours(80),
};
const RENO: Warehouse = Warehouse {
    id: "RNO-1",
    hours: Hours { offset_h: -8, weekdays: (6, 20), saturday: Some((6, 20)), sunday: Some((7, 19)) },
    carriers: &["UPS", "USPS"],
    transit: Span::hours(76),
};

const CHINA_DAY: [u32; 24] = [2, 1, 0, 0, 0, 0, 1, 2, 4, 7, 8, 7, 7, 6, 5, 5, 5, 5, 5, 7, 9, 10, 8, 5];
const AMERICA_DAY: [u32; 24] = [6, 7, 7, 6, 6, 6, 6, 5, 6, 7, 7, 6, 4, 3, 2, 1, 1, 1, 1, 2, 3, 3, 4, 5];

/// The one article that runs out.
pub(super) const SCARCE_SKU: &str = "HF-MAMIAN-RED";
/// The shop it runs out at.
pub(super) const SCARCE_SHOP: &str = "hanfu-house";
/// The warehouse that is flooded with orders.
pub(super) const FLOODED: &str = "RNO-1";
/// The warehouse that stands still without a word.
pub(super) const STILL: &str = "CD-1";
/// The carrier whose hub stands still.
pub(super) const STUCK_CARRIER: &str = "中通快递";

/// Every shop: one that is often late, one that is fast, one that ships late in its window but in time.
pub(super) const MERCHANTS: [Merchant; 3] = [
    Merchant {
        id: SCARCE_SHOP,
        name: "云裳汉服",
        platform: "taobao",
        chinese: true,
        currency: "CNY",
        prefix: "A",
        orders_a_day: 40,
        articles: &HANFU,
        warehouses: &[(HANGZHOU, 4), (SHENZHEN, 1)],
        pace: Pace { usual: Span::hours(14), spread: 0.4, slow_per_mille: 420, slow: Span::hours(40) },
        rhythm: CHINA_DAY,
    },
    Merchant {
        id: "green-mist-tea",
        name: "青岚茶事",
        platform: "plain",
        chinese: true,
        currency: "CNY",
        prefix: "T",
        orders_a_day: 30,
        articles: &TEA,
        warehouses: &[(CHENGDU, 1)],
        pace: Pace { usual: Span::hours(7), spread: 0.4, slow_per_mille: 40, slow: Span::hours(34) },
        rhythm: CHINA_DAY,
    },
    Merchant {
        id: "fernway-outdoor",
        name: "Fernway Outdoor",
        platform: "shopify",
        chinese: false,
        currency: "USD",
        prefix: "FW",
        orders_a_day: 30,
        articles: &OUTDOOR,
        warehouses: &[(RENO, 3), (SHENZHEN, 1)],
        pace: Pace { usual: Span::hours(21), spread: 0.1, slow_per_mille: 70, slow: Span::hours(44) },
        rhythm: AMERICA_DAY,
    },
];

const fn article(sku: &'static str, title: &'static str, category: &'static str, price_cents: i64) -> Article {
    Article { sku, title, category, price_cents, presale: false }
}

const fn presale(sku: &'static str, title: &'static str, category: &'static str, price_cents: i64) -> Article {
    Article { sku, title, category, price_cents, presale: true }
}

const HANFU: [Article; 10] = [
    article(SCARCE_SKU, "织金马面裙 朱红", "下装", 36_800),
    article("HF-MAMIAN-INK", "织金马面裙 墨黑", "下装", 36_800),
    article("HF-SHAN-IVORY", "交领短衫 月白", "上装", 19_900),
    article("HF-BEIZI-SAGE", "宋制褙子 竹青", "上装", 25_800),
    article("HF-CLOAK-WINE", "织锦斗篷 绛紫", "外套", 49_900),
    article("HF-PIN-PEAR", "梨花发簪", "配饰", 5_900),
    article("HF-FAN-LOTUS", "荷花团扇", "配饰", 4_500),
    article("HF-SHOES-CLOUD", "云头绣花鞋", "鞋履", 16_800),
    article("HF-SET-KIDS", "儿童汉服套装", "童装", 21_900),
    presale("HF-SET-WEDDING", "大袖婚服套装(预售)", "礼服", 129_900),
];
const TEA: [Article; 10] = [
    article("TEA-LONGJING-100", "明前龙井 100 克", "绿茶", 16_800),
    article("TEA-MAOFENG-125", "黄山毛峰 125 克", "绿茶", 9_800),
    article("TEA-TGY-250", "清香铁观音 250 克", "乌龙", 12_800),
    article("TEA-DHP-80", "武夷大红袍 80 克", "乌龙", 19_800),
    article("TEA-PUER-357", "古树普洱饼 357 克", "黑茶", 23_800),
    article("TEA-JASMINE-200", "茉莉花茶 200 克", "花茶", 8_800),
    article("TEA-POT-ZISHA", "紫砂壶 西施", "茶具", 39_900),
    article("TEA-CUP-CELADON", "青瓷品茗杯 一对", "茶具", 11_900),
    article("TEA-TRAY-BAMBOO", "竹制茶盘", "茶具", 15_900),
    article("TEA-GIFT-FOUR", "四季茶礼盒", "礼盒", 29_900),
];
const OUTDOOR: [Article; 10] = [
    article("FW-TENT-2P", "Ridgeline 2-person tent", "Tents", 24_900),
    article("FW-BAG-0C", "Lowland down sleeping bag", "Sleeping", 18_900),
    article("FW-MAT-AIR", "Featherlight air mat", "Sleeping", 8_900),
    article("FW-STOVE-GAS", "Ember gas stove", "Kitchen", 5_400),
    article("FW-MUG-TI", "Titanium mug 450 ml", "Kitchen", 2_900),
    article("FW-LAMP-400", "Headlamp 400 lm", "Light", 3_900),
    article("FW-PACK-45", "Traverse pack 45 l", "Packs", 16_900),
    article("FW-JACKET-RAIN", "Squall rain jacket", "Clothing", 12_900),
    article("FW-SOCKS-3", "Merino socks, 3 pairs", "Clothing", 3_600),
    presale("FW-BOOT-26", "Scree boots, new season (pre-order)", "Shoes", 17_900),
];
