//! Delivery through the real e-mail channel to a server that does as its script says.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use forewarn::deliver::channel::email::{EmailChannel, SmtpConfig};
use forewarn::deliver::channels::Channels;
use forewarn::deliver::gate::Limits;
use forewarn_core::Instant;

use super::server::Server;
use super::stage::{dispatcher, settle};

/// The channel to `server`, which gets `patience` for each answer, with `more` settings.
pub(super) fn channel(server: &Server, patience: Duration, more: &str) -> Arc<EmailChannel> {
    let text = format!(
        "host = \"127.0.0.1\"\nport = {port}\nfrom = \"shop@example.com\"\nehlo_name = \"forewarn.test\"\n\
         timeout = \"{ms}ms\"\nreply_timeout = \"{ms}ms\"\n{more}",
        port = server.port,
        ms = patience.as_millis(),
    );
    let config: SmtpConfig = toml::from_str(&text).unwrap();
    Arc::new(EmailChannel::new("email", &config).unwrap())
}

/// Delivers at `now` until nothing is due, `at_once` messages at a time.
pub(super) async fn run(path: &Path, channel: &Arc<EmailChannel>, now: Instant, at_once: usize) {
    let mut channels = Channels::default();
    channels.add(Arc::<EmailChannel>::clone(channel), Limits::default());
    let delivery = dispatcher(path, channels, now, at_once).start(Arc::new(|| {}));
    settle(&delivery).await;
}

/// The message ids of the mails that reached the server whole, in the order in which they came.
pub(super) fn message_ids(server: &Server) -> Vec<String> {
    let id = |mail: &Vec<u8>| {
        let message = mail_parser::MessageParser::default().parse(mail).unwrap();
        message.message_id().unwrap().to_owned()
    };
    server.mails().iter().map(id).collect()
}

/// Longer than every wait between two attempts that these tests play.
pub(super) const LATER: Duration = Duration::from_secs(25 * 60);
