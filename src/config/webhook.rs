//! `[webhook.sms]` and `[webhook.im]`: gateways that take notices by HTTP. The keys are those of [`WebhookConfig`].

use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize, Serializer};

use super::checks::Checks;
use super::secret::MASK;
use super::wording::Wording;
use crate::deliver::channel::webhook::{SetupError, WebhookChannel, WebhookConfig};

/// Requests to one gateway at once at most; [`Engine`](super::Engine) bounds them all.
const CONCURRENCY_MAX: u64 = 256;

/// Gateways by channel; an absent one is off.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Webhooks {
    /// Text messages.
    #[serde(serialize_with = "shown")]
    pub sms: Option<WebhookConfig>,
    /// Chat messages.
    #[serde(serialize_with = "shown")]
    pub im: Option<WebhookConfig>,
}

#[derive(Serialize)]
struct Shown {
    url: String,
    secret: &'static str,
    second_secret: Option<&'static str>,
    ca_file: Option<std::path::PathBuf>,
    concurrency: std::num::NonZeroU32,
    rate_per_minute: Option<std::num::NonZeroU32>,
    timeout: String,
}

/// A URL may carry a token in its path or query, so only its origin is shown.
fn shown<S: Serializer>(webhook: &Option<WebhookConfig>, to: S) -> Result<S::Ok, S::Error> {
    let Some(webhook) = webhook else {
        return to.serialize_none();
    };
    let origin = reqwest::Url::parse(&webhook.url).map(|url| url.origin().ascii_serialization());
    to.serialize_some(&Shown {
        url: origin.map_or_else(|_| MASK.to_owned(), |origin| format!("{origin}/{MASK}")),
        secret: MASK,
        second_secret: webhook.second_secret.as_ref().map(|_| MASK),
        ca_file: webhook.ca_file.clone(),
        concurrency: webhook.concurrency,
        rate_per_minute: webhook.rate_per_minute,
        timeout: format!("{}s", webhook.timeout.as_secs_f64()),
    })
}

impl Webhooks {
    /// Gateways that are on, with the name of their channel.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &WebhookConfig)> {
        let both = [("sms", self.sms.as_ref()), ("im", self.im.as_ref())];
        both.into_iter().filter_map(|(name, webhook)| Some((name, webhook?)))
    }

    /// The channel itself knows what it can work with; it is set up and let go, without a connection.
    pub(super) fn check(&self, checks: &mut Checks) {
        for (name, webhook) in self.all() {
            if let Err(error) = WebhookChannel::new(name, webhook) {
                report(name, &error, checks);
            }
            checks.number(&format!("webhook.{name}.concurrency"), webhook.concurrency.get().into(), 1, CONCURRENCY_MAX);
            checks.rate(&format!("webhook.{name}.rate_per_minute"), webhook.rate_per_minute);
            let second = webhook.second_secret.as_ref().map(ExposeSecret::expose_secret);
            checks.hold(
                second != Some(webhook.secret.expose_secret()),
                &format!("webhook.{name}.second_secret"),
                ("is the same as secret", "与 secret 相同"),
                ("give the other secret, or leave this out", "请填另一个密钥,或去掉这个键"),
            );
        }
    }
}

fn report(name: &str, error: &SetupError, checks: &mut Checks) {
    let (key, english, chinese) = match error {
        SetupError::Url => (
            "url",
            ("is not a plain http or https address", "write it as https://host/path, without user name and password"),
            ("不是 http 或 https 地址", "请写成 https://host/path,不带用户名和密码"),
        ),
        SetupError::Secret(_) => (
            "secret",
            ("is not a usable signing secret", "give whsec_ and the base64 of 24 to 64 random bytes"),
            ("不是可用的签名密钥", "请写成 whsec_ 加上 24 到 64 个随机字节的 base64"),
        ),
        SetupError::CaFile { .. } | SetupError::Client(_) => (
            "ca_file",
            ("cannot be used", "check the path, its permissions and that it holds PEM certificates"),
            ("无法使用", "请检查路径、权限,以及其中是否为 PEM 证书"),
        ),
    };
    let source = std::error::Error::source(error).map(|source| format!(" ({source})"));
    let message = format!("{}{}", english.0, source.unwrap_or_default());
    let message = Wording::from((message, chinese.0));
    checks.broken(&format!("webhook.{name}.{key}"), message, (english.1, chinese.1));
}
