use super::*;

/// Values that try to end a header, a command or an angle bracket.
pub(in super::super) const HOSTILE: [&str; 36] = [
    "\r\nBcc: thief@example.net",
    "\nBcc: thief@example.net",
    "\rBcc: thief@example.net",
    "a@example.org\r\nRCPT TO:<thief@example.net>",
    "a@example.org>\r\nDATA\r\n",
    "x\r\n\r\n<html>",
    "x\r\n.\r\nMAIL FROM:<thief@example.net>\r\n",
    "x\n.\n",
    "x\r.\r",
    "\u{0}",
    "a\u{0}b@example.org",
    "tab\tBcc: thief@example.net",
    "vertical\u{b}tab",
    "form\u{c}feed",
    "\u{1b}[31mred",
    "del\u{7f}",
    "\u{85}Bcc: thief@example.net",
    "\u{2028}Bcc: thief@example.net",
    "\u{2029}Bcc: thief@example.net",
    "\u{202e}moc.elpmaxe@a",
    "\u{2066}x\u{2069}",
    "\u{feff}bom",
    "\r\n folded: yes",
    "\r\n\tfolded: yes",
    "a@example.org\r\n",
    "a@example.org\n",
    "\na@example.org",
    "a@example.org, thief@example.net\r\n",
    "=?utf-8?q?x=0D=0ABcc:_thief=40example.net?=\r\n",
    "name <a@example.org>\r\nX: y",
    "https://example.com/\r\nX: y",
    "https://example.com/>\r\nX: y",
    "<id@example.com>\r\nX: y",
    "id@example.com\u{0}",
    "\r\n\r\n.\r\nQUIT\r\n",
    "\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}\u{8}",
];

#[test]
fn hostile_addresses_ids_and_links_are_refused() {
    for hostile in HOSTILE {
        assert!(address("recipient", hostile).is_err(), "{hostile:?}");
        assert!(message_id(hostile, "example.com").is_err(), "{hostile:?}");
        assert!(token("notice_id", hostile).is_err(), "{hostile:?}");
        assert!(link("unsubscribe_url", hostile).is_err(), "{hostile:?}");
    }
}

#[test]
fn hostile_texts_are_cleaned_to_one_line() {
    for hostile in HOSTILE {
        let cleaned = line(hostile);
        assert!(!cleaned.contains(is_invisible), "{hostile:?} gave {cleaned:?}");
    }
    assert_eq!(line("  小山\r\n茶铺 "), "小山 茶铺");
}

#[test]
fn addresses_that_are_none_are_refused_without_being_repeated() {
    let long = format!("{}@example.org", "a".repeat(250));
    for bad in ["", "@", "a@", "@b", "plain", "a b@example.org", "<a@example.org>", "a@b@c d", "a@ex ample.org", &long]
    {
        let refused = address("recipient", bad).unwrap_err().to_string();
        assert!(refused.contains("recipient") && (bad.len() < 3 || !refused.contains(bad)), "{bad}");
    }
    for good in ["a@example.org", "a.b+c@example.co.uk", "用户@例子.中国", "a@[127.0.0.1]"] {
        assert!(address("recipient", good).is_ok(), "{good}");
    }
}

#[test]
fn message_ids_have_one_form_whatever_the_spelling() {
    for spelling in ["<m1@mail.example.com>", "m1@mail.example.com", "m1"] {
        assert_eq!(message_id(spelling, "mail.example.com").unwrap(), "<m1@mail.example.com>");
    }
    for bad in ["", "@x", "m@", "a..b@x", "a b@x", "<m1@x", "m1@x>", "m@x@y"] {
        assert!(message_id(bad, "example.com").is_err(), "{bad}");
    }
}

#[test]
fn links_are_http_or_https_only() {
    assert!(link("u", "https://e.example/u?t=1&x=%20").is_ok());
    for bad in
        ["", "ftp://e.example", "javascript:alert(1)", "https://e.example/a b", "https://e.example/,x", "mailto:a@b.c"]
    {
        assert!(link("u", bad).is_err(), "{bad}");
    }
}

#[test]
fn bodies_have_one_kind_of_line_end_and_no_control_characters() {
    assert_eq!(body("a\nb\rc\r\nd\u{0}\u{8}\te"), "a\r\nb\r\nc\r\nd\te");
}
