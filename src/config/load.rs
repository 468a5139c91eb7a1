//! Brings defaults, file and environment together, and names every fault in them.

use std::collections::BTreeSet;
use std::path::Path;

use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::checks::{Broken, Checks};
use super::document::{Document, owned, slot};
use super::environment::Environment;
use super::fault::{Fault, Faults, Place};
use super::reading::{Misread, read};
use super::sources::Sources;
use super::{Config, secret_file};

/// Keys that hold paths, beside those that end in `_file`.
const PATHS: [&[&str]; 3] = [&["store", "path"], &["policy", "file"], &["templates", "folder"]];

/// Loads the configuration from a file and the variables of an environment.
pub(super) fn load(
    file: Option<&Path>,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<Config, Faults> {
    let (text, mut faults) = read_file(file);
    let (document, syntax) = Document::parse(&text);
    let sources = Sources::of(file, document, Environment::of(variables));
    faults.extend(syntax.iter().map(|fault| sources.syntax(fault)));
    let mut merged = merge(&sources);
    resolve_paths(&sources, &mut merged);
    faults.extend(secret_file::read(&sources, &mut merged));
    let outcome = read::<Config>(&merged);
    let broken_lines: BTreeSet<usize> = syntax.iter().map(|fault| fault.line).collect();
    match outcome {
        Ok(config) if faults.is_empty() => {
            let found = check(&sources, &config);
            if found.is_empty() { Ok(config) } else { Err(sorted(found)) }
        }
        Ok(_) => Err(sorted(faults)),
        Err(misread) => {
            let certain = |misread: &Misread| sources.is_certain(misread, &broken_lines);
            let rest = misread.into_iter().filter(certain).map(|misread| sources.misread(misread));
            faults.extend(rest);
            Err(sorted(faults))
        }
    }
}

/// In the order a person finds them: through the file, then the environment.
fn sorted(mut faults: Vec<Fault>) -> Faults {
    faults.sort_by(|a, b| (&a.place, &a.key).cmp(&(&b.place, &b.key)));
    Faults(faults)
}

fn read_file(file: Option<&Path>) -> (String, Vec<Fault>) {
    let Some(path) = file else {
        return (String::new(), Vec::new());
    };
    match std::fs::read_to_string(path) {
        Ok(text) => (text, Vec::new()),
        Err(error) => {
            let fault = Fault {
                place: Place::File { path: path.to_owned(), line: None },
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

/// Later layers win, key by key. What no layer gives takes the default of its struct.
fn merge(sources: &Sources) -> Dict {
    let mut figment = Figment::from(Layer(sources.document.root.clone()));
    for (path, variable) in sources.environment.iter() {
        let nested = path
            .iter()
            .rev()
            .fold(variable.value(path), |value, part| Value::from(Dict::from([(part.clone(), value)])));
        figment = figment.merge(Layer(nested.into_dict().unwrap_or_default()));
    }
    figment.extract().unwrap_or_default()
}

/// A relative path in the file starts from the file's folder; one in the environment from where we run.
fn resolve_paths(sources: &Sources, merged: &mut Dict) {
    let Some(folder) = sources.file.as_deref().and_then(Path::parent) else {
        return;
    };
    for path in sources.given.values().filter(|path| is_path(path)) {
        let from_environment = sources.environment.get(path).is_some();
        let keep = |text: &str| text.contains(":/") || text.ends_with(":memory:") || text.is_empty();
        match slot(merged, path) {
            Some(Value::String(_, text)) if !from_environment && !keep(text) => {
                *text = folder.join(text.as_str()).to_string_lossy().into_owned();
            }
            _ => {}
        }
    }
}

fn check(sources: &Sources, config: &Config) -> Vec<Fault> {
    let mut checks = Checks::default();
    config.check(&mut checks);
    let fault = |broken: Broken| Fault {
        place: sources.place_of(&broken.key),
        key: broken.key,
        message: broken.message,
        remedy: broken.remedy,
    };
    checks.0.into_iter().map(fault).collect()
}

fn is_path(path: &[String]) -> bool {
    let known = PATHS.iter().any(|known| *path == *owned(known));
    known || path.last().is_some_and(|last| last.ends_with("_file"))
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
