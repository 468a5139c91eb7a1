//! Notices: whatever buyers, shops and carriers are called, the words come out as text. No value adds a tag, an
//! attribute, a link or a line to what the template wrote.

use std::sync::LazyLock;

use forewarn::copy::{Copy, Letter, ParcelRef, samples};

static COPY: LazyLock<Copy> = LazyLock::new(Copy::builtin);

/// Every sample letter with its values taken from lines of the input.
pub(crate) fn render(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let hostile: Vec<&str> = text.split('\n').collect();
    let Some(first) = data.first() else { return };
    let locale = if first & 1 == 0 { "zh-CN" } else { "en" };
    let letters = samples(locale);
    let (_, letter) = &letters[usize::from(*first / 2) % letters.len()];
    let (said, plain) = (filled(letter, &hostile), filled(letter, &[]));
    // A value may be too long for a subject or a mail; that is an error, never a mail cut short.
    let (Ok(said), Ok(plain)) = (COPY.render(locale, &said), COPY.render(locale, &plain)) else { return };
    assert!(!said.subject.chars().any(char::is_control), "{:?}", said.subject);
    assert!(said.subject.chars().count() <= 200);
    assert_eq!(said.text.lines().count(), plain.text.lines().count(), "a value made a line of its own");
    assert!(!said.text.chars().any(|c| c.is_control() && c != '\n'), "{:?}", said.text);
    assert_eq!(skeleton(&said.html), skeleton(&plain.html), "a value made markup");
    for link in [hostile[0].to_owned(), format!("https://carrier.example/{}", hostile[0])] {
        links_stay_links(locale, letter, &link);
    }
}

/// A link of somebody else's is a web link or none, and ends where its attribute does.
fn links_stay_links(locale: &str, letter: &Letter, link: &str) {
    let mut letter = letter.clone();
    let Some(parcel) = &mut letter.parcel else { return };
    let with = |parcel: &mut ParcelRef, link: &str| parcel.tracking_url = Some(link.to_owned());
    with(parcel, link);
    let Ok(said) = COPY.render(locale, &letter) else { return };
    assert!(links(&said.html).iter().all(|link| is_web(link)), "{:?}", links(&said.html));
    let plain = ["https://carrier.example/1", ""].map(|link| {
        let mut letter = letter.clone();
        letter.parcel.iter_mut().for_each(|parcel| with(parcel, link));
        skeleton(&COPY.render(locale, &letter).expect("a sample renders").html)
    });
    assert!(plain.contains(&skeleton(&said.html)), "a link made markup");
}

/// The letter with the lines of the input as its values; each begins with a letter, so that none is blank.
fn filled(letter: &Letter, values: &[&str]) -> Letter {
    let value = |n: usize| format!("x{}", values.get(n).copied().unwrap_or_default());
    let some = |of: &Option<String>, n: usize| of.as_ref().map(|_| value(n));
    let mut letter = letter.clone();
    letter.shop = value(0);
    letter.order_id = value(1);
    letter.buyer = some(&letter.buyer, 2);
    letter.support = some(&letter.support, 3);
    letter.lines.iter_mut().chain(&mut letter.rest).for_each(|line| line.title = value(4));
    letter.parcel = letter.parcel.as_ref().map(|parcel| ParcelRef {
        carrier: some(&parcel.carrier, 5),
        tracking_number: some(&parcel.tracking_number, 6),
        tracking_url: parcel.tracking_url.clone(),
    });
    letter
}

/// Tags and attribute names, without what stands between tags and in quotes.
fn skeleton(html: &str) -> Vec<String> {
    let tags = html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap_or_default());
    tags.map(|tag| tag.split('"').step_by(2).collect::<String>()).collect()
}

/// Where links lead; the template engine writes a slash as an entity.
fn links(html: &str) -> Vec<String> {
    let raw = html.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap_or_default());
    raw.map(|link| link.replace("&#x2f;", "/")).collect()
}

fn is_web(link: &str) -> bool {
    ["https://", "http://", "mailto:"].iter().any(|scheme| link.starts_with(scheme))
}
