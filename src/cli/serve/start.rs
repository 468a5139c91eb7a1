//! What a start needs of the store before anything else can begin: it is opened, has a policy and a secret for links.
//!
//! A server that is away is waited for. Until it answers, this process says that it lives and is not ready, and why.

use std::time::Duration;

use anyhow::Context;
use secrecy::ExposeSecret;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::Config;
use crate::engine::Engine;
use crate::policy::PolicyBook;
use crate::serve::{Health, web};
use crate::store::{Class, Store, StoreError};

/// The first rest before the store is tried again, doubled each time up to [`REST_MAX`].
const REST: Duration = Duration::from_millis(250);
const REST_MAX: Duration = Duration::from_secs(10);

/// What waiting is done with.
pub(super) struct Waiting<'a> {
    pub(super) config: &'a Config,
    pub(super) clock: &'a dyn Clock,
    pub(super) health: &'a Health,
    pub(super) stop: &'a CancellationToken,
}

impl Waiting<'_> {
    /// The store and the secret that signs links; `None` when told to stop before there was a store. Meanwhile probes
    /// are answered on `listener`.
    ///
    /// # Errors
    /// When trying again would not help.
    pub(super) async fn open(&self, listener: &TcpListener) -> anyhow::Result<Option<(Store, Vec<u8>)>> {
        let error = match self.prepare().await {
            Err(error) if may_pass(&error) => error,
            done => return done.map(Some),
        };
        self.health.waits("store", &format!("{error:#}"));
        let leave = CancellationToken::new();
        let lobby = tokio::spawn(web::serve(second_handle(listener)?, web::lobby(self.health.clone()), leave.clone()));
        let opened = tokio::select! {
            opened = self.keep_trying() => opened.map(Some),
            () = self.stop.cancelled() => Ok(None),
        };
        leave.cancel();
        super::finish_requests(lobby).await;
        if matches!(opened, Ok(Some(_))) {
            self.health.works("store");
        }
        opened
    }

    async fn keep_trying(&self) -> anyhow::Result<(Store, Vec<u8>)> {
        let mut rest = REST;
        loop {
            tokio::time::sleep(rest).await;
            rest = (rest * 2).min(REST_MAX);
            match self.prepare().await {
                Err(error) if may_pass(&error) => self.health.waits("store", &format!("{error:#}")),
                done => return done,
            }
        }
    }

    async fn prepare(&self) -> anyhow::Result<(Store, Vec<u8>)> {
        let settings = self.config.store.clone();
        // Opening may wait for a disk or a server, which no task may.
        let opened = tokio::task::spawn_blocking(move || super::super::store::serving(&settings)).await;
        let store = opened.context("opening the store")?.context("opening the store")?;
        tell_restore(&store, self.clock).await?;
        seed_policy(&store, self.config, self.clock).await?;
        super::calendar::tell_uncertain_years(&store, self.clock).await?;
        let secret = link_secret(&store, self.config).await?;
        Ok((store, secret))
    }
}

fn may_pass(error: &anyhow::Error) -> bool {
    error.downcast_ref::<StoreError>().is_some_and(|error| error.class() == Class::Retry)
}

fn second_handle(listener: &TcpListener) -> anyhow::Result<TcpListener> {
    use std::os::fd::AsFd as _;
    let handle = listener.as_fd().try_clone_to_owned().context("answering probes before the store is there")?;
    TcpListener::from_std(handle.into()).context("answering probes before the store is there")
}

/// The configured secret, else one made at the first start and kept.
async fn link_secret(store: &Store, config: &Config) -> anyhow::Result<Vec<u8>> {
    if let Some(secret) = &config.console.link_secret {
        return Ok(secret.expose_secret().as_bytes().to_vec());
    }
    let mut fresh = [0_u8; 32];
    getrandom::fill(&mut fresh).map_err(|e| anyhow::anyhow!("no randomness for a link secret: {e}"))?;
    let fresh: String = fresh.iter().map(|b| format!("{b:02x}")).collect();
    let kept = store
        .write(move |tx| {
            if let Some(known) = tx.note_load("link.secret")? {
                return Ok(known);
            }
            tx.note_save("link.secret", &fresh)?;
            Ok(fresh.clone())
        })
        .await?;
    Ok(kept.into_bytes())
}

/// The first start on a backup draws the line behind which nothing is sent that may have been sent before.
async fn tell_restore(store: &Store, clock: &dyn Clock) -> anyhow::Result<()> {
    let now = clock.now();
    if let Some(restored) = store.write(move |tx| Engine::note_restore(tx, now)).await? {
        tracing::warn!(
            restored.from = %restored.from,
            restored.until = %restored.until,
            "the store is a backup: what was due in between may have been sent and is listed as unknown instead of sent; \
             what people set since (policies, switches, approvals, access) is gone"
        );
    }
    Ok(())
}

/// A store without a policy takes the configured one; from then on the store's counts.
async fn seed_policy(store: &Store, config: &Config, clock: &dyn Clock) -> anyhow::Result<()> {
    let book = match &config.policy.file {
        Some(path) => super::super::simulate::read_policy(path)?,
        None => PolicyBook::default(),
    };
    let (version, text, now) = (book.version().to_owned(), book.text().to_owned(), clock.now());
    let in_force = store
        .write(move |tx| match tx.policy_in_force()? {
            Some(document) => Ok(document.version),
            None => tx.policy_publish(None, &version, &text, "forewarn.toml", now).map(|_| version.clone()),
        })
        .await?;
    if config.policy.file.is_some() && in_force != book.version() {
        tracing::warn!(
            policy.in_force = in_force,
            policy.file = book.version(),
            "the store's policy counts, not the file's"
        );
    }
    Ok(())
}
