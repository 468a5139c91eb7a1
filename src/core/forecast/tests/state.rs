//! What is kept of the learned model.

use super::floor::{monday, shop, taught};
use crate::forecast::{Learned, Model, Part, observe};
use crate::instant::Span;

fn names(model: &Model) -> Vec<String> {
    let mut names: Vec<String> = model.habits().chain(model.record_names()).map(str::to_owned).collect();
    names.push("judge".into());
    names
}

fn kept(model: &Model) -> usize {
    let parts: usize = names(model).iter().map(|n| serde_json::to_string(&model.part(n)).unwrap().len()).sum();
    let groups: usize = model.groups.values().map(|cells| serde_json::to_string(cells).unwrap().len()).sum();
    parts + groups
}

#[test]
fn the_model_is_read_back_as_it_was_written() {
    let lives = shop("a", 80, (monday(), Span::hours(7)), 48, |i, paid| paid + Span::minutes(i as i64 * 53 % 4_000));
    let model = taught(&lives, monday() + Span::hours(24 * 40));
    let parts = names(&model).into_iter().map(|name| {
        let text = serde_json::to_string(&model.part(&name).unwrap()).unwrap();
        (name, serde_json::from_str::<Part>(&text).unwrap())
    });
    let version = model.stored_version().to_owned();
    let back = Model::new(version, model.groups.clone(), model.queues.clone(), parts.collect::<Vec<_>>());
    assert_eq!(back, model, "to the last bit");
}

#[test]
fn weights_of_another_form_are_learned_anew() {
    let text = serde_json::to_string(&Model::default().part("judge").unwrap()).unwrap();
    let other: Part = serde_json::from_str(&text.replacen("\"form\":1", "\"form\":0", 1)).unwrap();
    let read = Model::new(String::new(), Default::default(), Default::default(), [("judge".to_owned(), other)]);
    assert_eq!(read, Model::default());
}

#[test]
fn a_shop_takes_as_much_room_after_a_thousand_orders_as_after_a_hundred() {
    let room = |n: usize| {
        let every = Span::hours(2);
        let lives = shop("a", n, (monday(), every), 48, |i, paid| paid + Span::minutes(i as i64 * 53 % 4_000));
        kept(&taught(&lives, monday() + Span::hours(24 * 365)))
    };
    let (hundred, thousand) = (room(100), room(1_000));
    // Only the numbers themselves grow by a digit or two.
    assert!(thousand < hundred * 5 / 4, "{hundred} bytes, then {thousand}");
}

#[test]
fn how_a_ticks_lessons_are_split_over_calls_changes_nothing() {
    let lives = shop("a", 30, (monday(), Span::hours(5)), 24, |i, paid| paid + Span::hours(10 + i as i64 % 30));
    let end = monday() + Span::hours(24 * 60);
    let mut lessons = Vec::new();
    for life in &lives {
        let asked = life.ask(&Model::default(), life.paid).asked;
        let mut learned = Learned::default();
        lessons.extend(observe(&life.order(life.paid), Some(life.ship_by), asked.as_ref(), &mut learned, life.paid));
        lessons.extend(observe(&life.order(end), Some(life.ship_by), None, &mut learned, end));
    }
    let mut whole = Model::default();
    whole.learn(&lessons, end);
    let mut pieces = Model::default();
    lessons.chunks(7).for_each(|some| drop(pieces.learn(some, end)));
    assert_eq!(whole, pieces);
}

#[test]
fn what_an_order_remembers_is_read_in_the_form_of_the_first_version_too() {
    let old = r#"[{"wait":"paid","upto_ms":7,"done":true}]"#;
    let read: Learned = serde_json::from_str(old).unwrap();
    let written = serde_json::to_string(&read).unwrap();
    assert_eq!(written, format!(r#"{{"waits":{old}}}"#));
    assert_eq!(serde_json::from_str::<Learned>(&written).unwrap(), read);
}
