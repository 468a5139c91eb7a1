//! A line to a server that can fall silent or be cut.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// Nothing is passed on, and nobody is told.
    Silent,
    /// Every connection ends, and new ones end at once.
    Cut,
}

/// What is connected to [`Line::address`] is led to a server.
pub(super) struct Line {
    pub(super) address: SocketAddr,
    state: watch::Sender<State>,
}

impl Line {
    /// A line to `server`, `host:port`.
    pub(super) async fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let line = Self { address: listener.local_addr().unwrap(), state: watch::Sender::new(State::Open) };
        drop(tokio::spawn(serve(listener, server.to_owned(), line.state.subscribe())));
        line
    }

    pub(super) fn fall_silent(&self) {
        self.state.send_replace(State::Silent);
    }

    pub(super) fn cut(&self) {
        self.state.send_replace(State::Cut);
    }

    pub(super) fn open(&self) {
        self.state.send_replace(State::Open);
    }
}

async fn serve(listener: TcpListener, server: String, state: watch::Receiver<State>) {
    loop {
        let (client, _) = listener.accept().await.unwrap();
        if *state.borrow() == State::Cut {
            continue;
        }
        // The server may be down itself.
        let Ok(server) = TcpStream::connect(&server).await else { continue };
        let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
        drop(tokio::spawn(pass(from_client, to_server, state.clone())));
        drop(tokio::spawn(pass(from_server, to_client, state.clone())));
    }
}

/// Passes on what comes until one side ends or the line is cut; dropping the halves closes both sides.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut state: watch::Receiver<State>) {
    let mut bytes = vec![0; 16 << 10];
    loop {
        let read = tokio::select! {
            read = from.read(&mut bytes) => read.unwrap_or(0),
            _ = state.wait_for(|state| *state == State::Cut) => 0,
        };
        if read == 0 {
            return;
        }
        let goes_on = state.wait_for(|state| *state != State::Silent).await.is_ok_and(|now| *now == State::Open);
        if !goes_on || to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}
