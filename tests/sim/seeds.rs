//! Many seeds, and one of them again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant as RealInstant;

use forewarn_core::{Instant, Span};

use crate::dice::Dice;
use crate::disk::{Edge, Struck};
use crate::weather::{Sort, Weather};
use crate::world::World;

/// Seeds that once found something; they always run.
const FIXTURES: [u64; 21] =
    [6, 10, 26, 46, 70, 175, 313, 469, 525, 531, 629, 662, 1434, 1593, 1967, 2015, 2209, 2415, 4017, 7213, 9805];
/// How many seeds run when nobody says otherwise.
const SEEDS: u64 = 1_000;
/// How many failures are enough to stop.
const FAILURES_MAX: usize = 5;
/// The last steps that a failure shows.
const TRACE: usize = 40;
/// From this many seeds on every edge of every step must have been struck, each at least this often.
const COVERED_FROM: (u64, u64) = (1_000, 25);

/// What runs have in common.
#[derive(Default)]
struct Tally {
    struck: Struck,
    failures: Vec<u64>,
    simulated: i64,
    events: u64,
    delivered: u64,
    unknown: u64,
    resent: u64,
    other_way: u64,
    opened: u64,
    crashes: u64,
    looks: u64,
}

fn sort_of(seed: u64) -> Sort {
    [Sort::Twin, Sort::Storm, Sort::Clock, Sort::Storm][usize::try_from(seed % 4).expect("below four")]
}

/// Plays `seed`; the world as far as it came, and why it is not as it should be.
fn play(seed: u64) -> (World, Option<String>) {
    let sort = sort_of(seed);
    let mut world = World::new(seed, sort, Weather::of(sort));
    let result = catch_unwind(AssertUnwindSafe(|| {
        world.run();
        world.at_the_end();
        if sort == Sort::Twin {
            let mut calm = World::new(seed, sort, Weather::CALM);
            calm.run();
            calm.at_the_end();
            world.legacy().assert_same(&calm.legacy());
        }
        world.everything_again(&mut Dice::stream(seed, "again"));
    }));
    let why = result.err().map(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned())).unwrap_or_else(|| "a panic".into())
    });
    (world, why)
}

impl Tally {
    fn add(&mut self, seed: u64, world: World, why: Option<String>) {
        for (edge, times) in world.disk.struck {
            *self.struck.entry(edge).or_default() += times;
        }
        self.simulated += (world.clock.truth - world.start).ms();
        self.events += world.reference.answers.iter().sum::<u64>();
        self.delivered += world.post.delivered.len() as u64;
        let unknown = |o: &&crate::reference::Out| o.state == forewarn::store::port::NoticeState::Unknown;
        self.unknown += world.reference.out.values().filter(unknown).count() as u64;
        let outs = world.reference.out.values();
        self.resent += outs.clone().filter(|o| o.resent).count() as u64;
        self.other_way += outs.filter(|o| o.way.1 != "email").count() as u64;
        self.opened += u64::from(world.opened);
        self.crashes += u64::from(world.crashes);
        self.looks += u64::from(world.looks);
        if let Some(why) = why {
            let from = world.trace.len().saturating_sub(TRACE);
            println!("seed {seed}: {why}");
            world.trace[from..].iter().for_each(|noted| println!("  {noted}"));
            println!("again: FOREWARN_SIM_SEED={seed} cargo test --test sim replay -- --nocapture\n");
            self.failures.push(seed);
        }
    }

    fn report(&self) {
        let days = self.simulated / Span::hours(24).ms();
        println!(
            "{days} simulated days, {} events, {} crashes, {} notices delivered, {} unknown, {} sent again, {} another way, \
             {} times mail was left alone, {} looks anew",
            self.events,
            self.crashes,
            self.delivered,
            self.unknown,
            self.resent,
            self.other_way,
            self.opened,
            self.looks
        );
        for ((step, edge), times) in &self.struck {
            println!("{times:>9}  {step}: {edge:?}");
        }
    }

    fn assert_sound(&self) {
        let seeds = &self.failures;
        assert!(seeds.is_empty(), "seeds {seeds:?} failed; each stands above with its last steps and its command");
    }
}

/// Runs `seeds` on all processors.
fn run(seeds: &[u64]) -> Tally {
    let (next, tally) = (AtomicU64::new(0), Mutex::new(Tally::default()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(seed) =
                    usize::try_from(next.fetch_add(1, Ordering::Relaxed)).ok().and_then(|n| seeds.get(n))
                {
                    let (world, why) = play(*seed);
                    let mut tally = tally.lock().expect("nobody panics with it");
                    tally.add(*seed, world, why);
                    if tally.failures.len() >= FAILURES_MAX {
                        return;
                    }
                }
            });
        }
    });
    tally.into_inner().expect("nobody panics with it")
}

fn wanted(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is to be a number, not `{text}`")))
}

#[test]
fn seeds() {
    let count = wanted("FOREWARN_SIM_SEEDS").unwrap_or(SEEDS);
    let first = wanted("FOREWARN_SIM_FIRST").unwrap_or(0);
    let began = RealInstant::now();
    let tally = run(&(first..first + count).collect::<Vec<_>>());
    println!("{count} seeds in {:.0} s", began.elapsed().as_secs_f64());
    tally.report();
    tally.assert_sound();
    let every_step: std::collections::BTreeSet<&str> = tally.struck.keys().map(|(step, _)| *step).collect();
    for step in every_step.into_iter().filter(|_| count >= COVERED_FROM.0) {
        for edge in [Edge::Kept, Edge::DiedBefore, Edge::DiedAfter, Edge::Undone] {
            let times = tally.struck.get(&(step, edge)).copied().unwrap_or(0);
            assert!(times >= COVERED_FROM.1, "{step}: {edge:?} was struck only {times} times");
        }
    }
}

#[test]
fn seeds_that_once_found_something() {
    run(&FIXTURES).assert_sound();
}

#[test]
fn replay_is_identical() {
    for seed in [0, 1, 2] {
        let (first, _) = play(seed);
        let (second, _) = play(seed);
        assert_eq!(first.trace, second.trace, "seed {seed} went another way");
    }
}

/// Plays the one seed that `FOREWARN_SIM_SEED` names, and nothing without it.
#[test]
fn replay() {
    let Some(seed) = wanted("FOREWARN_SIM_SEED") else { return };
    let (world, why) = play(seed);
    let mut tally = Tally::default();
    println!("{:?} from {} on", sort_of(seed), Instant::to_string(&world.start));
    tally.add(seed, world, why);
    tally.report();
    tally.assert_sound();
}
