//! A way to the server that can be cut in the middle of a word.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// What happens to the next commit.
#[derive(Clone, Copy)]
pub(super) enum Cut {
    /// It passes, and so does its answer.
    Nowhere = 0,
    /// It reaches the server, its answer nobody.
    BehindTheCommit = 1,
    /// It reaches nobody.
    BeforeTheCommit = 2,
}

/// Listens beside the server and passes everything on.
pub(super) struct Proxy {
    pub(super) port: u16,
    cut: Arc<AtomicU8>,
}

impl Proxy {
    /// To the server at `server`, `host:port`.
    pub(super) fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it listens").port();
        let (cut, server) = (Arc::new(AtomicU8::new(0)), server.to_owned());
        let theirs = Arc::clone(&cut);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(&server).expect("the server listens");
                pass(client, server, &theirs);
            }
        });
        Self { port, cut }
    }

    /// Cuts the line at the next commit, once.
    pub(super) fn cut(&self, cut: Cut) {
        self.cut.store(cut as u8, Ordering::SeqCst);
    }
}

fn pass(client: TcpStream, server: TcpStream, cut: &Arc<AtomicU8>) {
    let copy = |stream: &TcpStream| stream.try_clone().expect("a second handle");
    let (to_client, from_server) = (copy(&client), copy(&server));
    let silent = Arc::new(AtomicU8::new(0));
    let hushed = Arc::clone(&silent);
    std::thread::spawn(move || {
        copy_until(from_server, &to_client, |_| hushed.load(Ordering::SeqCst) == 0);
        shut(&to_client);
    });
    let cut = Arc::clone(cut);
    std::thread::spawn(move || {
        let passes = |bytes: &[u8]| {
            let is_commit = bytes.windows(7).any(|word| word == b"COMMIT\0");
            let at = if is_commit { cut.swap(Cut::Nowhere as u8, Ordering::SeqCst) } else { Cut::Nowhere as u8 };
            if at == Cut::BehindTheCommit as u8 {
                silent.store(1, Ordering::SeqCst);
            }
            at != Cut::BeforeTheCommit as u8
        };
        copy_until(client, &server, passes);
        shut(&server);
    });
}

/// Copies until the stream ends or `passes` says no.
fn copy_until(mut from: TcpStream, mut to: &TcpStream, passes: impl Fn(&[u8]) -> bool) {
    let mut bytes = vec![0; 1 << 16];
    while let Ok(n @ 1..) = from.read(&mut bytes) {
        let some = &bytes[..n];
        if !passes(some) || to.write_all(some).is_err() {
            shut(&from);
            return;
        }
    }
}

/// Both ways; a stream that has ended already is as good as shut.
fn shut(stream: &TcpStream) {
    drop(stream.shutdown(Shutdown::Both));
}
