//! Faults of a mail's HTML: tags that do not pair, and anything fetched or run.

/// Elements without an end tag (HTML Living Standard, void elements).
const VOID: [&str; 13] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];
/// What makes a mail fetch or run something, or lets it be blocked by mail clients.
const ACTIVE: [&str; 7] = ["<script", "<iframe", "<form", "<link", "@import", "javascript:", " src="];

/// The first tag that does not pair, as a message; none when all do.
pub(super) fn unbalanced(html: &str) -> Option<String> {
    let mut open: Vec<String> = Vec::new();
    for tag in tags(html) {
        let (name, closes) = match tag.strip_prefix('/') {
            Some(rest) => (element(rest), true),
            None => (element(tag), false),
        };
        if name.is_empty() || VOID.contains(&name.as_str()) || tag.ends_with('/') {
            continue;
        }
        if !closes {
            open.push(name);
        } else if open.last() == Some(&name) {
            open.pop();
        } else {
            let inside = open.last().map_or("no element", String::as_str);
            return Some(format!("</{name}> closes nothing inside {inside}"));
        }
    }
    open.pop().map(|name| format!("<{name}> is never closed"))
}

/// The first active or remote piece in the HTML.
pub(super) fn active(html: &str) -> Option<&'static str> {
    let html = html.to_ascii_lowercase();
    ACTIVE.into_iter().find(|piece| html.contains(piece))
}

/// The HTML with its entities resolved, to look for values in.
pub(super) fn unescaped(html: &str) -> String {
    let pairs = [("&#x2f;", "/"), ("&#x27;", "'"), ("&quot;", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
    pairs.iter().fold(html.to_owned(), |html, (from, to)| html.replace(from, to))
}

/// What stands between tags, for reading its words.
pub(super) fn words(html: &str) -> String {
    let mut words = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        words.push_str(&rest[..start]);
        words.push(' ');
        rest = after_tag(&rest[start..]);
    }
    words.push_str(rest);
    unescaped(&words)
}

/// The inside of every tag, without comments, declarations and the content of style elements.
fn tags(html: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        let after = after_tag(rest);
        if !rest.starts_with("<!") {
            let end = rest.find('>').unwrap_or(rest.len());
            found.push(&rest[1..end]);
            if rest.to_ascii_lowercase().starts_with("<style") {
                found.push("/style");
            }
        }
        rest = after;
    }
    found
}

/// What follows the tag, comment or style element that begins here.
fn after_tag(html: &str) -> &str {
    let end_mark = if html.starts_with("<!--") {
        "-->"
    } else if html.starts_with("<style") {
        "</style>"
    } else {
        ">"
    };
    html.find(end_mark).map_or("", |end| &html[end + end_mark.len()..])
}

fn element(tag: &str) -> String {
    let name = tag.split(|c: char| !c.is_ascii_alphanumeric()).next();
    name.unwrap_or_default().to_ascii_lowercase()
}
