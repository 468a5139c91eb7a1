use super::guard::check;
use super::*;

#[test]
fn builtin_templates_pass_the_guard() {
    let findings = check(&Copy::builtin());
    for f in &findings { println!("{}:{:?} {} -- {}", f.template, f.line, f.message, f.remedy); }
    assert!(findings.is_empty(), "{} findings", findings.len());
}
#[test]
fn zz_preview() {
    let dir = std::path::Path::new("/tmp/copywork/out");
    std::fs::create_dir_all(dir).unwrap();
    let copy = Copy::builtin();
    for l in ["zh-CN","en"] { for (label, letter) in samples(l) {
        match copy.render(l, &letter) { Ok(r) => {
            std::fs::write(dir.join(format!("{l}-{label}.html")), &r.html).unwrap();
            std::fs::write(dir.join(format!("{l}-{label}.txt")), format!("Subject: {}\n\n{}", r.subject, r.text)).unwrap();
        } Err(e) => println!("{l} {label}: {e}") }
    } }
}
