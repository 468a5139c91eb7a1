//! `forewarn demo` as a process: it begins, warns, adds up and leaves nothing behind.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn demo(folder: &Path, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_forewarn"))
        .args(["demo", "--port", "0"])
        .args(arguments)
        .env("TMPDIR", folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("the binary starts")
}

fn lines(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    let stdout = child.stdout.take().expect("a pipe");
    BufReader::new(stdout).lines().map(|line| line.expect("text"))
}

#[test]
fn the_demo_warns_adds_up_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut child = demo(folder.path(), &["--for", "20", "--lang", "en"]);
    let said: Vec<String> = lines(&mut child).collect();
    let all = said.join("\n");
    assert!(child.wait().expect("an end").success(), "{all}");

    assert_eq!(said.iter().filter(|l| l.contains("http://127.0.0.1:") && l.contains("/?token=")).count(), 2, "{all}");
    let warned = said.iter().position(|l| l.contains("  delay_warning  ") && l.contains("→"));
    let summed = said.iter().position(|l| l.contains("events read:"));
    assert!(warned.is_some() && warned < summed, "{all}");
    assert!(all.contains("incident  out of stock  hanfu-house HF-MAMIAN-RED"), "{all}");
    let books = &said[summed.expect("found above")];
    let broken_are_kept = books.contains("dead letters ") && !books.contains("dead letters 0");
    assert!(books.ends_with("   balanced") && broken_are_kept, "{books}");
    assert!(!all.contains("example.com"), "no personal data: {all}");
    let left: Vec<_> = std::fs::read_dir(folder.path()).expect("the folder").collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn the_demo_ends_at_once_when_interrupted_and_speaks_chinese() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut child = demo(folder.path(), &["--lang", "zh-CN"]);
    let mut said = lines(&mut child);
    assert!(said.by_ref().any(|l| l.contains("/?token=")), "the console is named");
    let told = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill is there");
    assert!(told.success());
    let since = Instant::now();
    let rest: Vec<String> = said.collect();
    assert!(child.wait().expect("an end").success(), "{rest:?}");
    // Promised is 2 s on a quiet machine; this one may be busy with other tests.
    assert!(since.elapsed() < Duration::from_secs(10), "{:?}", since.elapsed());
    assert!(rest.iter().any(|l| l.contains("账目平衡")), "{rest:?}");
}
