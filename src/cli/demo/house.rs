//! Everything the demo runs on, put together inside this process, and taken apart again.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, bail};
use forewarn_core::Instant;
use forewarn_core::ids::MerchantId;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::broker::{Broker, Feeder};
use crate::clock::{Clock, FastClock, SharedClock};
use crate::config::Config;
use crate::console::{Console, access};
use crate::copy::Copy;
use crate::deliver::channels::Channels;
use crate::deliver::dispatch::Dispatcher;
use crate::engine::{Engine, Identity, Links, MODEL_TICK, Shop as EngineShop, Shops};
use crate::intake::{Freshness, Guard, kafka};
use crate::policy::PolicyBook;
use crate::serve::{AfterHold, Health, Hold, Parts, Roles, Service, Timetable, web};
use crate::simulate::shop::{Shop, names};
use crate::store::Store;
use crate::store::port::AccessRole;
use crate::store::sqlite::SqliteBackend;

const POLICY: &str = include_str!("policy.toml");
/// The sweep for missed wakes measures promptness against the business clock, which here runs far ahead of the
/// machine; once a year is never.
const SWEEP: &str = "0 0 0 1 1 *";
/// How long steps in hand may take after the word to stop.
const DRAIN: Duration = Duration::from_millis(1_500);

/// A running house.
pub(super) struct House {
    pub(super) store: Store,
    pub(super) clock: Arc<FastClock>,
    pub(super) feeder: Feeder,
    pub(super) address: String,
    open: Arc<AtomicBool>,
    stop: CancellationToken,
    service: Service,
    intake: JoinHandle<()>,
    web: JoinHandle<std::io::Result<()>>,
    // In this order: whoever reads is gone before the broker, the store before its folder.
    broker: Broker,
    folder: Folder,
}

/// Where the store lies.
enum Folder {
    Temporary(TempDir),
    Kept(PathBuf),
}

impl House {
    /// Puts everything together at the business time `start`; the clock stands and no notice leaves until
    /// [`House::open`].
    pub(super) async fn build(
        keep: Option<PathBuf>,
        listener: TcpListener,
        seed: u64,
        start: Instant,
        speed: u32,
    ) -> anyhow::Result<Self> {
        let address = format!("http://{}", listener.local_addr().context("the console's address")?);
        let folder = Folder::make(keep)?;
        let store = Store::new(SqliteBackend::open(&folder.database()?).context("opening the store")?);
        let clock = Arc::new(FastClock::stopped_at(start, speed));
        let shared: SharedClock = Arc::clone(&clock) as SharedClock;
        publish_policy(&store, start).await?;
        let secret = random()?;
        let engine = Engine::new(identity(&address, &secret, start), Arc::new(Copy::builtin())).at_speed(speed);
        let engine = Arc::new(engine);
        let config = Config::default();
        let freshness = Arc::new(Freshness::new(config.intake.max_lag, Arc::clone(&shared)));
        let open = Arc::new(AtomicBool::new(false));
        let parts = parts(&config, &store, &engine, &shared, &freshness, &open)?;
        let (stop, health) = (CancellationToken::new(), Health::default());
        let service = Service::start(&parts, &Roles::of(&[]), &health, &stop);
        let broker = Broker::start(&config.kafka.topics)?;
        let intake = intake(config, &parts, &broker, freshness, &service, &stop)?;
        let intake = tokio::spawn(watch(intake, stop.clone()));
        let feeder = Feeder::new(&broker, store.clone(), Shop::new(seed, start))?;
        let console = Console::new(store.clone(), engine, shared, &address, secret.as_bytes());
        let web = tokio::spawn(web::serve(listener, crate::console::router(console), stop.clone()));
        Ok(Self { store, clock, feeder, address, open, stop, service, intake, web, broker, folder })
    }

    /// Lets decisions be taken on the history, with the clock still standing, and waits until all are.
    pub(super) async fn settle_history(&self) -> anyhow::Result<()> {
        self.feeder.caught_up().await?;
        self.open.store(true, Ordering::Release);
        self.service.wake_bell.notify_one();
        let now = self.clock.now();
        while self.store.read(|tx| tx.orders_next_wake()).await?.is_some_and(|next| next <= now) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Gives a link to the console, for everything or for one shop. It is shown this once.
    pub(super) async fn link(&self, name: &'static str, shop: Option<&str>) -> anyhow::Result<String> {
        let role = match shop {
            Some(id) => AccessRole::Merchant(MerchantId::new(id).map_err(anyhow::Error::msg)?),
            None => AccessRole::Operations,
        };
        let (token, kept) = access::issue(role, name, self.clock.now()).context("making an access token")?;
        self.store.write(move |tx| tx.access_add(&kept)).await?;
        Ok(format!("{}/?token={token}", self.address))
    }

    /// Resolves when a part stopped by itself because it cannot go on; the log says why.
    pub(super) fn broken(&self) -> impl Future<Output = ()> + use<> {
        self.stop.clone().cancelled_owned()
    }

    /// Stops everything, the steps in hand finished first. Gives the store, which is still open, and what keeps it.
    pub(super) async fn close(self) -> (Store, Closed) {
        self.stop.cancel();
        let Self { store, service, intake, web, feeder, broker, folder, .. } = self;
        drop(feeder);
        let finish = async {
            if let Err(error) = service.drain().await {
                tracing::error!(error = &error as &dyn std::error::Error, "a part of the service stopped");
            }
            if let Err(error) = intake.await {
                tracing::error!(error = &error as &dyn std::error::Error, "intake panicked");
            }
        };
        if tokio::time::timeout(DRAIN, finish).await.is_err() {
            tracing::warn!("steps in hand did not finish in time");
        }
        // A browser's open connection must not keep us.
        web.abort();
        (store, Closed { _broker: broker, folder })
    }
}

/// Intake that ends with a fault stops everything else.
async fn watch(intake: kafka::KafkaIntake, stop: CancellationToken) {
    if let Err(error) = intake.ended().await {
        tracing::error!(error = &error as &dyn std::error::Error, "stopping: intake cannot go on");
        stop.cancel();
    }
}

/// What outlives the service: the broker, whose clients may still be saying goodbye, and the store's folder.
pub(super) struct Closed {
    _broker: Broker,
    folder: Folder,
}

impl Closed {
    /// Where the store was kept, if it was.
    pub(super) fn kept(&self) -> Option<PathBuf> {
        match &self.folder {
            Folder::Temporary(_) => None,
            Folder::Kept(path) => Some(path.clone()),
        }
    }
}

impl Folder {
    fn make(keep: Option<PathBuf>) -> anyhow::Result<Self> {
        let Some(path) = keep else {
            return Ok(Self::Temporary(tempfile::tempdir().context("making a temporary folder")?));
        };
        std::fs::create_dir_all(&path).with_context(|| format!("making the folder {}", path.display()))?;
        Ok(Self::Kept(path))
    }

    fn database(&self) -> anyhow::Result<PathBuf> {
        let folder = match self {
            Self::Temporary(folder) => folder.path(),
            Self::Kept(folder) => folder,
        };
        let file = folder.join("forewarn.db");
        if file.exists() {
            // Its offsets belong to a broker that is gone.
            bail!("{} is there already; name another folder with --keep", file.display());
        }
        Ok(file)
    }
}

fn parts(
    config: &Config,
    store: &Store,
    engine: &Arc<Engine>,
    clock: &SharedClock,
    freshness: &Arc<Freshness>,
    open: &Arc<AtomicBool>,
) -> anyhow::Result<Parts> {
    let real = |span: forewarn_core::Span| Duration::from_millis(u64::try_from(span.ms()).unwrap_or(0));
    let dispatcher = Dispatcher {
        store: store.clone(),
        engine: Arc::clone(engine),
        clock: Arc::clone(clock),
        channels: Channels::mailbox(),
        lease: real(config.engine.lease),
        concurrency: config.engine.deliver_concurrency,
    };
    let cron = &config.cron;
    let timetable = Timetable::new(&cron.prune, SWEEP, &cron.merchant_mail, cron.keep).map_err(anyhow::Error::msg)?;
    let (fresh, open) = (Arc::clone(freshness), Arc::clone(open));
    Ok(Parts {
        store: store.clone(),
        engine: Arc::clone(engine),
        clock: Arc::clone(clock),
        dispatcher,
        fresh: Arc::new(move || open.load(Ordering::Acquire) && fresh.is_fresh()),
        hold: Arc::new(Hold::new(real(config.intake.max_hold), AfterHold::Hold)),
        timetable,
        started_at: clock.now(),
        grants_at_once: true,
        wake_batch: config.engine.wake_batch,
    })
}

fn intake(
    mut config: Config,
    parts: &Parts,
    broker: &Broker,
    freshness: Arc<Freshness>,
    service: &Service,
    stop: &CancellationToken,
) -> anyhow::Result<kafka::KafkaIntake> {
    config.kafka.brokers = Some(broker.address());
    let bell = Arc::clone(&service.wake_bell);
    let parts = kafka::Parts {
        store: parts.store.clone(),
        engine: Arc::clone(&parts.engine),
        clock: Arc::clone(&parts.clock),
        freshness,
        guard: Arc::new(Guard::new(config.intake.limits())),
        observer: Arc::new(move |_| bell.notify_one()),
        stop: stop.clone(),
    };
    kafka::KafkaIntake::start(&config.kafka, parts).context("reading from the broker inside this process")
}

/// The shops before their buyers. The first quarter of an hour goes into learning the history, so nothing is sent
/// whose reason lies before its end.
fn identity(address: &str, secret: &str, start: Instant) -> Identity {
    let shop = |shop: crate::simulate::shop::ShopName| {
        let support = format!("service@{}.example.com", shop.merchant_id);
        let settings = EngineShop {
            name: Some(shop.name.to_owned()),
            locale: Some(shop.locale.to_owned()),
            support: Some(support.clone()),
            reply_to: Some(support),
            report_to: None,
        };
        (shop.merchant_id.to_owned(), settings)
    };
    Identity {
        links: Links::new(address, secret.as_bytes()),
        shops: Shops { named: names().map(shop).collect::<BTreeMap<_, _>>(), others: EngineShop::default() },
        live_since: Some(start + MODEL_TICK),
        shadow: false,
    }
}

async fn publish_policy(store: &Store, start: Instant) -> anyhow::Result<()> {
    let book =
        PolicyBook::parse(POLICY).map_err(|problems| anyhow::anyhow!("the demo's policy has faults: {problems:?}"))?;
    let (version, text) = (book.version().to_owned(), book.text().to_owned());
    store.write(move |tx| tx.policy_publish(None, &version, &text, "forewarn demo", start)).await?;
    Ok(())
}

fn random() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness for signed links: {error}"))?;
    Ok(bytes.iter().map(|b| format!("{b:02x}")).collect())
}
