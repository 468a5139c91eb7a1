//! Learned in parts: a tick that takes many steps gives the model that one step gives, and is not seen before its end.

use forewarn::engine::Engine;
use forewarn_core::Span;
use forewarn_core::forecast::Model;

use super::floor::{Floor, at};

/// Thirty orders placed and shipped on 2 March, none of which is learned from yet.
fn busy_morning() -> Floor {
    let mut floor = Floor::new();
    for n in 0..30 {
        floor.order("02 10:00", &n.to_string());
    }
    floor.rest();
    for n in 0..30 {
        floor.shipped(&format!("02 {}:{:02}", 11 + n / 6, n % 6 * 10), &n.to_string());
        floor.wake();
    }
    floor
}

/// The engine that learns `observations` in a step.
fn learning_by(floor: &mut Floor, observations: usize) {
    let fresh = Floor::new().engine;
    floor.engine = fresh.learning_by(observations);
}

fn learn(floor: &mut Floor) -> bool {
    let now = floor.now;
    floor.run(|engine, tx| engine.learn(tx, now))
}

fn model(floor: &mut Floor) -> Model {
    (*floor.run(Engine::model)).clone()
}

/// The model once everything is learned that was seen until `stops`, and how many steps it took.
fn played(stops: &[&str], observations: usize) -> (Model, usize) {
    let (mut floor, mut steps) = (busy_morning(), 0);
    learning_by(&mut floor, observations);
    for stop in stops {
        floor.now = at(stop);
        while learn(&mut floor) {
            steps += 1;
        }
    }
    (model(&mut floor), steps)
}

#[test]
fn the_model_is_the_same_however_long_nobody_asked_and_in_however_many_steps() {
    let (whole, _) = played(&["05 10:00"], 10_000);
    assert_eq!(whole.stored_version(), "2026-03-02T08:00:00Z");
    let (often, _) = played(&["02 16:00", "02 16:15", "02 18:00", "05 10:00"], 10_000);
    assert!(often == whole, "{}", often.stored_version());
    for observations in [1, 2, 7, 50] {
        let (parts, steps) = played(&["02 16:00", "05 10:00"], observations);
        assert!(parts == whole && steps > 30 / observations, "{observations} a step: {}", parts.stored_version());
    }
}

#[test]
fn orders_are_judged_by_the_model_before_until_the_new_one_is_whole() {
    let mut floor = busy_morning();
    learning_by(&mut floor, 4);
    floor.now = at("05 10:00");
    let before = model(&mut floor);
    let mut versions = vec![before.stored_version().to_owned()];
    while learn(&mut floor) {
        let seen = model(&mut floor);
        assert!(seen == before || seen.stored_version() != before.stored_version(), "half a model was shown");
        versions.push(seen.stored_version().to_owned());
    }
    let kept = versions.iter().filter(|version| **version == versions[0]).count();
    assert!(kept > 3, "a tick of thirty orders takes several steps: {versions:?}");
    assert!(versions.is_sorted(), "{versions:?}");
}

#[test]
fn whoever_starts_anew_in_the_middle_of_a_tick_learns_all_of_it_once() {
    let (whole, _) = played(&["05 10:00"], 10_000);
    let mut floor = busy_morning();
    learning_by(&mut floor, 3);
    floor.now = at("05 10:00");
    let mut steps = 0;
    // Each process gets one step further than the one before, so each tick is begun and left at every place.
    for lives in 1.. {
        learning_by(&mut floor, 3);
        let more = (0..lives).all(|_| learn(&mut floor));
        steps += lives;
        if !more {
            break;
        }
    }
    assert!(steps > 30 && model(&mut floor) == whole);
}

#[test]
fn of_two_who_learn_the_same_tick_one_counts() {
    let (whole, _) = played(&["05 10:00"], 10_000);
    let mut floor = busy_morning();
    learning_by(&mut floor, 3);
    let mut other = Floor::new().engine.learning_by(5);
    floor.now = at("05 10:00");
    while learn(&mut floor) {
        std::mem::swap(&mut floor.engine, &mut other);
    }
    assert!(model(&mut floor) == whole);
    std::mem::swap(&mut floor.engine, &mut other);
    assert!(model(&mut floor) == whole);
}

#[test]
fn what_is_written_late_while_a_tick_is_learned_belongs_to_the_next() {
    /// What is learned when an order ships late, so many steps after the tick of 16:15 was closed.
    fn played(steps_after: usize, comes: bool) -> Model {
        let mut floor = busy_morning();
        floor.order("02 16:05", "late");
        floor.wake();
        learning_by(&mut floor, 2);
        floor.now = at("02 16:20");
        while floor.run(|_, tx| tx.observations_progress()).closed < Some(at("02 16:15")) {
            assert!(learn(&mut floor));
        }
        for _ in 0..steps_after {
            learn(&mut floor);
        }
        if comes {
            // A step that began before the tick and was kept waiting writes now.
            floor.now = at("02 16:10");
            floor.shipped("02 16:10", "late");
            floor.wake();
            floor.now = at("02 16:20");
        }
        while learn(&mut floor) {}
        floor.now = at("05 10:00");
        while learn(&mut floor) {}
        model(&mut floor)
    }
    let after_the_tick = played(1_000, true);
    assert!(after_the_tick != played(1_000, false));
    for steps in 0..5 {
        assert!(played(steps, true) == after_the_tick, "{steps} steps after it was closed");
    }
}

#[test]
fn a_clock_that_ran_ahead_does_not_keep_the_model_from_learning() {
    let mut floor = busy_morning();
    floor.order("02 16:05", "while-ahead");
    floor.order("02 16:05", "after");
    floor.wake();
    let right = floor.now;
    floor.now = right + Span::hours(24 * 400);
    floor.shipped("02 16:10", "while-ahead");
    floor.wake();
    floor.now = floor.now + Span::hours(1);
    while learn(&mut floor) {}
    let ahead = model(&mut floor);
    floor.now = right + Span::hours(1);
    floor.shipped("02 17:05", "after");
    floor.wake();
    assert!(!learn(&mut floor), "nothing is due before the next tick");
    floor.now = floor.now + Span::hours(1);
    assert!(learn(&mut floor));
    while learn(&mut floor) {}
    assert!(model(&mut floor).stored_version() < ahead.stored_version());
    assert!(!floor.run(|_, tx| tx.observations_progress()).has_learned_leftovers());
}
