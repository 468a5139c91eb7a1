//! The language of what a command prints.

/// A language people read the product in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Lang {
    /// English.
    En,
    /// Simplified Chinese.
    #[value(name = "zh-CN", alias = "zh")]
    Zh,
}

impl Lang {
    /// The language asked for, else the one the environment names, else English.
    pub fn choose(asked: Option<Self>) -> Self {
        let spoken = || ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(|name| std::env::var(name).ok());
        asked.unwrap_or_else(|| if spoken().is_some_and(|l| l.starts_with("zh")) { Self::Zh } else { Self::En })
    }

    /// The text in this language.
    pub fn pick<'a>(self, en: &'a str, zh: &'a str) -> &'a str {
        match self {
            Self::En => en,
            Self::Zh => zh,
        }
    }
}
