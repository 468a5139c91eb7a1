//! The desk: people settle what waits there, and at the end it holds what it must and nothing else.

use forewarn::store::port::{Closing, DeskRow, DeskSearch, GrantRow, NoticeRow, NoticeState, OrderRow};
use forewarn_core::desk::{Matter, Outcome, Stage};
use forewarn_core::event::RenegotiationStatus;
use forewarn_core::grant::GrantStatus;
use forewarn_core::notice::Kind;
use forewarn_core::order::Order;

use crate::weather::Sort;
use crate::world::World;

impl World {
    /// Somebody closes about half of what waits. Which is chosen by the entries' ids, and no fault comes between, so that
    /// what else happens to a seed stays as it was; in a twin nobody does, as its two runs need not stand at one moment.
    pub(crate) fn somebody_settles(&mut self) {
        if self.sort == Sort::Twin {
            return;
        }
        let (now, engine) = (self.clock.now(), &self.members[0].engine);
        self.disk.look(|tx| {
            let search = DeskSearch { limit: 100, ..DeskSearch::default() };
            for line in tx.desk_list(None, &search)? {
                let id = &line.row.desk_id;
                let by = Some("somebody".to_owned());
                let closing = Closing { at: now, outcome: Outcome::BuyerCalled, by, ended_by: None, note: None };
                if id.as_str().ends_with(|digit: char| digit < '8') {
                    assert!(engine.desk_close(tx, None, id, &closing)?.is_some(), "{id} was open");
                }
            }
            Ok(())
        });
    }

    /// What the order remembers of the desk is what stands there; all that must be there is, and nothing whose reason has
    /// ended is open.
    pub(crate) fn the_desk_is_right(&mut self, row: &OrderRow, notices: &[NoticeRow]) {
        let key = &row.key;
        let (desk, grants) = self.disk.look(|tx| Ok((tx.desk_of(key)?, tx.grants_of(key)?)));
        for entry in &row.told.desk {
            let mine: Vec<&DeskRow> =
                desk.iter().filter(|r| r.matter == entry.matter && r.about == entry.about).collect();
            let numbers: Vec<u32> = mine.iter().map(|r| r.number).collect();
            assert_eq!(numbers, (1..=entry.number).collect::<Vec<_>>(), "{key}: {entry:?}");
            let open: Vec<u32> = mine.iter().filter(|r| r.closed.is_none()).map(|r| r.number).collect();
            let wanted: &[u32] = if entry.stage == Stage::Open { &[entry.number] } else { &[] };
            assert_eq!(open, wanted, "{key}: {entry:?}");
        }
        let remembered: usize = row.told.desk.iter().map(|entry| entry.number as usize).sum();
        assert_eq!(desk.len(), remembered, "{key} does not know of all it has on the desk");
        let order = self.reference.order(key);
        for open in desk.iter().filter(|r| r.closed.is_none()) {
            assert!(has_reason(open, &order, &grants), "{key}: nothing stands behind {open:?}");
        }
        for (matter, about) in called_for(&order, notices, &grants) {
            let known = desk.iter().any(|r| r.matter == matter && r.about == about);
            assert!(known, "{key}: {matter} {about} never came to the desk");
        }
    }
}

fn has_reason(row: &DeskRow, order: &Order, grants: &[GrantRow]) -> bool {
    match row.matter {
        Matter::UnansweredAddress => {
            order.is_open() && order.exceptions.iter().any(|e| e.id.as_str() == row.about && e.cleared_at.is_none())
        }
        Matter::PastUpdates => order.is_open(),
        Matter::Urgent => order.is_open() && order.needed_by.is_some(),
        Matter::ParcelTrouble => order.parcels.iter().any(|p| p.id.as_str() == row.about && p.delivered_at.is_none()),
        Matter::RefusedGrant => grants.iter().any(|g| g.grant_id.as_str() == row.about && is_lost(g)),
    }
}

fn is_lost(grant: &GrantRow) -> bool {
    matches!(grant.status, GrantStatus::Refused | GrantStatus::Expired)
}

/// What buyers were told that leaves a person to act.
fn called_for(order: &Order, notices: &[NoticeRow], grants: &[GrantRow]) -> Vec<(Matter, String)> {
    let mut called = Vec::new();
    let agreed = order.talks.iter().any(|(_, talk)| talk.status == RenegotiationStatus::Agreed);
    for notice in notices.iter().filter(|n| matches!(n.state, NoticeState::Sent | NoticeState::Unknown)) {
        let Some(composed) = &notice.composed else { continue };
        let variables = serde_json::to_value(&composed.variables).expect("variables are JSON");
        let is_last = variables["last_update"] == true;
        if is_last && notice.kind == Kind::DelayUpdate && order.is_open() && !agreed {
            called.push((Matter::PastUpdates, String::new()));
        }
        if is_last && notice.kind == Kind::LogisticsDelay {
            let parcel = composed.parcel_id.clone().unwrap_or_default();
            let arrived = order.parcels.iter().any(|p| p.id.as_str() == parcel && p.delivered_at.is_some());
            called.extend((!arrived && order.live_lines().next().is_some()).then_some((Matter::ParcelTrouble, parcel)));
        }
        let refused = |g: &&GrantRow| composed.grant_id.as_deref() == Some(g.grant_id.as_str());
        let lost = grants.iter().filter(refused).find(|g| g.status == GrantStatus::Refused);
        called.extend(lost.map(|grant| (Matter::RefusedGrant, grant.grant_id.to_string())));
    }
    called
}
