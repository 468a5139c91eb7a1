//! Reading and keeping events: batches of any size, partitions that change hands, owners that do not know it yet.

use forewarn::store::StoreError;
use forewarn::store::port::Offset;

use crate::broker::Place;
use crate::world::World;

/// Most events read in one go, beside 1.
const BATCHES: [usize; 4] = [1, 3, 10, 100];

impl World {
    /// Reads and keeps a batch, or tries to; whether there was anything to do.
    pub(crate) fn ingest(&mut self, who: usize) -> bool {
        if self.broker.gone_until.is_some() {
            return false;
        }
        if self.dice.chance(self.weather.rebalance) {
            let places = self.broker.places().into_iter().filter(|_| self.dice.chance(40)).collect();
            self.take_over(who, places);
            return true;
        }
        let orphans: Vec<Place> = self.broker.places().into_iter().filter(|p| !self.is_owned(p)).collect();
        if !orphans.is_empty() {
            self.take_over(who, orphans);
            return true;
        }
        self.read_ahead(who);
        // A process that goes on reading while another owns its partitions already is a zombie.
        let idle = self.members[who].ahead.is_empty();
        if !idle {
            self.keep(who);
        }
        !idle || self.is_behind()
    }

    /// Whether some process believes to own `place` and is right.
    fn is_owned(&self, place: &Place) -> bool {
        let known = self.reference.offsets.get(place);
        self.members.iter().any(|m| m.holding.get(place).is_some_and(|o| known.is_some_and(|(e, _)| *e == o.epoch)))
    }

    /// Whether anything that arrived was not read.
    pub(crate) fn is_behind(&self) -> bool {
        let kept = |place: &Place| self.reference.offsets.get(place).and_then(|(_, next)| *next).unwrap_or(0);
        self.broker.places().iter().any(|place| kept(place) < self.broker.end(place))
    }

    fn take_over(&mut self, who: usize, places: Vec<Place>) {
        let wanted = places.clone();
        let (taken, alive) = self.done(who, "take_over", |_, tx| {
            wanted
                .iter()
                .map(|(topic, partition)| tx.offset_take_over(topic, *partition))
                .collect::<Result<Vec<_>, _>>()
        });
        for (place, offset) in places.iter().zip(taken.iter().flatten()) {
            let known = self.reference.offsets.get(place).copied().unwrap_or((0, None));
            let right = Offset { epoch: known.0 + 1, next: known.1 };
            assert_eq!(*offset, right, "{place:?} was taken over where it had not been left");
            self.reference.offsets.insert(place.clone(), (offset.epoch, offset.next));
            if alive {
                self.members[who].holding.insert(place.clone(), *offset);
            }
        }
        if alive && taken.is_some() {
            self.members[who].ahead.clear();
        }
    }

    fn read_ahead(&mut self, who: usize) {
        if !self.members[who].ahead.is_empty() {
            return;
        }
        let most = self.dice.of(&BATCHES);
        let holding: Vec<(Place, Offset)> = self.members[who].holding.clone().into_iter().collect();
        for (place, offset) in holding {
            let events = self.broker.read(&place, offset.next.unwrap_or(0), most);
            self.members[who].ahead.extend(events);
        }
    }

    /// Keeps what was read ahead. Whoever is not the owner any more must be turned away, and nothing of it kept.
    fn keep(&mut self, who: usize) {
        let (batch, positions) = (self.members[who].ahead.clone(), self.members[who].positions());
        let (now, may) = (self.clock.now(), self.reference.lets_write(&positions));
        let outcome = self.attempt(who, "ingest", |engine, tx| engine.ingest(tx, &batch, &positions, now));
        match outcome.truth {
            Ok(Some(ingested)) => {
                assert!(may, "a stale owner was let through: {positions:?}");
                self.reference.ingested(&batch, &positions, &ingested);
                if outcome.alive {
                    self.advance(who);
                }
            }
            Ok(None) => assert!(may, "a stale owner was let through up to the commit: {positions:?}"),
            Err(StoreError::Fenced { .. }) => {
                assert!(!may, "the owner was turned away: {positions:?}");
                self.note(who, "was fenced", None);
                self.members[who].holding.retain(|place, offset| {
                    self.reference.offsets.get(place).is_some_and(|(epoch, _)| *epoch == offset.epoch)
                });
                self.members[who].ahead.clear();
            }
            Err(error) => panic!("ingest was refused: {error:?}"),
        }
    }

    fn advance(&mut self, who: usize) {
        let member = &mut self.members[who];
        for position in member.positions() {
            let held = member.holding.get_mut(&(position.topic, position.partition)).expect("what is read is held");
            held.next = Some(position.next);
        }
        member.ahead.clear();
    }
}
