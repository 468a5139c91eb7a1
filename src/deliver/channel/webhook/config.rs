//! What the operator sets for a webhook, and what can be wrong with it.

use std::{fs, io, num::NonZeroU32, path::PathBuf, time::Duration};

use reqwest::{Certificate, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{
    super::duration,
    signature::{SecretError, Signer},
};
use crate::deliver::{gate::Limits, pace::Limit};

/// Where notices are posted and how they are signed.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// `https` or `http` address of the receiver.
    pub url: String,
    /// Signing secret: `whsec_` and the base64 of 24 to 64 random bytes.
    pub secret: SecretString,
    /// The secret before or after a change. While it is set, requests carry both signatures.
    pub second_secret: Option<SecretString>,
    /// PEM file of the only authorities to trust; without it those of the system.
    pub ca_file: Option<PathBuf>,
    /// Requests under way at once, 1 to 256; 4 by default.
    #[serde(default = "default_concurrency")]
    pub concurrency: NonZeroU32,
    /// Requests begun in a minute at most, 1 to 1,000,000; no limit by default.
    pub rate_per_minute: Option<NonZeroU32>,
    /// Longest wait for the whole exchange, `"15s"` by default.
    #[serde(default = "default_timeout", deserialize_with = "duration::deserialize")]
    pub timeout: Duration,
}

#[expect(clippy::expect_used, reason = "4 is not 0")]
const fn default_concurrency() -> NonZeroU32 {
    NonZeroU32::new(4).expect("4 is not 0")
}

const fn default_timeout() -> Duration {
    Duration::from_secs(15)
}

/// A URL may carry a token in its path or query, so only its host is shown.
impl std::fmt::Debug for WebhookConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let url = Url::parse(&self.url).ok();
        f.debug_struct("WebhookConfig")
            .field("host", &url.as_ref().and_then(Url::host_str))
            .field("second_secret", &self.second_secret.is_some())
            .field("ca_file", &self.ca_file)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl WebhookConfig {
    /// What the gateway bears, as the operator says.
    pub fn limits(&self) -> Limits {
        let channel = Limit { concurrency: Some(self.concurrency), per_minute: self.rate_per_minute };
        Limits { channel, domain: Limit::default() }
    }

    pub(super) fn parsed_url(&self) -> Result<Url, SetupError> {
        let url = Url::parse(&self.url).map_err(|_| SetupError::Url)?;
        let plain = url.username().is_empty() && url.password().is_none();
        if matches!(url.scheme(), "http" | "https") && url.has_host() && plain {
            return Ok(url);
        }
        Err(SetupError::Url)
    }

    pub(super) fn signer(&self) -> Result<Signer, SetupError> {
        let secrets = std::iter::once(&self.secret).chain(&self.second_secret);
        Signer::new(secrets.map(ExposeSecret::expose_secret)).map_err(SetupError::Secret)
    }

    pub(super) fn authorities(&self) -> Result<Option<Vec<Certificate>>, SetupError> {
        let Some(path) = &self.ca_file else {
            return Ok(None);
        };
        let pem = fs::read(path).map_err(|source| SetupError::CaFile { path: path.clone(), source })?;
        let bundle = Certificate::from_pem_bundle(&pem).map_err(SetupError::Client)?;
        Ok(Some(bundle))
    }
}

/// Why a webhook channel cannot be set up. Neither URL nor secret is repeated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// `url` is not usable.
    #[error(
        "webhook: `url` is not an http or https address without user name and password; write it as https://host/path"
    )]
    Url,
    /// A secret is not usable.
    #[error("webhook: a signing secret is not usable")]
    Secret(#[source] SecretError),
    /// The CA file cannot be read.
    #[error("webhook: cannot read `ca_file` {path}; check the path and its permissions")]
    CaFile {
        /// The path as configured.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The HTTP client refused the parameters.
    #[error("webhook: the HTTP client cannot be set up; check `ca_file` and the system's certificates")]
    Client(#[source] reqwest::Error),
}
