//! The port: what the engine asks of a store, one small trait a concern, all of it batch-shaped so that an adapter
//! can answer with one statement.

mod condition;
mod desk;
mod expedite;
mod grant;
mod hindsight;
mod incident;
mod intake;
mod json;
mod letters;
mod listing;
mod model;
mod notice;
mod order;
mod outbound;
mod quotes;
mod replica;
mod settings;
mod trial;
mod watch;

pub use condition::{ConditionStore, Sweep};
pub(crate) use desk::desk_id;
pub use desk::{Closing, DeskLine, DeskMark, DeskRow, DeskSearch, DeskStore, DeskSum, DeskView};
pub use expedite::{ExpediteEffect, ExpediteRow, ExpediteStore};
pub(crate) use grant::grant_id;
pub use grant::{GrantRow, GrantStore};
pub use hindsight::{HindsightStore, PastMark};
pub use incident::{IncidentOrder, IncidentStore, IncidentSum};
pub use intake::{Book, DeadLetter, IntakeStore, Offset, Origin};
pub use json::Json;
pub use letters::{KeptLetter, LetterAct, LetterDeed, LetterLine, LetterSearch, LetterStore};
pub use listing::{
    ListingStore, NoticeLine, NoticeSearch, OrderLine, OrderMark, OrderSearch, OrderView, Overview, OverviewAsk,
    SuppressedLine, SuppressedSearch, Tenant,
};
pub use model::{Bookmark, ModelStore, Progress};
pub use notice::{Companion, Composed, LEASE_MAX, NoticeRow, NoticeState, NoticeStore, SuppressionRow};
pub use order::{OrderIndex, OrderRow, OrderStore};
pub use outbound::{OUTBOUND_BYTES, OutboundStore};
pub(in crate::store) use quotes::changes as quote_changes;
pub use quotes::{QuoteStore, QuoteSum};
pub use replica::{Reading, ReplicaStore, Stalest};
pub use settings::{
    Access, AccessRole, BACKUP_TAKEN_AT, JobRun, PolicyDocument, RESTORED_FROM, RESTORED_UNTIL, SettingsStore, Switch,
    SwitchScope,
};
pub(in crate::store) use trial::steps as trial_steps;
pub use trial::{TrialStore, TrialSum};
pub use watch::{Pass, Place, Watch, WatchStore};

/// One transaction.
pub trait Tx:
    OrderStore
    + ConditionStore
    + NoticeStore
    + GrantStore
    + ModelStore
    + IntakeStore
    + SettingsStore
    + ListingStore
    + OutboundStore
    + LetterStore
    + WatchStore
    + ReplicaStore
    + HindsightStore
    + QuoteStore
    + ExpediteStore
    + TrialStore
    + DeskStore
    + IncidentStore
{
}

impl<T> Tx for T where
    T: OrderStore
        + ConditionStore
        + NoticeStore
        + GrantStore
        + ModelStore
        + IntakeStore
        + SettingsStore
        + ListingStore
        + OutboundStore
        + LetterStore
        + WatchStore
        + ReplicaStore
        + HindsightStore
        + QuoteStore
        + ExpediteStore
        + TrialStore
        + DeskStore
        + IncidentStore
{
}
