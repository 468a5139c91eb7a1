//! Properties over events nobody thought of.

use proptest::prelude::*;

use super::*;

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!("2026-03-05T09:12:44+08:00")),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(name(), inner, 0..6).prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

/// Field names that mean something somewhere, also to the parser.
const KNOWN: &[&str] = &[
    "specversion",
    "id",
    "source",
    "type",
    "time",
    "data",
    "merchant_id",
    "order_id",
    "buyer",
    "buyer_id",
    "lines",
    "line_id",
    "line_ids",
    "sku",
    "quantity",
    "total",
    "amount",
    "currency",
    "scope",
    "kind",
    "status",
    "stage",
    "$serde_json::private::RawValue",
    "$serde_json::private::Number",
    "",
];

fn name() -> impl Strategy<Value = String> {
    prop_oneof![3 => prop::sample::select(KNOWN).prop_map(str::to_owned), 1 => ".{0,8}"]
}

/// Names no type of ours has.
fn unknown_fields() -> impl Strategy<Value = Value> {
    prop::collection::btree_map("x_.{0,8}", json(), 0..4).prop_map(|fields| fields.into_iter().collect())
}

fn kinds() -> impl Strategy<Value = (&'static str, Value)> {
    prop::sample::select(one_of_each())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(structured(&bytes).is_err());
        prop_assert!(message(None, &BTreeMap::new(), &bytes).is_err());
    }

    #[test]
    fn arbitrary_json_never_panics(value in json(), (kind, _) in kinds()) {
        for event in [value.clone(), envelope(kind, &value)] {
            prop_assert_eq!(decode(&event).is_ok(), decode(&event).is_ok());
        }
    }

    #[test]
    fn any_field_replaced_by_any_json_never_panics((kind, data) in kinds(), at in any::<prop::sample::Index>(), value in json()) {
        let mut event = envelope(kind, &data);
        let places = pointers(&event);
        if let Some(found) = places.get(at.index(places.len())).and_then(|place| event.pointer_mut(place)) {
            *found = value;
        }
        if let Err(fault) = decode(&event) {
            prop_assert!(!fault.detail.is_empty());
        }
    }

    #[test]
    fn a_cut_or_altered_event_never_panics((kind, data) in kinds(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = envelope(kind, &data).to_string().into_bytes();
        let at = at.index(bytes.len());
        prop_assert!(structured(&bytes[..at]).is_err());
        bytes[at] = byte;
        if let Err(fault) = structured(&bytes) {
            prop_assert!(!fault.detail.is_empty());
        }
    }

    #[test]
    fn unknown_fields_change_nothing((kind, data) in kinds(), outside in unknown_fields(), inside in unknown_fields()) {
        let expected = decode(&envelope(kind, &data)).expect("it is good");
        let mut more = data;
        for object in ["", "/buyer", "/lines/0", "/total", "/scope", "/ship_to"] {
            if let Some(found) = more.pointer_mut(object) {
                merge(found, inside.clone());
            }
        }
        let mut event = envelope(kind, &more);
        merge(&mut event, outside);
        prop_assert_eq!(decode(&event), Ok(expected));
    }

    #[test]
    fn the_depth_is_what_a_parser_would_count(value in json(), levels in 0_usize..8) {
        let text = value.to_string();
        prop_assert_eq!(depth::exceeds(text.as_bytes(), levels), nesting(&value) > levels);
    }
}

fn nesting(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(nesting).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(nesting).max().unwrap_or(0),
        _ => 0,
    }
}

fn pointers(value: &Value) -> Vec<String> {
    let under = |name: String, value: &Value| {
        let inner = pointers(value).into_iter().map(|rest| format!("/{name}{rest}"));
        inner.chain([format!("/{name}")]).collect::<Vec<_>>()
    };
    match value {
        Value::Array(items) => items.iter().enumerate().flat_map(|(n, item)| under(n.to_string(), item)).collect(),
        Value::Object(fields) => fields.iter().flat_map(|(name, item)| under(name.clone(), item)).collect(),
        _ => Vec::new(),
    }
}
