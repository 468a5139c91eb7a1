//! Brings defaults, file and environment together, and names every fault in them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::Config;
use super::checks::Checks;
use super::document::{Document, KeyPath, SyntaxFault, dotted};
use super::environment::Environment;
use super::explain::explain;
use super::fault::{Fault, Faults, Place};
use super::form;
use super::reading::{Flaw, Misread, read};

/// Keys that hold secrets. Each may instead be given as a path, with `_file` added to its name.
pub(super) const SECRETS: [&[&str]; 8] = [
    &["kafka", "password"],
    &["intake", "http_token"],
    &["console", "link_secret"],
    &["email", "password"],
    &["webhook", "sms", "secret"],
    &["webhook", "sms", "second_secret"],
    &["webhook", "im", "secret"],
    &["webhook", "im", "second_secret"],
];
/// Other keys whose value is not repeated in a fault, as it may hold an address or a token.
const PERSONAL: [&str; 6] = ["username", "from", "reply_to", "report_to", "url", "public_url"];
/// Keys that hold paths, beside those that end in `_file`.
const PATHS: [&[&str]; 3] = [&["store", "path"], &["policy", "file"], &["templates", "folder"]];

/// Where values come from, to find the place of a fault.
struct Sources {
    file: Option<PathBuf>,
    document: Document,
    environment: Environment,
    /// The paths of the document by their dotted form.
    given: BTreeMap<String, KeyPath>,
}

/// Loads the configuration from a file and the variables of an environment.
pub(super) fn load(
    file: Option<&Path>,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<Config, Faults> {
    let (text, mut faults) = read_file(file);
    let (document, syntax) = Document::parse(&text);
    let sources = Sources::of(file, document, Environment::of(variables));
    faults.extend(syntax.iter().map(|fault| sources.syntax(fault)));
    let mut merged = sources.merge();
    sources.resolve_paths(&mut merged);
    faults.extend(sources.read_secrets(&mut merged));
    let outcome = sources.read(merged);
    let broken_lines: BTreeSet<usize> = syntax.iter().map(|fault| fault.line).collect();
    match outcome {
        Ok(config) if faults.is_empty() => {
            let found = sources.check(&config);
            if found.is_empty() { Ok(config) } else { Err(Faults(found)) }
        }
        Ok(_) => Err(Faults(faults)),
        Err(misread) => {
            let certain = |misread: &Misread| sources.is_certain(misread, &broken_lines);
            let rest = misread.into_iter().filter(certain).map(|misread| sources.misread(misread));
            faults.extend(rest);
            faults.sort_by(|a, b| a.place.cmp(&b.place));
            Err(Faults(faults))
        }
    }
}

fn read_file(file: Option<&Path>) -> (String, Vec<Fault>) {
    let Some(path) = file else {
        return (String::new(), Vec::new());
    };
    match std::fs::read_to_string(path) {
        Ok(text) => (text, Vec::new()),
        Err(error) => {
            let fault = Fault {
                place: Place::File {
                    path: path.to_owned(),
                    line: None,
                },
                key: String::new(),
                message: (format!("cannot be read ({error})"), format!("无法读取({error})")).into(),
                remedy: (
                    "check the path, its permissions and that it is UTF-8 text",
                    "请检查路径、权限,以及是否为 UTF-8 文本",
                )
                    .into(),
            };
            (String::new(), vec![fault])
        }
    }
}

impl Sources {
    fn of(file: Option<&Path>, document: Document, environment: Environment) -> Self {
        let given = document.paths().map(|path| (dotted(path), path.clone())).collect();
        Self {
            file: file.map(Path::to_owned),
            document,
            environment,
            given,
        }
    }

    /// Later layers win, key by key. What no layer gives takes the default of its struct.
    fn merge(&self) -> Dict {
        let mut figment = Figment::from(Layer(self.document.root.clone()));
        for (path, variable) in self.environment.iter() {
            let nested = path.iter().rev().fold(variable.value(), |value, part| {
                Value::from(Dict::from([(part.clone(), value)]))
            });
            figment = figment.merge(Layer(nested.into_dict().unwrap_or_default()));
        }
        figment.extract().unwrap_or_default()
    }

    /// A relative path in the file starts from the file's folder; one in the environment from where we run.
    fn resolve_paths(&self, merged: &mut Dict) {
        let Some(folder) = self.file.as_deref().and_then(Path::parent) else {
            return;
        };
        for path in self.given.values().filter(|path| is_path(path)) {
            let from_environment = self.environment.get(path).is_some();
            let keep = |text: &str| text.contains(":/") || text.ends_with(":memory:") || text.is_empty();
            match slot(merged, path) {
                Some(Value::String(_, text)) if !from_environment && !keep(text) => {
                    *text = folder.join(text.as_str()).to_string_lossy().into_owned();
                }
                _ => {}
            }
        }
    }

    /// Puts what the `_file` keys point at in place of the secrets.
    fn read_secrets(&self, merged: &mut Dict) -> Vec<Fault> {
        let mut faults = Vec::new();
        for secret in SECRETS {
            let (path, file_path) = (owned(secret), file_key(secret));
            let Some((last, way)) = file_path.split_last() else {
                continue;
            };
            let Some(section) = dict_at(merged, way) else {
                continue;
            };
            let Some(Value::String(_, file)) = section.get(last).cloned() else {
                continue;
            };
            section.remove(last);
            let Some(name) = path.last() else { continue };
            if section.contains_key(name) {
                faults.push(self.fault(
                    &file_path,
                    (format!("is given, and so is `{name}`"), format!("与 `{name}` 同时出现")),
                    ("leave one of them out", "请去掉其中一个"),
                ));
            }
            let text = std::fs::read_to_string(&file).unwrap_or_else(|error| {
                faults.push(self.fault(
                    &file_path,
                    (format!("cannot be read ({error})"), format!("无法读取({error})")),
                    ("check the path, its permissions and that it is text", "请检查路径、权限,以及是否为文本"),
                ));
                String::new()
            });
            section.insert(name.clone(), Value::from(text.trim_end_matches(['\r', '\n'])));
        }
        faults
    }

    /// Reads the values. A variable that looks like a number or a truth value where text is wanted is that text.
    fn read(&self, mut merged: Dict) -> Result<Config, Vec<Misread>> {
        let misread = match read::<Config>(&merged) {
            Ok(config) => return Ok(config),
            Err(misread) => misread,
        };
        for misread in misread.iter().filter(|m| matches!(m.flaw, Flaw::Wrong { .. })) {
            let variable = self.environment.get(&misread.path);
            if let (Some(variable), Some(value)) = (variable, slot(&mut merged, &misread.path)) {
                *value = variable.as_text();
            }
        }
        // When text does not help either, the first finding is the better word.
        let second = read::<Config>(&merged);
        second.map_err(|second| if second.len() < misread.len() { second } else { misread })
    }

    fn check(&self, config: &Config) -> Vec<Fault> {
        let mut checks = Checks::default();
        config.check(&mut checks);
        let fault = |broken: super::checks::Broken| Fault {
            place: self.place_of(&broken.key),
            key: broken.key,
            message: broken.message,
            remedy: broken.remedy,
        };
        checks.0.into_iter().map(fault).collect()
    }

    /// After a fault of syntax, what is missing may only be unread, and what stands on its line is not what was meant.
    fn is_certain(&self, misread: &Misread, broken_lines: &BTreeSet<usize>) -> bool {
        let line = self.document.line(&misread.path);
        broken_lines.is_empty()
            || (misread.flaw != Flaw::Missing && line.is_none_or(|line| !broken_lines.contains(&line)))
    }

    fn misread(&self, misread: Misread) -> Fault {
        let is_secret = |path: &[String]| SECRETS.iter().any(|secret| *path == *owned(secret));
        let last = misread.path.last().map(String::as_str).unwrap_or_default();
        let hidden = is_secret(&misread.path) || PERSONAL.contains(&last);
        let form = form::of(&misread.path);
        let further = further_keys(&misread.path);
        let further: Vec<&str> = further.iter().map(String::as_str).collect();
        let explained = explain(misread, form, &further, hidden);
        Fault {
            place: self.place(&explained.path),
            key: explained.key,
            message: explained.message,
            remedy: explained.remedy,
        }
    }

    fn syntax(&self, fault: &SyntaxFault) -> Fault {
        let what = &fault.what;
        Fault {
            place: self.at_line(Some(fault.line)),
            key: String::new(),
            message: (format!("is not TOML ({what})"), format!("不是合法的 TOML({what})")).into(),
            remedy: ("correct the line", "请改正这一行").into(),
        }
    }

    fn fault(
        &self,
        path: &[String],
        message: impl Into<super::Wording>,
        remedy: impl Into<super::Wording>,
    ) -> Fault {
        Fault {
            place: self.place(path),
            key: dotted(path),
            message: message.into(),
            remedy: remedy.into(),
        }
    }

    /// The place of a dotted key, or else of the nearest section around it.
    fn place_of(&self, key: &str) -> Place {
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

/// One layer of values for figment.
struct Layer(Dict);

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named("settings")
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Map::from([(Profile::Default, self.0.clone())]))
    }
}

fn owned(path: &[&str]) -> KeyPath {
    path.iter().map(|part| (*part).to_owned()).collect()
}

/// The key beside a secret's that names its file.
fn file_key<S: AsRef<str>>(path: &[S]) -> KeyPath {
    let mut path: KeyPath = path.iter().map(|part| part.as_ref().to_owned()).collect();
    if let Some(last) = path.last_mut() {
        last.push_str("_file");
    }
    path
}

fn is_path(path: &[String]) -> bool {
    let known = PATHS.iter().any(|known| *path == *owned(known));
    known || path.last().is_some_and(|last| last.ends_with("_file"))
}

/// Names of `_file` keys that stand beside an unknown key.
fn further_keys(path: &[String]) -> Vec<String> {
    let around = path.get(..path.len().saturating_sub(1)).unwrap_or_default();
    let beside = SECRETS.iter().map(|secret| file_key(secret)).filter(|key| key.starts_with(around));
    let named = |key: KeyPath| (key.len() == path.len()).then(|| key.last().cloned()).flatten();
    beside.filter_map(named).collect()
}

fn dict_at<'d>(dict: &'d mut Dict, path: &[String]) -> Option<&'d mut Dict> {
    path.iter().try_fold(dict, |dict, part| match dict.get_mut(part) {
        Some(Value::Dict(_, inner)) => Some(inner),
        _ => None,
    })
}

fn slot<'d>(dict: &'d mut Dict, path: &[String]) -> Option<&'d mut Value> {
    let (last, way) = path.split_last()?;
    dict_at(dict, way)?.get_mut(last)
}
