//! Entries of the desk, ready to be written.

use forewarn_core::Instant;
use forewarn_core::desk::{Matter, Outcome};

use super::rows::Choice;
use crate::console::shell::order_path;
use crate::console::visitor::Visitor;
use crate::console::{Speech, paging};
use crate::store::port::{DeskLine, DeskRow};

/// The outcomes a person can give.
pub(super) struct Outcomes(pub(super) Vec<Choice>);

impl Outcomes {
    pub(super) fn all(t: &Speech) -> Self {
        let names: Vec<&str> = Outcome::by_hand().map(Outcome::as_str).collect();
        Self(Choice::all(t, "outcome", names.into_iter(), ""))
    }
}

/// An entry that waits.
pub(super) struct DeskItem {
    pub(super) path: String,
    pub(super) href: String,
    pub(super) order: String,
    pub(super) merchant: String,
    pub(super) matter: String,
    /// What to do about it.
    pub(super) advice: String,
    /// The parcel it is about, and how often it has come.
    pub(super) about: String,
    pub(super) cause: String,
    pub(super) chases: u32,
    /// When it was brought, and how long ago that is.
    pub(super) since: String,
    pub(super) age: String,
    pub(super) exact: String,
    /// Who has it, and since when; empty while nobody has.
    pub(super) taken_by: String,
    pub(super) taken_at: String,
    pub(super) mine: bool,
    pub(super) quote: String,
}

impl DeskItem {
    pub(super) fn new(line: &DeskLine, visitor: &Visitor) -> Self {
        let (row, t) = (&line.row, &visitor.speech);
        let taken = row.taken.as_ref();
        Self {
            path: format!("/desk/{}", paging::part(row.desk_id.as_str())),
            href: order_path(row.order.merchant_id.as_str(), row.order.order_id.as_str()),
            order: row.order.order_id.to_string(),
            merchant: row.order.merchant_id.to_string(),
            matter: t.name("matter", row.matter),
            advice: t.name("matter", format!("{}.advice", row.matter)),
            about: about(row, t),
            cause: t.name("cause", row.cause),
            chases: row.chases,
            since: t.time(&row.opened_at),
            age: t.length(&(visitor.now - row.opened_at)),
            exact: t.exact(&row.opened_at),
            taken_by: taken.map(|(by, _)| by.clone()).unwrap_or_default(),
            taken_at: taken.map(|(_, at)| t.time(at)).unwrap_or_default(),
            mine: taken.is_some_and(|(by, _)| *by == visitor.name),
            quote: t.time_or_dash(&honest_date(line)),
        }
    }
}

/// The date that will really be kept. As long as an order waits for its buyer, nobody knows one.
fn honest_date(line: &DeskLine) -> Option<Instant> {
    let waits_for_buyer = line.row.matter == Matter::UnansweredAddress;
    line.quote.max(line.ship_by).filter(|_| !waits_for_buyer)
}

/// An entry that has left.
pub(super) struct LeftItem {
    pub(super) href: String,
    pub(super) order: String,
    pub(super) merchant: String,
    pub(super) matter: String,
    pub(super) about: String,
    pub(super) cause: String,
    pub(super) outcome: String,
    /// Who closed it, or what ended it.
    pub(super) by: String,
    pub(super) note: String,
    pub(super) left: String,
    pub(super) exact: String,
    /// How long it was there.
    pub(super) lasted: String,
}

impl LeftItem {
    pub(super) fn new(row: &DeskRow, t: &Speech) -> Option<Self> {
        let closing = row.closed.as_ref()?;
        let ended = closing.ended_by.map(|ending| t.name("ending", ending));
        Some(Self {
            href: order_path(row.order.merchant_id.as_str(), row.order.order_id.as_str()),
            order: row.order.order_id.to_string(),
            merchant: row.order.merchant_id.to_string(),
            matter: t.name("matter", row.matter),
            about: about(row, t),
            cause: t.name("cause", row.cause),
            outcome: t.name("outcome", closing.outcome),
            by: closing.by.clone().or(ended).unwrap_or_default(),
            note: closing.note.as_ref().map(|note| note.reveal().to_owned()).unwrap_or_default(),
            left: t.time(&closing.at),
            exact: t.exact(&closing.at),
            lasted: t.length(&(closing.at - row.opened_at)),
        })
    }
}

/// Which parcel, where it is about one; and how often it has come, if more than once. Ids of exceptions and grants say
/// nothing to a reader.
fn about(row: &DeskRow, t: &Speech) -> String {
    let parcel = (row.matter == Matter::ParcelTrouble).then(|| row.about.clone());
    let again = (row.number > 1).then(|| t.with("desk.again", row.number));
    parcel.into_iter().chain(again).collect::<Vec<_>>().join(" · ")
}
