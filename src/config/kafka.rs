//! `[kafka]`: the broker events come from and notices are announced to.

use std::collections::BTreeMap;
use std::path::PathBuf;

use forewarn_core::Span;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::checks::Checks;
use super::secret;

/// Broker, topics and batches. Without `brokers` nothing is read from or written to Kafka.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Kafka {
    /// Addresses to begin with, `host:port`, several separated by commas.
    pub brokers: Option<String>,
    /// Name of the consumer group.
    pub group: String,
    /// Names of the topics.
    pub topics: Topics,
    /// How the connection is protected.
    pub security_protocol: SecurityProtocol,
    /// How the client proves who it is; for the two `sasl_*` protocols.
    pub sasl_mechanism: Option<SaslMechanism>,
    /// Name for SASL.
    pub username: Option<String>,
    /// Password for SASL.
    #[serde(serialize_with = "secret::masked")]
    pub password: Option<SecretString>,
    /// PEM file of the only authorities to trust; without it those of the system.
    pub ca_file: Option<PathBuf>,
    /// How long the group waits for a silent member before its partitions move on, 6s to 30m.
    pub session_timeout: Span,
    /// Events taken into one transaction at most, 1 to 10,000.
    pub batch_events: usize,
    /// How long a batch waits to become full, in milliseconds, 1 to 5,000.
    pub batch_wait_ms: u64,
    /// Whether a request for a coupon may leave again, under the same `grant_id`, when nobody knows whether the first one
    /// did. The coupon system must then give a `grant_id` once however often it is asked.
    pub repeat_grant_requests: bool,
}

impl Default for Kafka {
    fn default() -> Self {
        Self {
            brokers: None,
            group: "forewarn".into(),
            topics: Topics::default(),
            security_protocol: SecurityProtocol::default(),
            sasl_mechanism: None,
            username: None,
            password: None,
            ca_file: None,
            session_timeout: Span::from_ms(45_000),
            batch_events: 1_000,
            batch_wait_ms: 50,
            repeat_grant_requests: true,
        }
    }
}

/// `[kafka.topics]`: names of the topics.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Topics {
    /// Read: what shops sell.
    pub orders: String,
    /// Read: what warehouses do.
    pub warehouse: String,
    /// Read: what carriers do.
    pub logistics: String,
    /// Read: what buyers say and prefer.
    pub buyers: String,
    /// Read: answers of the coupon system.
    pub grants: String,
    /// Written: notices sent, withdrawn, failed.
    pub notices: String,
    /// Written: coupons asked for.
    pub grant_requests: String,
    /// Written: what could not be read, with the reason.
    pub dead_letters: String,
    /// Written: orders the warehouse should take first.
    pub expedite: String,
}

impl Default for Topics {
    fn default() -> Self {
        Self {
            orders: "forewarn.orders".into(),
            warehouse: "forewarn.warehouse".into(),
            logistics: "forewarn.logistics".into(),
            buyers: "forewarn.buyers".into(),
            grants: "forewarn.grants".into(),
            notices: "forewarn.notices".into(),
            grant_requests: "forewarn.grants.requests".into(),
            dead_letters: "forewarn.dead-letters".into(),
            expedite: "forewarn.expedite".into(),
        }
    }
}

impl Topics {
    /// The topics events are read from.
    pub fn inputs(&self) -> [&str; 5] {
        [&self.orders, &self.warehouse, &self.logistics, &self.buyers, &self.grants]
    }

    /// Every topic with its key, those that are read first.
    pub fn all(&self) -> [(&'static str, &str); 9] {
        [
            ("orders", &self.orders),
            ("warehouse", &self.warehouse),
            ("logistics", &self.logistics),
            ("buyers", &self.buyers),
            ("grants", &self.grants),
            ("notices", &self.notices),
            ("grant_requests", &self.grant_requests),
            ("dead_letters", &self.dead_letters),
            ("expedite", &self.expedite),
        ]
    }

    fn check(&self, checks: &mut Checks) {
        let mut seen = BTreeMap::new();
        for (key, name) in self.all() {
            let key = format!("kafka.topics.{key}");
            let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
            // The broker's own rule for names.
            let good = (1..=249).contains(&name.len()) && name.bytes().all(legal) && name != "." && name != "..";
            checks.hold(
                good,
                &key,
                ("is not a name Kafka takes", "不是 Kafka 允许的主题名"),
                (
                    "use 1 to 249 letters, digits, dots, underscores and hyphens",
                    "请用 1 到 249 个字母、数字、点、下划线或连字符",
                ),
            );
            if let Some(other) = seen.insert(name, key.clone()) {
                checks.broken(
                    &key,
                    (format!("is the same topic as {other}"), format!("与 {other} 是同一个主题")),
                    ("give each its own topic", "请为每一项指定不同的主题"),
                );
            }
        }
    }
}

/// How the connection to the broker is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SecurityProtocol {
    /// Not at all; for a broker on the same machine or a closed network.
    #[default]
    #[serde(alias = "PLAINTEXT")]
    Plaintext,
    /// TLS.
    #[serde(alias = "SSL")]
    Ssl,
    /// Name and password without TLS.
    #[serde(alias = "SASL_PLAINTEXT")]
    SaslPlaintext,
    /// Name and password within TLS.
    #[serde(alias = "SASL_SSL")]
    SaslSsl,
}

impl SecurityProtocol {
    /// The name librdkafka knows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plaintext => "plaintext",
            Self::Ssl => "ssl",
            Self::SaslPlaintext => "sasl_plaintext",
            Self::SaslSsl => "sasl_ssl",
        }
    }

    /// Whether a name and a password are needed.
    pub const fn has_sasl(self) -> bool {
        matches!(self, Self::SaslPlaintext | Self::SaslSsl)
    }

    /// Whether certificates are looked at.
    pub const fn has_tls(self) -> bool {
        matches!(self, Self::Ssl | Self::SaslSsl)
    }
}

/// How the client proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SaslMechanism {
    /// Name and password as they are.
    #[serde(alias = "PLAIN")]
    Plain,
    /// Challenge and response over SHA-256.
    #[serde(rename = "scram-sha-256", alias = "SCRAM-SHA-256")]
    ScramSha256,
    /// Challenge and response over SHA-512.
    #[serde(rename = "scram-sha-512", alias = "SCRAM-SHA-512")]
    ScramSha512,
}

impl SaslMechanism {
    /// The name librdkafka knows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha512 => "SCRAM-SHA-512",
        }
    }
}

impl Kafka {
    pub(super) fn check(&self, checks: &mut Checks) {
        if let Some(brokers) = &self.brokers {
            let good = |one: &str| !one.trim().is_empty() && !one.contains("://");
            checks.hold(
                brokers.split(',').all(good),
                "kafka.brokers",
                ("is not a list of addresses", "不是地址列表"),
                (
                    "write host:port, several separated by commas, without http://",
                    "请写成 host:port,多个用逗号隔开,不要带 http://",
                ),
            );
        }
        checks.filled("kafka.group", &self.group);
        self.topics.check(checks);
        self.check_security(checks);
        let (least, most) = (Span::from_ms(6_000), Span::minutes(30));
        checks.span("kafka.session_timeout", self.session_timeout, least, most);
        checks.number("kafka.batch_events", self.batch_events as u64, 1, 10_000);
        checks.number("kafka.batch_wait_ms", self.batch_wait_ms, 1, 5_000);
    }

    fn check_security(&self, checks: &mut Checks) {
        let sasl = self.security_protocol.has_sasl();
        let given = [
            ("kafka.sasl_mechanism", self.sasl_mechanism.is_some()),
            ("kafka.username", self.username.is_some()),
            ("kafka.password", self.password.is_some()),
        ];
        for (key, is_given) in given {
            checks.hold(
                is_given || !sasl,
                key,
                ("is missing for this security_protocol", "此 security_protocol 需要这个键"),
                ("add it", "请补上"),
            );
            checks.hold(
                !is_given || sasl,
                key,
                ("is given, but security_protocol uses none", "已填写,但 security_protocol 不使用它"),
                (
                    "set security_protocol to sasl_ssl, or leave this out",
                    "请把 security_protocol 设为 sasl_ssl,或去掉这个键",
                ),
            );
        }
        checks.hold(
            self.ca_file.is_none() || self.security_protocol.has_tls(),
            "kafka.ca_file",
            ("is given, but the connection uses no TLS", "已填写,但连接没有使用 TLS"),
            (
                "set security_protocol to ssl or sasl_ssl, or leave this out",
                "请把 security_protocol 设为 ssl 或 sasl_ssl,或去掉这个键",
            ),
        );
        checks.file("kafka.ca_file", self.ca_file.as_ref());
    }
}
