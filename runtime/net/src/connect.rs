//! Connections under a deadline: TCP to the first address of a host that answers, plain or below TLS, direct or through a proxy.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use crate::response;
use roundsman_order::url::Url;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("looking up {host}: {source}")]
    Lookup { host: String, source: io::Error },
    #[error("connecting to {host}:{port}: {source}")]
    Connect { host: String, port: u16, source: io::Error },
    #[error("TLS with {host}: {source}")]
    Tls { host: String, source: io::Error },
    #[error("the proxy answered CONNECT with status {0}")]
    Proxy(u16),
    #[error("asking the proxy: {0}")]
    ProxyIo(#[source] response::ResponseError),
}

impl ConnectError {
    /// Tells whether it may be otherwise a little later: nobody answered, or the connection broke. A certificate that is not
    /// trusted stays so.
    pub(crate) fn may_pass(&self) -> bool {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, TimedOut, UnexpectedEof};
        match self {
            Self::Lookup { .. } | Self::Connect { .. } | Self::ProxyIo(_) => true,
            Self::Tls { source, .. } => matches!(
                source.kind(),
                BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | TimedOut | UnexpectedEof
            ),
            Self::Proxy(status) => is_trouble(*status),
        }
    }
}

/// Tells whether a status of HTTP speaks of trouble that may pass, of whoever answers.
#[must_use]
pub(crate) fn is_trouble(status: u16) -> bool {
    matches!(status, 429 | 500..=599)
}

/// A stream of which no call lasts beyond the deadline.
#[derive(Debug)]
pub struct Timed {
    stream: TcpStream,
    deadline: Instant,
}

/// A connection to a receiver.
#[derive(Debug)]
pub enum Stream {
    Plain(Timed),
    Tls(Box<StreamOwned<ClientConnection, Timed>>),
}

impl Stream {
    /// Gives it another deadline.
    pub fn keep_until(&mut self, deadline: Instant) {
        match self {
            Self::Plain(stream) => stream.deadline = deadline,
            Self::Tls(stream) => stream.sock.deadline = deadline,
        }
    }
}

impl Timed {
    fn left(&self) -> io::Result<Duration> {
        match self.deadline.saturating_duration_since(Instant::now()) {
            Duration::ZERO => Err(io::ErrorKind::TimedOut.into()),
            left => Ok(left),
        }
    }
}

/// A timeout of a socket is an error of its own kind, whatever the system calls it.
fn timed_out(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::WouldBlock { io::ErrorKind::TimedOut.into() } else { error }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(self.left()?))?;
        self.stream.read(buffer).map_err(timed_out)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.left()?))?;
        self.stream.write(bytes).map_err(timed_out)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

/// Connects to the host of a URL; the name of its certificate is verified.
///
/// # Errors
/// [`ConnectError`].
pub(crate) fn connect(
    url: &Url,
    proxy: Option<&Url>,
    tls: &mut dyn FnMut() -> io::Result<Arc<ClientConfig>>,
    deadline: Instant,
) -> Result<Stream, ConnectError> {
    let mut stream = tcp(proxy.unwrap_or(url), deadline)?;
    if !url.is_tls {
        return Ok(Stream::Plain(stream));
    }
    if proxy.is_some() {
        tunnel(&mut stream, url)?;
    }
    let failed = |source| ConnectError::Tls { host: url.host.clone(), source };
    let name = ServerName::try_from(url.host.clone()).map_err(|error| failed(io::Error::other(error)))?;
    let client =
        ClientConnection::new(tls().map_err(failed)?, name).map_err(|error| failed(io::Error::other(error)))?;
    let mut stream = StreamOwned::new(client, stream);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock).map_err(failed)?;
    }
    Ok(Stream::Tls(Box::new(stream)))
}

/// Tries the addresses of a host in turn; each has its share of the time that is left.
fn tcp(url: &Url, deadline: Instant) -> Result<Timed, ConnectError> {
    let Url { host, port, .. } = url;
    let looked = (host.as_str(), *port).to_socket_addrs();
    let addresses: Vec<_> = looked.map_err(|source| ConnectError::Lookup { host: host.clone(), source })?.collect();
    let mut last = io::Error::new(io::ErrorKind::NotFound, "it has no address");
    for (number, address) in addresses.iter().enumerate() {
        let others = u32::try_from(addresses.len() - number).unwrap_or(u32::MAX);
        let share = deadline.saturating_duration_since(Instant::now()) / others;
        if share.is_zero() {
            last = io::ErrorKind::TimedOut.into();
            break;
        }
        match TcpStream::connect_timeout(address, share) {
            Ok(stream) => {
                // A request is one write, so nothing is gained by waiting for more; where it is refused nothing is lost.
                let _ = stream.set_nodelay(true);
                return Ok(Timed { stream, deadline });
            }
            Err(error) => last = error,
        }
    }
    Err(ConnectError::Connect { host: host.clone(), port: *port, source: last })
}

/// Asks a proxy for a way through to the receiver.
fn tunnel(stream: &mut Timed, url: &Url) -> Result<(), ConnectError> {
    let host = if url.host.contains(':') { format!("[{}]", url.host) } else { url.host.clone() };
    let place = format!("{host}:{}", url.port);
    let question = format!("CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n");
    let asked = stream.write_all(question.as_bytes()).map_err(response::ResponseError::Io);
    let answered = asked.and_then(|()| response::read_head(stream));
    match answered.map_err(ConnectError::ProxyIo)?.status {
        200..=299 => Ok(()),
        status => Err(ConnectError::Proxy(status)),
    }
}
