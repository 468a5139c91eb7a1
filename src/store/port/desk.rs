//! The desk: what waits for a person, who has it, and what became of it.
//!
//! A row is the record of one entry and its exit; a matter that comes again is another row. The order's own memory
//! ([`Told::desk`](forewarn_core::decide::Told)) says what is brought, so nothing here is asked before an order is decided.

use forewarn_core::cause::Cause;
use forewarn_core::desk::{Change, Ending, Entry, Matter, Outcome, queued_at, rank};
use forewarn_core::ids::{DeskId, MerchantId};
use forewarn_core::text::Private;
use forewarn_core::{Instant, OrderKey, digest};
use serde::{Deserialize, Serialize};

use super::Tenant;
use crate::store::StoreError;

/// One entry.
#[derive(Clone, Debug, PartialEq)]
pub struct DeskRow {
    /// Its id: the hash of matter, order, what of that it is about, and how often it came.
    pub desk_id: DeskId,
    /// Which order.
    pub order: OrderKey,
    /// What a person is needed for.
    pub matter: Matter,
    /// What of the order it is about: the exception, the parcel or the grant; empty for the order itself.
    pub about: String,
    /// How often it came, from 1.
    pub number: u32,
    /// Why; it ranks the entry.
    pub cause: Cause,
    /// How often the buyer had asked by the newest look at the open entry.
    pub chases: u32,
    /// When it was brought.
    pub opened_at: Instant,
    /// Who has it, and since when.
    pub taken: Option<(String, Instant)>,
    /// How it left; `None` while it is open.
    pub closed: Option<Closing>,
}

impl DeskRow {
    /// The entry of `order` as it is brought.
    pub fn new(order: &OrderKey, entry: &Entry) -> Self {
        Self {
            desk_id: desk_id(order, entry.matter, &entry.about, entry.number),
            order: order.clone(),
            matter: entry.matter,
            about: entry.about.clone(),
            number: entry.number,
            cause: entry.cause,
            chases: entry.chases,
            opened_at: entry.opened_at,
            taken: None,
            closed: None,
        }
    }

    /// Where a list that ends with this row goes on: by rank and age while it is open, by its exit once it has left.
    pub fn mark(&self) -> DeskMark {
        let desk_id = self.desk_id.to_string();
        match &self.closed {
            None => DeskMark { rank: rank(self.cause), at: queued_at(self.opened_at, self.chases).ms(), desk_id },
            Some(closing) => DeskMark { rank: 0, at: closing.at.ms(), desk_id },
        }
    }
}

/// How an entry left the desk.
#[derive(Clone, Debug, PartialEq)]
pub struct Closing {
    /// When.
    pub at: Instant,
    /// What became of it.
    pub outcome: Outcome,
    /// Who closed it; `None` when it resolved itself.
    pub by: Option<String>,
    /// What ended it by itself.
    pub ended_by: Option<Ending>,
    /// What the person wrote beside it; it may name the buyer, so no log shows it.
    pub note: Option<Private>,
}

impl Closing {
    /// What it is when nobody had to do anything.
    pub fn itself(at: Instant, ending: Ending) -> Self {
        Self { at, outcome: Outcome::ResolvedItself, by: None, ended_by: Some(ending), note: None }
    }
}

/// The id of an entry: the hash of its matter, its order, what of that it is about, and how often it came.
pub(crate) fn desk_id(order: &OrderKey, matter: Matter, about: &str, number: u32) -> DeskId {
    let (merchant, order) = (order.merchant_id.as_str(), order.order_id.as_str());
    let hash = digest::of(&["desk", matter.as_str(), merchant, order, about, &number.to_string()]);
    #[expect(clippy::expect_used, reason = "a prefix and 32 hexadecimal digits are within every limit of an id")]
    DeskId::new(&format!("dsk_{hash}")).expect("a hash is a valid id")
}

/// Which entries to list, and in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DeskView {
    /// Those that wait, by rank, then by age and how often the buyer asked.
    #[default]
    Open,
    /// The same, of those that this person has.
    Of(String),
    /// Those that left, the newest first.
    Closed,
}

/// What to list of the desk; absent fields do not narrow.
#[derive(Clone, Debug, Default)]
pub struct DeskSearch {
    /// Of this shop.
    pub merchant: Option<MerchantId>,
    /// Of this matter.
    pub matter: Option<Matter>,
    /// Which, in which order.
    pub view: DeskView,
    /// Only those listed after this one.
    pub after: Option<DeskMark>,
    /// Most rows.
    pub limit: usize,
}

/// Where a list of the desk was left.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DeskMark {
    /// The last row's rank; 0 among those that left.
    pub rank: u8,
    /// From when it counts as waiting, or when it left, in milliseconds.
    pub at: i64,
    /// Its id.
    pub desk_id: String,
}

/// One entry in a list, with how its order stands.
#[derive(Clone, Debug, PartialEq)]
pub struct DeskLine {
    /// The entry.
    pub row: DeskRow,
    /// The promised ship time, while the order is open.
    pub ship_by: Option<Instant>,
    /// The date that would be quoted now, while the order is open.
    pub quote: Option<Instant>,
}

/// How much of one matter is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskSum {
    /// The matter.
    pub matter: Matter,
    /// How many entries.
    pub open: u64,
    /// How many of them somebody has.
    pub taken: u64,
    /// When the oldest of them was brought.
    pub oldest: Instant,
}

/// The desk. Whoever asks for a shop names it, and every statement holds it as a condition.
pub trait DeskStore {
    /// Enters what a look at `order` at `at` changed. An entry that is there stays as it is; one that has left is not
    /// changed any more.
    ///
    /// # Errors
    /// When the database fails.
    fn desk_change(&mut self, order: &OrderKey, changes: &[Change], at: Instant) -> Result<(), StoreError>;

    /// One entry, if the tenant may see it.
    ///
    /// # Errors
    /// When the database fails or the row is damaged.
    fn desk_load(&mut self, tenant: Tenant<'_>, id: &DeskId) -> Result<Option<DeskRow>, StoreError>;

    /// Gives an open entry that nobody has to `by`; whether it was one.
    ///
    /// # Errors
    /// When the database fails.
    fn desk_take(&mut self, tenant: Tenant<'_>, id: &DeskId, by: &str, at: Instant) -> Result<bool, StoreError>;

    /// Takes an open entry from whoever has it, for anybody to take; whether somebody had it.
    ///
    /// # Errors
    /// When the database fails.
    fn desk_give_back(&mut self, tenant: Tenant<'_>, id: &DeskId) -> Result<bool, StoreError>;

    /// Closes an open entry; whether it was one.
    ///
    /// # Errors
    /// When the database fails.
    fn desk_close(&mut self, tenant: Tenant<'_>, id: &DeskId, closing: &Closing) -> Result<bool, StoreError>;

    /// Entries, as the search sorts them.
    ///
    /// # Errors
    /// When the database fails or a row is damaged.
    fn desk_list(&mut self, tenant: Tenant<'_>, search: &DeskSearch) -> Result<Vec<DeskLine>, StoreError>;

    /// All entries of one order, oldest first.
    ///
    /// # Errors
    /// When the database fails or a row is damaged.
    fn desk_of(&mut self, order: &OrderKey) -> Result<Vec<DeskRow>, StoreError>;

    /// What is open, by matter, in the order of their names.
    ///
    /// # Errors
    /// When the database fails or a row is damaged.
    fn desk_sums(&mut self, tenant: Tenant<'_>) -> Result<Vec<DeskSum>, StoreError>;
}
