//! The order of causes, what asking is worth, and what an older memory reads as.

use super::*;

#[test]
fn causes_are_ranked_as_the_field_ranks_them() {
    let mut causes = Cause::ALL.to_vec();
    causes.sort_by_key(|cause| (rank(*cause), *cause));
    let names: Vec<String> = causes.iter().map(|cause| format!("{} {cause}", rank(*cause))).collect();
    let wanted = [
        "0 out_of_stock",
        "1 address",
        "2 system",
        "2 carrier",
        "2 warehouse_queue",
        "3 weather",
        "3 holiday",
        "4 surge",
    ];
    assert_eq!(names, wanted);
}

#[test]
fn whoever_asked_comes_before_those_who_waited_a_day_longer() {
    let opened = Instant::parse("2026-03-05T12:00:00Z").unwrap();
    assert_eq!(queued_at(opened, 0), opened);
    assert_eq!(queued_at(opened, 2), opened - Span::hours(48));
    assert!(queued_at(opened, u32::MAX) < opened, "any number of them is taken");
}

#[test]
fn a_person_never_gives_the_outcome_that_is_nobodys() {
    assert!(Outcome::by_hand().all(|outcome| outcome != Outcome::ResolvedItself));
    assert_eq!(Outcome::by_hand().count() + 1, Outcome::ALL.len());
}

#[test]
fn a_memory_from_before_the_desk_has_nothing_on_it_and_is_written_as_it_was() {
    let told = Told::default();
    let text = serde_json::to_string(&told).unwrap();
    assert!(!text.contains("desk") && !text.contains("lost"), "{text}");
    assert_eq!(serde_json::from_str::<Told>("{}").unwrap(), told);
}
