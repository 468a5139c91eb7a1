//! `forewarn demo`: the whole way in one process, with nothing to set up.
//!
//! An in-process broker, a store in a temporary folder, a mailbox that keeps every mail, the console, and a simulated
//! shop floor whose hours pass in seconds. The clock stands while a month of history is read; then it runs.

mod broker;
mod house;
mod story;
mod sums;
mod terminal;
mod words;

use std::path::PathBuf;
use std::time::{Duration, Instant as RealInstant};

use anyhow::{Context, bail};
use forewarn_core::notice::Kind;
use forewarn_core::zone::Zone;
use forewarn_core::{Instant, Span};
use jiff::Zoned;
use tokio::net::TcpListener;

use super::Lang;
use crate::clock::{Clock, SystemClock};
use crate::config::Log;
use crate::simulate::shop;
use house::House;
use story::Story;
use sums::Sums;
use terminal::Terminal;

/// The shops' clock, as the terminal shows it.
const ZONE: &str = "Asia/Shanghai";
/// How often the shops' events are told, in real time.
const FEED: Duration = Duration::from_millis(50);
/// How often the terminal looks for news.
const LOOK: Duration = Duration::from_millis(200);
/// How often counts are taken.
const COUNT: Duration = Duration::from_secs(2);

/// Arguments of `forewarn demo`.
#[derive(Clone, Debug, clap::Args)]
pub struct DemoArgs {
    /// Port of the console on this machine; 0 takes any free one.
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
    /// Seconds of the shops' time that pass in one real second, 1 to 7200.
    #[arg(long, default_value_t = 1_800, value_parser = clap::value_parser!(u32).range(1..=7_200))]
    pub speed: u32,
    /// Another seed makes other orders.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// End by itself this many real seconds after the shops went live.
    #[arg(long = "for", value_name = "SECONDS")]
    pub for_secs: Option<u64>,
    /// Keep the store in this folder; without it a temporary one is used and removed.
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// Language of the terminal; by default the one of the environment (LC_ALL, LC_MESSAGES, LANG).
    #[arg(long, value_enum, value_name = "LANGUAGE")]
    pub lang: Option<Lang>,
}

/// Runs the demo until Ctrl-C, or for as long as asked.
///
/// # Errors
/// When a part cannot be started or stops by itself, or when the books do not balance at the end.
pub async fn run(args: DemoArgs) -> anyhow::Result<()> {
    let began = RealInstant::now();
    crate::telemetry::start(&Log { filter: "error".into(), ..Log::default() })?;
    let lang = Lang::choose(args.lang);
    let mut terminal = Terminal::new();
    terminal.line(words::opening(lang))?;
    let listener = listen(args.port, lang, &mut terminal).await?;
    let start = opening_hour(SystemClock.now());
    let mut house = House::build(args.keep.clone(), listener, args.seed, start, args.speed).await?;
    let mut stage = Stage { lang, terminal, began, warned: false };
    let broken = house.broken();
    let shown = tokio::select! {
        shown = stage.show(&mut house, &args, start) => shown,
        stopped = interrupted() => stopped,
        () = broken => Err(anyhow::anyhow!("a part of the demo could not go on; the lines above say why")),
    };
    let ended = stage.end(house).await;
    shown.and(ended)
}

/// What the onlooker sees.
struct Stage {
    lang: Lang,
    terminal: Terminal,
    began: RealInstant,
    /// Whether a first warning was seen.
    warned: bool,
}

impl Stage {
    async fn show(&mut self, house: &mut House, args: &DemoArgs, start: Instant) -> anyhow::Result<()> {
        self.read_history(house, start).await?;
        self.say_where(house, args.speed).await?;
        house.clock.go();
        let live = self.live(house);
        match args.for_secs {
            // The time is up: that is how it was to end.
            Some(secs) => tokio::time::timeout(Duration::from_secs(secs), live).await.unwrap_or(Ok(())),
            None => live.await,
        }
    }

    async fn read_history(&mut self, house: &mut House, start: Instant) -> anyhow::Result<()> {
        let began = RealInstant::now();
        let (terminal, lang) = (&mut self.terminal, self.lang);
        let mut shown = Ok(());
        let progress = |told: usize, all: usize| {
            let word = lang.pick("history", "历史");
            let line = terminal.status(&format!("  {word} {told} / {all}"));
            shown = std::mem::replace(&mut shown, Ok(())).and(line);
        };
        house.feeder.tell(start, progress).await?;
        shown?;
        house.feeder.caught_up().await?;
        let (events, secs) = (house.feeder.told, began.elapsed().as_secs_f64());
        house.settle_history().await?;
        let all = began.elapsed().as_secs_f64();
        self.terminal.settle()?;
        let rate = per_second(events, secs);
        self.terminal.line(&match self.lang {
            Lang::En => format!(
                "  history: {events} events through Kafka in {secs:.1} s ({rate:.0} a second, group join included); every order looked at after {all:.1} s"
            ),
            Lang::Zh => format!(
                "  历史：{events} 条事件经 Kafka 读入，用时 {secs:.1} 秒（每秒 {rate:.0} 条，含加入消费组）；{all:.1} 秒后全部订单判定完毕"
            ),
        })?;
        Ok(())
    }

    async fn say_where(&mut self, house: &House, speed: u32) -> anyhow::Result<()> {
        let shop = shop::names().next().context("the demo has shops")?;
        let operations = house.link("demo operations", None).await?;
        let merchant = house.link("demo merchant", Some(shop.merchant_id)).await?;
        self.terminal.line(&words::guide(self.lang, &operations, &merchant, shop.name, speed))?;
        Ok(())
    }

    /// Tells events and shows what comes of them, for ever.
    async fn live(&mut self, house: &mut House) -> anyhow::Result<()> {
        let (store, clock) = (house.store.clone(), house.clock.clone());
        let feeder = &mut house.feeder;
        let feed = async {
            loop {
                tokio::time::sleep(FEED).await;
                feeder.tell(clock.now(), |_, _| {}).await?;
            }
        };
        let tell = async {
            let zone = Zone::named(ZONE).map_err(anyhow::Error::msg)?;
            let mut story = Story::new(self.lang, zone);
            let mut counted: Option<RealInstant> = None;
            loop {
                tokio::time::sleep(LOOK).await;
                self.look(&mut story, &store, &*clock).await?;
                if counted.is_none_or(|at| at.elapsed() >= COUNT) {
                    counted = Some(RealInstant::now());
                    self.count(&store, clock.now(), &story).await?;
                }
            }
        };
        tokio::select! {
            fed = feed => fed,
            told = tell => told,
        }
    }

    async fn look(&mut self, story: &mut Story, store: &crate::store::Store, clock: &dyn Clock) -> anyhow::Result<()> {
        for line in story.lines(store, clock.now()).await? {
            let first = !self.warned && line.kind == Some(Kind::DelayWarning);
            if line.kind == Some(Kind::DelayWarning) {
                self.terminal.notable(&line.text)?;
            } else {
                self.terminal.line(&line.text)?;
            }
            if first {
                self.warned = true;
                let secs = self.began.elapsed().as_secs_f64();
                let text = match self.lang {
                    Lang::En => {
                        format!("  first delay_warning {secs:.1} s after the start of this process")
                    }
                    Lang::Zh => format!("  进程启动 {secs:.1} 秒后发出第一封延误提醒"),
                };
                self.terminal.line(&text)?;
            }
        }
        Ok(())
    }

    async fn count(&mut self, store: &crate::store::Store, now: Instant, story: &Story) -> anyhow::Result<()> {
        let sums = Sums::take(store, now).await?;
        self.terminal.status(&sums.line(self.lang, &story.date(now)))?;
        Ok(())
    }

    /// Takes everything apart and says what it came to.
    async fn end(mut self, house: House) -> anyhow::Result<()> {
        self.terminal.settle()?;
        let (now, told) = (house.clock.now(), house.feeder.told);
        let (store, closed) = house.close().await;
        let sums = Sums::take(&store, now).await?;
        let head = match self.lang {
            Lang::En => format!(
                "\nEnded after {:.0} s; {told} events were told to the broker.",
                self.began.elapsed().as_secs_f64()
            ),
            Lang::Zh => {
                format!("\n运行 {:.0} 秒后结束；共向消息队列写入 {told} 条事件。", self.began.elapsed().as_secs_f64())
            }
        };
        self.terminal.line(&head)?;
        for line in sums.summary(self.lang) {
            self.terminal.line(&format!("  {line}"))?;
        }
        if let Some(folder) = closed.kept() {
            let word = self.lang.pick("the store is kept in", "数据库保存在");
            self.terminal.line(&format!("  {word} {}", folder.display()))?;
        }
        if !sums.balance() {
            bail!("the books do not balance; this is a fault of the program");
        }
        Ok(())
    }
}

/// The port asked for, else any free one.
async fn listen(port: u16, lang: Lang, terminal: &mut Terminal) -> anyhow::Result<TcpListener> {
    match TcpListener::bind(("127.0.0.1", port)).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            let text = match lang {
                Lang::En => format!("Port {port} is taken; the console takes another one."),
                Lang::Zh => format!("端口 {port} 已被占用，控制台改用其他端口。"),
            };
            terminal.line(&text)?;
            TcpListener::bind(("127.0.0.1", 0)).await.context("listening on a free port")
        }
        Err(error) => Err(error).with_context(|| format!("listening on port {port}; name another one with --port")),
    }
}

async fn interrupted() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut term = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result.context("listening for Ctrl-C"),
        _ = term.recv() => Ok(()),
    }
}

/// The full hour before `now` if it lies well within the shops' working day, else the last time it was ten in the
/// morning: buyers are told nothing at night, and the onlooker should not have to wait for the day.
fn opening_hour(now: Instant) -> Instant {
    let hour = Span::hours(1);
    let at = now.floor_to(hour);
    let since_ten = i64::from(local(at).hour()) - 10;
    if (0..=5).contains(&since_ten) { at } else { at - Span::hours(since_ten.rem_euclid(24)) }
}

/// A moment on the shops' clock. China has one zone and no daylight saving time.
fn local(at: Instant) -> Zoned {
    at.timestamp().to_zoned(jiff::tz::offset(8).to_time_zone())
}

#[expect(clippy::cast_precision_loss, reason = "event counts stay far below 2^53")]
fn per_second(events: u64, secs: f64) -> f64 {
    events as f64 / secs.max(0.001)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        Instant::parse(text).expect("a good instant")
    }

    #[test]
    fn the_shops_open_in_the_working_day_before_now() {
        let opens = |now: &str| opening_hour(at(now));
        assert_eq!(opens("2026-03-06T14:20:00+08:00"), at("2026-03-06T14:00:00+08:00"));
        assert_eq!(opens("2026-03-06T15:59:00+08:00"), at("2026-03-06T15:00:00+08:00"));
        assert_eq!(opens("2026-03-06T23:05:00+08:00"), at("2026-03-06T10:00:00+08:00"));
        assert_eq!(opens("2026-03-06T04:30:00+08:00"), at("2026-03-05T10:00:00+08:00"));
    }
}
