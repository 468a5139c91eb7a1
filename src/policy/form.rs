//! What the values of a policy have to look like.

use crate::config::form::Form;

/// The form of a key of the policy, given from its section on.
pub(super) fn of(path: &[String]) -> Form {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["compensation", "ladder"] => Form::Tables,
        [] | [_] | ["compensation", "ladder", _] => Form::Table,
        ["promise" | "quote", "hours"] => Form::OneOf(&["plain", "working"]),
        ["promise", "met_by"] => Form::OneOf(&["handover", "first_scan"]),
        ["promise", "renegotiations_max"] => Form::Number,
        ["promise" | "expires" | "urgent" | "parcels", _] | [.., "lead" | "certain_lead" | "delay_at_least"] => {
            Form::Span
        }
        [.., "risk" | "silence" | "certain_risk" | "confidence" | "share"] => Form::Share,
        [.., "updates" | "per_day" | "per_buyer_day" | "per_kind_day" | "per_order_day"] => Form::Number,
        ["incidents", "orders" | "times"] => Form::Number,
        ["quiet_hours", "from" | "to"] => Form::Clock,
        ["calendar", "zone"] => Form::ZoneOrShop,
        [.., "zone"] => Form::Zone,
        [.., "currency"] => Form::Currency,
        ["penalty", "at_least" | "at_most"] => Form::Amount,
        [.., "per_order" | "per_buyer_30d" | "per_merchant_day" | "approve_over" | "coupon"] => Form::Amount,
        [.., "kind"] => Form::Kind,
        [.., "cause"] => Form::Cause,
        ["notices", "kinds"] => Form::Kinds,
        ["notices", "kinds", _] => Form::Kind,
        ["profile", "trust"] => Form::OneOf(&["none", "verified", "all"]),
        ["compensation", "allowed"] => Form::Flag,
        ["delivery", "uncertain"] => Form::OneOf(&["hold", "resend"]),
        ["delivery", "failover"] => Form::ListOf(&["email", "sms", "im"]),
        ["delivery", "failover", _] => Form::OneOf(&["email", "sms", "im"]),
        ["delivery", "failover_after"] => Form::Span,
        ["calendar", "country"] => Form::OneOf(COUNTRIES),
        ["calendar", "days"] => Form::ListOf(WEEK),
        ["calendar", "days", _] => Form::OneOf(WEEK),
        ["calendar", "hours", ..] => Form::Hours,
        ["calendar", "closed" | "open", ..] => Form::Days,
        ["channels", "order"] => Form::ListOf(&["email", "sms", "im"]),
        ["channels", "order", _] => Form::OneOf(&["email", "sms", "im"]),
        _ => Form::Text,
    }
}

const COUNTRIES: &[&str] = &["auto", "none", "CN", "US", "GB", "DE", "JP"];
const WEEK: &[&str] = &["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
