//! What the operator sets, from defaults, one TOML file and the environment, in this order.
//!
//! Every key that is absent takes a default, so an empty file is a good one. [`Config::load`] names every fault at
//! once with its place and its remedy, and [`Config::redacted`] prints what is in force without a secret in it.

mod checks;
mod console;
mod cron;
pub(crate) mod document;
mod email;
mod engine;
mod environment;
pub(crate) mod explain;
mod fault;
pub(crate) mod form;
mod intake;
mod kafka;
mod keys;
mod load;
mod log;
mod mailbox;
mod policy;
pub(crate) mod reading;
mod safety;
mod secret;
mod secret_file;
mod shop;
mod sources;
mod store;
mod templates;
#[cfg(test)]
mod tests;
mod webhook;
mod wording;

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

pub use console::Console;
pub use cron::Cron;
pub use engine::Engine;
pub use fault::{Fault, Faults, Place};
pub use intake::{AfterHold, Intake};
pub use kafka::{Kafka, SaslMechanism, SecurityProtocol, Topics};
pub use keys::keys;
pub use log::{Log, LogFormat};
pub use mailbox::Mailbox;
pub use policy::PolicySource;
pub use safety::Safety;
pub use shop::Shop;
pub use store::Store;
pub use templates::Templates;
pub use webhook::Webhooks;
pub use wording::Wording;

use crate::deliver::channel::email::SmtpConfig;
use checks::Checks;

/// All settings. Serialising it masks every secret.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where everything is kept.
    pub store: Store,
    /// The broker.
    pub kafka: Kafka,
    /// How far behind events may be.
    pub intake: Intake,
    /// The pages for people.
    pub console: Console,
    /// The size of the engine's steps.
    pub engine: Engine,
    /// The SMTP server; without it no mail leaves the house.
    #[serde(serialize_with = "email::shown")]
    pub email: Option<SmtpConfig>,
    /// Gateways that take notices by HTTP.
    pub webhook: Webhooks,
    /// Mail that stays in the house.
    pub mailbox: Mailbox,
    /// Shadow mode and the moment service began.
    pub safety: Safety,
    /// Shops, by merchant id.
    pub shop: BTreeMap<String, Shop>,
    /// What shops take that do not say it themselves.
    pub shop_defaults: Shop,
    /// Work done at set times.
    pub cron: Cron,
    /// What is written about the service's own doings.
    pub log: Log,
    /// Where the first policy comes from.
    pub policy: PolicySource,
    /// An operator's own words.
    pub templates: Templates,
}

impl Config {
    /// Loads the configuration: defaults, then `file` if there is one, then the environment of this process.
    ///
    /// # Errors
    /// [`Faults`] with every fault there is.
    pub fn load(file: Option<&Path>) -> Result<Self, Faults> {
        let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        Self::load_with(file, std::env::vars_os().map(|(name, value)| (text(name), text(value))))
    }

    /// The same with `variables` in place of the environment of this process.
    ///
    /// # Errors
    /// [`Faults`] with every fault there is.
    pub fn load_with(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Faults> {
        load::load(file, variables)
    }

    /// The shop as buyers see it: its own settings, the gaps filled from the defaults.
    pub fn shop(&self, merchant_id: &str) -> Shop {
        let own = self.shop.get(merchant_id).cloned().unwrap_or_default();
        own.over(&self.shop_defaults)
    }

    /// All settings in force as TOML, with `***` in place of every secret.
    pub fn redacted(&self) -> String {
        // Only a map with keys that are no text could fail, and there is none.
        toml::to_string(self).unwrap_or_else(|error| format!("# cannot be printed: {error}\n"))
    }

    fn check(&self, checks: &mut Checks) {
        self.store.check(checks);
        self.kafka.check(checks);
        self.intake.check(checks);
        self.console.check(checks, self.safety.shadow);
        self.engine.check(checks);
        if let Some(email) = &self.email {
            email::check(email, checks);
        }
        self.webhook.check(checks);
        let sends = self.email.is_some() || self.mailbox.enabled || self.webhook.all().next().is_some();
        checks.hold(
            sends || self.safety.shadow,
            "safety.shadow",
            ("is off, but there is no way to send anything", "已关闭,但没有任何发送方式"),
            (
                "add [email], [webhook.sms] or [webhook.im], or set mailbox.enabled",
                "请添加 [email]、[webhook.sms] 或 [webhook.im],或启用 mailbox.enabled",
            ),
        );
        for (id, shop) in &self.shop {
            shop.check(&document::dotted(&["shop".to_owned(), id.clone()]), checks);
        }
        self.shop_defaults.check("shop_defaults", checks);
        self.safety.check(checks);
        self.cron.check(checks);
        self.log.check(checks);
        self.policy.check(checks);
        self.templates.check(checks);
    }
}
