//! The core's faults in both languages.

use forewarn_core::policy::PolicyFault;

use crate::config::Wording;

/// What is wrong and what to do. The core says both in one English sentence.
pub(super) fn fault(fault: &PolicyFault) -> (Wording, Wording) {
    let (message, remedy) = fault.message.split_once("; ").unwrap_or((&fault.message, "change the value"));
    let (message, remedy) = (message.to_owned(), remedy.to_owned());
    let (message_zh, remedy_zh) = match chinese(fault) {
        Some((message, remedy)) => (message.to_owned(), remedy.to_owned()),
        None => (message.clone(), remedy.clone()),
    };
    ((message, message_zh).into(), (remedy, remedy_zh).into())
}

fn chinese(fault: &PolicyFault) -> Option<(&'static str, &'static str)> {
    let words = match fault.key.as_str() {
        "channels.order" => ("没有渠道,或同一渠道出现两次", "请至少写一个渠道,每个只写一次"),
        "notices.kinds" => ("同一种通知出现两次", "每种只写一次"),
        "delivery.failover" => ("同一渠道出现两次", "每个渠道只写一次"),
        "delivery.failover_after" => ("超出范围", "请填 1m 到 7d 之间的时长"),
        "incidents.times" => ("超出范围", "请填 1 到 1000 之间的整数"),
        "limits.per_buyer_day" => ("填 0 会让所有通知都发不出去", "如需停发,请使用暂停"),
        "promise.hours" => ("承诺时长超过 [calendar] 一年的工作时间", "请缩短时长"),
        "calendar.days" => ("没有工作日,或同一天出现两次", "请至少写一个星期几,每个只写一次"),
        "calendar.hours" => ("没有营业时段,或时段重叠、倒退", "请从早到晚依次列出"),
        "calendar.country" => ("该时区没有已知的节假日", "请写国家代码,或写 \"none\" 表示只按周末"),
        "calendar.closed" | "calendar.open" => ("超过 400 项", "请把相连的日期合并成一段"),
        key if key.starts_with("calendar.closed[") => ("同一天既休息又上班", "请从其中一个列表里去掉"),
        "promise.in_stock" | "promise.presale" | "promise.made_to_order" => {
            ("承诺时长超出范围", "请填 1s 到 366d 之间的时长")
        }
        "promise.renegotiate_before" => ("超出范围", "请填 0s 到 30d 之间的时长"),
        "parcels.together" => ("超出范围", "请填 0s 到 12h 之间的时长"),
        "warn.lead" => ("提前量超出范围", "请填 1s 到 30d 之间的时长"),
        "warn.certain_lead" => ("短于 warn.lead", "请填不短于 warn.lead 的时长"),
        "warn.risk" => ("填 0 会给每位买家都发预警", "请填大于 0 的数"),
        "warn.certain_risk" => ("低于 warn.risk", "请填不低于 warn.risk 的数"),
        "warn.updates" => ("超过 10 次的更新对谁都没有帮助", "请填 0 到 10,之后交给人工"),
        "quote.confidence" => ("超出范围", "请填 0.5 到 0.99 之间的数"),
        key if key.starts_with("compensation.ladder") => rung(&fault.message)?,
        _ => return None,
    };
    Some(words)
}

fn rung(message: &str) -> Option<(&'static str, &'static str)> {
    match message {
        m if m.contains("cause") => Some(("cause 不是已知的原因,也不是 \"*\"", "请改成已知的原因或 \"*\"")),
        m if m.contains("nothing") => Some(("面额为 0 的优惠券等于没有", "请去掉这一档")),
        m if m.contains("per_order") => Some(("面额高于 compensation.per_order,永远会被拒绝", "请降低面额或提高上限")),
        _ => None,
    }
}
