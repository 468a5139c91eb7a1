//! Where template text comes from: built into the program, and a folder that replaces parts of it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Template text by its path below the template root, with `/` between the parts.
pub(super) type Sources = BTreeMap<String, Cow<'static, str>>;

/// The suffix every template carries; other files in a template folder are left alone.
const SUFFIX: &str = ".j2";
/// The largest template taken, in bytes. Our estimate: ten times the largest built in.
const MAX_FILE_BYTES: u64 = 128 * 1024;
/// The most templates one folder may hold. Our estimate: 30 locales of 25 files.
const MAX_FILES: usize = 800;
/// How deep a folder is read: `<locale>/<kind>/<file>`.
const MAX_DEPTH: usize = 3;

/// Why a template folder could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A file or folder could not be read, or is not UTF-8.
    #[error("cannot read template {path}: check that it exists, is readable and is UTF-8 text")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A template is larger than any sensible mail.
    #[error("template {path} is larger than {max} bytes: shorten it")]
    FileTooLarge {
        /// The file.
        path: PathBuf,
        /// The limit, in bytes.
        max: u64,
    },
    /// The folder holds more templates than any sensible set.
    #[error("template folder {path} holds more than {max} templates: point at the template folder itself")]
    TooManyFiles {
        /// The folder that was asked for.
        path: PathBuf,
        /// The limit.
        max: usize,
    },
    /// The default locale has no templates.
    #[error("no templates for the default locale {locale}: use one of {known}")]
    UnknownLocale {
        /// The locale that was asked for.
        locale: String,
        /// The locales there are.
        known: String,
    },
}

/// The templates built into the program.
pub(super) fn builtin() -> Sources {
    super::builtin::TEMPLATES.iter().map(|(path, text)| ((*path).to_owned(), Cow::Borrowed(*text))).collect()
}

/// The templates of a folder, to be laid over the built-in ones.
pub(super) fn folder(root: &Path) -> Result<Sources, LoadError> {
    let mut found = Sources::new();
    read_folder(root, root, 1, &mut found)?;
    Ok(found)
}

fn read_folder(root: &Path, dir: &Path, depth: usize, found: &mut Sources) -> Result<(), LoadError> {
    let read_error = |path: &Path, source| LoadError::Read { path: path.to_owned(), source };
    for entry in fs::read_dir(dir).map_err(|source| read_error(dir, source))? {
        let path = entry.map_err(|source| read_error(dir, source))?.path();
        // Kubernetes mounts keep their versions in folders whose names begin with two dots.
        if file_name(&path).starts_with('.') {
            continue;
        }
        let about = fs::metadata(&path).map_err(|source| read_error(&path, source))?;
        if about.is_dir() && depth < MAX_DEPTH {
            read_folder(root, &path, depth + 1, found)?;
        } else if about.is_file() && file_name(&path).ends_with(SUFFIX) {
            if about.len() > MAX_FILE_BYTES {
                let max = MAX_FILE_BYTES;
                return Err(LoadError::FileTooLarge { path, max });
            }
            let text = fs::read_to_string(&path).map_err(|source| read_error(&path, source))?;
            found.insert(template_name(root, &path), Cow::Owned(text));
        }
        if found.len() > MAX_FILES {
            return Err(LoadError::TooManyFiles { path: root.to_owned(), max: MAX_FILES });
        }
    }
    Ok(())
}

fn file_name(path: &Path) -> Cow<'_, str> {
    path.file_name().unwrap_or_default().to_string_lossy()
}

fn template_name(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}
