//! Two runs of one world on one timetable, one with crashes, repeats and stale owners: they must end the same.

use forewarn::store::port::{DeskRow, GrantRow, NoticeRow, OrderRow};
use forewarn_core::Instant;
use forewarn_core::because::Reason;
use forewarn_core::notice::{Kind, Why};

use crate::world::World;

/// What a run leaves behind, without what a repeated step may change.
#[derive(Debug, PartialEq)]
pub(crate) struct Legacy {
    orders: Vec<OrderRow>,
    /// Everything each notice said, its variables and reasons too.
    words: Vec<String>,
    notices: Vec<NoticeRow>,
    suppressed: Vec<(Kind, Why, Instant, Vec<Reason>)>,
    grants: Vec<GrantRow>,
    desk: Vec<DeskRow>,
    facts: (String, u64, u64),
    model: String,
}

impl World {
    pub(crate) fn legacy(&mut self) -> Legacy {
        let keys = self.reference.orders();
        self.disk.look(|tx| {
            let mut legacy = Legacy {
                orders: tx.orders_load(&keys)?.into_iter().flatten().collect(),
                words: Vec::new(),
                notices: Vec::new(),
                suppressed: Vec::new(),
                grants: Vec::new(),
                desk: Vec::new(),
                facts: tx.facts_digest()?,
                model: tx.model_version()?,
            };
            for key in &keys {
                legacy.notices.extend(tx.notices_of(key)?);
                legacy.suppressed.extend(tx.suppressions_of(key)?);
                legacy.grants.extend(tx.grants_of(key)?);
                legacy.desk.extend(tx.desk_of(key)?);
            }
            let words = |n: &NoticeRow| serde_json::to_string(&n.composed).expect("words are JSON");
            legacy.words = legacy.notices.iter().map(words).collect();
            Ok(legacy)
        })
    }
}

impl Legacy {
    /// Compares piece by piece, so that a failure names the first that differs.
    pub(crate) fn assert_same(&self, other: &Self) {
        assert_eq!(self.facts, other.facts, "the facts");
        same("order", &self.orders, &other.orders);
        same("message", &self.words, &other.words);
        same("notice", &self.notices, &other.notices);
        same("suppression", &self.suppressed, &other.suppressed);
        same("grant", &self.grants, &other.grants);
        same("entry on the desk", &self.desk, &other.desk);
        assert_eq!(self.model, other.model, "the model");
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, rough: &[T], calm: &[T]) {
    let differs = rough.iter().zip(calm).find(|(a, b)| a != b);
    assert!(differs.is_none(), "with faults and without, one {what} ends another way: {differs:#?}");
    assert_eq!(rough.len(), calm.len(), "with faults and without, not as many {what}s");
}
