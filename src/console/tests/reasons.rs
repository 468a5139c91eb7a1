//! Why a notice went out or did not, in the reader's language.

use serde_json::Value;

use super::sample::{Sample, ZH, key};
use crate::engine::UNREADABLE;

/// The clauses a page lists.
fn clauses(page: &str) -> Vec<String> {
    let lists = page.split("<ul class=\"because\">").skip(1).filter_map(|rest| rest.split("</ul>").next());
    let items = lists.flat_map(|list| list.split("<li>").skip(1));
    items.filter_map(|item| Some(item.split("</li>").next()?.to_owned())).collect()
}

/// Words of two Latin letters or more; an id is no word, as it holds a digit.
fn latin(clause: &str) -> Vec<&str> {
    let tokens = clause.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').map(|t| t.trim_matches('-'));
    tokens.filter(|t| t.len() > 1 && !t.contains(|c: char| c.is_ascii_digit())).collect()
}

/// Every page that gives reasons for what happened to an order of the sample.
async fn pages(sample: &Sample) -> Vec<String> {
    let mut pages = vec!["/suppressed".to_owned()];
    for order in ["QH-1001", "QH-1002", "QH-1004", "QH-1007", "QH-1008"] {
        pages.push(format!("/orders/{ZH}/{order}"));
        let notices = sample.store.read(move |tx| tx.notices_of(&key(ZH, order))).await.unwrap();
        pages.extend(notices.iter().map(|n| format!("/notices/{}", n.notice_id)));
    }
    pages
}

#[tokio::test]
async fn a_chinese_page_gives_its_reasons_in_chinese() {
    let sample = Sample::full().await;
    let cookie = sample.log_in(&sample.operations).await;
    let mut seen = Vec::new();
    for path in pages(&sample).await {
        let page = sample.get(&format!("{path}?lang=zh-CN"), &cookie).await;
        assert_eq!(page.status.as_u16(), 200, "{path}");
        seen.extend(clauses(&page.body).into_iter().map(|clause| (path.clone(), clause)));
    }
    for (path, clause) in &seen {
        assert_eq!(latin(clause), Vec::<&str>::new(), "{path}: {clause}");
    }
    for expected in [
        "承诺 3月7日 10:00 前发货（订单上写明）",
        "原因：缺货（已有通报）。3月5日 11:00 仓库报告（编号 x-1）",
        "原因：备货排队（推断）。已付款，仓库还没有接单",
        "3月3日 11:00 包裹 P-QH-1004 交给快递",
        "3月5日 12:00 起：运输延误",
    ] {
        assert!(seen.iter().any(|(_, clause)| clause == expected), "`{expected}` is not among {seen:#?}");
    }
}

#[tokio::test]
async fn an_order_shows_what_speaks_for_how_it_stands() {
    let sample = Sample::full().await;
    let cookie = sample.log_in(&sample.operations).await;
    let page = sample.get(&format!("/orders/{ZH}/QH-1001"), &cookie).await;
    let shown = clauses(&page.body);
    let clause = "Cause: Out of stock, reported. Reported by the warehouse on 5 Mar 11:00 (no. x-1)";
    assert!(shown.iter().any(|c| c == clause), "{shown:#?}");

    let answer = sample.get(&format!("/v1/orders/{ZH}/QH-1001"), &cookie).await;
    let answer: Value = serde_json::from_str(&answer.body).unwrap();
    let sentence = "cause out_of_stock reported: exception x-1 reported 2026-03-05T03:00:00Z";
    assert!(answer["because"].as_array().unwrap().contains(&sentence.into()), "{}", answer["because"]);
    assert_eq!(answer["cause"]["evidence"], "exception x-1 reported 2026-03-05T03:00:00Z");

    let shipped = sample.get(&format!("/v1/orders/{ZH}/QH-1003"), &cookie).await;
    let shipped: Value = serde_json::from_str(&shipped.body).unwrap();
    assert_eq!(shipped["because"], Value::Array(Vec::new()), "nothing holds up what has left");
}

#[tokio::test]
async fn an_order_set_aside_says_why_in_the_readers_language() {
    let sample = Sample::full().await;
    let cookie = sample.log_in(&sample.operations).await;
    let set_aside = |tx: &mut dyn crate::store::Tx| {
        let mut rows: Vec<_> = tx.orders_load(&[key(ZH, "QH-1008")])?.into_iter().flatten().collect();
        rows[0].parked = Some(UNREADABLE.into());
        tx.orders_save(&rows)
    };
    sample.store.write(set_aside).await.unwrap();
    let page = sample.get(&format!("/orders/{ZH}/QH-1008?lang=zh-CN"), &cookie).await;
    page.shows("读取订单时规则出错");
    page.hides(UNREADABLE);
}
