//! A mail server that does to the next mails what it is told, and counts every mail it has by its Message-ID.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What becomes of one mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mood {
    /// Taken, and said so.
    Take,
    /// 452 at RCPT.
    Busy,
    /// 550 at RCPT.
    Never,
    /// No answer to RCPT.
    SilentAtRcpt,
    /// Taken after the final dot; no answer until the word to speak.
    SilentAtEnd,
    /// Taken after the final dot, then the line is cut.
    DropsTaken,
    /// The line is cut after the final dot, and the mail is not taken.
    DropsLost,
}

impl Mood {
    /// All but [`Mood::Take`].
    pub(super) const BAD: [Self; 6] =
        [Self::Busy, Self::Never, Self::SilentAtRcpt, Self::DropsTaken, Self::DropsLost, Self::SilentAtEnd];
}

/// The server; it ends with the test's runtime.
#[derive(Clone)]
pub(super) struct Post(Arc<Inner>);

struct Inner {
    address: SocketAddr,
    script: Mutex<VecDeque<Mood>>,
    book: Mutex<Book>,
    up: watch::Sender<bool>,
    speak: watch::Sender<u64>,
    /// Who waits for an answer at the end of a mail, by the name said in EHLO.
    waiting: Mutex<Vec<String>>,
}

/// What came.
#[derive(Default)]
pub(super) struct Book {
    /// How often each message was taken, by its Message-ID.
    pub(super) messages: BTreeMap<String, usize>,
    /// How often mail about each order was taken.
    pub(super) orders: BTreeMap<String, usize>,
    /// When mail about each order was taken, the first time.
    pub(super) taken: BTreeMap<String, Instant>,
    /// What mail about each order met other than [`Mood::Take`], and when.
    pub(super) met: BTreeMap<String, Vec<(Mood, Instant)>>,
}

/// One connection.
struct Session {
    post: Post,
    read: BufReader<OwnedReadHalf>,
    write: OwnedWriteHalf,
    name: String,
    order: String,
    mood: Mood,
}

impl Post {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let inner = Inner {
            address: listener.local_addr().unwrap(),
            script: Mutex::default(),
            book: Mutex::default(),
            up: watch::Sender::new(true),
            speak: watch::Sender::new(0),
            waiting: Mutex::default(),
        };
        let post = Self(Arc::new(inner));
        drop(tokio::spawn(post.clone().serve(listener)));
        post
    }

    /// `[email]` of the replica called `name`, with time-outs short enough for tests.
    pub(super) fn section(&self, name: &str) -> String {
        let (host, port) = (self.0.address.ip(), self.0.address.port());
        format!(
            "[email]\nhost = \"{host}\"\nport = {port}\ntls = \"none\"\nfrom = \"orders@shop.example.com\"\n\
             ehlo_name = \"{name}\"\ntimeout = \"2s\"\nreply_timeout = \"3s\"\nconnections = 8\n"
        )
    }

    /// The next `count` mails meet `mood`, after those that were told before.
    pub(super) fn next(&self, count: usize, mood: Mood) {
        self.0.script.lock().unwrap().extend(std::iter::repeat_n(mood, count));
    }

    /// Whether every mood was met.
    pub(super) fn is_calm(&self) -> bool {
        self.0.script.lock().unwrap().is_empty()
    }

    /// Closes every connection and takes no other.
    pub(super) fn go_down(&self) {
        self.0.up.send_replace(false);
    }

    pub(super) fn come_up(&self) {
        self.0.up.send_replace(true);
    }

    /// Answers those that wait at the end of a mail.
    pub(super) fn speak(&self) {
        self.0.speak.send_modify(|times| *times += 1);
    }

    /// Who waits for an answer at the end of a mail.
    pub(super) fn waiting(&self) -> Vec<String> {
        self.0.waiting.lock().unwrap().clone()
    }

    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        self.0.book.lock().unwrap()
    }

    /// How many different messages were taken.
    pub(super) fn count(&self) -> usize {
        self.book().messages.len()
    }

    async fn serve(self, first: TcpListener) {
        let (mut up, mut listener) = (self.0.up.subscribe(), Some(first));
        loop {
            let Some(door) = &listener else {
                up.wait_for(|up| *up).await.unwrap();
                listener = TcpListener::bind(self.0.address).await.ok();
                tokio::task::yield_now().await;
                continue;
            };
            tokio::select! {
                accepted = door.accept() => drop(tokio::spawn(Session::run(self.clone(), accepted.unwrap().0))),
                _ = up.wait_for(|up| !*up) => listener = None,
            }
        }
    }

    fn meet(&self, order: &str) -> Mood {
        let mood = self.0.script.lock().unwrap().pop_front().unwrap_or(Mood::Take);
        if mood != Mood::Take {
            self.book().met.entry(order.to_owned()).or_default().push((mood, Instant::now()));
        }
        mood
    }

    fn take(&self, id: String, order: &str) {
        let mut book = self.book();
        *book.messages.entry(id).or_default() += 1;
        *book.orders.entry(order.to_owned()).or_default() += 1;
        book.taken.entry(order.to_owned()).or_insert_with(Instant::now);
    }
}

impl Session {
    async fn run(post: Post, stream: TcpStream) {
        stream.set_nodelay(true).unwrap();
        let mut up = post.0.up.subscribe();
        let (read, write) = stream.into_split();
        let (read, name, order) = (BufReader::new(read), String::new(), String::new());
        let mut session = Self { post, read, write, name, order, mood: Mood::Take };
        // The client may be gone at any step; that is what these tests are about.
        tokio::select! {
            ended = session.talk() => drop(ended),
            _ = up.wait_for(|up| !*up) => {}
        }
    }

    async fn talk(&mut self) -> io::Result<()> {
        self.say("220 post ESMTP").await?;
        while let Some(line) = self.line().await? {
            let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
            let goes_on = match verb.as_str() {
                "EHLO" => {
                    line.get(5..).unwrap_or_default().trim().clone_into(&mut self.name);
                    self.say("250 post").await?
                }
                "RCPT" => self.recipient(&line).await?,
                "DATA" => self.text().await?,
                "QUIT" => return self.say("221 bye").await.map(drop),
                _ => self.say("250 ok").await?,
            };
            if !goes_on {
                break;
            }
        }
        Ok(())
    }

    /// Whether the talk goes on.
    async fn recipient(&mut self, line: &str) -> io::Result<bool> {
        let address = line.split_once('<').map_or(line, |(_, rest)| rest);
        address.split('@').next().unwrap_or_default().clone_into(&mut self.order);
        self.mood = self.post.meet(&self.order);
        match self.mood {
            Mood::Busy => self.say("452 4.3.1 busy").await,
            Mood::Never => self.say("550 5.1.1 no such mailbox").await,
            Mood::SilentAtRcpt => self.until_it_hangs_up().await,
            _ => self.say("250 ok").await,
        }
    }

    async fn text(&mut self) -> io::Result<bool> {
        self.say("354 go on").await?;
        let mut id = None;
        loop {
            let Some(line) = self.line().await? else { return Ok(false) };
            if line == "." {
                break;
            }
            let header = line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("message-id"));
            id = id.or_else(|| header.map(|(_, value)| value.trim().to_owned()));
        }
        if self.mood == Mood::DropsLost {
            return Ok(false);
        }
        let id = id.expect("a mail has a Message-ID");
        self.post.take(id, &self.order);
        match self.mood {
            Mood::DropsTaken => Ok(false),
            Mood::SilentAtEnd => self.silence().await,
            _ => self.say("250 taken").await,
        }
    }

    /// Answers at the word to speak, unless the client is gone by then.
    async fn silence(&mut self) -> io::Result<bool> {
        let mut speak = self.post.0.speak.subscribe();
        let waits = Waits::of(&self.post, &self.name);
        let told = tokio::select! {
            told = speak.changed() => told.is_ok(),
            _ = self.read.read_u8() => false,
        };
        drop(waits);
        if told { self.say("250 taken").await } else { Ok(false) }
    }

    async fn until_it_hangs_up(&mut self) -> io::Result<bool> {
        let mut rest = Vec::new();
        self.read.read_to_end(&mut rest).await?;
        Ok(false)
    }

    async fn say(&mut self, line: &str) -> io::Result<bool> {
        self.write.write_all(format!("{line}\r\n").as_bytes()).await?;
        Ok(true)
    }

    async fn line(&mut self) -> io::Result<Option<String>> {
        let mut bytes = Vec::new();
        let read = self.read.read_until(b'\n', &mut bytes).await?;
        Ok((read > 0).then(|| String::from_utf8_lossy(&bytes).trim_end().to_owned()))
    }
}

/// A client that waits; it does no longer when this goes, however its connection ends.
struct Waits {
    post: Post,
    name: String,
}

impl Waits {
    fn of(post: &Post, name: &str) -> Self {
        post.0.waiting.lock().unwrap().push(name.to_owned());
        Self { post: post.clone(), name: name.to_owned() }
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        let mut waiting = self.post.0.waiting.lock().unwrap();
        if let Some(at) = waiting.iter().position(|known| *known == self.name) {
            waiting.remove(at);
        }
    }
}
