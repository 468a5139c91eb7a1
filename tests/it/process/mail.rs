//! From an event by HTTP to a mail in a mailbox, through a real mail server with STARTTLS and a password.

use std::path::Path;
use std::time::{Duration, Instant};

use forewarn::store::port::NoticeState;
use forewarn_core::ids::{MerchantId, OrderId};
use forewarn_core::notice::Kind;
use forewarn_core::{OrderKey, digest};
use mail_parser::{Message, MessageParser, MimeHeaders as _};
use tokio::net::TcpListener;

use super::events::{Order, from_now, history};
use super::serve::lead_through;
use super::{AT_ANY_HOUR, Place, Running};
use crate::services::{self, Smtp};

const HOUR: i64 = 60;

/// `[email]` for the mail server.
pub(super) fn section(smtp: &Smtp) -> String {
    let (host, port) = smtp.starttls.split_once(':').unwrap();
    format!(
        "[email]\nhost = \"{host}\"\nport = {port}\nca_file = \"{}\"\nusername = \"{}\"\npassword = \"{}\"\n\
         from = \"orders@shop.example.com\"\n",
        smtp.ca.display(),
        smtp.user,
        smtp.password
    )
}

/// Every mail by now to somebody whose address holds `part`.
pub(super) fn arrived(maildir: &Path, part: &str) -> Vec<Vec<u8>> {
    let files = std::fs::read_dir(maildir.join("new")).unwrap();
    let mails = files.map(|file| std::fs::read(file.unwrap().path()).unwrap());
    let to = |mail: &Vec<u8>| {
        let head = String::from_utf8_lossy(mail.get(..mail.len().min(400)).unwrap()).into_owned();
        head.lines().any(|line| line.starts_with("Envelope-to:") && line.contains(part))
    };
    mails.filter(to).collect()
}

/// The notice a mail carries.
pub(super) fn notice_id(mail: &[u8]) -> Option<String> {
    let message = MessageParser::default().parse(mail)?;
    Some(message.header("X-Forewarn-Notice")?.as_text()?.to_owned())
}

/// A name no other test or run has, fit for an address.
fn own(name: &str) -> String {
    format!("{name}-{}", digest::of(&[&from_now(0).to_string(), &std::process::id().to_string()]))
}

/// Waits for `count` mails to `buyer`.
async fn wait_for(smtp: &Smtp, buyer: &str, count: usize) -> Vec<Vec<u8>> {
    let began = Instant::now();
    loop {
        let mails = arrived(&smtp.maildir, buyer);
        if mails.len() >= count {
            assert_eq!(mails.len(), count, "mails to {buyer}");
            return mails;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{} of {count} mails to {buyer}", mails.len());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn place(smtp: &Smtp, shop: &str) -> Place {
    let shop = format!(
        "[shop.qinghe]\nname = {shop:?}\nreply_to = \"service@shop.example.com\"\nsupport = \"400-000-0000\"\n"
    );
    let public = "public_url = \"https://notices.example.com\"\n";
    Place::new(&format!("{}{}{shop}", Place::live(), section(smtp)), public, AT_ANY_HOUR)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_becomes_a_mail_once() {
    let Some(smtp) = services::smtp() else { return };
    let place = place(&smtp, "清禾茶行");
    let mut serve = place.serve();
    serve.ready().await;
    let order = Order::new(&own("accepted"));
    let events = order.paid(-10);
    serve.post(&events, "applied").await;
    let mails = wait_for(&smtp, &order.id, 1).await;
    let mail = parsed(&mails[0]);
    assert_eq!(mail.subject().unwrap().split('】').next().unwrap(), "【清禾茶行");
    check_envelope(&mail, "清禾茶行", &order.id);
    for part in [mail.body_text(0).unwrap(), mail.body_html(0).unwrap()] {
        for words in ["王芳", "龙井茶", "400-000-0000", &order.id, "notices.example.com"] {
            assert!(part.contains(words), "no {words} in {part}");
        }
    }
    // The same events again change nothing; a notice to somebody else proves that the round after them is over.
    serve.post(&events, "repeated").await;
    let next = Order::new(&own("next"));
    serve.post(&next.paid(-10), "applied").await;
    wait_for(&smtp, &next.id, 1).await;
    assert_eq!(arrived(&smtp.maildir, &order.id).len(), 1);
    let id = mail.message_id().unwrap().to_owned();
    let composed = place.db().transact(&mut |tx| tx.notices_of(&key(&order.id))).unwrap().remove(0).composed.unwrap();
    assert_eq!(id, format!("{}@shop.example.com", composed.message_id), "the same at every attempt");
    serve.stop();
}

/// What `/readyz` answers as soon as it names the channel `email`.
async fn remark_on_mail(serve: &mut Running<'_>) -> (u16, String) {
    let named = async |s: &Running<'_>| s.get("/readyz").await.filter(|(_, why)| why.contains("channel email: "));
    serve.until("readiness names the mail server", async |s| named(s).await.is_some()).await;
    named(serve).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_mail_server_it_starts_says_so_and_sends_when_the_server_is_there() {
    let Some(smtp) = services::smtp() else { return };
    let door = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = door.local_addr().unwrap();
    // Nobody listens there until the mail server "comes".
    drop(door);
    let (server, starttls) = (smtp.starttls.clone(), address.to_string());
    let smtp = Smtp { starttls, ..smtp };
    let place = place(&smtp, "清禾茶行");
    let mut serve = place.serve();
    // Nothing is to be sent yet, and it is known already. Intake and console do not wait for mail.
    let (status, why) = remark_on_mail(&mut serve).await;
    assert!(status == 200 && why.contains("smtp connect: connection refused"), "{status}: {why}");
    assert!(place.words().contains("the channel fails and is left alone"), "{}", place.words());
    let order = Order::new(&own("waited"));
    serve.post(&order.paid(-10), "applied").await;
    let waits = "forewarn_notices_waiting{kind=\"order_accepted\",state=\"retry\"}";
    serve.until("the notice waits", async |s| s.metric(waits).await >= 1.0).await;

    drop(tokio::spawn(lead_through(TcpListener::bind(address).await.unwrap(), server)));
    serve.until("all is well", async |s| s.get("/readyz").await.is_some_and(|(_, why)| why == "ready\n")).await;
    wait_for(&smtp, &order.id, 1).await;
    assert!(place.words().contains("the channel works again"), "{}", place.words());
    serve.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_shows_at_the_start_and_not_with_the_first_mail() {
    let Some(smtp) = services::smtp() else { return };
    let place = place(&Smtp { password: "wrong".to_owned(), ..smtp }, "清禾茶行");
    let mut serve = place.serve();
    let (status, why) = remark_on_mail(&mut serve).await;
    assert!(status == 200 && why.contains("smtp auth: 535"), "{status}: {why}");
    serve.stop();
}

/// What every mail carries around its words.
fn check_envelope(mail: &Message<'_>, shop: &str, buyer: &str) {
    let from = mail.from().unwrap().first().unwrap();
    assert_eq!((from.name(), from.address()), (Some(shop), Some("orders@shop.example.com")));
    let to = mail.to().unwrap();
    let to: Vec<_> = to.iter().map(|to| to.address().unwrap().to_owned()).collect();
    assert_eq!(to, [format!("{buyer}@example.com")]);
    assert_eq!(mail.reply_to().unwrap().first().unwrap().address(), Some("service@shop.example.com"));
    let raw = |name: &str| mail.header_raw(name).unwrap_or_default().trim().to_owned();
    assert!(raw("List-Unsubscribe").starts_with("<https://notices.example.com/u/"), "{}", raw("List-Unsubscribe"));
    assert_eq!(raw("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    assert_eq!(raw("Auto-Submitted"), "auto-generated");
    assert!(mail.bcc().is_none() && mail.cc().is_none());
    let root = mail.content_type().unwrap();
    assert_eq!((root.ctype(), root.subtype()), ("multipart", Some("alternative")));
    assert_eq!((mail.text_body_count(), mail.html_body_count()), (1, 1));
    for (part, subtype) in [(mail.text_part(0).unwrap(), "plain"), (mail.html_part(0).unwrap(), "html")] {
        let kind = part.content_type().unwrap();
        assert_eq!((kind.subtype(), kind.attribute("charset")), (Some(subtype), Some("utf-8")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_words_stay_words() {
    let Some(smtp) = services::smtp() else { return };
    let place = place(&smtp, "茶行\r\nBcc: all@evil.example\r\n\r\n<script>alert(1)</script>");
    let mut serve = place.serve();
    serve.ready().await;
    let mut order = Order::new(&own("hostile"));
    order.title = "茶\r\nSubject: gift\r\n\r\n<img src=x onerror=alert(2)>".into();
    order.buyer["name"] = "王\r\nBcc: more@evil.example <script>".into();
    serve.post(&order.paid(-10), "applied").await;
    let mails = wait_for(&smtp, &order.id, 1).await;
    let mail = parsed(&mails[0]);
    let to: Vec<_> = mail.to().unwrap().iter().filter_map(|to| to.address()).collect();
    assert_eq!(to, [format!("{}@example.com", order.id)]);
    assert!(mail.bcc().is_none() && mail.cc().is_none());
    assert_eq!(mail.headers().iter().filter(|h| h.name().eq_ignore_ascii_case("subject")).count(), 1);
    assert!(!mail.subject().unwrap().contains(['\r', '\n']));
    let html = mail.body_html(0).unwrap();
    assert!(!html.contains("<script") && !html.contains("<img src=x"), "{html}");
    assert_eq!((mail.text_body_count(), mail.html_body_count()), (1, 1));
    assert!(arrived(&smtp.maildir, "evil.example").is_empty());
    serve.stop();
}

/// The lead begins a few seconds after the events are in, so the warning comes from the wake and from nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_silent_one_day_before_its_promise_is_warned() {
    let Some(smtp) = services::smtp() else { return };
    let place = place(&smtp, "清禾茶行");
    let mut serve = place.serve();
    serve.ready().await;
    let mut order = Order::new(&own("late"));
    order.ship_by = from_now(24 * HOUR) + forewarn_core::Span::from_ms(5_000);
    serve.post(&history("qinghe"), "applied").await;
    serve.post(&order.paid(-40 * HOUR), "applied").await;
    assert!(arrived(&smtp.maildir, &order.id).is_empty(), "not before its time");
    let mails = wait_for(&smtp, &order.id, 1).await;
    let mail = parsed(&mails[0]);
    check_envelope(&mail, "清禾茶行", &order.id);
    let text = mail.body_text(0).unwrap();
    for words in ["抱歉", "¥5.00", "龙井茶", "https://notices.example.com/o/"] {
        assert!(text.contains(words), "no {words} in {text}");
    }
    let (notice, at) = {
        let notices = place.db().transact(&mut |tx| tx.notices_of(&key(&order.id))).unwrap();
        let notice = notices.into_iter().find(|n| n.kind == Kind::DelayWarning).unwrap();
        (notice.state, notice.created_at)
    };
    let waited = (at - (order.ship_by - forewarn_core::Span::hours(24))).ms();
    assert!((0..3_000).contains(&waited), "decided {waited} ms after ship_by − lead");
    assert!(matches!(notice, NoticeState::Sent | NoticeState::Sending), "{notice:?}");
    serve.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_late_orders_of_one_buyer_are_one_mail() {
    let Some(smtp) = services::smtp() else { return };
    let place = place(&smtp, "清禾茶行");
    let mut serve = place.serve();
    serve.ready().await;
    let (mut one, mut two) = (Order::new(&own("first")), Order::new(&own("second")));
    two.buyer = one.buyer.clone();
    // The first one's warning falls due in five seconds, the second one's an hour later.
    one.ship_by = from_now(24 * HOUR) + forewarn_core::Span::from_ms(5_000);
    two.ship_by = one.ship_by + forewarn_core::Span::hours(1);
    serve.post(&history("qinghe"), "applied").await;
    serve.post(&[one.paid(-40 * HOUR), two.paid(-40 * HOUR)].concat(), "applied").await;
    let mails = wait_for(&smtp, &one.id, 1).await;
    let mail = parsed(&mails[0]);
    check_envelope(&mail, "清禾茶行", &one.id);
    for part in [mail.body_text(0).unwrap(), mail.body_html(0).unwrap()] {
        assert!(part.contains(&one.id) && part.contains(&two.id), "{part}");
        assert_eq!(part.matches("¥5.00").count(), 1, "{part}");
    }
    let warned = |id: &str| {
        let notices = place.db().transact(&mut |tx| tx.notices_of(&key(id))).unwrap();
        notices.into_iter().find(|n| n.kind == Kind::DelayWarning).and_then(|n| n.composed).unwrap().message_id.clone()
    };
    assert_eq!(warned(&one.id), warned(&two.id));
    assert_eq!(mail.message_id().unwrap(), format!("{}@shop.example.com", warned(&one.id)));
    serve.stop();
}

/// The schedule here is "each second": the report after the notice was sent is the one that counts it.
#[tokio::test(flavor = "multi_thread")]
async fn a_shop_reads_what_was_sent_in_its_name() {
    let Some(smtp) = services::smtp() else { return };
    let owner = own("owner");
    let shop = format!("[shop.qinghe]\nname = \"清禾茶行\"\nreport_to = \"{owner}@example.com\"\n");
    let sections = format!("{}{}{shop}[cron]\nmerchant_mail = \"* * * * * *\"\n", Place::live(), section(&smtp));
    let place = Place::new(&sections, "public_url = \"https://notices.example.com\"\n", AT_ANY_HOUR);
    let mut serve = place.serve();
    serve.ready().await;
    let order = Order::new(&own("reported"));
    serve.post(&order.paid(-10), "applied").await;
    wait_for(&smtp, &order.id, 1).await;
    let report = report_with(&smtp, &owner, "接单通知：1").await;
    let mail = parsed(&report);
    assert_eq!(mail.subject(), Some("清禾茶行：24 小时内发出 1 条通知"));
    assert_eq!((mail.text_body_count(), mail.html_body_count()), (1, 1));
    let text = mail.body_text(0).unwrap();
    for words in ["以您店铺名义发出", "该发的都已发出。", "https://notices.example.com/notices"] {
        assert!(text.contains(words), "no {words} in {text}");
    }
    assert!(mail.body_html(0).unwrap().contains("接单通知"));
    serve.stop();
}

/// Waits for a report to `owner` that says `words`.
async fn report_with(smtp: &Smtp, owner: &str, words: &str) -> Vec<u8> {
    let began = Instant::now();
    loop {
        let says = |mail: &Vec<u8>| parsed(mail).body_text(0).is_some_and(|text| text.contains(words));
        if let Some(mail) = arrived(&smtp.maildir, owner).into_iter().find(says) {
            return mail;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "no report to {owner} says {words}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn parsed(mail: &[u8]) -> Message<'_> {
    MessageParser::default().parse(mail).unwrap()
}

fn key(order: &str) -> OrderKey {
    OrderKey { merchant_id: MerchantId::new("qinghe").unwrap(), order_id: OrderId::new(order).unwrap() }
}
