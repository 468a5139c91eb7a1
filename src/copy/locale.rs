//! Chooses the template folder for a buyer's language.

/// The folder among `known` that serves `wanted` best, or none.
///
/// Tried in turn, without regard to case and with `_` as `-`: the tag itself, the tag with its last
/// parts taken off (`en-GB` to `en`), and the first folder of the same language (`zh-TW` and `zh` to
/// `zh-CN`), as in the lookup of RFC 4647 section 3.4 with the language as a last step.
pub(super) fn negotiate<'a>(wanted: &str, known: &(impl Iterator<Item = &'a str> + Clone)) -> Option<&'a str> {
    let wanted = wanted.trim().replace('_', "-").to_ascii_lowercase();
    let exact = |tag: &str| known.clone().find(|name| name.eq_ignore_ascii_case(tag));
    let mut tag = wanted.as_str();
    loop {
        if let Some(found) = exact(tag) {
            return Some(found);
        }
        match tag.rfind('-') {
            Some(cut) => tag = &tag[..cut],
            None => break,
        }
    }
    known.clone().find(|name| !tag.is_empty() && language(name).eq_ignore_ascii_case(tag))
}

/// The language of a tag: `zh` of `zh-CN`.
pub(super) fn language(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

/// Whether a folder's name has the shape of a language tag, such as `en`, `zh-CN` or `pt-BR`.
pub(super) fn is_tag(name: &str) -> bool {
    let mut parts = name.split('-');
    let language = parts.next().unwrap_or_default();
    (2..=3).contains(&language.len())
        && language.chars().all(|c| c.is_ascii_alphabetic())
        && parts.all(|part| (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric()))
}
