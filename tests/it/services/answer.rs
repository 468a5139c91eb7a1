//! Each server does its plain work, so that a failure elsewhere is the product's and not the server's.

use std::time::{Duration, Instant};
use std::{fs, path::Path, thread};

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use thirtyfour::{ChromiumLikeCapabilities as _, DesiredCapabilities};

use super::{Smtp, kafka, smtp, webdriver};

#[test]
fn kafka_has_one_broker() {
    let Some(brokers) = kafka() else { return };
    let consumer: BaseConsumer = ClientConfig::new().set("bootstrap.servers", brokers).create().unwrap();
    let metadata = consumer.fetch_metadata(None, Duration::from_secs(20)).unwrap();
    assert_eq!(metadata.brokers().len(), 1);
}

#[tokio::test]
async fn mail_arrives_over_starttls_and_over_tls() {
    let Some(smtp) = smtp() else { return };
    send(&smtp, &smtp.starttls, Tls::Required, "answer-starttls@example.com").await;
    send(&smtp, &smtp.tls, Tls::Wrapper, "answer-tls@example.com").await;
    for recipient in ["answer-starttls@example.com", "answer-tls@example.com"] {
        assert!(arrived(&smtp.maildir, recipient), "no mail for {recipient}");
    }
}

#[tokio::test]
async fn chromium_shows_a_chinese_page() {
    let Some(service) = webdriver() else { return };
    // The driver speaks plain HTTP, but the client under it insists on knowing how it would speak TLS.
    drop(rustls::crypto::ring::default_provider().install_default());
    let mut capabilities = DesiredCapabilities::chrome();
    capabilities.set_binary(service.chromium.to_str().unwrap()).unwrap();
    for argument in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage"] {
        capabilities.add_arg(argument).unwrap();
    }
    let driver = thirtyfour::WebDriver::new(service.url, capabilities).await.unwrap();
    driver.goto("data:text/html;charset=utf-8,<title>延迟发货</title>").await.unwrap();
    let title = driver.title().await;
    driver.quit().await.unwrap();
    assert_eq!(title.unwrap(), "延迟发货");
}

async fn send(smtp: &Smtp, address: &str, tls: fn(TlsParameters) -> Tls, recipient: &str) {
    let (host, port) = address.split_once(':').unwrap();
    let authority = Certificate::from_pem(&fs::read(&smtp.ca).unwrap()).unwrap();
    let parameters = TlsParameters::builder(host.to_owned()).add_root_certificate(authority).build().unwrap();
    let mail = Message::builder()
        .from("shop@example.com".parse().unwrap())
        .to(recipient.parse().unwrap())
        .body("您好".to_owned())
        .unwrap();
    AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
        .port(port.parse().unwrap())
        .tls(tls(parameters))
        .credentials(Credentials::new(smtp.user.clone(), smtp.password.clone()))
        .build()
        .send(mail)
        .await
        .unwrap();
}

/// Waits for a mail to `recipient`, for 10 seconds at most: the server delivers after it has answered.
fn arrived(maildir: &Path, recipient: &str) -> bool {
    let header = format!("Envelope-to: {recipient}");
    let deadline = Instant::now() + Duration::from_secs(10);
    while Instant::now() < deadline {
        let mails = fs::read_dir(maildir.join("new")).unwrap();
        if mails.into_iter().any(|mail| fs::read_to_string(mail.unwrap().path()).unwrap().contains(&header)) {
            return true;
        }
        thread::sleep(Duration::from_millis(20));
    }
    false
}
