//! Who asks: a session from the browser, a bearer token from a program.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use forewarn_core::Instant;
use forewarn_core::ids::MerchantId;
use forewarn_core::policy::Policy;
use std::sync::Arc;

use super::failure::Failure;
use super::{Console, Language, Speech, access, cookie};
use crate::engine::Engine;
use crate::store::StoreError;
use crate::store::port::{Access, AccessRole, Switch, Tenant};

/// The cookie of a session.
pub(super) const SESSION: &str = "forewarn_session";

/// Somebody with a token that still opens something.
#[derive(Clone)]
pub(super) struct Visitor {
    /// What the token is called.
    pub(super) name: String,
    /// What it opens.
    pub(super) role: AccessRole,
    /// How to speak to the visitor.
    pub(super) speech: Speech,
    /// The token that forms must bring back; empty for programs, which send none.
    pub(super) form: String,
    /// The business time of the request.
    pub(super) now: Instant,
    /// The base policy, or the shop's own.
    pub(super) policy: Arc<Policy>,
    /// Switches that are on.
    pub(super) switches: Vec<Switch>,
    /// Whether the configuration keeps everything in shadow mode.
    pub(super) shadow: bool,
    /// Path and query of the request.
    pub(super) target: String,
    engine: Arc<Engine>,
}

/// A visitor who may change things and see every shop.
#[derive(Clone)]
pub(super) struct Operations(pub(super) Visitor);

/// A program of operations: it shows its token at every request, so no other site can speak for it.
#[derive(Clone)]
pub(super) struct Program(pub(super) Visitor);

impl Visitor {
    /// Whose rows the visitor may see.
    pub(super) fn tenant(&self) -> Tenant<'_> {
        match &self.role {
            AccessRole::Operations => None,
            AccessRole::Merchant(merchant) => Some(merchant),
        }
    }

    /// The same, to take into a step of the store.
    pub(super) fn own_shop(&self) -> Option<MerchantId> {
        self.tenant().cloned()
    }

    /// The shop's name as its buyers know it; its id where it has none.
    pub(super) fn shop_name(&self, merchant: &MerchantId) -> String {
        self.engine.identity().shops.get(merchant).name.unwrap_or_else(|| merchant.to_string())
    }

    /// The shops the configuration names, for whoever may see them all: ids with names.
    pub(super) fn known_shops(&self) -> Vec<(String, String)> {
        let named = self.engine.identity().shops.named.iter().filter(|_| self.is_operations());
        named.map(|(id, shop)| (id.clone(), shop.name.clone().unwrap_or_else(|| id.clone()))).collect()
    }

    /// Whether the visitor may change things.
    pub(super) fn is_operations(&self) -> bool {
        self.role == AccessRole::Operations
    }
}

/// What opens the console: the hash of a token, and the session it came in.
struct Claim {
    token_hash: String,
    session: Option<String>,
}

impl Claim {
    fn of(parts: &Parts, console: &Console) -> Option<Self> {
        if let Some(header) = parts.headers.get(AUTHORIZATION) {
            let token = header.to_str().ok()?.strip_prefix("Bearer ")?;
            return Some(Self { token_hash: access::hash(token.trim()), session: None });
        }
        let session = cookie::read(&parts.headers, SESSION)?;
        // Sessions run on real time: the demo's business day takes a minute.
        let token_hash = console.keys.open(session, console.clock.real_now())?.to_owned();
        Some(Self { token_hash, session: Some(session.to_owned()) })
    }
}

struct Seen {
    access: Access,
    policy: Arc<Policy>,
    switches: Vec<Switch>,
}

/// Looks the token up at every request: one that was taken away ends its sessions at once.
async fn look_up(console: &Console, token_hash: String) -> Result<Option<Seen>, StoreError> {
    let engine = Arc::clone(&console.engine);
    let step = move |tx: &mut dyn crate::store::Tx| {
        let found = tx.access_list()?.into_iter().find(|a| a.token_hash == token_hash);
        let Some(access) = found else { return Ok(None) };
        let settings = engine.settings(tx)?;
        let shop = match &access.role {
            AccessRole::Operations => "",
            AccessRole::Merchant(merchant) => merchant.as_str(),
        };
        let policy = settings.policy.resolve(None, shop, None);
        Ok(Some(Seen { policy, switches: settings.switches.clone(), access }))
    };
    console.store.read(step).await
}

impl FromRequestParts<Console> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Failure> {
        let claim = Claim::of(parts, console).ok_or(Failure::SignIn)?;
        let seen = look_up(console, claim.token_hash).await?.ok_or(Failure::SignIn)?;
        let language = Language::asked(parts.uri.query(), &parts.headers).unwrap_or(Language::English);
        Ok(Self {
            name: seen.access.name,
            role: seen.access.role,
            speech: Speech::new(language, seen.policy.quiet_hours.zone.clone()),
            form: claim.session.map_or_else(String::new, |session| console.keys.form(&session)),
            now: console.clock.now(),
            policy: seen.policy,
            switches: seen.switches,
            shadow: console.engine.identity().shadow,
            engine: Arc::clone(&console.engine),
            target: parts.uri.path_and_query().map_or_else(|| "/".into(), ToString::to_string),
        })
    }
}

impl OptionalFromRequestParts<Console> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Option<Self>, Failure> {
        match <Self as FromRequestParts<Console>>::from_request_parts(parts, console).await {
            Ok(visitor) => Ok(Some(visitor)),
            Err(Failure::SignIn) => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

impl FromRequestParts<Console> for Operations {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Failure> {
        let visitor = <Visitor as FromRequestParts<Console>>::from_request_parts(parts, console).await?;
        if visitor.is_operations() { Ok(Self(visitor)) } else { Err(Failure::Forbidden) }
    }
}

impl FromRequestParts<Console> for Program {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Failure> {
        if !parts.headers.contains_key(AUTHORIZATION) {
            return Err(Failure::SignIn);
        }
        let Operations(visitor) = <Operations as FromRequestParts<Console>>::from_request_parts(parts, console).await?;
        Ok(Self(visitor))
    }
}
