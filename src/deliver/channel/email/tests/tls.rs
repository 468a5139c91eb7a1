//! Encryption, both kinds, against a certificate of our own making.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tempfile::NamedTempFile;
use tokio_rustls::TlsAcceptor;

use super::{
    super::{EmailChannel, TlsMode},
    config, retry_class,
    server::{Act, Script, Server},
};
use crate::deliver::channel::{Channel, Outcome, RetryClass, tests::sample};

/// An authority and a server certificate for one name, signed by it.
struct Pki {
    authority: NamedTempFile,
    acceptor: TlsAcceptor,
}

fn pki(name: &str) -> Pki {
    let mut root = CertificateParams::new(Vec::new()).unwrap();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let certificate = leaf.signed_by(&key, &issuer).unwrap();

    let chain = CertificateDer::from_pem_slice(certificate.pem().as_bytes()).unwrap();
    let private = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![chain], private)
        .unwrap();
    let authority = NamedTempFile::new().unwrap();
    std::fs::write(authority.path(), issuer.pem()).unwrap();
    Pki { authority, acceptor: TlsAcceptor::from(Arc::new(server)) }
}

const OFFER: Act = Act::Say("250-test\r\n250-STARTTLS\r\n250 AUTH PLAIN");

async fn server(pki: &Pki, mode: TlsMode) -> Server {
    Script::new().on("EHLO", &[OFFER]).with_tls(pki.acceptor.clone(), mode == TlsMode::Implicit).start().await
}

fn channel(server: &Server, pki: &Pki, mode: TlsMode) -> EmailChannel {
    let mut config = config(server.port);
    config.host = "localhost".to_owned();
    config.tls = mode;
    config.ca_file = Some(pki.authority.path().to_owned());
    (config.username, config.password) = (Some("u".to_owned()), Some("p".into()));
    EmailChannel::new("email", &config).unwrap()
}

#[tokio::test]
async fn mails_go_encrypted_in_both_modes_over_a_kept_connection() {
    let pki = pki("localhost");
    for mode in [TlsMode::Starttls, TlsMode::Implicit] {
        let server = server(&pki, mode).await;
        let channel = channel(&server, &pki, mode);
        for _ in 0..3 {
            let outcome = channel.send(&sample()).await;
            assert!(matches!(outcome, Outcome::Sent { .. }), "{mode:?} {outcome:?}");
        }
        assert_eq!((server.connections(), server.mails().len()), (1, 3), "{mode:?}");
        let upgrades = server.commands().iter().filter(|c| *c == "STARTTLS").count();
        assert_eq!(upgrades, usize::from(mode == TlsMode::Starttls));
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_or_authority_waits_for_the_operator() {
    let (other_name, other_authority) = (pki("elsewhere.example"), pki("localhost"));
    for mode in [TlsMode::Starttls, TlsMode::Implicit] {
        let server = server(&other_name, mode).await;
        for trusted in [&other_name, &other_authority] {
            let outcome = channel(&server, trusted, mode).send(&sample()).await;
            assert_eq!(retry_class(outcome), RetryClass::Config, "{mode:?}");
        }
        assert!(server.mails().is_empty());
        assert!(!server.commands().iter().any(|c| c.starts_with("AUTH")));
    }
}

#[tokio::test]
async fn a_server_that_offers_no_encryption_gets_neither_password_nor_mail() {
    let pki = pki("localhost");
    let server = Script::new().start().await;
    let outcome = channel(&server, &pki, TlsMode::Starttls).send(&sample()).await;
    assert_eq!(retry_class(outcome), RetryClass::Config);
    let said: Vec<_> = server.commands().into_iter().filter(|c| !c.starts_with("EHLO")).collect();
    assert!(said.iter().all(|c| c == "QUIT"), "{said:?}");
}

#[tokio::test]
async fn replies_slipped_in_before_the_encryption_are_not_believed() {
    let pki = pki("localhost");
    let server = Script::new()
        .on("EHLO", &[OFFER])
        .on("STARTTLS", &[Act::Say("220 go\r\n250-evil\r\n250 AUTH PLAIN")])
        .with_tls(pki.acceptor.clone(), false)
        .start()
        .await;
    let outcome = channel(&server, &pki, TlsMode::Starttls).send(&sample()).await;
    assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome:?}");
    assert!(!server.commands().iter().any(|c| c.starts_with("AUTH")));
}
