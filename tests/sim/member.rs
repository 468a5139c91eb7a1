//! One process of the service: an engine with its caches, the partitions it believes to own, what it has read ahead.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use forewarn::copy::Copy;
use forewarn::engine::{Engine, Identity, Incoming, Links, Position, Shop, Shops};
use forewarn::store::port::Offset;
use forewarn_core::Instant;

use crate::broker::Place;

/// One process.
pub(crate) struct Member {
    pub(crate) engine: Engine,
    /// Offsets and epochs as it knows them; another may have taken a partition over since.
    pub(crate) holding: BTreeMap<Place, Offset>,
    /// Read and not yet kept.
    pub(crate) ahead: Vec<Incoming>,
    /// How often it was started: what an earlier life sent comes back to nobody.
    pub(crate) life: u32,
}

impl Member {
    pub(crate) fn start(live_since: Instant) -> Self {
        Self { engine: engine(live_since), holding: BTreeMap::new(), ahead: Vec::new(), life: 0 }
    }

    /// It dies and is started again: only what lies in the store is left.
    pub(crate) fn restart(&mut self, live_since: Instant) {
        *self = Self { life: self.life + 1, ..Self::start(live_since) };
    }

    /// The positions that what it read ahead leads to.
    pub(crate) fn positions(&self) -> Vec<Position> {
        let mut next = BTreeMap::<Place, i64>::new();
        for incoming in &self.ahead {
            let place = (incoming.origin.topic.clone(), incoming.origin.partition);
            next.insert(place, incoming.origin.offset + 1);
        }
        let position = |(place, next): (Place, i64)| {
            let held = self.holding[&place];
            let (topic, partition) = place;
            Position { topic, partition, epoch: held.epoch, expected: held.next, next }
        };
        next.into_iter().map(position).collect()
    }
}

/// Templates take long to read and never change.
fn engine(live_since: Instant) -> Engine {
    static COPY: OnceLock<Arc<Copy>> = OnceLock::new();
    let copy = COPY.get_or_init(|| Arc::new(Copy::builtin().without_html()));
    let identity = Identity {
        links: Links::new("https://example.com", b"secret"),
        shops: Shops { named: BTreeMap::new(), others: Shop::default() },
        live_since: Some(live_since),
        shadow: false,
    };
    // So few at a time that a tick takes several steps, each with its edges.
    Engine::new(identity, Arc::<Copy>::clone(copy)).learning_by(3)
}
