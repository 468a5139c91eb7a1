//! The fuzzers' corpora, replayed through the very functions the fuzzers call, without a fuzzer or its compiler.

#[path = "../fuzz/properties/mod.rs"]
mod properties;

use std::path::PathBuf;

fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target);
    let files = std::fs::read_dir(folder).expect("every target has a corpus");
    let files = files.map(|file| file.expect("a folder that can be read").path());
    files.map(|path| (path.clone(), std::fs::read(path).expect("a file that can be read"))).collect()
}

#[test]
fn every_corpus_holds_what_its_target_demands() {
    for (target, property) in properties::ALL {
        let cases = corpus(target);
        assert!(cases.len() >= 5, "the corpus of {target} is gone");
        for (path, bytes) in cases {
            let held = std::panic::catch_unwind(|| property(&bytes));
            assert!(held.is_ok(), "{}", path.display());
        }
    }
}

/// The corpora reach past the first check: events that decode, policies that hold.
#[test]
fn the_corpora_hold_good_cases_too() {
    let decoded = corpus("structured").iter().filter(|(_, bytes)| forewarn::intake::structured(bytes).is_ok()).count();
    assert!(decoded >= 15, "{decoded} events decode");
    let parses =
        |(_, bytes): &(PathBuf, Vec<u8>)| forewarn::policy::PolicyBook::parse(&String::from_utf8_lossy(bytes)).is_ok();
    assert!(corpus("policy").iter().filter(|case| parses(case)).count() >= 3);
}
