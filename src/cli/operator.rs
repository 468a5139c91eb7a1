//! Whoever works on a store by command: which store, under what name, in what language.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::Lang;
use crate::config::Config;
use crate::copy::Copy;
use crate::engine::Engine;

/// Arguments of every command that acts on a store for a person.
#[derive(Debug, Args)]
pub(super) struct Operator {
    /// The service's configuration, which names the store. / 服务的配置文件，其中写有数据库位置。
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    /// Who does it, for the record; by default the name of the user. / 操作人，留作记录；默认为当前用户名。
    #[arg(long, global = true, value_name = "NAME")]
    by: Option<String>,
    /// Language of what is printed; by default the one of the environment. / 输出语言；默认取自环境变量。
    #[arg(long, global = true, value_enum, value_name = "LANGUAGE")]
    lang: Option<Lang>,
}

impl Operator {
    /// The configuration they named, or the one that is found.
    ///
    /// # Errors
    /// When it cannot be read or has faults.
    pub(super) fn config(&self) -> anyhow::Result<Config> {
        Ok(Config::load(self.config.as_deref())?)
    }

    /// The name their acts are on record under.
    pub(super) fn author(&self) -> String {
        self.by.clone().unwrap_or_else(super::order::user_name)
    }

    /// The language they read.
    pub(super) fn lang(&self) -> Lang {
        Lang::choose(self.lang)
    }
}

/// An engine for what a person decides: it speaks for the shops of `config` and signs no links.
pub(super) fn engine(config: &Config) -> Engine {
    Engine::new(super::serve::identity(config, &[]), Arc::new(Copy::builtin()))
}
