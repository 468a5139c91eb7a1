//! Every word of the field survey is known, means what it certainly says, and stands in one place.

mod survey;

use std::collections::BTreeSet;

use super::dictionary::{file, plain};
use super::{Meaning, Vocabulary};
use crate::event::{ParcelReason, ParcelState};

/// What `words` mean, each as `word=state/reason`, for reading a whole vocabulary at a glance.
fn said(vocabulary: Vocabulary, words: &str) -> String {
    let each = words.split_whitespace().map(|word| format!("{word}={}", shown(vocabulary.meaning(word))));
    each.collect::<Vec<_>>().join("\n")
}

fn shown(meaning: Option<Meaning>) -> String {
    match meaning {
        None => "?".into(),
        Some(Meaning::Nothing) => "nothing".into(),
        Some(Meaning::State(state, reason)) => {
            [Some(state.as_str()), reason.map(ParcelReason::as_str)].into_iter().flatten().collect::<Vec<_>>().join("/")
        }
    }
}

#[test]
fn every_file_is_its_vocabularys_and_says_each_word_once_with_its_source() {
    for vocabulary in Vocabulary::ALL {
        let file = file(*vocabulary);
        assert_eq!(file.vocabulary, *vocabulary);
        assert!(file.source.len() > 40, "{vocabulary}");
        assert_eq!(file.read_on.to_string(), "2026-11-23");
        let words: Vec<String> = file.words.values().flatten().map(|word| plain(word)).collect();
        assert_eq!(words.iter().collect::<BTreeSet<_>>().len(), words.len(), "{vocabulary} says a word twice");
        for (meaning, words) in &file.words {
            for word in words {
                assert_eq!(vocabulary.meaning(word), Some(*meaning), "{vocabulary} {word}");
            }
        }
    }
}

#[test]
fn case_and_space_around_a_word_do_not_matter() {
    for word in ["OUT_FOR_DELIVERY", "out_for_delivery", " Out_For_Delivery\n"] {
        assert_eq!(said(Vocabulary::Shopify, word.trim()), format!("{}=out_for_delivery", word.trim()));
        assert_eq!(Vocabulary::Shopify.meaning(word), Some(Meaning::State(ParcelState::OutForDelivery, None)));
    }
    assert_eq!(shown(Vocabulary::Aftership.meaning("intransit_002")), "collected");
}

#[test]
fn a_detail_that_is_new_says_what_its_main_word_does_and_a_new_main_word_nothing_known() {
    assert_eq!(shown(Vocabulary::Aftership.meaning("InTransit_010")), "in_transit");
    assert_eq!(shown(Vocabulary::Aftership.meaning("Exception_099")), "exception");
    assert_eq!(shown(Vocabulary::Seventeen.meaning("Delivered_Other")), "delivered");
    assert_eq!(shown(Vocabulary::Trackingmore.meaning("transit042")), "in_transit");
    assert_eq!(shown(Vocabulary::Easypost.meaning("in_transit/arrived_at_facility")), "in_transit");
    let unknown = [
        (Vocabulary::Aftership, "Teleported_001"),
        (Vocabulary::Shopify, "DELIVERED_BY_DRONE"),
        (Vocabulary::Kuaidi100, "3010"),
        (Vocabulary::Kuaidi100, "9"),
        (Vocabulary::Kdniao, "499"),
        (Vocabulary::Shipcloud, "transit2"),
        (Vocabulary::Trackingmore, "001"),
        (Vocabulary::Easypost, ""),
        (Vocabulary::Easypost, "/"),
    ];
    for (vocabulary, word) in unknown {
        assert_eq!(vocabulary.meaning(word), None, "{vocabulary} {word}");
    }
}

#[test]
fn what_a_vendor_reads_off_its_clock_tells_nothing() {
    let silences = [
        (Vocabulary::Aftership, "Expired Expired_001 Pending Pending_006"),
        (Vocabulary::Seventeen, "Expired Expired_Other NotFound NotFound_InvalidCode"),
        (Vocabulary::Kuaidi100, "201 202 abort"),
        (Vocabulary::Kdniao, "0 401 402 403"),
        (Vocabulary::Trackingmore, "expired pending notfound notfound002"),
        (Vocabulary::Easypost, "unknown"),
        (Vocabulary::Shipcloud, "unknown notification"),
    ];
    for (vocabulary, words) in silences {
        for word in words.split_whitespace() {
            assert_eq!(vocabulary.meaning(word), Some(Meaning::Nothing), "{vocabulary} {word}");
        }
    }
}

#[test]
fn one_word_means_another_thing_with_each_vendor() {
    let of = |vocabulary: Vocabulary, word: &str| shown(vocabulary.meaning(word));
    assert_eq!(of(Vocabulary::Trackingmore, "pickup"), "out_for_delivery");
    assert_eq!(of(Vocabulary::Trackingmore, "pickup002"), "ready_for_pickup");
    assert_eq!(of(Vocabulary::Aftership, "AvailableForPickup"), "ready_for_pickup");
    assert_eq!(of(Vocabulary::Shipcloud, "picked_up"), "collected");
    assert_eq!(of(Vocabulary::Seventeen, "InTransit_PickedUp"), "collected");
    assert_eq!(of(Vocabulary::Shopify, "CARRIER_PICKED_UP"), "collected");
    assert_eq!(of(Vocabulary::Shopify, "PICKED_UP"), "delivered");
    assert_eq!(of(Vocabulary::Kuaidi100, "202"), "nothing");
    assert_eq!(of(Vocabulary::Kdniao, "202"), "out_for_delivery");
    assert_eq!(of(Vocabulary::Kuaidi100, "1"), "label_created");
    assert_eq!(of(Vocabulary::Kdniao, "1"), "collected");
}
