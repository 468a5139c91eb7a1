//! Policies: any text is a policy or a list of problems with a place; a policy's canonical text is the same policy.

use forewarn::policy::PolicyBook;

/// A policy document.
pub(crate) fn policy(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match PolicyBook::parse(&text) {
        Ok(book) => {
            let again = PolicyBook::parse(book.text()).expect("its own text is a policy");
            assert_eq!(again.version(), book.version(), "the same policy has two versions");
            for (platform, merchant, warehouse) in [(None, "m", None), (Some("tmall"), "qinghe", Some("wh-1"))] {
                let resolved = book.resolve(platform, merchant, warehouse);
                assert_eq!(*resolved, *again.resolve(platform, merchant, warehouse));
            }
        }
        Err(problems) => {
            assert!(!problems.is_empty(), "refused without a reason");
            let lines = text.lines().count().max(1);
            assert!(problems.iter().all(|p| p.line.is_none_or(|line| line >= 1 && line <= lines + 1)), "{problems:?}");
        }
    }
}
