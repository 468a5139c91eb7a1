//! What every connection to the broker has in common, whichever way events go.

mod outage;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use secrecy::ExposeSecret;

pub(crate) use self::outage::Outage;
use crate::config::Kafka;

/// The connection `settings` describe; `None` without brokers.
pub(crate) fn client(settings: &Kafka) -> Option<ClientConfig> {
    let brokers = settings.brokers.as_ref()?;
    let mut client = ClientConfig::new();
    client
        .set("bootstrap.servers", brokers)
        .set("client.id", "forewarn")
        .set("security.protocol", settings.security_protocol.as_str())
        // What arrived damaged is fetched again instead of ending in the dead letters.
        .set("check.crcs", "true")
        .set("socket.keepalive.enable", "true");
    if let Some(mechanism) = settings.sasl_mechanism {
        client.set("sasl.mechanism", mechanism.as_str());
    }
    if let Some(name) = &settings.username {
        client.set("sasl.username", name);
    }
    if let Some(password) = &settings.password {
        client.set("sasl.password", password.expose_secret());
    }
    if let Some(file) = &settings.ca_file {
        client.set("ssl.ca.location", file.to_string_lossy());
    }
    client.set_log_level(RDKafkaLogLevel::Warning);
    Some(client)
}

/// Passes the words of librdkafka on to the log, repeated ones seldom. It speaks of brokers, topics and groups, never of
/// what is in events.
pub(crate) fn log(outage: &Outage, level: RDKafkaLogLevel, facility: &str, message: &str) {
    match level {
        RDKafkaLogLevel::Emerg
        | RDKafkaLogLevel::Alert
        | RDKafkaLogLevel::Critical
        | RDKafkaLogLevel::Error
        | RDKafkaLogLevel::Warning => outage.warned(facility, message),
        RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => {
            tracing::info!(facility, "kafka: {message}");
        }
        RDKafkaLogLevel::Debug => tracing::debug!(facility, "kafka: {message}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{SaslMechanism, SecurityProtocol};

    #[test]
    fn without_brokers_there_is_no_connection() {
        assert!(client(&Kafka::default()).is_none());
    }

    #[test]
    fn name_and_password_reach_the_client_and_the_client_takes_every_setting() {
        let settings = Kafka {
            brokers: Some("127.0.0.1:1".into()),
            security_protocol: SecurityProtocol::SaslSsl,
            sasl_mechanism: Some(SaslMechanism::ScramSha512),
            username: Some("forewarn".into()),
            password: Some("secret".to_owned().into()),
            ..Kafka::default()
        };
        let config = client(&settings).expect("there are brokers");
        assert_eq!(config.get("sasl.mechanism"), Some("SCRAM-SHA-512"));
        assert_eq!(config.get("sasl.password"), Some("secret"));
        let made: Result<rdkafka::producer::BaseProducer, _> = config.create();
        assert!(made.is_ok(), "{:?}", made.err());
    }
}
