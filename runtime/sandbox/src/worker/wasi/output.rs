//! Standard output and standard error of a component: lines of its log.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError, StreamResult};

use crate::worker::shared_host::SharedHost;
use roundsman_contract::Level;
use roundsman_contract::calls::{Request, logging};

/// Bytes of one line; a longer one becomes several, so that no more of it is held.
const LONGEST_LINE: usize = 4 << 10;
/// Bytes that one call may write.
const LONGEST_WRITE: usize = 64 << 10;
/// Lines that are kept for the message of a trap; a traceback ends with the place and the error.
const LINES_KEPT: usize = 24;

/// A stream that the host logs line by line.
#[derive(Clone)]
pub struct Output {
    host: SharedHost,
    level: Level,
    written: Arc<Mutex<Written>>,
}

#[derive(Default)]
struct Written {
    /// The line under way.
    line: Vec<u8>,
    last: VecDeque<String>,
}

impl Output {
    pub fn new(host: SharedHost, level: Level) -> Self {
        Self { host, level, written: Arc::default() }
    }

    /// Logs the line that no line break has ended.
    pub fn end(&self) {
        let mut written = self.written();
        if !written.line.is_empty() {
            self.log(&mut written);
        }
    }

    /// Returns the last lines, oldest first.
    pub(crate) fn last_lines(&self) -> Vec<String> {
        self.written().last.iter().cloned().collect()
    }

    fn take(&self, bytes: &[u8]) {
        let mut written = self.written();
        self.host.owe(bytes.len());
        for &byte in bytes {
            if byte != b'\n' {
                written.line.push(byte);
            }
            if byte == b'\n' || written.line.len() == LONGEST_LINE {
                self.log(&mut written);
            }
        }
    }

    fn log(&self, written: &mut Written) {
        let line = std::mem::take(&mut written.line);
        let message = String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned();
        if written.last.len() == LINES_KEPT {
            written.last.pop_front();
        }
        written.last.push_back(message.clone());
        let request = Request::Logging(logging::Call { level: self.level, message });
        if let Err(failure) = self.host.call(0, request, 0) {
            self.host.end_with(failure);
        }
    }

    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Output {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Output {
    async fn ready(&mut self) {}
}

#[wasmtime_wasi::async_trait]
impl OutputStream for Output {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        if bytes.len() > LONGEST_WRITE {
            return Err(StreamError::trap("wrote more bytes than were permitted"));
        }
        self.take(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(LONGEST_WRITE)
    }
}

/// The way of WASI 0.3, which the trait asks for and nothing here uses.
impl AsyncWrite for Output {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let taken = &bytes[..bytes.len().min(LONGEST_WRITE)];
        self.take(taken);
        Poll::Ready(Ok(taken.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use roundsman_contract::calls::{HostCalls, Reply};
    use roundsman_contract::report::Failure;

    /// A host that keeps what is logged.
    #[derive(Clone, Default)]
    struct Keeps(Arc<Mutex<Vec<String>>>);

    impl HostCalls for Keeps {
        fn call(&mut self, request: Request, _room: u64) -> Result<Reply, Failure> {
            let Request::Logging(logging::Call { message, .. }) = request else { panic!("{request:?}") };
            self.0.lock().unwrap().push(message);
            Ok(Reply::Done)
        }
    }

    fn logged(pieces: &[&[u8]]) -> (Vec<String>, Vec<String>) {
        let keeps = Keeps::default();
        let mut output = Output::new(SharedHost::new(Box::new(keeps.clone())), Level::Info);
        pieces.iter().for_each(|piece| output.write(Bytes::copy_from_slice(piece)).unwrap());
        output.end();
        let lines = keeps.0.lock().unwrap().clone();
        (lines, output.last_lines())
    }

    #[test]
    fn pieces_are_joined_to_lines() {
        let (lines, last) = logged(&[b"one", b" line\nand ", b"\xff\r\n\nthe rest"]);
        assert_eq!(lines, ["one line", "and \u{fffd}", "", "the rest"]);
        assert_eq!(last, lines);
    }

    #[test]
    fn neither_a_long_line_nor_many_are_held() {
        let (lines, _) = logged(&[&[b'x'; 10_000]]);
        assert_eq!(lines.iter().map(String::len).collect::<Vec<_>>(), [4096, 4096, 1808]);
        let (lines, last) = logged(&[&b"y\n".repeat(1_000)]);
        assert_eq!((lines.len(), last.len()), (1_000, LINES_KEPT));
    }

    #[test]
    fn more_than_was_permitted_is_not_written() {
        let mut output = Output::new(SharedHost::new(Box::new(Keeps::default())), Level::Info);
        let permitted = output.check_write().unwrap();
        assert!(output.write(Bytes::from(vec![b'z'; permitted])).is_ok());
        assert!(output.write(Bytes::from(vec![b'z'; permitted + 1])).is_err());
    }
}
