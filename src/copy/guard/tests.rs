//! Each fault the guard knows, planted once in one poisoned folder of templates.

use std::sync::LazyLock;

use super::{Finding, check};
use crate::copy::tests::overridden;

const POISONS: [(&str, &str); 25] = [
    // The five never-dos, in both languages.
    ("zh-CN/delay_warning/body.txt.j2", "{# 稍后 #}\n{{ shop }}\n我们会尽快发货。"),
    ("zh-CN/delay_update/body.txt.j2", "\n\n是仓库的问题。"),
    ("zh-CN/order_accepted/body.txt.j2", "\n\n今天肯定发。"),
    ("zh-CN/shipped/body.txt.j2", "\n\n急的话别买。"),
    ("zh-CN/logistics_delay/body.txt.j2", "\n\n请耐心等待。"),
    ("en/delay_warning/body.txt.j2", "{# shortly #}\n{{ shop }}\nWe will ship it soon."),
    ("en/action_needed/body.txt.j2", "\n\nIt is the carrier’s fault."),
    ("en/logistics_delay/body.txt.j2", "\n\nIt will definitely arrive."),
    ("en/delivered/body.txt.j2", "\n\nPlease calm down."),
    ("en/action_needed/subject.txt.j2", "\n\nDo not reply to this mail."),
    ("en/delay_warning/subject.txt.j2", "Ships short{% if true %}ly{% endif %}"),
    ("en/order_accepted/subject.txt.j2", "Monsoon sooner {{ ship_by or '' }}"),
    // Money and apologies.
    ("en/promise_missed/body.txt.j2", "{{ compensation.amount if compensation }} is in your account."),
    ("zh-CN/promise_missed/body.txt.j2", "{{ compensation.amount if compensation }} 优惠券已到账。"),
    ("en/order_accepted/body.txt.j2", "Sorry!"),
    ("en/delay_update/body.txt.j2", "We are so sorry."),
    // What breaks a mail.
    ("zh-CN/delivered/body.html.j2", "<p>\n{% if buyer %}\n</p>"),
    ("en/shipped/body.txt.j2", "It has left.\n\n{{ tracking_nubmer }}"),
    ("en/shipped/subject.txt.j2", "Left\n{% if kind == 'never' %}\n{{ buyre }}\n{% endif %}"),
    ("zh-CN/delivered/body.txt.j2", "{{ buyer }}"),
    ("en/logistics_delay/subject.txt.j2", "a subject that {{ 'goes on and on and ' * 5 }} on"),
    ("en/delivered/body.html.j2", "<div><p>{{ shop|safe }}</div><img src=\"https://x.example/\">"),
    ("en/deliverd/body.txt.j2", "A folder nobody reads."),
    ("english/delivered/body.txt.j2", "Another one."),
    ("fr/shipped/subject.txt.j2", "Votre colis est parti"),
];

static FOUND: LazyLock<Vec<Finding>> = LazyLock::new(|| check(&overridden(&POISONS)));

fn found(template: &str, line: Option<usize>, words: &str) -> bool {
    FOUND.iter().any(|finding| finding.template == template && finding.line == line && finding.message.contains(words))
}

#[test]
fn each_never_do_is_found_where_it_stands() {
    let planted = [
        ("zh-CN/delay_warning/body.txt.j2", "\"尽快\" is vague"),
        ("zh-CN/delay_update/body.txt.j2", "puts the blame"),
        ("zh-CN/order_accepted/body.txt.j2", "promises what nobody"),
        ("zh-CN/shipped/body.txt.j2", "talks down"),
        ("zh-CN/logistics_delay/body.txt.j2", "leaves the buyer alone"),
        ("en/delay_warning/body.txt.j2", "\"soon\" is vague"),
        ("en/action_needed/body.txt.j2", "puts the blame"),
        ("en/logistics_delay/body.txt.j2", "promises what nobody"),
        ("en/delivered/body.txt.j2", "talks down"),
        ("en/action_needed/subject.txt.j2", "leaves the buyer alone"),
    ];
    for (template, words) in planted {
        assert!(found(template, Some(3), words), "{template}: {words}");
    }
}

#[test]
fn comments_are_not_read_as_words() {
    assert!(!found("zh-CN/delay_warning/body.txt.j2", Some(1), ""));
    assert!(!found("en/delay_warning/body.txt.j2", Some(1), ""));
}

#[test]
fn words_are_found_when_built_from_pieces_and_only_when_whole() {
    assert!(found("en/delay_warning/subject.txt.j2", None, "\"shortly\" is vague"));
    let about_monsoon = |f: &&Finding| f.template == "en/order_accepted/subject.txt.j2";
    assert_eq!(FOUND.iter().find(about_monsoon), None);
}

#[test]
fn coupon_only_set_aside_but_said_to_be_in_the_account_is_found() {
    for locale in ["en", "zh-CN"] {
        let template = format!("{locale}/promise_missed/body.txt.j2");
        assert!(found(&template, Some(1), "only set aside"), "{locale}");
        assert!(found(&template, None, "says the same"), "{locale}");
    }
}

#[test]
fn apology_without_delay_and_apology_twice_are_found() {
    assert!(found("en/order_accepted/body.txt.j2", Some(1), "nothing is late"));
    assert!(found("en/delay_update/body.txt.j2", None, "repeats the apology"));
}

#[test]
fn syntax_errors_and_missing_variables_are_found_with_their_line() {
    assert!(found("zh-CN/delivered/body.html.j2", Some(3), "syntax error"));
    assert!(found("en/shipped/body.txt.j2", Some(3), "tracking_nubmer"));
    assert!(found("zh-CN/delivered/body.txt.j2", Some(1), "may be none"));
}

#[test]
fn missing_variable_is_found_in_a_branch_no_letter_takes() {
    assert!(found("en/shipped/subject.txt.j2", Some(3), "buyre"));
}

#[test]
fn left_out_facts_and_long_subjects_are_found() {
    assert!(found("en/delay_warning/body.txt.j2", None, "leaves out quoted_ship_by"));
    assert!(found("en/logistics_delay/subject.txt.j2", None, "more than 78"));
}

#[test]
fn broken_active_and_unescaped_html_is_found() {
    for words in ["closes nothing", "src=", "without escaping"] {
        assert!(found("en/delivered/body.html.j2", None, words), "{words}");
    }
}

#[test]
fn files_never_used_and_missing_files_are_found() {
    assert!(found("en/deliverd/body.txt.j2", None, "no kind of notice"));
    assert!(found("english/delivered/body.txt.j2", None, "no language tag"));
    assert!(found("fr/shipped/body.txt.j2", None, "is missing"));
}
