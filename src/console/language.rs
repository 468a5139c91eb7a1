//! Which of the two languages a reader gets.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use forewarn_core::zone::Tongue;

use super::cookie;

/// The cookie that keeps a reader's choice.
pub(super) const COOKIE: &str = "forewarn_lang";

/// A language of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Simplified Chinese.
    Chinese,
    /// English.
    English,
}

impl Language {
    /// Both, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::Chinese, Self::English];

    /// The BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }

    /// Its name in itself.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::Chinese => "中文",
            Self::English => "English",
        }
    }

    /// The language for a BCP 47 tag; English for every one we do not write.
    pub fn of_locale(locale: &str) -> Self {
        match Tongue::of(locale) {
            Tongue::Chinese => Self::Chinese,
            Tongue::English => Self::English,
        }
    }

    /// What a request asks for: `?lang=`, else the cookie, else `Accept-Language`; `None` when it says nothing we know.
    pub(super) fn asked(query: Option<&str>, headers: &HeaderMap) -> Option<Self> {
        let chosen = query.and_then(in_query).or_else(|| cookie::read(headers, COOKIE).and_then(Self::tagged));
        chosen.or_else(|| {
            let accepted = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
            accepted.split(',').find_map(|range| Self::tagged(range.split(';').next()?.trim()))
        })
    }

    fn tagged(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next()?;
        match primary.to_ascii_lowercase().as_str() {
            "zh" => Some(Self::Chinese),
            "en" => Some(Self::English),
            _ => None,
        }
    }
}

/// The language that `?lang=` names.
pub(super) fn in_query(query: &str) -> Option<Language> {
    query.split('&').find_map(|pair| pair.strip_prefix("lang=")).and_then(Language::tagged)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: axum::http::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, axum::http::HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn the_query_beats_the_cookie_beats_the_browser() {
        let browser = with(ACCEPT_LANGUAGE, "fr-FR, zh-CN;q=0.9, en;q=0.8");
        assert_eq!(Language::asked(None, &browser), Some(Language::Chinese));
        let mut both = browser.clone();
        both.extend(with(axum::http::header::COOKIE, "forewarn_lang=en"));
        assert_eq!(Language::asked(None, &both), Some(Language::English));
        assert_eq!(Language::asked(Some("q=1&lang=zh-CN"), &both), Some(Language::Chinese));
        assert_eq!(Language::asked(Some("lang=xx"), &HeaderMap::new()), None);
    }
}
