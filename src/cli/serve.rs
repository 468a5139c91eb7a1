//! `forewarn serve`: puts the service together from its configuration and runs it until told to stop.

mod calendar;
mod knowledge;
mod start;
mod watch;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::knowledge::Knowledge;
use crate::clock::{SharedClock, SystemClock};
use crate::config::{AfterHold, Config};
use crate::console::Console;
use crate::copy::{Copy, guard};
use crate::deliver::channel::email::EmailChannel;
use crate::deliver::channel::webhook::WebhookChannel;
use crate::deliver::channels::Channels;
use crate::deliver::dispatch::Dispatcher;
use crate::engine::{Engine, Identity, Links, Shop, Shops};
use crate::intake::kafka::KafkaIntake;
use crate::intake::{Guard, Observer};
use crate::publish::{PublishError, Publisher};
use crate::serve::{Health, Hold, Parts, Role, Roles, Service, Skew, Timetable, web};
use crate::store::Store;

/// How long steps in hand may take after the word to stop. Our choice: systemd and Kubernetes give at least 30 s.
const DRAIN: Duration = Duration::from_secs(20);

/// How long requests in hand may take after everything else has ended. Our choice: together with [`DRAIN`] it stays
/// below the 30 s after which Kubernetes kills.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

/// Arguments of `forewarn serve`.
#[derive(Debug, clap::Args)]
pub(super) struct ServeArgs {
    /// The configuration file; without it defaults and the environment hold.
    #[arg(long)]
    config: Option<PathBuf>,
    /// What this process does, separated by commas; all of it if absent.
    #[arg(long, value_delimiter = ',')]
    role: Vec<Role>,
}

/// Runs the service.
///
/// # Errors
/// When the configuration has faults, or the store can no longer be trusted.
pub(super) async fn run(args: ServeArgs) -> anyhow::Result<()> {
    let config = Config::load(args.config.as_deref())?;
    crate::telemetry::start(&config.log)?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), config = config.redacted(), "starting");
    crate::serve::Metrics::record_process();
    crate::engine::show_unknown_words();
    let roles = Roles::of(&args.role);
    check_roles(&config, &roles)?;
    let (stop, health) = (CancellationToken::new(), Health::default());
    heed_signals(&stop)?;
    let clock: SharedClock = Arc::new(SystemClock);
    let listener = listen(&config).await?;
    let waiting = start::Waiting { config: &config, clock: &*clock, health: &health, stop: &stop };
    let Some((store, secret)) = waiting.open(&listener).await? else { return Ok(()) };
    let engine = Engine::new(identity(&config, &secret), Arc::new(words(&config)?));
    let engine = Arc::new(engine.on(knowledge::machine(&config)));
    let known = Knowledge::new(&config, &roles, &store, &clock);
    let skew = known.skew(&config, &store, &clock);
    let parts = parts(&config, &store, &engine, &clock, &known)?;
    let mut service = Service::start(&parts, &roles, &health, &stop);
    let guard = Arc::new(Guard::new(config.intake.limits()));
    let running = Running {
        config: &config,
        parts: &parts,
        health: &health,
        known: &known,
        guard: &guard,
        skew: &skew,
        stop: &stop,
    };
    running.start_kafka(&roles, &mut service)?;
    service.add(watch::guard(Arc::clone(&guard), health.clone(), stop.clone()));
    service.add(Arc::clone(&skew).watch(health.clone(), stop.clone()));
    let router = running.router(&roles, &secret, running.observer(&service));
    let web = tokio::spawn(web::serve(listener, router, stop.clone()));
    stop.cancelled().await;
    let drained = tokio::time::timeout(DRAIN, service.drain()).await;
    finish_requests(web).await;
    match drained {
        Ok(result) => result.context("a part of the service stopped")?,
        Err(_) => bail!("steps in hand did not finish within {DRAIN:?}; what they held is taken up at the next start"),
    }
    tracing::info!("stopped");
    Ok(())
}

/// Requests in hand are answered; whoever does not take the answer is not waited for.
async fn finish_requests(mut web: JoinHandle<std::io::Result<()>>) {
    match tokio::time::timeout(LAST_REQUESTS, &mut web).await {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(error))) => tracing::error!(error = %error, "the web server failed"),
        Ok(Err(panic)) => tracing::error!(error = %panic, "the web server panicked"),
        Err(_) => web.abort(),
    }
}

/// A file has one process, and only what reads knows whether what is known is new: apart from it, every notice would be
/// held for `intake.max_hold` and then sent on who knows what.
fn check_roles(config: &Config, roles: &Roles) -> anyhow::Result<()> {
    let acts = roles.has(Role::Wake) || roles.has(Role::Deliver);
    let apart = acts && config.kafka.brokers.is_some() && !roles.has(Role::Intake);
    if apart && config.store.url.is_none() {
        bail!(
            "--role: a SQLite file is one process's, so with kafka.brokers `wake` and `deliver` run in the process that \
             has `intake`; add it, or let processes share a PostgreSQL database (store.url)"
        );
    }
    Ok(())
}

/// Every process answers `/healthz`, `/readyz` and `/metrics`, whatever its roles.
async fn listen(config: &Config) -> anyhow::Result<TcpListener> {
    let listen = config.console.listen;
    let listener = TcpListener::bind(listen).await;
    listener.with_context(|| format!("listening on {listen}; is another process there? see console.listen"))
}

fn parts(
    config: &Config,
    store: &Store,
    engine: &Arc<Engine>,
    clock: &SharedClock,
    known: &Knowledge,
) -> anyhow::Result<Parts> {
    let dispatcher = Dispatcher {
        store: store.clone(),
        engine: Arc::clone(engine),
        clock: Arc::clone(clock),
        channels: channels(config)?,
        lease: real(config.engine.lease),
        concurrency: config.engine.deliver_concurrency,
    };
    let after = match config.intake.after_hold {
        AfterHold::Send => crate::serve::AfterHold::Send,
        AfterHold::Hold => crate::serve::AfterHold::Hold,
    };
    let cron = &config.cron;
    let timetable =
        Timetable::new(&cron.prune, &cron.sweep, &cron.merchant_mail, cron.keep).map_err(anyhow::Error::msg)?;
    let known = known.clone();
    Ok(Parts {
        store: store.clone(),
        engine: Arc::clone(engine),
        clock: Arc::clone(clock),
        dispatcher,
        fresh: Arc::new(move || known.is_fresh()),
        hold: Arc::new(Hold::new(real(config.intake.max_hold), after)),
        timetable,
        started_at: clock.now(),
        grants_at_once: false,
        wake_batch: config.engine.wake_batch,
    })
}

fn real(span: forewarn_core::Span) -> Duration {
    Duration::from_millis(u64::try_from(span.ms()).unwrap_or(0))
}

fn channels(config: &Config) -> anyhow::Result<Channels> {
    let mut channels = if config.mailbox.enabled { Channels::mailbox() } else { Channels::default() };
    if let Some(email) = config.email.as_ref().filter(|_| !config.mailbox.enabled) {
        channels.add(Arc::new(EmailChannel::new("email", email).context("setting up [email]")?), email.limits());
    }
    for (name, webhook) in config.webhook.all() {
        let channel = WebhookChannel::new(name, webhook).with_context(|| format!("setting up [webhook.{name}]"))?;
        channels.add(Arc::new(channel), webhook.limits());
    }
    Ok(channels)
}

fn words(config: &Config) -> anyhow::Result<Copy> {
    let copy = match &config.templates.folder {
        Some(folder) => Copy::with_overrides(folder)?,
        None => Copy::builtin(),
    };
    let findings = if config.templates.folder.is_some() { guard::check(&copy) } else { Vec::new() };
    match findings.first() {
        Some(first) => bail!(
            "{} fault(s) in the templates, first {}: {}; see `forewarn check`",
            findings.len(),
            first.template,
            first.message
        ),
        None => Ok(copy),
    }
}

/// Who we are before the buyer, as the configuration says.
pub(super) fn identity(config: &Config, link_secret: &[u8]) -> Identity {
    let shop = |s: &crate::config::Shop| Shop {
        name: s.name.clone(),
        locale: s.locale.clone(),
        support: s.support.clone(),
        reply_to: s.reply_to.clone(),
        report_to: s.report_to.clone(),
    };
    Identity {
        links: Links::new(&config.console.public_url(), link_secret),
        shops: Shops {
            named: config.shop.keys().map(|id| (id.clone(), shop(&config.shop(id)))).collect(),
            others: shop(&config.shop_defaults),
        },
        live_since: config.safety.live_since,
        shadow: config.safety.shadow,
    }
}

/// What the parts that reach outside are started with.
struct Running<'a> {
    config: &'a Config,
    parts: &'a Parts,
    health: &'a Health,
    known: &'a Knowledge,
    guard: &'a Arc<Guard>,
    skew: &'a Arc<Skew>,
    stop: &'a CancellationToken,
}

impl Running<'_> {
    /// Rings the wake loop after every batch.
    fn observer(&self, service: &Service) -> Observer {
        let bell = Arc::clone(&service.wake_bell);
        Arc::new(move |_| bell.notify_one())
    }

    fn start_kafka(&self, roles: &Roles, service: &mut Service) -> anyhow::Result<()> {
        let (kafka, parts) = (&self.config.kafka, self.parts);
        if kafka.brokers.is_none() {
            return Ok(());
        }
        if let Some(elsewhere) = self.known.elsewhere() {
            let (store, health, stop) = (parts.store.clone(), self.health.clone(), self.stop.clone());
            service.add(watch::elsewhere(elsewhere, store, health, stop));
        }
        if roles.has(Role::Intake) {
            let observer = self.observer(service);
            let intake = crate::intake::kafka::Parts {
                store: parts.store.clone(),
                engine: Arc::clone(&parts.engine),
                clock: Arc::clone(&parts.clock),
                freshness: Arc::clone(self.known.own()),
                guard: Arc::clone(self.guard),
                observer,
                stop: self.stop.clone(),
            };
            let intake = KafkaIntake::start(kafka, intake).context("starting intake from Kafka")?;
            // Said before anybody can ask: until the first look the service would seem ready.
            watch::tell_freshness(self.health, self.known.own());
            service.add(watch::intake(intake, self.health.clone(), Arc::clone(self.known.own()), self.stop.clone()));
        }
        if roles.has(Role::Deliver) {
            let publisher = Publisher::new(kafka, parts.store.clone(), Arc::clone(&parts.clock))
                .context("starting the publisher")?;
            let (health, stop) = (self.health.clone(), self.stop.clone());
            let tell = move |fault: Option<&PublishError>| match fault {
                Some(error) => health.waits("publish", &error.to_string()),
                None => health.works("publish"),
            };
            service.add(async move {
                publisher.run(stop, tell).await;
                Ok(())
            });
        }
        Ok(())
    }

    /// The probes, the console where that is this process's role, and the way in for events where intake is.
    fn router(&self, roles: &Roles, secret: &[u8], observer: Observer) -> axum::Router {
        let parts = self.parts;
        let (hold, known, skew) = (Arc::clone(&parts.hold), self.known.clone(), Arc::clone(self.skew));
        let live = move || crate::serve::Live {
            lag_secs: known.lag_secs(),
            held: !hold.lets_pass(known.is_fresh(), std::time::Instant::now()),
            skews: skew.found(),
        };
        let probes = web::Probes {
            store: parts.store.clone(),
            clock: Arc::clone(&parts.clock),
            health: self.health.clone(),
            live: Arc::new(live),
        };
        let mut router = probes.router();
        if roles.has(Role::Console) {
            let (store, engine, clock) = (parts.store.clone(), Arc::clone(&parts.engine), Arc::clone(&parts.clock));
            let url = self.config.console.public_url();
            router = router.merge(crate::console::router(Console::new(store, engine, clock, &url, secret)));
        }
        let token = self.config.intake.http_token.as_ref().filter(|_| roles.has(Role::Intake));
        let Some(token) = token else { return router };
        let door = crate::intake::http::Parts {
            store: parts.store.clone(),
            engine: Arc::clone(&parts.engine),
            clock: Arc::clone(&parts.clock),
            guard: Arc::clone(self.guard),
            observer,
        };
        router.merge(crate::intake::http::router(door, token))
    }
}

/// Hears SIGTERM and SIGINT from now on, also while the service is still starting.
fn heed_signals(stop: &CancellationToken) -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut term = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
    let stop = stop.clone();
    drop(tokio::spawn(async move {
        tokio::select! {
            _ = term.recv() => tracing::info!("SIGTERM: finishing what is in hand"),
            _ = interrupt.recv() => tracing::info!("SIGINT: finishing what is in hand"),
            () = stop.cancelled() => {}
        }
        stop.cancel();
    }));
    Ok(())
}
