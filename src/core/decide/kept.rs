//! Whether the dates that buyers were told were kept.

use super::{Said, Told};
use crate::cause::Cause;
use crate::instant::Instant;
use crate::notice::Kind;
use crate::order::Order;
use crate::policy::Policy;
use crate::promise::{Group, groups};

/// What became of one told date: kept when everything it was told for was handed over by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuoteFate {
    /// The cause that was named with it.
    pub cause: Cause,
    /// What had been known of it, where it is judged anew: news of a handover may come late.
    pub before: Option<bool>,
    /// Whether it was kept.
    pub kept: bool,
}

impl Told {
    /// Judges the dates that reached the buyer as far as is known at `now`; gives what was not known before. Each date
    /// is judged by itself, also when a later one was told since. What was cancelled before its date is not judged.
    pub fn judge_quotes(&mut self, order: &Order, policy: &Policy, now: Instant) -> Vec<QuoteFate> {
        let open = |said: &Said| said.quoted.is_some() && said.reached() && said.kept != Some(true);
        if !self.said.iter().any(open) {
            return Vec::new();
        }
        let groups = groups(order, policy);
        let fates = self.said.iter_mut().filter(|said| open(said)).filter_map(|said| {
            let kept = was_kept(order, &groups, said, now).filter(|kept| said.kept != Some(*kept))?;
            let before = said.kept.replace(kept);
            Some(QuoteFate { cause: cause_of(said)?, before, kept })
        });
        fates.collect()
    }
}

/// The cause a date was told with; a date told with thanks for a mended address names none.
fn cause_of(said: &Said) -> Option<Cause> {
    said.cause.or((said.kind == Kind::ActionNeeded).then_some(Cause::Address))
}

/// `None` while it is open, and for what was cancelled before its date.
fn was_kept(order: &Order, groups: &[Group], said: &Said, now: Instant) -> Option<bool> {
    let quoted = said.quoted?;
    let group = groups.iter().find(|group| groups.len() > 1 && said.is_about(&group.promise));
    let part = group.map(|group| order.only(&group.lines));
    let part = part.as_ref().unwrap_or(order);
    match part.handed_over_at() {
        Some(at) => Some(at <= quoted),
        None => (part.is_open() && now > quoted).then_some(false),
    }
}
