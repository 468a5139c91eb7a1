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
        // An empty variable counts as absent, as the C library has it.
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let spoken = || ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set);
        asked.unwrap_or_else(|| if spoken().is_some_and(|l| l.starts_with("zh")) { Self::Zh } else { Self::En })
    }

    /// The phrasing of dates and money in it.
    pub fn tongue(self) -> forewarn_core::zone::Tongue {
        match self {
            Self::En => forewarn_core::zone::Tongue::English,
            Self::Zh => forewarn_core::zone::Tongue::Chinese,
        }
    }

    /// The text in this language.
    pub fn pick<'a>(self, en: &'a str, zh: &'a str) -> &'a str {
        match self {
            Self::En => en,
            Self::Zh => zh,
        }
    }
}
