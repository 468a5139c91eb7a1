//! The socket under an SMTP connection.
//!
//! lettre opens its own sockets without `TCP_NODELAY`. An SMTP client writes small lines and waits for
//! each answer, so Nagle's algorithm and delayed acknowledgement stall every mail for some 40 ms. We
//! therefore open the socket, set the option, and hand lettre the finished stream.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use lettre::transport::smtp::client::{AsyncTokioStream, TlsParameters};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_util::compat::{Compat, FuturesAsyncReadCompatExt};

#[expect(
    deprecated,
    reason = "the only door to lettre's TLS for a stream of our own; it goes when lettre sets TCP_NODELAY itself"
)]
use lettre::transport::smtp::client::AsyncNetworkStream;

use super::fault::{Fault, Step};

/// A stream as lettre takes it.
pub(super) type Stream = Box<dyn AsyncTokioStream>;

/// Resolves the name and connects to the first address that answers, each within `limit`.
pub(super) async fn connect(host: &str, port: u16, limit: Duration) -> Result<TcpStream, Fault> {
    let late = || Fault::timeout(Step::Connect, limit);
    let mut last = late();
    let found = timeout(limit, lookup_host((host, port))).await.map_err(|_| late())?;
    for address in found.map_err(|error| Fault::io(Step::Connect, &error))? {
        match timeout(limit, TcpStream::connect(address)).await {
            Ok(Ok(socket)) => {
                socket.set_nodelay(true).map_err(|error| Fault::io(Step::Connect, &error))?;
                return Ok(socket);
            }
            Ok(Err(error)) => last = Fault::io(Step::Connect, &error),
            Err(_) => last = late(),
        }
    }
    Err(last)
}

/// A stream that stays plain.
pub(super) fn plain(socket: TcpStream) -> Stream {
    Box::new(socket)
}

/// A stream that lettre will upgrade by STARTTLS.
pub(super) fn upgradable(socket: TcpStream) -> Stream {
    Box::new(UntilTls { socket, encrypted: false })
}

/// A stream encrypted from the first byte.
pub(super) async fn encrypted(socket: TcpStream, tls: TlsParameters, limit: Duration) -> Result<Stream, Fault> {
    #[expect(deprecated, reason = "see the import")]
    let mut stream = AsyncNetworkStream::use_existing_tokio1(Box::new(socket));
    match timeout(limit, stream.upgrade_tls(tls)).await {
        Ok(Ok(())) => Ok(Box::new(Encrypted(stream.compat()))),
        Ok(Err(error)) => Err(Fault::of(Step::Connect, &error)),
        Err(_) => Err(Fault::timeout(Step::Connect, limit)),
    }
}

/// Hands out plain bytes one at a time until the first TLS record is written.
///
/// lettre reads through a buffer and keeps what is in it across the upgrade. Someone on the way could
/// add replies behind the server's answer to STARTTLS, and they would later be taken for the server's
/// own, encrypted ones. With single bytes the buffer is empty at the upgrade, such additions reach the
/// TLS layer, and the handshake fails as it should.
#[derive(Debug)]
struct UntilTls {
    socket: TcpStream,
    encrypted: bool,
}

/// First byte of a TLS handshake record (RFC 8446 §5.1); no SMTP command begins with it.
const TLS_HANDSHAKE: u8 = 0x16;

impl AsyncTokioStream for UntilTls {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket.peer_addr()
    }
}

impl AsyncRead for UntilTls {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.encrypted || out.remaining() == 0 {
            return Pin::new(&mut self.socket).poll_read(cx, out);
        }
        let mut single = [0_u8; 1];
        let mut byte = ReadBuf::new(&mut single);
        let polled = Pin::new(&mut self.socket).poll_read(cx, &mut byte);
        out.put_slice(byte.filled());
        polled
    }
}

impl AsyncWrite for UntilTls {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.encrypted |= bytes.first() == Some(&TLS_HANDSHAKE);
        Pin::new(&mut self.socket).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

/// lettre's encrypted stream, given back to lettre as if it were a plain one.
#[derive(Debug)]
#[expect(deprecated, reason = "see the import")]
struct Encrypted(Compat<AsyncNetworkStream>);

impl AsyncTokioStream for Encrypted {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.get_ref().peer_addr()
    }
}

impl AsyncRead for Encrypted {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, out)
    }
}

impl AsyncWrite for Encrypted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
