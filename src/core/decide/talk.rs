//! Whether the shop can still ask its buyer for a later ship time.

use super::{Assessment, Case};
use crate::instant::{Instant, Span};
use crate::promise::times_asked;

/// The last moment at which a later time can be asked for: while the order is at risk, its buyer is not being asked
/// for one, and the platform allows a further proposal.
pub(super) fn ask_until(case: &Case<'_>, a: &Assessment) -> Option<Instant> {
    let rules = &case.policy.promise;
    let promise = a.promise.as_ref().filter(|p| a.is_open() && p.proposed.is_none())?;
    let until = promise.value - rules.renegotiate_before;
    let most = usize::try_from(rules.renegotiations_max).unwrap_or(usize::MAX);
    let may = rules.renegotiate_before > Span::ZERO && (most == 0 || times_asked(case.order) < most);
    (may && case.now < until && a.is_at_risk(case)).then_some(until)
}
