//! What the templates say and refuse to say.

use std::fs;
use std::path::Path;

use super::guard::check;
use super::*;
use crate::console::half_width;

/// The built-in templates with these files laid over them, by way of a real folder.
pub(super) fn overridden(files: &[(&str, &str)]) -> Copy {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    Copy::with_overrides(dir.path()).unwrap()
}

fn sample(locale: &str, label: &str) -> Letter {
    let mut all = samples(locale);
    all.retain(|(name, _)| *name == label);
    all.remove(0).1
}

#[test]
fn builtin_templates_pass_the_guard() {
    assert_eq!(check(&Copy::builtin()), []);
}

#[test]
fn every_sample_reads_as_approved() {
    let copy = Copy::builtin();
    for locale in ["zh-CN", "en"] {
        let mut page = String::new();
        for (label, letter) in samples(locale) {
            let Rendered { subject, text, .. } = copy.render(locale, &letter).unwrap();
            page.push_str(&format!("=== {label}\n{subject}\n\n{text}\n"));
        }
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("copy_{locale}"), page);
        });
    }
}

#[test]
fn chinese_letters_take_chinese_punctuation() {
    let copy = Copy::builtin();
    for (label, letter) in samples("zh-CN") {
        let Rendered { subject, text, html } = copy.render("zh-CN", &letter).unwrap();
        for part in [subject, text, html] {
            assert_eq!(half_width(&part), Vec::<String>::new(), "{label}");
        }
    }
}

#[test]
fn samples_cover_every_kind_and_variant() {
    let all = samples("en");
    for (kind, variants) in KINDS {
        for variant in variants {
            let is_it = |letter: &Letter| letter.kind == kind && letter.variant == *variant;
            assert!(all.iter().any(|(_, letter)| is_it(letter)), "{kind} {variant}");
        }
    }
}

#[test]
fn coupon_is_in_the_account_only_when_granted() {
    let copy = Copy::builtin();
    let mut letter = sample("zh-CN", "delay_warning");
    let mut said = |state| {
        let amount = "¥5.00".to_owned();
        letter.compensation = Some(Compensation { amount, state });
        copy.render("zh-CN", &letter).unwrap()
    };
    let reserved = said(CompensationState::Reserved);
    let granted = said(CompensationState::Granted);
    assert!(granted.text.contains("已经在您的账户里了"));
    assert!(reserved.text.contains("会自动到账") && !reserved.text.contains("已经在"));
    assert!(reserved.html.contains("会自动到账") && !reserved.html.contains("已经在"));
}

#[test]
fn missing_variable_is_an_error_with_template_and_line() {
    let name = "en/shipped/body.txt.j2";
    let copy = overridden(&[(name, "Hello\n\n{{ tracking_nubmer }}\n")]);
    match copy.render("en", &sample("en", "shipped")) {
        Err(RenderError::Template { template, line, .. }) => {
            assert_eq!((template.as_str(), line), (name, Some(3)));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn absent_value_is_an_error_and_never_the_word_none() {
    let copy = overridden(&[("en/shipped/subject.txt.j2", "For {{ buyer }}")]);
    let letter = Letter::bare("shipped", "plain", "Shop", "1");
    let error = copy.render("en", &letter).unwrap_err();
    assert!(error.to_string().contains("may be none"), "{error}");
}

#[test]
fn endless_template_runs_out_of_fuel() {
    let text = "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
    let copy = overridden(&[("en/shipped/body.txt.j2", text)]);
    let error = copy.render("en", &sample("en", "shipped")).unwrap_err();
    assert!(error.to_string().contains("fuel"), "{error}");
}

#[test]
fn oversized_body_is_refused() {
    let text = "{% for a in range(9000) %}0123456789012345678901234567890{% endfor %}";
    let copy = overridden(&[("en/shipped/body.txt.j2", text)]);
    let error = copy.render("en", &sample("en", "shipped")).unwrap_err();
    assert!(matches!(error, RenderError::TooLarge { .. }), "{error}");
}

#[test]
fn injected_header_stays_one_subject_line() {
    let name = "en/shipped/subject.txt.j2";
    let copy = overridden(&[(name, "{{ shop }}: {{ lines[0].title }}\nhas left")]);
    let mut letter = sample("en", "shipped");
    letter.shop = "Shop\r\nBcc: all@example.org".to_owned();
    letter.lines[0].title = "Mug\u{2028}\u{202E}\0\u{85}x".to_owned();
    let subject = copy.render("en", &letter).unwrap().subject;
    assert_eq!(subject, "Shop Bcc: all@example.org: Mug x has left");
}

#[test]
fn hostile_values_are_escaped_and_script_links_dropped() {
    let copy = Copy::builtin();
    for locale in ["zh-CN", "en"] {
        for (label, mut letter) in samples(locale) {
            make_hostile(&mut letter);
            letter.orders.iter_mut().chain(&mut letter.parcels).for_each(make_hostile);
            let html = copy.render(locale, &letter).unwrap().html;
            assert!(!html.contains("<script") && !html.contains("avaScript:"), "{locale} {label}");
            assert!(!html.contains("javascript:"), "{locale} {label}");
            assert!(html.contains("&lt;script&gt;"), "{locale} {label}");
        }
    }
}

fn make_hostile(letter: &mut Letter) {
    let evil = "</p><script>alert('x')</script>";
    letter.shop = evil.to_owned();
    letter.order_id = evil.to_owned();
    letter.buyer = Some(evil.to_owned());
    letter.support = Some(evil.to_owned());
    letter.ship_by = Some(evil.to_owned());
    letter.action_url = Some("javascript:alert(1)".to_owned());
    letter.unsubscribe_url = Some("https://x.example/\"><script>".to_owned());
    letter.lines.iter_mut().for_each(|line| line.title = evil.to_owned());
    if let Some(parcel) = &mut letter.parcel {
        parcel.carrier = Some(evil.to_owned());
        parcel.tracking_url = Some(" JavaScript:alert(1)".to_owned());
    }
}

#[test]
fn locale_falls_back_to_its_language_then_to_the_default() {
    let copy = Copy::builtin();
    let in_english = |copy: &Copy, locale: &str| {
        let rendered = copy.render(locale, &sample("en", "delivered")).unwrap();
        rendered.subject.starts_with("Your parcel")
    };
    for locale in ["en", "en-GB", "EN_us"] {
        assert!(in_english(&copy, locale), "{locale}");
    }
    for locale in ["zh", "zh-TW", "zh-Hant-HK", "fr", "", "../en"] {
        assert!(!in_english(&copy, locale), "{locale}");
    }
    let copy = copy.defaulting_to("en").unwrap();
    assert!(in_english(&copy, "fr") && !in_english(&copy, "zh-TW"));
    assert!(matches!(Copy::builtin().defaulting_to("fr"), Err(LoadError::UnknownLocale { .. })));
}

#[test]
fn added_locale_serves_the_kinds_it_has() {
    let copy = overridden(&[
        ("fr/shipped/subject.txt.j2", "Votre colis est parti"),
        ("fr/shipped/body.txt.j2", "Bonjour"),
        ("fr/shipped/body.html.j2", "<p>Bonjour</p>"),
        ("fr/delivered/subject.txt.j2", "incomplete"),
    ]);
    assert_eq!(copy.locales(), ["en", "fr", "zh-CN"]);
    let shipped = copy.render("fr-CA", &sample("fr", "shipped")).unwrap();
    assert_eq!(shipped.subject, "Votre colis est parti");
    let delivered = copy.render("fr-CA", &sample("fr", "delivered")).unwrap();
    assert!(delivered.subject.contains("送到"));
}

#[test]
fn unknown_kind_and_unreadable_folder_are_named() {
    let letter = Letter::bare("birthday", "plain", "Shop", "1");
    let error = Copy::builtin().render("en", &letter).unwrap_err();
    assert!(matches!(error, RenderError::NoTemplate { .. }), "{error}");
    let error = Copy::with_overrides(Path::new("no/such/folder")).unwrap_err();
    assert!(error.to_string().contains("no/such/folder"), "{error}");
}

#[test]
fn debug_output_holds_no_personal_data() {
    let letter = sample("en", "shipped");
    let rendered = Copy::builtin().render("en", &letter).unwrap();
    let shown = format!("{letter:?} {rendered:?} {:?}", letter.parcel);
    for secret in ["Alex", "forewarn.example", "SF1029384756123", "mug"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}
