//! The answer to a request: its head by httparse, its body by the framing of RFC 9112, both bounded.

use std::io::{self, Read};

use jiff::Timestamp;

use crate::outcome::retry_after;

/// Longest head, in bytes.
const HEAD: usize = 16 << 10;
/// Most headers.
const HEADERS: usize = 100;
/// Bytes of a body that are kept; what is longer closes the connection.
const BODY: usize = 16 << 10;

/// The head of an answer, and what of the body came with it.
#[derive(Debug, PartialEq, Eq)]
pub struct ResponseHead {
    pub status: u16,
    pub retry_after: Option<u64>,
    location: Option<String>,
    challenge: Option<String>,
    framing: Framing,
    keeps_open: bool,
    rest: Vec<u8>,
}

/// A whole answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    pub retry_after: Option<u64>,
    /// Where a redirect leads.
    pub location: Option<String>,
    /// The header `WWW-Authenticate`.
    pub challenge: Option<String>,
    /// Its begin.
    pub body: Vec<u8>,
    /// Whether another request may follow on the connection.
    pub keeps_open: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    Length(u64),
    Chunked,
    ToTheEnd,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ResponseError {
    #[error("{}", if .0.kind() == io::ErrorKind::TimedOut { "no answer in time".to_owned() } else { .0.to_string() })]
    Io(#[from] io::Error),
    #[error("the connection was closed before an answer")]
    Closed,
    #[error("the answer is no HTTP/1.1, or its head is longer than {HEAD} bytes")]
    Malformed,
}

/// Reads a head; one of the class 1xx is passed over.
///
/// # Errors
/// [`ResponseError`].
pub(crate) fn read_head(stream: &mut dyn Read) -> Result<ResponseHead, ResponseError> {
    let mut read = Vec::new();
    loop {
        if let Some((head, length)) = parse(&read)? {
            if head.status >= 200 {
                return Ok(ResponseHead { rest: read.split_off(length), ..head });
            }
            read.drain(..length);
            continue;
        }
        if read.len() >= HEAD {
            return Err(ResponseError::Malformed);
        }
        if more(stream, &mut read)? == 0 {
            return Err(ResponseError::Closed);
        }
    }
}

/// Reads a whole answer.
///
/// # Errors
/// [`ResponseError`]. One that is cut off in its body is an error too: whether the receiver has the request nobody knows.
pub fn read(stream: &mut dyn Read) -> Result<Response, ResponseError> {
    read_up_to(stream, BODY)
}

/// Reads an answer, of whose body so many bytes are kept at least; of what is longer the end is missing.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_up_to(stream: &mut dyn Read, most: usize) -> Result<Response, ResponseError> {
    let ResponseHead { status, retry_after, location, challenge, framing, keeps_open, rest } = read_head(stream)?;
    let mut body = Body { stream, most, read: rest, kept: Vec::new() };
    let framing = if status == 204 || status == 304 { Framing::Length(0) } else { framing };
    let whole = match framing {
        Framing::Length(length) => body.take(length)?,
        Framing::Chunked => body.chunks()?,
        Framing::ToTheEnd => {
            body.read_rest()?;
            false
        }
    };
    Ok(Response { status, retry_after, location, challenge, body: body.kept, keeps_open: keeps_open && whole })
}

/// Returns the head and its length in bytes; `None` where more of it is to come.
fn parse(read: &[u8]) -> Result<Option<(ResponseHead, usize)>, ResponseError> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let length = match response.parse(read).map_err(|_| ResponseError::Malformed)? {
        httparse::Status::Complete(length) => length,
        httparse::Status::Partial => return Ok(None),
    };
    let values = |name: &str| {
        let same = response.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
        same.map(|header| header.value).collect::<Vec<_>>()
    };
    let has = |name: &str, word: &str| {
        values(name).iter().any(|value| String::from_utf8_lossy(value).to_ascii_lowercase().contains(word))
    };
    let text = |name: &str| values(name).first().and_then(|value| Some(std::str::from_utf8(value).ok()?.to_owned()));
    let lengths = values("content-length");
    let framing = match (has("transfer-encoding", "chunked"), lengths.first()) {
        (true, _) => Framing::Chunked,
        (false, Some(value)) => {
            let length = std::str::from_utf8(value).ok().and_then(|text| text.trim().parse().ok());
            let length = length.filter(|_| lengths.iter().all(|other| other == value));
            Framing::Length(length.ok_or(ResponseError::Malformed)?)
        }
        (false, None) => Framing::ToTheEnd,
    };
    let head = ResponseHead {
        status: response.code.ok_or(ResponseError::Malformed)?,
        retry_after: values("retry-after").first().and_then(|value| retry_after(value, Timestamp::now())),
        location: text("location"),
        challenge: text("www-authenticate"),
        framing,
        keeps_open: response.version == Some(1) && !has("connection", "close"),
        rest: Vec::new(),
    };
    Ok(Some((head, length)))
}

fn more(stream: &mut dyn Read, read: &mut Vec<u8>) -> io::Result<usize> {
    let mut buffer = [0; 4 << 10];
    let count = loop {
        match stream.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // How some servers end TLS.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break 0,
            count => break count?,
        }
    };
    read.extend_from_slice(&buffer[..count]);
    Ok(count)
}

/// A body that is being read.
struct Body<'s> {
    stream: &'s mut dyn Read,
    /// Bytes that are enough.
    most: usize,
    /// Read and not used yet.
    read: Vec<u8>,
    kept: Vec<u8>,
}

impl Body<'_> {
    /// Reads so many bytes; `false` where they are more than anybody wants.
    fn take(&mut self, length: u64) -> Result<bool, ResponseError> {
        let mut left = length;
        while left > 0 {
            if self.kept.len() >= self.most {
                return Ok(false);
            }
            if self.read.is_empty() && more(self.stream, &mut self.read)? == 0 {
                return Err(ResponseError::Closed);
            }
            let count = self.read.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            self.kept.extend(self.read.drain(..count));
            left -= count as u64;
        }
        Ok(true)
    }

    fn chunks(&mut self) -> Result<bool, ResponseError> {
        loop {
            let length = loop {
                match httparse::parse_chunk_size(&self.read) {
                    Ok(httparse::Status::Complete((used, length))) => {
                        self.read.drain(..used);
                        break length;
                    }
                    Ok(httparse::Status::Partial) if self.read.len() < HEAD => {
                        if more(self.stream, &mut self.read)? == 0 {
                            return Err(ResponseError::Closed);
                        }
                    }
                    _ => return Err(ResponseError::Malformed),
                }
            };
            if length == 0 {
                // Trailers would follow, or an empty line: the connection is not used again.
                return Ok(false);
            }
            if !self.take(length)? {
                return Ok(false);
            }
            let end = self.kept.len();
            // The line break behind a chunk.
            if !self.take(2)? {
                return Ok(false);
            }
            self.kept.truncate(end);
        }
    }

    fn read_rest(&mut self) -> Result<(), ResponseError> {
        self.kept.append(&mut self.read);
        while self.kept.len() < self.most && more(self.stream, &mut self.kept)? > 0 {}
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out one byte at a time, as a slow server does.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            buffer[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    fn both(text: &str) -> Result<(u16, String, bool), String> {
        let seen = |response: Result<Response, ResponseError>| {
            let told =
                response.map(|one| (one.status, String::from_utf8_lossy(&one.body).into_owned(), one.keeps_open));
            told.map_err(|error| error.to_string())
        };
        let (slow, fast) = (seen(read(&mut Slow(text.as_bytes()))), seen(read(&mut text.as_bytes())));
        assert_eq!(slow, fast, "{text}");
        slow
    }

    #[test]
    fn bodies_are_framed_as_the_standard_says() {
        let ok = |status, body: &str, open| Ok((status, body.to_owned(), open));
        assert_eq!(both("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1"), ok(200, "ok", true));
        assert_eq!(both("HTTP/1.1 204 No Content\r\n\r\n"), ok(204, "", true));
        assert_eq!(
            both("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"),
            ok(202, "", true)
        );
        assert_eq!(both("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end"), ok(200, "to the end", false));
        assert_eq!(both("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx"), ok(200, "x", false));
        let chunked =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n";
        assert_eq!(both(chunked), ok(200, "abc0123456789", false));
    }

    #[test]
    fn what_is_cut_off_or_no_http_is_no_answer() {
        let closed = Err("the connection was closed before an answer".to_owned());
        for text in [
            "",
            "HTTP/1.1 200",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        ] {
            assert_eq!(both(text), closed, "{text}");
        }
        for text in [
            "SSH-2.0-OpenSSH\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        ] {
            assert!(both(text).unwrap_err().starts_with("the answer is no HTTP/1.1"), "{text}");
        }
        let endless = format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(2 * HEAD));
        assert!(both(&endless).unwrap_err().starts_with("the answer is no HTTP/1.1"));
        let long = format!("HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n{}", "x".repeat(999_999));
        let response = read(&mut long.as_bytes()).unwrap();
        assert!(
            response.status == 200 && response.body.len() < 3 * BODY && !response.keeps_open,
            "its begin is enough"
        );
    }
}
