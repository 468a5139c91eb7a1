//! Signed links: a buyer's page needs no password, only a link nobody can make up.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use forewarn_core::OrderKey;
use forewarn_core::ids::{MerchantId, OrderId};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// What a link lets its holder do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// See the order, choose, mend the address, say it is urgent.
    Order,
    /// Stop notices.
    Unsubscribe,
}

impl Purpose {
    fn path(self) -> &'static str {
        match self {
            Self::Order => "o",
            Self::Unsubscribe => "u",
        }
    }
}

/// Makes and reads signed links. The same order always gives the same link.
#[derive(Clone)]
pub struct Links {
    base: String,
    secret: Vec<u8>,
}

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Links").field("base", &self.base).finish_non_exhaustive()
    }
}

impl Links {
    /// Links below `base` (scheme and host, no final slash), signed with `secret`.
    pub fn new(base: &str, secret: &[u8]) -> Self {
        Self { base: base.trim_end_matches('/').to_owned(), secret: secret.to_owned() }
    }

    /// The address of a page for staff, which asks for an access token.
    pub fn page(&self, path: &str) -> String {
        format!("{}/{path}", self.base)
    }

    /// The link for an order.
    pub fn to(&self, purpose: Purpose, order: &OrderKey) -> String {
        format!("{}/{}/{}", self.base, purpose.path(), self.token(purpose, order))
    }

    /// The order a token was made for; `None` when we did not make it for this purpose.
    pub fn read(&self, purpose: Purpose, token: &str) -> Option<OrderKey> {
        let (payload, signature) = token.split_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
        self.mac(purpose, &payload)?.verify_truncated_left(&signature).ok()?;
        let text = String::from_utf8(payload).ok()?;
        let (merchant, order) = text.split_once('\u{1f}')?;
        (signature.len() == SIGNATURE_BYTES).then(|| {
            Some(OrderKey { merchant_id: MerchantId::new(merchant).ok()?, order_id: OrderId::new(order).ok()? })
        })?
    }

    fn token(&self, purpose: Purpose, order: &OrderKey) -> String {
        let payload = format!("{}\u{1f}{}", order.merchant_id, order.order_id);
        let mac = self.mac(purpose, payload.as_bytes()).map(|m| m.finalize().into_bytes());
        let signature = mac.iter().flatten().take(SIGNATURE_BYTES).copied().collect::<Vec<u8>>();
        format!("{}.{}", URL_SAFE_NO_PAD.encode(payload), URL_SAFE_NO_PAD.encode(signature))
    }

    fn mac(&self, purpose: Purpose, payload: &[u8]) -> Option<Hmac<Sha256>> {
        // HMAC takes a key of any length; the constructor's error is for other MACs.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).ok()?;
        mac.update(purpose.path().as_bytes());
        mac.update(&[0x1f]);
        mac.update(payload);
        Some(mac)
    }
}

/// 128 bits of the signature stand in the link: short enough to print, far beyond guessing.
const SIGNATURE_BYTES: usize = 16;
