//! What holds for every page, in both languages: its title, its one heading, its labels, its punctuation.

use super::client::Reply;
use super::sample::{Sample, ZH, key};
use crate::console::words::half_width;
use crate::engine::Purpose;

/// Pages that an operator, a buyer and a stranger open.
async fn pages(sample: &Sample) -> Vec<(String, bool)> {
    let ours = [
        "/",
        "/orders",
        "/orders?view=overdue",
        "/orders?view=parked",
        "/notices",
        "/notices?q=nobody",
        "/suppressed",
        "/expedite",
        "/desk",
        "/desk?view=mine",
        "/desk?view=closed",
        "/policy",
        "/switches",
        "/dead-letters",
        "/no-such-page",
    ];
    let mut pages: Vec<(String, bool)> = ours.iter().map(|path| ((*path).to_owned(), true)).collect();
    for order in ["QH-1001", "QH-1002", "QH-1003", "QH-1004", "QH-1007", "QH-1008"] {
        pages.push((format!("/orders/{ZH}/{order}"), true));
        let notices = sample.store.read(move |tx| tx.notices_of(&key(ZH, order))).await.unwrap();
        pages.extend(notices.iter().map(|n| (format!("/notices/{}", n.notice_id), true)));
        for purpose in [Purpose::Order, Purpose::Unsubscribe] {
            let link = sample.engine.identity().links.to(purpose, &key(ZH, order));
            pages.push((link.replace("http://127.0.0.1:8080", ""), false));
        }
    }
    pages.extend(["/login", "/o/nobody"].map(|path| (path.to_owned(), false)));
    pages
}

/// Tags of these names, each as it is written and with what stands before it on the page.
fn tags<'a>(page: &'a str, names: &[&str]) -> Vec<(&'a str, &'a str)> {
    let begins = |at: usize| names.iter().any(|name| page[at..].starts_with(&format!("<{name} ")));
    let all = page.match_indices('<').filter(|(at, _)| begins(*at));
    all.map(|(at, _)| (page[at..].split('>').next().unwrap(), &page[..at])).collect()
}

/// What a person reads of a page.
fn text(page: &str) -> String {
    let body = page.split("<body").nth(1).unwrap();
    body.split('<').skip(1).filter_map(|piece| Some(piece.split_once('>')?.1)).collect::<Vec<_>>().join(" ")
}

fn well_made(path: &str, language: &str, page: &Reply) {
    let body = &page.body;
    assert!(body.contains(&format!("<html lang=\"{language}\">")), "{path} is not in {language}");
    let title = body.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).unwrap();
    assert!(!title.trim_matches([' ', '·']).is_empty(), "{path} has no title");
    assert_eq!(body.matches("<h1").count(), 1, "headings of the first rank on {path}");
    for (tag, before) in tags(body, &["input", "select", "textarea"]) {
        let within = before.matches("<label").count() > before.matches("</label>").count();
        assert!(tag.contains("type=\"hidden\"") || tag.contains("aria-label=") || within, "{path}: no label at {tag}");
    }
    for (tag, _) in tags(body, &["iframe"]) {
        assert!(tag.contains(" title=\""), "{path}: no title at {tag}");
    }
}

#[tokio::test]
async fn every_page_has_a_title_one_heading_and_labels() {
    let sample = Sample::full().await;
    let cookie = sample.log_in(&sample.operations).await;
    for (path, inside) in pages(&sample).await {
        for language in ["zh-CN", "en"] {
            let between = if path.contains('?') { '&' } else { '?' };
            let cookie = if inside { cookie.as_str() } else { "" };
            let page = sample.get(&format!("{path}{between}lang={language}"), cookie).await;
            well_made(&path, language, &page);
            if language == "zh-CN" {
                assert_eq!(half_width(&text(&page.body)), Vec::<String>::new(), "{path}");
            }
        }
    }
}
