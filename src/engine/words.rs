//! Counts words of tracking vendors that nobody here knows, so that they are learned; which they are stands on the orders'
//! pages. Counted as they come, by the process that takes them in: a step that is undone and done again counts twice.

use forewarn_core::event::OrderEvent;
use forewarn_core::tracking::Vocabulary;

const UNKNOWN: &str = "forewarn_unknown_words_total";

/// Counts `body` where it bears such a word.
pub(super) fn count(body: &OrderEvent) {
    let OrderEvent::Parcel(status) = body else { return };
    if let Some(vocabulary) = status.unknown_word_of() {
        metrics::counter!(UNKNOWN, "vocabulary" => vocabulary.as_str()).increment(1);
    }
}

/// Shows every vocabulary's count from nought on, so that its first unknown word is seen as a step.
pub fn show_unknown_words() {
    for vocabulary in Vocabulary::ALL {
        metrics::counter!(UNKNOWN, "vocabulary" => vocabulary.as_str()).increment(0);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use forewarn_core::Instant;
    use metrics_exporter_prometheus::PrometheusBuilder;

    use crate::copy::Copy;
    use crate::engine::{Engine, Identity, Incoming, Links, Shop, Shops, Taken};
    use crate::intake;
    use crate::store::port::Origin;
    use crate::store::sqlite::Db;

    fn incoming(offset: i64, data: &str) -> Incoming {
        let text = format!(
            r#"{{"specversion":"1.0","id":"e{offset}","source":"/carrier","type":"parcel.status",
            "time":"2026-03-02T10:00:00Z","data":{{"merchant_id":"m","order_id":"o","parcel_id":"p",{data}}}}}"#
        );
        let raw = text.into_bytes();
        let origin = Origin { topic: "t".into(), partition: 0, offset };
        Incoming { origin, event: intake::structured(&raw), raw, headers: Vec::new() }
    }

    #[test]
    fn words_nobody_knows_are_counted_by_vocabulary_and_once_however_often_they_come() {
        let links = Links::new("https://example.com", b"secret");
        let shops = Shops { named: BTreeMap::new(), others: Shop::default() };
        let identity = Identity { links, shops, live_since: None, shadow: false };
        let engine = Engine::new(identity, Arc::new(Copy::builtin()));
        let batch = [
            incoming(1, r#""vocabulary":"shopify","raw_status":"BEAMED_UP""#),
            incoming(1, r#""vocabulary":"shopify","raw_status":"BEAMED_UP""#),
            incoming(2, r#""vocabulary":"shopify","raw_status":"BEAMED_DOWN""#),
            incoming(3, r#""vocabulary":"17track","raw_status":"Expired_Other""#),
            incoming(4, r#""vocabulary":"kuaidi100","raw_status":"302""#),
            incoming(5, r#""status":"delivered","vocabulary":"kuaidi100","raw_status":"999""#),
            incoming(6, r#""vocabulary":"ups","raw_status":"D""#),
        ];
        let recorder = PrometheusBuilder::new().build_recorder();
        let page = recorder.handle();
        let now = Instant::parse("2026-03-02T10:05:00Z").expect("a good instant");
        let mut db = Db::in_memory().expect("room in memory");
        metrics::with_local_recorder(&recorder, || {
            super::show_unknown_words();
            let taken = db.transact(&mut |tx| engine.ingest(tx, &batch, &[], now)).expect("a store that works").taken;
            assert_eq!(taken.iter().filter(|taken| **taken == Taken::Applied).count(), 5, "{taken:?}");
        });
        let text = page.render();
        let mut counts: Vec<&str> = text.lines().filter(|line| line.contains("unknown_words_total{")).collect();
        counts.sort_unstable();
        let count = |of: &str, n: u32| format!("forewarn_unknown_words_total{{vocabulary=\"{of}\"}} {n}");
        let wanted =
            ["17track", "aftership", "easypost", "kdniao", "kuaidi100", "shipcloud", "shopify", "trackingmore"];
        assert_eq!(counts, wanted.map(|of| count(of, if of == "shopify" { 2 } else { 0 })));
    }
}
