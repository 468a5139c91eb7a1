//! An SMTP server that follows a script, for the tests only.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

/// What the server does at one step.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    /// Writes this line or these lines.
    Say(&'static str),
    /// Closes the connection.
    Drop,
    /// Writes this and closes the connection.
    SayAndDrop(&'static str),
    /// Writes one byte at a time, and never the end of the line.
    Drip,
    /// Never answers.
    Hang,
}

/// The script: by step, the acts for the first, second, ... time; the last one repeats.
/// Steps are the verbs, `BANNER`, `TEXT` (every line of the mail) and `END` (the final dot).
pub(super) struct Script {
    acts: HashMap<&'static str, Vec<Act>>,
    tls: Option<TlsAcceptor>,
    implicit: bool,
}

impl Script {
    pub(super) fn new() -> Self {
        Self { acts: HashMap::new(), tls: None, implicit: false }
            .on("BANNER", &[Act::Say("220 test")])
            .on("EHLO", &[Act::Say("250-test\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN")])
            .on("AUTH", &[Act::Say("235 2.7.0 welcome")])
            .on("DATA", &[Act::Say("354 go on")])
            .on("END", &[Act::Say("250 2.0.0 Ok: queued as Q1")])
    }

    pub(super) fn on(mut self, step: &'static str, acts: &[Act]) -> Self {
        self.acts.insert(step, acts.to_vec());
        self
    }

    pub(super) fn with_tls(mut self, acceptor: TlsAcceptor, implicit: bool) -> Self {
        (self.tls, self.implicit) = (Some(acceptor), implicit);
        self
    }

    pub(super) async fn start(self) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (script, shared) = (Arc::new(self), Arc::clone(&seen));
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                socket.set_nodelay(true).unwrap();
                shared.lock().unwrap().connections += 1;
                let talk = Talk { script: Arc::clone(&script), seen: Arc::clone(&shared) };
                tokio::spawn(talk.accept(socket));
            }
        });
        Server { port, seen }
    }
}

/// What reached the server.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) connections: usize,
    pub(super) commands: Vec<String>,
    /// Each mail between DATA and the dot, transparency undone.
    pub(super) mails: Vec<Vec<u8>>,
    counts: HashMap<&'static str, usize>,
}

pub(super) struct Server {
    pub(super) port: u16,
    seen: Arc<Mutex<Seen>>,
}

impl Server {
    pub(super) fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }

    pub(super) fn commands(&self) -> Vec<String> {
        self.seen.lock().unwrap().commands.clone()
    }

    pub(super) fn mails(&self) -> Vec<Vec<u8>> {
        self.seen.lock().unwrap().mails.clone()
    }
}

struct Talk {
    script: Arc<Script>,
    seen: Arc<Mutex<Seen>>,
}

/// How a stretch of dialogue ended.
enum End {
    Closed,
    Upgrade,
}

impl Talk {
    async fn accept(self, socket: TcpStream) {
        let ended = match (&self.script.tls, self.script.implicit) {
            (Some(tls), true) => match tls.accept(socket).await {
                Ok(stream) => self.dialogue(BufReader::new(stream), true).await.map(drop),
                Err(error) => Err(error),
            },
            _ => self.maybe_upgraded(socket).await,
        };
        drop(ended);
    }

    async fn maybe_upgraded(&self, socket: TcpStream) -> io::Result<()> {
        let (end, socket) = self.dialogue(BufReader::new(socket), true).await?;
        if let (End::Upgrade, Some(tls)) = (end, &self.script.tls) {
            let stream = tls.accept(socket).await?;
            self.dialogue(BufReader::new(stream), false).await?;
        }
        Ok(())
    }

    async fn dialogue<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        mut stream: BufReader<S>,
        banner: bool,
    ) -> io::Result<(End, S)> {
        if banner && !self.perform("BANNER", &mut stream).await? {
            return Ok((End::Closed, stream.into_inner()));
        }
        let mut line = String::new();
        while stream.read_line(&mut line).await? > 0 {
            let command = line.trim_end().to_owned();
            let verb = verb(&command);
            self.seen.lock().unwrap().commands.push(command);
            line.clear();
            if !self.perform(verb, &mut stream).await? || verb == "QUIT" {
                break;
            }
            if verb == "STARTTLS" {
                return Ok((End::Upgrade, stream.into_inner()));
            }
            let taken = self.seen.lock().unwrap().counts.get("DATA").copied();
            if verb == "DATA" && self.go_on(taken) && !self.mail(&mut stream).await? {
                break;
            }
        }
        Ok((End::Closed, stream.into_inner()))
    }

    /// Whether the answer to the latest DATA asked for the text.
    fn go_on(&self, times: Option<usize>) -> bool {
        let acts = &self.script.acts["DATA"];
        let index = times.unwrap_or(1).min(acts.len()) - 1;
        matches!(acts[index], Act::Say(reply) if reply.starts_with('3'))
    }

    async fn mail<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: &mut BufReader<S>) -> io::Result<bool> {
        let mut mail = Vec::new();
        loop {
            let mut line = Vec::new();
            if stream.read_until(b'\n', &mut line).await? == 0 {
                return Ok(false);
            }
            if self.script.acts.contains_key("TEXT") && !self.perform("TEXT", stream).await? {
                return Ok(false);
            }
            if line == b".\r\n" {
                break;
            }
            mail.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
        self.seen.lock().unwrap().mails.push(mail);
        self.perform("END", stream).await
    }

    /// Gives false when the connection is to be closed.
    async fn perform<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        step: &'static str,
        stream: &mut BufReader<S>,
    ) -> io::Result<bool> {
        match self.next_act(step) {
            Act::Say(reply) => {
                stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
                stream.flush().await?;
                Ok(true)
            }
            Act::Drop => Ok(false),
            Act::SayAndDrop(reply) => {
                stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
                stream.flush().await?;
                Ok(false)
            }
            Act::Drip => loop {
                stream.write_all(b"2").await?;
                stream.flush().await?;
                tokio::time::sleep(Duration::from_millis(20)).await;
            },
            Act::Hang => {
                tokio::time::sleep(Duration::from_secs(60)).await;
                Ok(false)
            }
        }
    }

    fn next_act(&self, step: &'static str) -> Act {
        let mut seen = self.seen.lock().unwrap();
        let count = seen.counts.entry(step).or_default();
        *count += 1;
        match self.script.acts.get(step) {
            Some(acts) => acts[(*count).min(acts.len()) - 1],
            None => Act::Say("250 2.0.0 Ok"),
        }
    }
}

fn verb(command: &str) -> &'static str {
    let word = command.split([' ', ':']).next().unwrap_or_default();
    ["EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "RSET", "QUIT"]
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(word))
        .unwrap_or("OTHER")
}
