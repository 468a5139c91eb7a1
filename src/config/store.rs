//! `[store]`: where everything is kept.

use std::path::PathBuf;

use forewarn_core::Span;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::checks::Checks;
use super::secret;

/// The database: a SQLite file of this process, or, with `url`, a PostgreSQL database that several processes share.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Store {
    /// The SQLite file; made at the first start. Two more files beside it belong to it. Not used with `url`.
    pub path: PathBuf,
    /// The PostgreSQL database, `postgres://user@host:port/database`; then there is no file.
    pub url: Option<String>,
    /// Password for PostgreSQL.
    #[serde(serialize_with = "secret::masked")]
    pub password: Option<SecretString>,
    /// PEM file of the only authorities to trust for PostgreSQL; without it those of the system.
    pub ca_file: Option<PathBuf>,
    /// Connections of this process to PostgreSQL at most, 2 to 100; one more listens for news.
    pub connections: usize,
    /// How long one statement on PostgreSQL may take, 1s to 10m.
    pub statement_timeout: Span,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            path: PathBuf::from("forewarn.db"),
            url: None,
            password: None,
            ca_file: None,
            connections: 10,
            statement_timeout: Span::from_ms(30_000),
        }
    }
}

impl Store {
    pub(super) fn check(&self, checks: &mut Checks) {
        match &self.url {
            Some(url) => self.check_server(url, checks),
            None => self.check_file(checks),
        }
        checks.number("store.connections", self.connections as u64, 2, 100);
        checks.span("store.statement_timeout", self.statement_timeout, Span::from_ms(1_000), Span::minutes(10));
    }

    fn check_server(&self, url: &str, checks: &mut Checks) {
        match url.parse::<postgres::Config>() {
            Err(error) => checks.broken(
                "store.url",
                (format!("cannot be read ({error})"), format!("无法读取({error})")),
                ("write it as postgres://user@host:port/database", "请写成 postgres://user@host:port/database 的形式"),
            ),
            Ok(parsed) => checks.hold(
                parsed.get_password().is_none(),
                "store.url",
                ("holds a password, and addresses are printed", "包含密码,而地址会被打印出来"),
                (
                    "take it out and give it as store.password, better as store.password_file",
                    "请从地址中去掉,改用 store.password,最好用 store.password_file",
                ),
            ),
        }
        checks.file("store.ca_file", self.ca_file.as_ref());
    }

    fn check_file(&self, checks: &mut Checks) {
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
                "give the path of a SQLite file; the address of a PostgreSQL database is store.url",
                "请填写 SQLite 文件路径;PostgreSQL 的地址请写在 store.url",
            ),
        );
        checks.hold(
            !self.path.is_dir(),
            "store.path",
            ("is a folder", "是一个文件夹"),
            ("add the file's name, such as forewarn.db", "请加上文件名,例如 forewarn.db"),
        );
        let idle = [("store.password", self.password.is_some()), ("store.ca_file", self.ca_file.is_some())];
        for (key, given) in idle {
            checks.hold(
                !given,
                key,
                ("is only used with store.url", "仅在设置 store.url 时使用"),
                ("add store.url, or leave it out", "请补上 store.url,或去掉它"),
            );
        }
    }
}
