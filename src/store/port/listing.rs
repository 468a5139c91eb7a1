//! Lists and counts for people.
//!
//! Every question names who asks: `tenant` is `None` for operations and one shop for a merchant. An adapter applies
//! it inside each statement, so no page can show a shop what is not its own.

use forewarn_core::because::Reason;
use forewarn_core::cause::Cause;
use forewarn_core::ids::{BuyerId, MerchantId, NoticeId};
use forewarn_core::notice::{Kind, Why};
use forewarn_core::policy::Ppm;
use forewarn_core::{Instant, OrderKey};

use super::{GrantRow, NoticeRow, NoticeState};
use crate::store::StoreError;

/// Who asks: `None` sees every shop, `Some` only its own.
pub type Tenant<'a> = Option<&'a MerchantId>;

impl NoticeState {
    /// Every state, in the order in which a notice goes through them.
    pub const ALL: [Self; 8] = [
        Self::Ready,
        Self::Claimed,
        Self::Sending,
        Self::Sent,
        Self::Retry,
        Self::Failed,
        Self::Unknown,
        Self::Withdrawn,
    ];

    /// The one with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// From when on an overview counts.
#[derive(Clone, Copy, Debug)]
pub struct OverviewAsk {
    /// The moment of the question.
    pub now: Instant,
    /// Start of the shop's day.
    pub day_from: Instant,
    /// Start of the seven days.
    pub week_from: Instant,
}

/// Counts at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    /// Orders that are paid and not wholly shipped.
    pub open: u64,
    /// Open orders whose promise is in danger.
    pub at_risk: u64,
    /// Open orders past their ship-by.
    pub overdue: u64,
    /// Notices that wait for their turn or are on their way.
    pub waiting: u64,
    /// Notices sent, by kind: today, and in seven days.
    pub sent: Vec<(Kind, u64, u64)>,
    /// Due notices that were not sent, by reason: today, and in seven days.
    pub suppressed: Vec<(Why, u64, u64)>,
    /// Notices given up in seven days.
    pub failed: u64,
    /// Notices of which nobody knows whether they arrived, in seven days.
    pub unknown: u64,
    /// Compensation set aside or given today: currency, count, thousandths.
    pub given: Vec<(String, u64, i64)>,
    /// Grants that wait for a person.
    pub approvals: u64,
    /// Events that could not be taken in seven days; always 0 for a shop, whose they need not be.
    pub dead_letters: u64,
    /// Orders that are set aside.
    pub parked: u64,
    /// How often buyers asked about orders paid in seven days.
    pub chases: u64,
}

/// Which notices to list; absent fields do not narrow.
#[derive(Clone, Debug, Default)]
pub struct NoticeSearch {
    /// Of this shop.
    pub merchant: Option<MerchantId>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// In this state.
    pub state: Option<NoticeState>,
    /// The order's id begins with this, or the buyer's id is this.
    pub text: Option<String>,
    /// Decided at or after this.
    pub from: Option<Instant>,
    /// Decided before this.
    pub to: Option<Instant>,
    /// Only those listed after this one.
    pub after: Option<(Instant, NoticeId)>,
    /// Most rows.
    pub limit: usize,
}

/// One notice in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct NoticeLine {
    /// Which notice.
    pub notice_id: NoticeId,
    /// About which order.
    pub order: OrderKey,
    /// To whom.
    pub buyer_id: Option<BuyerId>,
    /// Its kind.
    pub kind: Kind,
    /// Where it stands.
    pub state: NoticeState,
    /// When it was decided.
    pub created_at: Instant,
    /// When the channel took it.
    pub sent_at: Option<Instant>,
    /// What became of it.
    pub feedback: Option<String>,
    /// The channel's receipt, or why it was not taken.
    pub outcome: Option<String>,
    /// The way it took.
    pub channel: Option<String>,
    /// Its subject line, once composed.
    pub subject: Option<String>,
    /// The compensation told in it: decimal text and currency.
    pub cost: Option<(String, String)>,
}

/// Which suppressions to list; absent fields do not narrow.
#[derive(Clone, Debug, Default)]
pub struct SuppressedSearch {
    /// Of this shop.
    pub merchant: Option<MerchantId>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// For this reason.
    pub why: Option<Why>,
    /// The order's id begins with this.
    pub text: Option<String>,
    /// Only those listed after this one: its moment and place.
    pub after: Option<(Instant, i64)>,
    /// Most rows.
    pub limit: usize,
}

/// One suppression in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct SuppressedLine {
    /// Its place, ascending with arrival.
    pub place: i64,
    /// About which order.
    pub order: OrderKey,
    /// The kind that was due.
    pub kind: Kind,
    /// Why it was not sent.
    pub why: Why,
    /// When.
    pub at: Instant,
    /// What speaks for that.
    pub because: Vec<Reason>,
    /// Subject and text that would have gone out; only in shadow mode.
    pub would: Option<(String, String)>,
}

/// Which orders a list is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OrderView {
    /// Open ones: those whose promise is in danger first, and of these the likeliest to miss ship-by.
    #[default]
    Risk,
    /// Open ones past ship-by, the longest first.
    Overdue,
    /// Those set aside.
    Parked,
}

/// Which orders to list; absent fields do not narrow.
#[derive(Clone, Debug, Default)]
pub struct OrderSearch {
    /// Of this shop.
    pub merchant: Option<MerchantId>,
    /// The id begins with this, or the buyer's id is this; then every order counts, open or not.
    pub text: Option<String>,
    /// Without a text: which orders, in which order.
    pub view: OrderView,
    /// The moment of the question.
    pub now: Option<Instant>,
    /// Only those listed after this one.
    pub after: Option<OrderMark>,
    /// Most rows.
    pub limit: usize,
}

/// Where a list of orders was left.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct OrderMark {
    /// Whether the last row's promise is in danger.
    pub at_risk: bool,
    /// The last row's risk in parts per million.
    pub risk: u32,
    /// The last row's ship-by in milliseconds.
    pub ship_by: i64,
    /// The last row's key.
    pub key: OrderKey,
}

/// One order in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderLine {
    /// Which order.
    pub key: OrderKey,
    /// Who buys.
    pub buyer_id: Option<BuyerId>,
    /// Whether it is paid and not wholly shipped.
    pub open: bool,
    /// When it was paid.
    pub paid_at: Option<Instant>,
    /// The promised ship time.
    pub ship_by: Option<Instant>,
    /// The chance to miss it.
    pub risk: Option<Ppm>,
    /// Whether its promise is in danger.
    pub at_risk: bool,
    /// The date that would be quoted.
    pub quote: Option<Instant>,
    /// The cause.
    pub cause: Option<Cause>,
    /// When everything was handed over.
    pub handed_over_at: Option<Instant>,
    /// How often the buyer asked.
    pub chases: u32,
    /// Why it is set aside.
    pub parked: Option<String>,
}

impl OrderLine {
    /// Where a list that ends with this row goes on.
    pub fn mark(&self) -> OrderMark {
        OrderMark {
            at_risk: self.at_risk,
            risk: self.risk.map_or(0, Ppm::ppm),
            ship_by: self.ship_by.map_or(0, Instant::ms),
            key: self.key.clone(),
        }
    }
}

/// Lists and counts.
pub trait ListingStore {
    /// Counts as of `ask.now`.
    ///
    /// # Errors
    /// When the database fails.
    fn overview(&mut self, tenant: Tenant<'_>, ask: &OverviewAsk) -> Result<Overview, StoreError>;

    /// Notices, the newest decision first.
    ///
    /// # Errors
    /// When the database fails or a row is damaged.
    fn notices_list(&mut self, tenant: Tenant<'_>, search: &NoticeSearch) -> Result<Vec<NoticeLine>, StoreError>;

    /// One notice, if the tenant may see it.
    ///
    /// # Errors
    /// When the database fails or the row is damaged.
    fn notice_seen(&mut self, tenant: Tenant<'_>, id: &NoticeId) -> Result<Option<NoticeRow>, StoreError>;

    /// Due notices that were not sent, the newest first.
    ///
    /// # Errors
    /// When the database fails or a row is damaged.
    fn suppressed_list(
        &mut self,
        tenant: Tenant<'_>,
        search: &SuppressedSearch,
    ) -> Result<Vec<SuppressedLine>, StoreError>;

    /// Orders, as the search sorts them.
    ///
    /// # Errors
    /// When the database fails or a row is damaged.
    fn orders_list(&mut self, tenant: Tenant<'_>, search: &OrderSearch) -> Result<Vec<OrderLine>, StoreError>;

    /// Whether there is such an order and the tenant may see it.
    ///
    /// # Errors
    /// When the database fails.
    fn order_seen(&mut self, tenant: Tenant<'_>, key: &OrderKey) -> Result<bool, StoreError>;

    /// Up to `limit` grants that wait for a person, oldest first.
    ///
    /// # Errors
    /// When the database fails or a row is damaged.
    fn grants_waiting(&mut self, tenant: Tenant<'_>, limit: usize) -> Result<Vec<GrantRow>, StoreError>;
}
