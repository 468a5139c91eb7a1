//! What the calendars of a policy know: whose holidays they keep and in which years.

use std::collections::BTreeSet;

use forewarn_core::calendar::{Calendar, CalendarRules};
use forewarn_core::policy::Policy;
use forewarn_core::zone::Tongue;

use crate::policy::PolicyBook;

/// A sentence for each calendar that is in use, or one for a calendar that nothing reads.
pub(super) fn notes(book: &PolicyBook, tongue: Tongue) -> BTreeSet<String> {
    let used: BTreeSet<String> =
        book.all().filter(|policy| policy.uses_calendar()).map(|policy| note(policy, tongue)).collect();
    let written = book.all().any(|policy| policy.calendar != CalendarRules::default());
    if used.is_empty() && written {
        return BTreeSet::from([unused(tongue).to_owned()]);
    }
    used
}

fn unused(tongue: Tongue) -> &'static str {
    match tongue {
        Tongue::English => "calendar: nothing reads it; set promise.hours or quote.hours to \"working\"",
        Tongue::Chinese => "calendar：没有用到；请把 promise.hours 或 quote.hours 设为 \"working\"",
    }
}

fn note(policy: &Policy, tongue: Tongue) -> String {
    let calendar = policy.calendar();
    let days: Vec<&str> = policy.calendar.days.iter().map(|day| day.as_str()).collect();
    let hours: Vec<String> = policy.calendar.hours.iter().map(ToString::to_string).collect();
    let week = format!("{} {} {}", calendar.zone().name(), days.join("/"), hours.join(" "));
    match tongue {
        Tongue::English => format!("calendar: {week}; {}", years(&calendar)),
        Tongue::Chinese => format!("calendar：{week}；{}", years_in_chinese(&calendar)),
    }
}

/// The years that are known, those of which only a part is certain, and what holds in all others.
fn years(calendar: &Calendar<'_>) -> String {
    let Some(holidays) = calendar.holidays() else {
        return "no public holidays, only weekends and your own days".into();
    };
    let country = holidays.country;
    let (known, unsure) = by_certainty(calendar);
    let unsure = if unsure.is_empty() { String::new() } else { format!("; unverified: {unsure}") };
    format!("holidays of {country}: {known}{unsure}; any other year has weekends and your own days alone")
}

fn years_in_chinese(calendar: &Calendar<'_>) -> String {
    let Some(holidays) = calendar.holidays() else {
        return "不含法定节假日，只按周末和店铺自定的日期".into();
    };
    let country = holidays.country;
    let (known, unsure) = by_certainty(calendar);
    let unsure = if unsure.is_empty() { String::new() } else { format!("；未经核实：{unsure}") };
    format!("{country} 的节假日：{known}{unsure}；其他年份只按周末和店铺自定的日期")
}

fn by_certainty(calendar: &Calendar<'_>) -> (String, String) {
    let years = calendar.holidays().map_or(&[][..], |holidays| holidays.years());
    let listed = |verified| {
        let named = years.iter().filter(|year| year.verified == verified).map(|year| year.year.to_string());
        named.collect::<Vec<_>>().join(", ")
    };
    (listed(true), listed(false))
}
