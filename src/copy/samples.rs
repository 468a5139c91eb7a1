//! Sample letters of every kind, to preview templates with and for the guard to render.
//!
//! Shop, buyer and order are invented; the links lead to the reserved domain `example`.

use super::joint::{over_orders, over_parcels};
use super::letter::{Compensation, CompensationState, DELAYED_ORDERS, Letter, LineItem, ParcelRef, SEVERAL_PARCELS};
use super::locale::language;

/// Sample phrases in one language.
struct Phrases {
    shop: &'static str,
    buyer: &'static str,
    titles: [&'static str; 3],
    ship_by: &'static str,
    quoted: &'static str,
    previous: &'static str,
    rest: &'static str,
    delivery: &'static str,
    amount: &'static str,
    carrier: &'static str,
    incident: &'static str,
    support: &'static str,
}

const CHINESE: Phrases = Phrases {
    shop: "山茶小铺",
    buyer: "林溪",
    titles: ["手工陶瓷马克杯 350ml 雾蓝", "棉麻餐垫 两片装", "榉木杯托"],
    ship_by: "3月5日（周四）下午",
    quoted: "3月6日（周五）下午",
    previous: "3月6日（周五）上午",
    rest: "3月9日（周一）下午",
    delivery: "3月8日（周日）",
    amount: "¥5.00",
    carrier: "顺丰速运",
    incident: "仓库水管爆裂，我们正在人工打包。",
    support: "care@shop.example",
};

const ENGLISH: Phrases = Phrases {
    shop: "Camellia & Co",
    buyer: "Alex Morgan",
    titles: ["Hand-thrown mug, 350 ml, mist blue", "Linen place mats, set of two", "Beech coaster"],
    ship_by: "Thursday afternoon, 5 March",
    quoted: "Friday afternoon, 6 March",
    previous: "Friday morning, 6 March",
    rest: "Monday afternoon, 9 March",
    delivery: "Sunday 8 March",
    amount: "CN¥5.00",
    carrier: "SF Express",
    incident: "A water pipe broke in our warehouse and we are packing by hand.",
    support: "care@shop.example",
};

/// Labelled letters of all kinds and variants, with phrases in the locale's language.
///
/// Chinese locales get Chinese phrases, all others English ones.
pub fn samples(locale: &str) -> Vec<(&'static str, Letter)> {
    let phrases = phrases(locale);
    let several = [of_several_orders(phrases), of_several_parcels(phrases)].concat();
    [before_shipping(phrases), after_shipping(phrases), several].concat()
}

/// A letter of this kind and variant in which everything optional is set.
pub(super) fn full(locale: &str, kind: &str, variant: &str) -> Letter {
    if kind == DELAYED_ORDERS {
        return joined(&[full(locale, "promise_missed", "plain"), full(locale, "delay_warning", "plain")]);
    }
    if kind == SEVERAL_PARCELS {
        return over_parcels(&[full(locale, variant, "plain"), second_parcel(full(locale, variant, "plain"))]);
    }
    let words = phrases(locale);
    Letter {
        rest: items(&words.titles[2..]),
        rest_ship_by: some(words.rest),
        cause: some("out_of_stock"),
        short_lines: items(&words.titles[..1]),
        cause_detail: some("address"),
        incident: some(words.incident),
        previous_quote: some(words.previous),
        needed_by: some(words.delivery),
        choices: true,
        swap: true,
        parcel: Some(parcel(words)),
        parcel_number: 1,
        parcel_count: 2,
        complete: true,
        on_the_way: items(&words.titles[2..]),
        expected_delivery: some(words.delivery),
        problem: some("delayed"),
        problem_reason: some("weather"),
        compensation: reserved(words),
        quoted_ship_by: some(words.quoted),
        ..letter(words, kind, variant)
    }
}

/// The letter over these orders, its compensation with the first.
pub(super) fn joined(orders: &[Letter]) -> Letter {
    let mut orders = orders.to_vec();
    orders.iter_mut().skip(1).for_each(|order| order.compensation = None);
    over_orders(&orders)
}

/// The next parcel of the letter's order.
fn second_parcel(first: Letter) -> Letter {
    let parcel = first.parcel.clone().map(|parcel| ParcelRef {
        tracking_number: some("SF1029384756999"),
        tracking_url: some("https://carrier.example/track/SF1029384756999"),
        ..parcel
    });
    Letter { parcel, parcel_number: first.parcel_number + 1, ..first }
}

fn phrases(locale: &str) -> &'static Phrases {
    if language(locale) == "zh" { &CHINESE } else { &ENGLISH }
}

fn before_shipping(words: &Phrases) -> Vec<(&'static str, Letter)> {
    let late = |kind: &str, variant: &str, cause: &str| Letter {
        cause: some(cause),
        quoted_ship_by: some(words.quoted),
        compensation: reserved(words),
        ..letter(words, kind, variant)
    };
    let update = |number, last| Letter {
        previous_quote: some(words.previous),
        quoted_ship_by: some(words.rest),
        update_number: number,
        last_update: last,
        choices: true,
        ..late("delay_update", "plain", "warehouse_queue")
    };
    let ask = |reminder| Letter {
        cause: some("address"),
        cause_detail: some("address"),
        reminder,
        ..letter(words, "action_needed", "ask")
    };
    vec![
        ("order_accepted", letter(words, "order_accepted", "plain")),
        ("delay_warning", late("delay_warning", "plain", "surge")),
        (
            "delay_warning-choices",
            Letter {
                choices: true,
                swap: true,
                short_lines: items(&words.titles[..1]),
                ..late("delay_warning", "announced", "out_of_stock")
            },
        ),
        (
            "delay_warning-needed",
            Letter { needed_by: some(words.delivery), choices: true, ..late("delay_warning", "needed", "surge") },
        ),
        (
            "delay_warning-in_time",
            Letter {
                needed_by: some(words.delivery),
                needed_in_time: true,
                ..late("delay_warning", "plain", "warehouse_queue")
            },
        ),
        ("delay_warning-asked", Letter { asked: true, ..late("delay_warning", "plain", "warehouse_queue") }),
        ("delay_update-1", update(1, false)),
        ("delay_update-2", update(2, true)),
        ("promise_missed", Letter { compensation: granted(words), ..late("promise_missed", "plain", "system") }),
        ("action_needed", ask(false)),
        ("action_needed-reminder", ask(true)),
        (
            "action_needed-fixed",
            Letter {
                cause_detail: some("address"),
                quoted_ship_by: some(words.quoted),
                ..letter(words, "action_needed", "fixed")
            },
        ),
    ]
}

fn after_shipping(words: &Phrases) -> Vec<(&'static str, Letter)> {
    let moving = |kind: &str, variant: &str| Letter {
        parcel: Some(parcel(words)),
        expected_delivery: some(words.delivery),
        ..letter(words, kind, variant)
    };
    let trouble = |problem: &str, reason: &str| Letter {
        problem: some(problem),
        problem_reason: some(reason),
        ..moving("logistics_delay", "plain")
    };
    vec![
        ("shipped", moving("shipped", "plain")),
        (
            "shipped-after_warning",
            Letter {
                rest: items(&words.titles[2..]),
                rest_ship_by: some(words.rest),
                parcel_count: 2,
                was_late: true,
                warned_before: true,
                compensation: granted(words),
                ..moving("shipped", "after_warning")
            },
        ),
        ("logistics_delay", trouble("delayed", "weather")),
        (
            "logistics_delay-lost",
            Letter { expected_delivery: None, update_number: 2, last_update: true, ..trouble("exception", "lost") },
        ),
        ("delivered", letter(words, "delivered", "plain")),
        (
            "delivered-after_delay",
            Letter {
                was_late: true,
                warned_before: true,
                compensation: granted(words),
                ..letter(words, "delivered", "after_delay")
            },
        ),
    ]
}

fn of_several_orders(words: &Phrases) -> Vec<(&'static str, Letter)> {
    let order = |kind: &str, id: &str, cause: &str, quoted: &str| Letter {
        order_id: id.to_owned(),
        cause: some(cause),
        quoted_ship_by: some(quoted),
        ..letter(words, kind, "plain")
    };
    let first = Letter {
        lines: items(&words.titles[..1]),
        compensation: reserved(words),
        choices: true,
        swap: true,
        ..order("delay_warning", "20260303-7714", "out_of_stock", words.quoted)
    };
    let second = Letter {
        lines: items(&words.titles[1..]),
        short_lines: items(&words.titles[1..2]),
        choices: true,
        swap: true,
        ..order("delay_warning", "20260303-8120", "out_of_stock", words.rest)
    };
    let missed =
        Letter { lines: items(&words.titles[2..]), ..order("promise_missed", "20260228-0391", "system", words.quoted) };
    let update = Letter {
        previous_quote: some(words.previous),
        update_number: 2,
        last_update: true,
        choices: true,
        ..order("delay_update", "20260225-5566", "surge", words.rest)
    };
    vec![
        ("delayed_orders", joined(&[first.clone(), second])),
        ("delayed_orders-mixed", joined(&[Letter { compensation: granted(words), ..missed }, update, first])),
    ]
}

fn of_several_parcels(words: &Phrases) -> Vec<(&'static str, Letter)> {
    let one = |kind: &str| Letter {
        lines: items(&words.titles[..1]),
        parcel: Some(parcel(words)),
        expected_delivery: some(words.delivery),
        parcel_count: 2,
        ..letter(words, kind, "plain")
    };
    let other = |kind: &str| Letter { lines: items(&words.titles[1..2]), ..second_parcel(one(kind)) };
    let rest = |letter: Letter| Letter {
        rest: items(&words.titles[2..]),
        rest_ship_by: some(words.rest),
        was_late: true,
        ..letter
    };
    let complete = |letter: Letter| Letter { complete: true, ..letter };
    let later = |letter: Letter| Letter { expected_delivery: None, ..letter };
    let warned = |letter: Letter| Letter { variant: "after_warning".to_owned(), ..letter };
    vec![
        ("several_parcels-shipped", over_parcels(&[complete(one("shipped")), complete(other("shipped"))])),
        ("several_parcels-rest", over_parcels(&[rest(one("shipped")), later(rest(other("shipped")))])),
        (
            "several_parcels-warned",
            over_parcels(&[warned(complete(one("shipped"))), warned(complete(other("shipped")))]),
        ),
        ("several_parcels-warned_late", over_parcels(&[warned(rest(one("shipped"))), warned(rest(other("shipped")))])),
        ("several_parcels-delivered", over_parcels(&[complete(one("delivered")), complete(other("delivered"))])),
        ("several_parcels-late", over_parcels(&[rest(one("delivered")), rest(other("delivered"))])),
        (
            "delivered-on_the_way",
            Letter { on_the_way: items(&words.titles[1..2]), lines: items(&words.titles[..1]), ..one("delivered") },
        ),
        ("delivered-complete", complete(other("delivered"))),
    ]
}

/// What nearly every notice has: buyer, lines, promise, links, a way to reach a person.
fn letter(words: &Phrases, kind: &str, variant: &str) -> Letter {
    Letter {
        buyer: some(words.buyer),
        lines: items(&words.titles[..2]),
        ship_by: some(words.ship_by),
        action_url: some("https://forewarn.example/a/Zm9yZXdhcm4tc2FtcGxl"),
        unsubscribe_url: some("https://forewarn.example/u/Zm9yZXdhcm4tc2FtcGxl"),
        support: some(words.support),
        confidence: Some(90),
        ..Letter::bare(kind, variant, words.shop, "20260303-7714")
    }
}

fn items(titles: &[&str]) -> Vec<LineItem> {
    let line =
        |(i, title): (usize, &&str)| LineItem { title: (*title).to_owned(), quantity: if i == 0 { 2 } else { 1 } };
    titles.iter().enumerate().map(line).collect()
}

fn parcel(words: &Phrases) -> ParcelRef {
    ParcelRef {
        carrier: some(words.carrier),
        tracking_number: some("SF1029384756123"),
        tracking_url: some("https://carrier.example/track/SF1029384756123"),
    }
}

fn reserved(words: &Phrases) -> Option<Compensation> {
    compensation(words, CompensationState::Reserved)
}

fn granted(words: &Phrases) -> Option<Compensation> {
    compensation(words, CompensationState::Granted)
}

fn compensation(words: &Phrases, state: CompensationState) -> Option<Compensation> {
    let amount = words.amount.to_owned();
    Some(Compensation { amount, state })
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}
