//! `[store]`: where everything is kept.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::checks::Checks;

/// The database.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Store {
    /// The SQLite file; made at the first start. Two more files beside it belong to it.
    pub path: PathBuf,
}

impl Default for Store {
    fn default() -> Self {
        Self { path: PathBuf::from("forewarn.db") }
    }
}

impl Store {
    pub(super) fn check(&self, checks: &mut Checks) {
        let path = self.path.to_string_lossy();
        checks.filled("store.path", &path);
        checks.hold(
            !path.ends_with(":memory:"),
            "store.path",
            ("a database in memory forgets everything at the next start", "内存数据库重启后会丢失全部数据"),
            ("give the path of a file on a local disk", "请填写本地磁盘上的文件路径"),
        );
        checks.hold(
            !path.contains(":/"),
            "store.path",
            ("is an address, not a file", "是一个网址而不是文件"),
            (
                "give the path of a SQLite file; this version keeps its data in SQLite only",
                "请填写 SQLite 文件路径;本版本只用 SQLite 存储",
            ),
        );
        checks.hold(
            !self.path.is_dir(),
            "store.path",
            ("is a folder", "是一个文件夹"),
            ("add the file's name, such as forewarn.db", "请加上文件名,例如 forewarn.db"),
        );
    }
}
