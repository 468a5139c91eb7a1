//! `[console]`: the pages for people, and the links in what buyers read.

use std::borrow::Cow;
use std::net::{Ipv4Addr, SocketAddr};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::checks::Checks;
use super::secret;

/// Fewest bytes of a key for links: as many as the hash that uses it gives (RFC 2104 §3).
const LINK_SECRET_BYTES_MIN: usize = 32;

/// Where the console listens and how the world reaches it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Console {
    /// IP address and port to listen on.
    pub listen: SocketAddr,
    /// Address that links in notices begin with; `http://` and `listen` by default.
    pub public_url: Option<String>,
    /// Key that signs those links, at least 32 bytes; without it one is made at the first start and kept in the store.
    #[serde(serialize_with = "secret::masked")]
    pub link_secret: Option<SecretString>,
}

impl Default for Console {
    fn default() -> Self {
        Self { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)), public_url: None, link_secret: None }
    }
}

impl Console {
    /// The address that links begin with, without a slash at its end.
    pub fn public_url(&self) -> Cow<'_, str> {
        match &self.public_url {
            Some(url) => Cow::Borrowed(url.trim_end_matches('/')),
            None => Cow::Owned(format!("http://{}", self.listen)),
        }
    }

    pub(super) fn check(&self, checks: &mut Checks, shadow: bool) {
        if let Some(url) = &self.public_url {
            checks.hold(
                is_base_url(url),
                "console.public_url",
                ("is not an http or https address", "不是 http 或 https 地址"),
                (
                    "write it as https://notices.example.com, without user name, query or fragment",
                    "请写成 https://notices.example.com,不带用户名、查询或片段",
                ),
            );
        }
        checks.hold(
            self.public_url.is_some() || !self.listen.ip().is_unspecified() || shadow,
            "console.public_url",
            (
                "is missing, and buyers cannot follow links to the address listened on",
                "缺少,而买家无法打开指向监听地址的链接",
            ),
            ("give the address under which buyers reach this service", "请填写买家访问本服务所用的地址"),
        );
        let long = |key: &SecretString| key.expose_secret().len() >= LINK_SECRET_BYTES_MIN;
        checks.hold(
            self.link_secret.as_ref().is_none_or(long),
            "console.link_secret",
            ("is shorter than 32 bytes", "短于 32 字节"),
            (
                "take the output of `openssl rand -hex 32`, or leave it out",
                "请用 `openssl rand -hex 32` 的输出,或去掉这个键",
            ),
        );
    }
}

fn is_base_url(text: &str) -> bool {
    reqwest::Url::parse(text).is_ok_and(|url| {
        let plain = url.username().is_empty() && url.password().is_none();
        let bare = url.query().is_none() && url.fragment().is_none();
        matches!(url.scheme(), "http" | "https") && url.has_host() && plain && bare
    })
}
