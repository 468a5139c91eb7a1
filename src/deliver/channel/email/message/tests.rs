use mail_parser::{MessageParser, MimeHeaders};

use super::{
    super::{config::tests::local, header::tests::HOSTILE},
    *,
};
use crate::deliver::channel::{Recipient, tests::sample};

fn sender() -> Sender {
    Sender::new(&local(25)).expect("the sample is valid")
}

fn built(outgoing: &Outgoing) -> Result<Vec<u8>, Refused> {
    let to = header::address("recipient", outgoing.to.expose())?;
    build(&sender(), &to, outgoing)
}

/// Header lines with their continuations joined, in order.
fn header_lines(mail: &[u8]) -> Vec<String> {
    let text = String::from_utf8(mail.to_vec()).expect("the mail is text");
    let (head, _) = text.split_once("\r\n\r\n").expect("a mail has a body");
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    unfolded.split("\r\n").map(str::to_owned).collect()
}

fn names(mail: &[u8]) -> Vec<String> {
    let name = |line: String| line.split(':').next().unwrap_or_default().to_owned();
    header_lines(mail).into_iter().map(name).collect()
}

#[test]
fn the_mail_says_in_a_parser_what_was_put_in() {
    let outgoing = sample();
    let raw = built(&outgoing).unwrap();
    let mail = MessageParser::default().parse(&raw).unwrap();

    assert!(raw.is_ascii());
    assert_eq!(mail.subject(), Some(outgoing.subject.as_str()));
    assert_eq!(mail.message_id(), Some("msg_77b0@mail.example.com"));
    let from = mail.from().unwrap().first().unwrap();
    assert_eq!(from.name(), Some("小山茶铺"));
    assert_eq!(from.address(), Some("shop@mail.example.com"));
    assert_eq!(mail.to().unwrap().first().unwrap().address(), Some("buyer.secret@example.org"));
    assert_eq!(mail.reply_to().unwrap().first().unwrap().address(), Some("care@example.com"));
    assert_eq!(mail.content_type().unwrap().subtype(), Some("alternative"));
    assert_eq!(mail.body_text(0).unwrap().replace("\r\n", "\n"), outgoing.text);
    assert_eq!(mail.body_html(0).unwrap().replace("\r\n", "\n"), outgoing.html);
    let age = jiff::Timestamp::now().as_second() - mail.date().unwrap().to_timestamp();
    assert!((0..60).contains(&age), "{age}");
}

#[test]
fn the_automatic_headers_are_there_word_by_word() {
    let lines = header_lines(&built(&sample()).unwrap());
    for wanted in [
        "Message-ID: <msg_77b0@mail.example.com>",
        "Auto-Submitted: auto-generated",
        "X-Forewarn-Notice: ntc_4f2a9c",
        "List-Unsubscribe: <https://shop.example.com/u/abc?t=1&s=2>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "MIME-Version: 1.0",
    ] {
        assert!(lines.iter().any(|line| line == wanted), "{wanted} not in {lines:#?}");
    }
}

#[test]
fn one_click_is_offered_over_https_only_and_nothing_without_a_link() {
    let mut outgoing = sample();
    outgoing.unsubscribe_url = Some("http://127.0.0.1:8080/u/abc".to_owned());
    let over_http = names(&built(&outgoing).unwrap());
    assert!(over_http.contains(&"List-Unsubscribe".to_owned()));
    assert!(!over_http.contains(&"List-Unsubscribe-Post".to_owned()));
    outgoing.unsubscribe_url = None;
    assert!(!names(&built(&outgoing).unwrap()).contains(&"List-Unsubscribe".to_owned()));
}

#[test]
fn the_message_id_is_the_same_on_every_attempt() {
    let mut outgoing = sample();
    let first = header_lines(&built(&outgoing).unwrap());
    outgoing.attempt = 7;
    let again = header_lines(&built(&outgoing).unwrap());
    let id = |lines: &[String]| lines.iter().find(|line| line.starts_with("Message-ID")).cloned();
    assert_eq!(id(&first), id(&again));
}

/// Puts a hostile text into one field.
type Spoil = fn(&mut Outgoing, &str);

#[test]
fn no_hostile_value_in_any_field_adds_a_header() {
    let clean = names(&built(&sample()).unwrap());
    let fields: [(&str, Spoil); 9] = [
        ("to", |o, v| o.to = Recipient::new(v)),
        ("from_name", |o, v| o.from_name = Some(v.to_owned())),
        ("reply_to", |o, v| o.reply_to = Some(v.to_owned())),
        ("subject", |o, v| o.subject = v.to_owned()),
        ("message_id", |o, v| o.message_id = v.to_owned()),
        ("notice_id", |o, v| o.notice_id = v.to_owned()),
        ("unsubscribe_url", |o, v| {
            o.unsubscribe_url = Some(v.to_owned());
        }),
        ("text", |o, v| o.text = v.to_owned()),
        ("html", |o, v| o.html = v.to_owned()),
    ];
    for (field, spoil) in fields {
        for hostile in HOSTILE.into_iter().chain(HOSTILE).enumerate() {
            // The second round wraps the attack in an innocent value.
            let value = if hostile.0 < HOSTILE.len() { hostile.1.to_owned() } else { format!("a{}z", hostile.1) };
            let mut outgoing = sample();
            spoil(&mut outgoing, &value);
            match built(&outgoing) {
                Ok(mail) => assert_eq!(names(&mail), clean, "{field}: {value:?}"),
                Err(_) => assert!(!matches!(field, "from_name" | "subject" | "text" | "html"), "{field}: {value:?}"),
            }
        }
    }
}

#[test]
fn no_line_is_longer_than_smtp_allows_and_no_bare_cr_or_lf_remains() {
    let mut outgoing = sample();
    outgoing.text = "x".repeat(5_000) + "\rmiddle\nend";
    outgoing.html = "<p>".to_owned() + &"茶".repeat(5_000) + "</p>";
    outgoing.subject = "很长的标题 and words ".repeat(60);
    let mail = String::from_utf8(built(&outgoing).unwrap()).unwrap();
    assert!(mail.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])));
    let parsed = MessageParser::default().parse(mail.as_bytes()).unwrap();
    assert_eq!(parsed.subject().unwrap().trim(), outgoing.subject.trim());
    assert_eq!(parsed.body_text(0).unwrap().len(), 5_000 + "\r\nmiddle\r\nend".len());
}

#[test]
fn without_a_name_from_is_the_bare_address_and_reply_to_falls_back() {
    let mut config = local(25);
    config.reply_to = Some("desk@mail.example.com".to_owned());
    let mut outgoing = sample();
    (outgoing.from_name, outgoing.reply_to) = (Some(" \r\n ".to_owned()), None);
    let to = header::address("recipient", outgoing.to.expose()).unwrap();
    let lines = header_lines(&build(&Sender::new(&config).unwrap(), &to, &outgoing).unwrap());
    assert!(lines.contains(&"From: shop@mail.example.com".to_owned()), "{lines:#?}");
    assert!(lines.contains(&"Reply-To: desk@mail.example.com".to_owned()));
}

#[test]
fn a_sender_outside_ascii_is_refused_at_set_up() {
    let mut config = local(25);
    config.from = "店@例子.中国".to_owned();
    assert!(matches!(Sender::new(&config), Err(SetupError::Address { field: "from" })));
}
