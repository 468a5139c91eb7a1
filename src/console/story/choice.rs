//! What a buyer chose when an order was late: to wait, to swap or to cancel.

use forewarn_core::event::OrderEvent;
use forewarn_core::notice::Kind;

use super::OrderFile;

/// A choice; its code begins the message that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::console) enum Choice {
    /// Wait.
    Wait,
    /// Take something else.
    Swap,
    /// Cancel.
    Cancel,
}

impl Choice {
    const ALL: [Self; 3] = [Self::Wait, Self::Swap, Self::Cancel];

    /// Its code in messages and its name in words.
    pub(in crate::console) fn as_str(self) -> &'static str {
        match self {
            Self::Wait => "wait",
            Self::Swap => "swap",
            Self::Cancel => "cancel",
        }
    }

    /// The newest choice about the order. Whoever chose to wait chooses anew once the date was moved again.
    pub(super) fn newest(file: &OrderFile) -> Option<Self> {
        let chosen = file.row.facts.entries().iter().filter_map(|entry| match &entry.event {
            OrderEvent::Message(message) => Some((entry.stamp.time, Self::read(message.text.reveal())?)),
            _ => None,
        });
        let (at, choice) = chosen.max_by_key(|(at, _)| *at)?;
        let asks = |kind| matches!(kind, Kind::DelayWarning | Kind::DelayUpdate | Kind::PromiseMissed);
        let asked_since = file.told().said.iter().any(|s| asks(s.kind) && s.reached() && s.at > at);
        (choice != Self::Wait || !asked_since).then_some(choice)
    }

    fn read(text: &str) -> Option<Self> {
        let (code, _) = text.strip_prefix('[')?.split_once(']')?;
        Self::ALL.into_iter().find(|choice| choice.as_str() == code)
    }
}
