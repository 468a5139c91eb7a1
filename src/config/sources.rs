//! Where values come from, and so where a fault stands.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::document::{Document, KeyPath, SyntaxFault, dotted, owned};
use super::environment::Environment;
use super::explain::explain;
use super::fault::{Fault, Place};
use super::form;
use super::reading::{Flaw, Misread};
use super::secret_file::{SECRETS, beside, file_key};
use super::wording::Wording;

/// Keys whose value is not repeated in a fault, as it may hold an address or a token; beside the secrets.
const PERSONAL: [&str; 6] = ["username", "from", "reply_to", "report_to", "url", "public_url"];

/// The file and the environment.
pub(super) struct Sources {
    pub(super) file: Option<PathBuf>,
    pub(super) document: Document,
    pub(super) environment: Environment,
    /// The paths of the document by their dotted form.
    pub(super) given: BTreeMap<String, KeyPath>,
}

impl Sources {
    pub(super) fn of(file: Option<&Path>, document: Document, environment: Environment) -> Self {
        let given = document.paths().map(|path| (dotted(path), path.clone())).collect();
        Self { file: file.map(Path::to_owned), document, environment, given }
    }

    /// After a fault of syntax, what is missing may only be unread, and what stands on its line is not what was meant.
    pub(super) fn is_certain(&self, misread: &Misread, broken_lines: &BTreeSet<usize>) -> bool {
        let line = self.document.line(&misread.path);
        broken_lines.is_empty()
            || (misread.flaw != Flaw::Missing && line.is_none_or(|line| !broken_lines.contains(&line)))
    }

    pub(super) fn misread(&self, misread: Misread) -> Fault {
        let is_secret = |path: &[String]| SECRETS.iter().any(|secret| *path == *owned(secret));
        let last = misread.path.last().map(String::as_str).unwrap_or_default();
        let hidden = is_secret(&misread.path) || PERSONAL.contains(&last);
        let form = form::of(&misread.path);
        let further = beside(&misread.path);
        let further: Vec<&str> = further.iter().map(String::as_str).collect();
        let explained = explain(misread, form, &further, hidden);
        Fault {
            place: self.place(&explained.path),
            key: explained.key,
            message: explained.message,
            remedy: explained.remedy,
        }
    }

    pub(super) fn syntax(&self, fault: &SyntaxFault) -> Fault {
        let what = &fault.what;
        Fault {
            place: self.at_line(Some(fault.line)),
            key: String::new(),
            message: (format!("is not TOML ({what})"), format!("不是合法的 TOML({what})")).into(),
            remedy: ("correct the line", "请改正这一行").into(),
        }
    }

    pub(super) fn fault(&self, path: &[String], message: impl Into<Wording>, remedy: impl Into<Wording>) -> Fault {
        Fault { place: self.place(path), key: dotted(path), message: message.into(), remedy: remedy.into() }
    }

    /// The place of a dotted key, or else of the nearest section around it.
    pub(super) fn place_of(&self, key: &str) -> Place {
        let mut key = key;
        loop {
            let path: KeyPath = key.split('.').map(str::to_owned).collect();
            let with_file = format!("{key}_file");
            let variable = self.environment.get(&path);
            let variable = variable.or_else(|| self.environment.get(&file_key(&path)));
            if let Some(variable) = variable {
                return Place::Environment(variable.name.clone());
            }
            if let Some(path) = self.given.get(key).or_else(|| self.given.get(&with_file)) {
                return self.at_line(self.document.line(path));
            }
            match key.rsplit_once('.') {
                Some((around, _)) => key = around,
                None => return self.nowhere(),
            }
        }
    }

    fn place(&self, path: &[String]) -> Place {
        match self.environment.get(path) {
            Some(variable) => Place::Environment(variable.name.clone()),
            None => match self.document.line(path) {
                None => self.nowhere(),
                line => self.at_line(line),
            },
        }
    }

    fn nowhere(&self) -> Place {
        if self.file.is_some() { self.at_line(None) } else { Place::BuiltIn }
    }

    fn at_line(&self, line: Option<usize>) -> Place {
        let path = self.file.clone().unwrap_or_default();
        Place::File { path, line }
    }
}
