use super::*;

/// The smallest configuration that is accepted, for a server on this machine.
pub(in super::super) fn local(port: u16) -> SmtpConfig {
    let text = format!(
        "host = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nfrom = \"shop@mail.example.com\"\nehlo_name = \"forewarn.test\""
    );
    toml::from_str(&text).expect("the sample is valid")
}

#[test]
fn a_short_configuration_takes_the_documented_defaults() {
    let config: SmtpConfig = toml::from_str("host = \"smtp.example.com\"\nfrom = \"a@example.com\"").unwrap();
    assert_eq!(config.tls, TlsMode::Starttls);
    assert_eq!(config.port(), 587);
    assert_eq!(config.connections, 4);
    assert_eq!(config.timeout, Duration::from_secs(30));
    assert_eq!(config.reply_timeout, Duration::from_secs(600));
    assert!(config.check().is_ok());
}

#[test]
fn a_misspelt_field_is_an_error() {
    let read = toml::from_str::<SmtpConfig>("host = \"h\"\nfrom = \"a@example.com\"\nuser_name = \"x\"");
    assert!(read.unwrap_err().to_string().contains("user_name"));
}

#[test]
fn debug_hides_the_password() {
    let mut config = local(25);
    config.password = Some("hunter2".into());
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn a_password_does_not_leave_the_machine_in_clear() {
    let mut config = local(25);
    (config.username, config.password) = (Some("u".to_owned()), Some("p".into()));
    assert!(config.check().is_ok());
    config.host = "smtp.example.com".to_owned();
    assert!(matches!(config.check(), Err(SetupError::PasswordInClear)));
    config.tls = TlsMode::Implicit;
    assert!(config.check().is_ok());
}

#[test]
fn impossible_values_are_refused() {
    let broken: [fn(&mut SmtpConfig); 4] = [
        |c| c.host = "two words".to_owned(),
        |c| c.connections = 0,
        |c| c.connections = 257,
        |c| c.username = Some("u".to_owned()),
    ];
    for spoil in broken {
        let mut config = local(25);
        spoil(&mut config);
        assert!(config.check().is_err());
    }
}

#[test]
fn an_unreadable_or_empty_ca_file_is_named() {
    let mut config = local(25);
    config.tls = TlsMode::Starttls;
    config.ca_file = Some("/nowhere/ca.pem".into());
    assert!(matches!(config.tls_parameters(), Err(SetupError::CaFile { .. })));
}
