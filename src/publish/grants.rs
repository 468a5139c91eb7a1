//! Compensations asked for at the coupon system.
//!
//! A coupon system that gives a `grant_id` once, however often it is asked, is asked at least once: a grant counts as
//! asked for when the broker has the request. One that would give twice is asked at most once: a grant counts as asked
//! for before its request leaves, and where nobody knows whether it left, a person says what becomes of it.

use forewarn_core::grant::GrantStatus;
use forewarn_core::ids::GrantId;

use super::announcement;
use super::producer::{Fate, Message, taken};
use super::{BATCH, PublishError, Publisher};
use crate::engine::notice_id;
use crate::store::port::{GrantRow, NoticeRow};
use crate::store::{StoreError, Tx};

/// Requests on their way at once where none may be repeated: so many need a person after a crash in that moment. Our
/// choice.
const AT_MOST_ONCE: usize = 20;

/// A grant to ask for, its notice, and the policy it stands under.
type Wanted = (GrantRow, NoticeRow, String);

impl Publisher {
    /// Asks for up to 500 compensations; gives how many were asked for.
    pub(super) async fn grants(&self) -> Result<usize, PublishError> {
        if self.repeats_requests { self.ask_at_least_once().await } else { self.ask_at_most_once().await }
    }

    async fn ask_at_least_once(&self) -> Result<usize, PublishError> {
        let wanted = self.store.read(|tx| to_request(tx, BATCH)).await?;
        let (sent, result) = taken(self.producer.send(self.requests(&wanted)).await);
        let sent: Vec<GrantId> = sent.into_iter().map(|index| wanted[index].0.grant_id.clone()).collect();
        let (count, now) = (sent.len(), self.clock.now());
        self.mark(count, move |tx| {
            for id in &sent {
                // Its answer may be there before this mark, so what is marked is the newest state.
                let Some(mut grant) = tx.grant_load(id)?.filter(|g| g.requested_at.is_none()) else {
                    continue;
                };
                grant.requested_at = Some(now);
                tx.grant_save(&grant)?;
            }
            Ok(())
        })
        .await?;
        result.map(|()| count)
    }

    async fn ask_at_most_once(&self) -> Result<usize, PublishError> {
        let mut count = 0;
        while count < BATCH {
            let wanted = self.store.read(|tx| to_request(tx, AT_MOST_ONCE)).await?;
            if wanted.is_empty() {
                break;
            }
            // A broker that is away must not leave requests in doubt, so none is marked before it answers.
            self.producer.reach(&self.topics.grant_requests).await?;
            count += self.ask_once(wanted).await?;
        }
        Ok(count)
    }

    /// Marks `wanted` as asked for, then asks. What surely never left is unmarked again.
    async fn ask_once(&self, mut wanted: Vec<Wanted>) -> Result<usize, PublishError> {
        let (ids, now) = (ids(&wanted), self.clock.now());
        let ours = self.store.write(move |tx| set_requested(tx, &ids, Some(now))).await?;
        wanted.retain(|(grant, ..)| ours.contains(&grant.grant_id));
        let fates = self.producer.send(self.requests(&wanted)).await;
        let kept = wanted.iter().zip(&fates).filter(|(_, fate)| matches!(fate, Fate::NeverLeft(_)));
        let kept: Vec<GrantId> = kept.map(|((grant, ..), _)| grant.grant_id.clone()).collect();
        for ((grant, ..), fate) in wanted.iter().zip(&fates) {
            if let Fate::Unknown(error) = fate {
                tracing::error!(
                    grant.id = %grant.grant_id,
                    error = error as &dyn std::error::Error,
                    "nobody knows whether a coupon was asked for; look into the coupon system, then `forewarn grants`"
                );
            }
        }
        let count = kept.len();
        self.mark(count, move |tx| set_requested(tx, &kept, None).map(drop)).await?;
        let (sent, result) = taken(fates);
        result.map(|()| sent.len())
    }

    fn requests(&self, wanted: &[Wanted]) -> Vec<Message> {
        let topic = &self.topics.grant_requests;
        let request =
            |(grant, notice, policy): &Wanted| announcement::grant_requested(grant, notice, policy).message(topic);
        wanted.iter().map(request).collect()
    }
}

fn ids(wanted: &[Wanted]) -> Vec<GrantId> {
    wanted.iter().map(|(grant, ..)| grant.grant_id.clone()).collect()
}

/// Marks those of `ids` that wait for an answer as asked for, or as not; gives those that were the other before.
fn set_requested(
    tx: &mut dyn Tx,
    ids: &[GrantId],
    at: Option<forewarn_core::Instant>,
) -> Result<Vec<GrantId>, StoreError> {
    let mut changed = Vec::new();
    for id in ids {
        let waits = |g: &GrantRow| g.status == GrantStatus::Reserved && g.requested_at.is_some() != at.is_some();
        if let Some(mut grant) = tx.grant_load(id)?.filter(waits) {
            grant.requested_at = at;
            tx.grant_save(&grant)?;
            changed.push(id.clone());
        }
    }
    Ok(changed)
}

/// Up to `limit` grants to ask for.
fn to_request(tx: &mut dyn Tx, limit: usize) -> Result<Vec<Wanted>, StoreError> {
    let in_force = tx.policy_in_force()?.map(|document| document.version).unwrap_or_default();
    let mut wanted = Vec::new();
    for grant in tx.grants_to_request(limit)? {
        let Some(notice) = tx.notice_load(&notice_id(&grant.notice_key))? else {
            tracing::error!(grant.id = %grant.grant_id, "a grant without its notice cannot be asked for; release it");
            continue;
        };
        let policy = notice.composed.as_ref().map_or_else(|| in_force.clone(), |c| c.policy_version.clone());
        wanted.push((grant, notice, policy));
    }
    Ok(wanted)
}
