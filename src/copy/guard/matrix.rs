//! The letters the guard renders: every cause, problem, state and absent value, one change at a time.

use crate::copy::joint::over_parcels;
use crate::copy::letter::{Compensation, CompensationState, DELAYED_ORDERS, KINDS, Letter, LineItem, SEVERAL_PARCELS};
use crate::copy::locale::language;
use crate::copy::samples::{full, joined};

/// A title no mail may carry unescaped into its HTML.
pub(super) const PROBE: &str = "<fw-probe a=\"1\">";

const CAUSES: [&str; 8] =
    ["address", "out_of_stock", "system", "surge", "weather", "holiday", "carrier", "warehouse_queue"];
const PROBLEMS: [&str; 7] = ["delayed", "exception", "attempt_failed", "returning", "stalled", "slipped", "overdue"];
const REASONS: [&str; 9] =
    ["weather", "hub_overload", "address", "refused", "damaged", "lost", "customs", "security", "other"];
/// How many lines the largest order has (the intake's limit).
const MOST_LINES: u32 = 1_000;

/// Copies one optional value from one letter to another.
type Carry = fn(&mut Letter, &Letter);

const OPTIONS: [Carry; 22] = [
    |to, from| to.buyer.clone_from(&from.buyer),
    |to, from| to.lines.clone_from(&from.lines),
    |to, from| to.rest.clone_from(&from.rest),
    |to, from| to.rest_ship_by.clone_from(&from.rest_ship_by),
    |to, from| to.cause.clone_from(&from.cause),
    |to, from| to.short_lines.clone_from(&from.short_lines),
    |to, from| to.confidence = from.confidence,
    |to, from| to.cause_detail.clone_from(&from.cause_detail),
    |to, from| to.incident.clone_from(&from.incident),
    |to, from| to.ship_by.clone_from(&from.ship_by),
    |to, from| to.quoted_ship_by.clone_from(&from.quoted_ship_by),
    |to, from| to.previous_quote.clone_from(&from.previous_quote),
    |to, from| to.compensation.clone_from(&from.compensation),
    |to, from| (to.choices, to.swap) = (from.choices, from.swap),
    |to, from| (to.needed_by, to.needed_in_time) = (from.needed_by.clone(), from.needed_in_time),
    |to, from| to.action_url.clone_from(&from.action_url),
    |to, from| to.parcel.clone_from(&from.parcel),
    |to, from| to.expected_delivery.clone_from(&from.expected_delivery),
    |to, from| to.unsubscribe_url.clone_from(&from.unsubscribe_url),
    |to, from| to.support.clone_from(&from.support),
    |to, from| to.problem.clone_from(&from.problem),
    |to, from| to.on_the_way.clone_from(&from.on_the_way),
];

/// Changes that turn a letter into another one worth reading.
const TURNS: [fn(&mut Letter); 15] = [
    |letter| letter.asked = true,
    |letter| letter.was_late = true,
    |letter| letter.warned_before = true,
    |letter| letter.update_number = 2,
    |letter| (letter.update_number, letter.last_update) = (3, true),
    |letter| letter.last_update = true,
    |letter| letter.reminder = true,
    |letter| (letter.choices, letter.swap) = (true, false),
    |letter| letter.needed_in_time = true,
    |letter| letter.cause_detail = Some("contact".to_owned()),
    |letter| (letter.cause, letter.cause_detail) = (Some("carrier".to_owned()), Some("pickup".to_owned())),
    |letter| (letter.parcel_number, letter.parcel_count) = (2, 2),
    |letter| (letter.parcel_number, letter.parcel_count, letter.complete) = (2, 2, true),
    |letter| set_parcel(letter, false),
    |letter| set_parcel(letter, true),
];

/// What a letter about several orders may tell of one.
const JOINED: [(&str, &str); 5] = [
    ("delay_warning", "plain"),
    ("delay_warning", "announced"),
    ("delay_warning", "needed"),
    ("delay_update", "plain"),
    ("promise_missed", "plain"),
];
/// Most orders or parcels in one letter: the one whose notice leaves and its companions.
const MOST_ORDERS: usize = 1 + forewarn_core::decide::join::COMPANIONS_MAX;

/// All letters of one kind and variant.
pub(super) fn letters(locale: &str, kind: &str, variant: &str) -> Vec<Letter> {
    if kind == DELAYED_ORDERS {
        return joint_letters(locale);
    }
    if kind == SEVERAL_PARCELS {
        return parcel_letters(locale, variant);
    }
    let full = full(locale, kind, variant);
    let bare = Letter::bare(kind, variant, &full.shop, &full.order_id);
    let mut all = vec![hostile(&full), with_most_lines(&full), with_longest_dates(locale, &full)];
    for base in [&bare, &full] {
        let other = if base == &bare { &full } else { &bare };
        all.push(base.clone());
        all.extend(OPTIONS.iter().map(|carry| changed(base, |to| carry(to, other))));
        all.extend(TURNS.iter().map(|turn| changed(base, turn)));
        all.extend(CAUSES.iter().map(|cause| with_cause(base, cause)));
        all.extend(with_problems(base));
    }
    all.extend(with_problems(&with_longest_dates(locale, &full)));
    for state in [CompensationState::Granted, CompensationState::Reserved] {
        all.push(with_state(&full, state));
    }
    all
}

/// Every letter about one order beside another one, as its first and as its second; and the longest there can be.
fn joint_letters(locale: &str) -> Vec<Letter> {
    let other = Letter { order_id: "20260303-8120".to_owned(), ..full(locale, "delay_warning", "plain") };
    let alone = JOINED.iter().flat_map(|(kind, variant)| letters(locale, kind, variant));
    let mut all: Vec<Letter> =
        alone.flat_map(|one| [joined(&[one.clone(), other.clone()]), joined(&[other.clone(), one])]).collect();
    let longest = with_longest_dates(locale, &with_most_lines(&other));
    all.push(joined(&vec![longest; MOST_ORDERS]));
    all
}

/// Every letter about one parcel beside another one, as its first and as its second; and the longest there can be.
fn parcel_letters(locale: &str, kind: &str) -> Vec<Letter> {
    let other = full(locale, kind, "plain");
    let variants = KINDS.iter().filter(|(known, _)| *known == kind).flat_map(|(_, variants)| variants.iter());
    let alone = variants.flat_map(|variant| letters(locale, kind, variant));
    let mut all: Vec<Letter> = alone
        .flat_map(|one| [over_parcels(&[one.clone(), other.clone()]), over_parcels(&[other.clone(), one])])
        .collect();
    let longest = with_longest_dates(locale, &with_most_lines(&other));
    all.push(over_parcels(&vec![longest; MOST_ORDERS]));
    all
}

/// The letter with its compensation in this state; of several orders, the first one's.
pub(super) fn with_state(letter: &Letter, state: CompensationState) -> Letter {
    changed(letter, |to| {
        let amount = "¥5.00".to_owned();
        let gift = Some(Compensation { amount, state });
        match to.orders.first_mut() {
            Some(order) => order.compensation = gift,
            None => to.compensation = gift,
        }
    })
}

fn with_cause(letter: &Letter, cause: &str) -> Letter {
    changed(letter, |to| to.cause = Some(cause.to_owned()))
}

fn with_problems(letter: &Letter) -> Vec<Letter> {
    if letter.kind != "logistics_delay" {
        return Vec::new();
    }
    let pairs = PROBLEMS.iter().flat_map(|problem| REASONS.iter().map(move |reason| (problem, reason)));
    pairs
        .map(|(problem, reason)| {
            changed(letter, |to| {
                to.problem = Some((*problem).to_owned());
                to.problem_reason = Some((*reason).to_owned());
            })
        })
        .collect()
}

fn hostile(letter: &Letter) -> Letter {
    changed(letter, |to| {
        to.buyer = Some(PROBE.to_owned());
        to.shop = PROBE.to_owned();
        to.support = Some(PROBE.to_owned());
        to.incident = Some(PROBE.to_owned());
        let more = to.rest.iter_mut().chain(&mut to.short_lines).chain(&mut to.on_the_way);
        let titles = to.lines.iter_mut().chain(more);
        titles.for_each(|line| PROBE.clone_into(&mut line.title));
    })
}

fn with_most_lines(letter: &Letter) -> Letter {
    let line = |n| LineItem { title: format!("SKU-{n}"), quantity: n };
    changed(letter, |to| {
        to.lines = (1..=MOST_LINES).map(line).collect();
        to.short_lines = to.lines[1..].to_vec();
    })
}

fn with_longest_dates(locale: &str, letter: &Letter) -> Letter {
    let (moment, day) = match language(locale) {
        "zh" => ("12月30日（周三）下午", "12月30日（周三）"),
        _ => ("Wednesday afternoon, 30 September", "Wednesday 30 September"),
    };
    let phrase = Some(moment.to_owned());
    changed(letter, |to| {
        to.ship_by.clone_from(&phrase);
        to.quoted_ship_by.clone_from(&phrase);
        to.previous_quote.clone_from(&phrase);
        to.rest_ship_by = phrase;
        to.expected_delivery = Some(day.to_owned());
        to.needed_by = Some(day.to_owned());
        (to.parcel_number, to.parcel_count) = (10, 12);
        to.update_number = 2;
    })
}

fn set_parcel(letter: &mut Letter, keep_number: bool) {
    if let Some(parcel) = &mut letter.parcel {
        parcel.tracking_url = None;
        if keep_number {
            parcel.carrier = None;
        } else {
            parcel.tracking_number = None;
        }
    }
}

fn changed(letter: &Letter, change: impl FnOnce(&mut Letter)) -> Letter {
    let mut letter = letter.clone();
    change(&mut letter);
    letter
}
