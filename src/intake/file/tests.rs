//! Recorded files as people really hand them over.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("the folder takes a file");
    (folder, path)
}

fn lines(name: &str, bytes: &[u8]) -> Vec<Line> {
    let (_folder, path) = file(name, bytes);
    read(&path).expect("it opens").map(|line| line.expect("it reads")).collect()
}

fn texts(name: &str, bytes: &[u8]) -> Vec<(u64, String)> {
    let text = |line: Line| (line.number, String::from_utf8(line.bytes).expect("the test wrote UTF-8"));
    lines(name, bytes).into_iter().map(text).collect()
}

fn numbered(expected: &[(u64, &str)]) -> Vec<(u64, String)> {
    expected.iter().map(|(number, text)| (*number, (*text).to_owned())).collect()
}

#[test]
fn mark_carriage_returns_empty_lines_and_a_missing_end_are_taken() {
    let found = texts("a.jsonl", b"\xef\xbb\xbf{\"a\":1}\r\n\r\n  \n{\"b\":2}\n\n{\"c\":3}");
    assert_eq!(found, numbered(&[(1, "{\"a\":1}"), (4, "{\"b\":2}"), (6, "{\"c\":3}")]));
}

#[test]
fn an_empty_file_has_no_lines() {
    assert_eq!(lines("a.jsonl", b""), []);
    assert_eq!(lines("a.jsonl.gz", &packed(b"")), []);
    assert_eq!(lines("a.jsonl", b"\xef\xbb\xbf"), []);
}

#[test]
fn packed_files_are_read_to_their_last_member() {
    let members = [packed(b"one\ntw"), packed(b"o\n"), packed(b"three")].concat();
    let expected = numbered(&[(1, "one"), (2, "two"), (3, "three")]);
    assert_eq!(texts("a.jsonl.gz", &members), expected);
    assert_eq!(texts("named-otherwise.jsonl", &members), expected);
}

#[test]
fn the_longest_line_is_whole_and_the_next_longer_one_is_a_head_with_its_reason() {
    let fits = "x".repeat(EVENT_BYTES_MAX);
    for end in ["\n", "\r\n", ""] {
        let found = lines("a.jsonl", format!("{fits}{end}").as_bytes());
        assert_eq!(
            found.iter().map(|line| (line.bytes.len(), line.too_long)).collect::<Vec<_>>(),
            [(EVENT_BYTES_MAX, false)]
        );
    }
    for more in [1, 2, 3, 4, 5, 6, 7, 8, 3 * EVENT_BYTES_MAX] {
        let long = "x".repeat(EVENT_BYTES_MAX + more);
        for found in [
            lines("a.jsonl", format!("{long}\nnext\n").as_bytes()),
            lines("a.jsonl", format!("\u{feff}{long}\r\nnext").as_bytes()),
            lines("a.jsonl.gz", &packed(format!("{long}\nnext\n").as_bytes())),
        ] {
            let [head, next] = found.as_slice() else { panic!("two lines, not {}", found.len()) };
            assert_eq!((head.number, head.bytes.len(), head.too_long), (1, HEAD_BYTES, true), "{more}");
            assert_eq!(head.decode().expect_err("too long").reason, Reason::TooLarge);
            assert_eq!((next.number, next.bytes.as_slice()), (2, b"next".as_slice()), "{more}");
        }
    }
}

#[test]
fn a_long_line_of_blanks_is_not_passed_over() {
    let found = lines("a.jsonl", " ".repeat(EVENT_BYTES_MAX + 1).as_bytes());
    assert_eq!(found.len(), 1);
    assert!(found.iter().all(|line| line.too_long));
}

#[test]
fn bytes_that_are_no_text_reach_the_dead_letters() {
    let found = lines("a.jsonl", b"\xff\xfe\n");
    let reasons: Vec<_> = found.iter().map(|line| line.decode().expect_err("no text").reason).collect();
    assert_eq!(reasons, [Reason::NotUtf8]);
}

#[test]
fn a_file_that_breaks_off_says_where_and_what_to_do() {
    let whole = packed("0123456789abcdef\n".repeat(50_000).as_bytes());
    let (_folder, path) = file("cut.jsonl.gz", &whole[..whole.len() - 9]);
    let mut lines = read(&path).expect("it opens");
    let error = lines.by_ref().find_map(Result::err).expect("the end is missing").to_string();
    assert!(error.contains("cut.jsonl.gz") && error.contains("past line") && error.contains("again"), "{error}");
    assert!(lines.next().is_none(), "nothing follows an error");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let (folder, _) = file("a.jsonl", b"");
    for path in [folder.path().join("absent.jsonl"), folder.path().to_owned()] {
        let error = read(&path).err().expect("there is no such file").to_string();
        assert!(error.contains(&path.display().to_string()) && error.contains("check"), "{error}");
    }
}
