//! Secrets that are kept in files of their own.

use figment::value::{Dict, Value};

use super::document::{KeyPath, dict_at, owned};
use super::fault::Fault;
use super::sources::Sources;

/// Keys that hold secrets. Each may instead be given as a path, with `_file` added to its name.
pub(super) const SECRETS: [&[&str]; 9] = [
    &["store", "password"],
    &["kafka", "password"],
    &["intake", "http_token"],
    &["console", "link_secret"],
    &["email", "password"],
    &["webhook", "sms", "secret"],
    &["webhook", "sms", "second_secret"],
    &["webhook", "im", "secret"],
    &["webhook", "im", "second_secret"],
];

/// Puts what the `_file` keys point at in place of the secrets, without the line break at its end.
pub(super) fn read(sources: &Sources, merged: &mut Dict) -> Vec<Fault> {
    let one = |secret: &&[&str]| read_one(sources, merged, &owned(secret));
    SECRETS.iter().flat_map(one).collect()
}

fn read_one(sources: &Sources, merged: &mut Dict, path: &[String]) -> Vec<Fault> {
    let file_path = file_key(path);
    let (Some((name, way)), Some(file_name)) = (path.split_last(), file_path.last()) else {
        return Vec::new();
    };
    let section = dict_at(merged, way);
    let Some((section, Some(Value::String(_, file)))) = section.map(|section| {
        let file = section.get(file_name).cloned();
        (section, file)
    }) else {
        return Vec::new();
    };
    section.remove(file_name);
    let mut faults = Vec::new();
    if section.contains_key(name) {
        faults.push(sources.fault(
            &file_path,
            (format!("is given, and so is `{name}`"), format!("与 `{name}` 同时出现")),
            ("leave one of them out", "请去掉其中一个"),
        ));
    }
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| {
        faults.push(sources.fault(
            &file_path,
            (format!("cannot be read ({error})"), format!("无法读取({error})")),
            ("check the path, its permissions and that it is text", "请检查路径、权限,以及是否为文本"),
        ));
        String::new()
    });
    section.insert(name.clone(), Value::from(text.trim_end_matches(['\r', '\n'])));
    faults
}

/// The key beside a secret's that names its file.
pub(super) fn file_key<S: AsRef<str>>(path: &[S]) -> KeyPath {
    let mut path: KeyPath = path.iter().map(|part| part.as_ref().to_owned()).collect();
    if let Some(last) = path.last_mut() {
        last.push_str("_file");
    }
    path
}

/// Names of `_file` keys that stand beside an unknown key.
pub(super) fn beside(path: &[String]) -> Vec<String> {
    let around = path.get(..path.len().saturating_sub(1)).unwrap_or_default();
    let around_here = SECRETS.iter().map(|secret| file_key(secret)).filter(|key| key.starts_with(around));
    let named = |key: KeyPath| (key.len() == path.len()).then(|| key.last().cloned()).flatten();
    around_here.filter_map(named).collect()
}
