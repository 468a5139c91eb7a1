//! What a stored event keeps saying, whatever version reads it.

use serde_json::{Value, json};

use super::{OrderEvent, ParcelReason, ParcelState, ParcelStatus};
use crate::sample::said;
use crate::tracking::{Meaning, Vocabulary};

fn digest(data: &Value) -> u64 {
    said(3, "e", "parcel.status", data).digest()
}

/// Digests as they are stored with facts that were folded before there were vocabularies: with another one the same event
/// told again would be `id_reused`.
#[test]
fn a_status_in_our_words_keeps_its_fingerprint_and_its_stored_form() {
    let plain = json!({ "parcel_id": "P1", "status": "delayed" });
    let full = json!({
        "parcel_id": "P1", "status": "delayed", "reason": "weather",
        "expected_delivery_at": "2026-03-06T10:00:00Z", "location": "武汉", "raw_status": "DELAY_0x17",
    });
    assert_eq!(digest(&plain), 0x673f_7bda_3f02_7d57);
    assert_eq!(digest(&full), 0x84f7_8cb5_eed6_bd6c);
    for data in [plain, full] {
        let stored = json!({ "type": "parcel.status", "data": data });
        let event: OrderEvent = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(serde_json::to_value(event).unwrap(), stored);
    }
}

#[test]
fn a_vendors_word_has_a_fingerprint_of_its_own() {
    let told = [
        json!({ "parcel_id": "P1", "vocabulary": "aftership", "raw_status": "Exception" }),
        json!({ "parcel_id": "P1", "vocabulary": "17track", "raw_status": "Exception" }),
        json!({ "parcel_id": "P1", "vocabulary": "17track", "raw_status": "Exception_Lost" }),
        json!({ "parcel_id": "P1", "vocabulary": "17track", "raw_status": "Exception", "status": "exception" }),
        json!({ "parcel_id": "P1", "raw_status": "Exception", "status": "exception" }),
    ];
    let digests: std::collections::BTreeSet<u64> = told.iter().map(digest).collect();
    assert_eq!(digests.len(), told.len());
}

#[test]
fn our_word_goes_before_a_vendors_and_a_reason_before_the_words_own() {
    let read = |data: Value| serde_json::from_value::<ParcelStatus>(data).unwrap();
    let lost = json!({ "parcel_id": "P", "vocabulary": "aftership", "raw_status": "Exception_013" });
    let with = |more: Value| {
        let mut data = lost.clone();
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        read(data)
    };
    let exception = |reason| Some(Meaning::State(ParcelState::Exception, Some(reason)));
    assert_eq!(read(lost.clone()).meaning(), exception(ParcelReason::Lost));
    assert_eq!(with(json!({ "reason": "weather" })).meaning(), exception(ParcelReason::Weather));
    let ours = with(json!({ "status": "delivered" }));
    assert_eq!((ours.meaning(), ours.unknown_word_of()), (Some(Meaning::State(ParcelState::Delivered, None)), None));
    let silent = with(json!({ "raw_status": "Expired" }));
    assert_eq!((silent.state(), silent.unknown_word_of()), (None, None));
    let unknown = with(json!({ "raw_status": "Teleported" }));
    assert_eq!((unknown.state(), unknown.unknown_word_of()), (None, Some(Vocabulary::Aftership)));
}
