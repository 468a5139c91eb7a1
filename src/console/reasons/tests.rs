//! Every kind of reason in both languages. The examples are the core's, which make sure that none is missing.

use forewarn_core::Span;
use forewarn_core::because::{Mover, Reason};
use forewarn_core::zone::Zone;

use super::clauses;
use crate::console::{Language, Speech};

const EXAMPLES: &str = include_str!("../../core/because/examples.jsonl");

fn said(language: Language) -> String {
    let reasons: Vec<Reason> = EXAMPLES.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    clauses(&reasons, &Speech::new(language, Zone::named("Asia/Shanghai").unwrap())).join("\n")
}

#[test]
fn a_sentence_of_an_earlier_version_stands_as_it_is() {
    let t = Speech::new(Language::Chinese, Zone::default());
    assert_eq!(clauses(&[Reason::Plain("delivered {0}".into())], &t), ["delivered {0}"]);
}

#[test]
fn in_chinese() {
    let said = said(Language::Chinese);
    // What stays in Latin letters are ids.
    let words = said.split(|c: char| !c.is_ascii_alphabetic()).filter(|w| w.len() > 1);
    assert_eq!(words.collect::<Vec<_>>(), ["festival"]);
    insta::assert_snapshot!(said, @r"
    承诺 3月6日 18:00 前发货（按规则：付款后的时限）
    承诺 3月6日 18:00 前发货（买家同意的新时间，第 2 版）
    店铺改称 3月8日 12:00 发货，买家还没有同意
    失约概率 83%，达到 50% 即提醒（模型更新到 3月5日 17:45）
    失约概率 50%，达到 50% 即提醒（初始估计，还没有学到数据）
    已有 1 天 3 小时没有消息，比 95% 的同类订单都久
    原因：缺货（已有通报）。3月5日 11:00 仓库报告（编号 x-1）
    原因：天气（已有通报）。3月5日 11:00 起的通报（编号 c-7）
    原因：系统故障（推断）。仓库在报别的订单，只有这一单没有消息
    原因：订单激增（推断）。排队 1,265 单，平时 210 单
    原因：订单激增（推断）。在活动「38-festival」中下单
    原因：备货排队（推断）。3月5日 11:00 起：拣货中
    原因：备货排队（推断）。已付款，仓库还没有接单
    3月4日 10:00 付款后一直在等。预测依据：本店 112 单，总计 2,400 单
    3月4日 10:00 起：已打包。预测依据：本店 112 单，总计 2,400 单
    预告 3月8日 12:00 发货。本店还没有往例，预测依据全部店铺的 3 单
    受阻到 3月8日 12:00，之后恢复。本店还没有往例，预测依据全部店铺的 3 单
    3月4日 10:00 起受阻：快递线路。还没有可比的往例，预测依据估计值
    3月4日 10:00 起一直在等。还没有可比的往例，预测依据估计值
    95% 的包裹会在 1 天 3 小时内有下一条物流消息，依据这家快递从同一仓库到同一地区的 214 段路程
    95% 的包裹会按预计时间到，依据这家快递的 48 段路程
    95% 的包裹会在 8 小时内有下一条物流消息，依据全部快递的 2,100 段路程（这家快递的往例还不够）
    早先决定要发，临到发送时已不需要
    3月5日 21:10 包裹 P-1 交给快递
    3月7日 10:30 送达
    3月7日 10:30 起：没有物流消息
    上次告知 3月8日 12:00；新消息：最早 3月9日 12:00
    告知过 3月8日 12:00，现在预测赶不上的概率是 62%
    和这位买家的另一个订单一起告知；单独告知要等到 3月6日 12:00
    订单被搁置：读取订单时规则出错
    还剩 1 天，其中 3 小时是本店平常的发货时间，失约可能因此更高
    本店到期前一天还没发的订单，9 单里误了 7 单，失约可能因此更高
    本店还没有往例，失约可能因此更低
    本店 31 单里误了 2 单，失约可能因此更低
    本店没有别的过期订单，失约可能因此更低
    本店另有 12 单已经过期未发，失约可能因此更高
    原因：快递线路（推断）。仓库 3月5日 11:00 报称已发出包裹 P-1，快递一直没有揽收记录
    3月5日 11:00 起等待快递揽收。预测依据：本店 112 单，总计 2,400 单
    3月5日 11:00 起暂停全部通知
    3月5日 11:00 起暂停本店的通知
    3月5日 11:00 起暂停这类通知：延误提醒
    3月5日 11:00 起暂停这个渠道：短信
    预测 3月8日 12:00 交出，按工作时间顺延到 3月9日 09:00
    买家最晚 3月8日 18:00 要用，最晚 3月5日 18:00 要发出，赶不上的可能性 74%（路上按策略估计 3 天）
    买家最晚 3月8日 18:00 要用，最晚 3月6日 09:00 要发出，赶不上的可能性 100%（路上 2 天 9 小时，由 240 个包裹的实际时间得出）
    3月5日 10:00 已向买家提出改到 3月8日 12:00 发货，买家还没有同意
    ");
}

#[test]
fn in_english() {
    let said = said(Language::English);
    assert!(!said.contains(['{', '}', '_']), "{said}");
    insta::assert_snapshot!(said, @r"
    Promised to ship by 6 Mar 18:00: policy: time allowed after payment
    Promised to ship by 6 Mar 18:00: agreed with the buyer, version 2
    The shop named 8 Mar 12:00 instead; the buyer has not agreed
    Chance to miss it 83%, warned from 50% on; model as of 5 Mar 17:45
    Chance to miss it 50%, warned from 50% on; first estimate, nothing learned yet
    No update for 1 d 3 h, longer than 95% of comparable orders
    Cause: Out of stock, reported. Reported by the warehouse on 5 Mar 11:00 (no. x-1)
    Cause: Weather, reported. Raised on 5 Mar 11:00 (no. c-7)
    Cause: System, inferred. No update on this order while its warehouse reports on others
    Cause: Surge, inferred. 1,265 orders wait in its queue, where 210 usually do
    Cause: Surge, inferred. Bought in campaign 38-festival
    Cause: Warehouse queue, inferred. Since 5 Mar 11:00: Picking
    Cause: Warehouse queue, inferred. Paid and not yet accepted by the warehouse
    Waiting since it was paid on 4 Mar 10:00. The forecast is based on 112 orders of this shop, 2,400 in all
    Since 4 Mar 10:00: Packed. The forecast is based on 112 orders of this shop, 2,400 in all
    Announced to ship on 8 Mar 12:00. No history of this shop yet; the forecast is based on 3 orders of all shops
    Held up until 8 Mar 12:00, moving from then on. No history of this shop yet; the forecast is based on 3 orders of all shops
    Held up since 4 Mar 10:00: Carrier route. Nothing comparable was seen yet; the forecast is based on estimates
    Waiting since 4 Mar 10:00. Nothing comparable was seen yet; the forecast is based on estimates
    95% of parcels are heard of again within 1 d 3 h; based on 214 legs of this carrier from the same warehouse to the same region
    95% of parcels come by the expected time; based on 48 legs of this carrier
    95% of parcels are heard of again within 8 h; based on 2,100 legs of all carriers, as this one has too few
    Decided earlier; no longer due before it was sent
    5 Mar 21:10: parcel P-1 handed to the carrier
    7 Mar 10:30: delivered
    7 Mar 10:30: no tracking updates
    Told 8 Mar 12:00; news since then: 9 Mar 12:00 at the earliest
    Told 8 Mar 12:00; the chance to miss it is now 62%
    Told together with another order of this buyer; by itself from 6 Mar 12:00 on
    The order is set aside: A rule failed while the order was read
    1 d left, of which 3 h is this shop’s usual shipping time (raises the risk)
    Of this shop’s orders still open a day before the limit, 7 of 9 were missed (raises the risk)
    This shop has no history yet (lowers the risk)
    Of this shop’s orders, 2 of 31 were missed (lowers the risk)
    No other order of this shop is past its limit (lowers the risk)
    Other orders of this shop past their limit: 12 (raises the risk)
    Cause: Carrier route, inferred. Parcel P-1 was said to be shipped on 5 Mar 11:00; the carrier has not scanned it
    Waiting for the courier since 5 Mar 11:00. The forecast is based on 112 orders of this shop, 2,400 in all
    All notices are paused since 5 Mar 11:00
    Notices of this shop are paused since 5 Mar 11:00
    Notices of this kind are paused since 5 Mar 11:00: Delay warning
    The channel is paused since 5 Mar 11:00: Text message
    In working time the forecast’s 8 Mar 12:00 becomes 9 Mar 09:00
    The buyer needs it by 8 Mar 18:00, so it has to leave by 5 Mar 18:00, which it misses with a chance of 74% (3 d on the way, by the policy’s estimate)
    The buyer needs it by 8 Mar 18:00, so it has to leave by 6 Mar 09:00, which it misses with a chance of 100% (2 d 9 h on the way, learned from 240 parcels)
    Asked the buyer on 5 Mar 10:00 whether 8 Mar 12:00 would do; the buyer has not agreed
    ");
}

#[test]
fn what_the_cause_says_is_not_said_again() {
    let t = Speech::new(Language::English, Zone::named("Asia/Shanghai").unwrap());
    let read = |json: serde_json::Value| -> Reason { serde_json::from_value(json).unwrap() };
    let since = "2026-03-05T03:00:00Z";
    let step = serde_json::json!({"step": {"stage": "picking", "since": since}});
    let cause = read(serde_json::json!({"is": "cause", "cause": "warehouse_queue", "known": false, "evidence": step}));
    let picking = EXAMPLES.lines().find(|l| l.contains("packed")).unwrap().replace("packed", "picking");
    let mut forecast: serde_json::Value = serde_json::from_str(&picking).unwrap();
    forecast["since"] = since.into();
    assert_eq!(
        clauses(&[cause, read(forecast)], &t),
        [
            "Cause: Warehouse queue, inferred. Since 5 Mar 11:00: Picking",
            "The forecast is based on 112 orders of this shop, 2,400 in all",
        ]
    );
}

#[test]
fn the_time_gone_is_named_only_where_it_explains_the_risk() {
    let t = Speech::new(Language::Chinese, Zone::default());
    let said = |hours, raises| {
        let by = Mover::Pace { waited: Span::hours(hours), promised: Span::hours(48) };
        clauses(&[Reason::Moved { by, raises }], &t)
    };
    assert_eq!(said(42, true), ["承诺 2 天内发货，已等 1 天 18 小时，失约可能因此更高"]);
    assert_eq!(said(3, false), ["承诺 2 天内发货，已等 3 小时，失约可能因此更低"]);
    assert!(said(42, false).is_empty() && said(3, true).is_empty());
}
