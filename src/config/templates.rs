//! `[templates]`: an operator's own words.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::checks::Checks;

/// Templates laid over the built-in ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Templates {
    /// The folder; files in it replace the built-in ones of the same path.
    pub folder: Option<PathBuf>,
}

impl Templates {
    pub(super) fn check(&self, checks: &mut Checks) {
        checks.file("templates.folder", self.folder.as_ref());
        checks.hold(
            !self.folder.as_ref().is_some_and(|folder| folder.is_file()),
            "templates.folder",
            ("is a file", "是一个文件"),
            ("give the folder that holds the locales' folders", "请填写包含各语言文件夹的文件夹"),
        );
    }
}
