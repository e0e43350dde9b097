//! Frames on a socket: a length of four bytes, then that many bytes of postcard. Bounded on both sides.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use super::{Ended, Reply, Request};
use crate::report::Failure;

/// Bytes that one call may carry out of the component, and an outcome where its limits ask for no more.
pub const HOSTCALL_BYTES: usize = 32 << 20;
/// Longest frame of a call, which no limit of an outcome makes longer.
pub const LONGEST_CALL: usize = 2 * HOSTCALL_BYTES;
/// Largest length that four bytes can hold.
pub const LONGEST_FRAME: usize = u32::MAX as usize;
/// Longest frame in the other direction: a bound against faults; replies are bounded by `limits.memory`.
pub const LONGEST_TO_WORKER: usize = 2 << 30;

/// Bytes of a frame that are read at once; more room is made only when they have come. Most frames are no longer.
const AT_ONCE: usize = 64 << 10;

/// Message of a worker to its broker.
#[derive(Debug, Serialize, Deserialize)]
pub enum FromWorker {
    /// A host call, with the bytes that `limits.memory` has left.
    Call { request: Request, room: u64 },
    /// The last word; nothing follows.
    Ended(Ended),
}

/// Answer of a broker to a call; a failure ends the run.
pub type ToWorker = Result<Reply, Failure>;

/// Reason why no frame could be read.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    #[error("the other side is gone")]
    Closed,
    #[error("a message of {length} bytes, {longest} are allowed")]
    TooLong { length: usize, longest: usize },
    #[error("a message of small pieces that take much more memory than its bytes")]
    Swollen,
    #[error("a message after the last word")]
    AfterTheEnd,
    #[error("a message that does not decode: {0}")]
    Malformed(postcard::Error),
    #[error(transparent)]
    Io(io::Error),
}

impl From<postcard::Error> for WireError {
    fn from(error: postcard::Error) -> Self {
        match error {
            OUT_OF_BUDGET => Self::Swollen,
            error => Self::Malformed(error),
        }
    }
}

impl From<io::Error> for WireError {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
        match error.kind() {
            UnexpectedEof | BrokenPipe | ConnectionReset => Self::Closed,
            _ => Self::Io(error),
        }
    }
}

/// Writes one frame.
///
/// # Errors
/// The other side is gone, or the message passes `longest`.
pub fn send<T: Serialize>(mut to: impl Write, message: &T, longest: usize) -> Result<(), WireError> {
    let mut frame = postcard::to_extend(message, vec![0; 4])?;
    let length = frame.len() - 4;
    let prefix = u32::try_from(length).ok().filter(|_| length <= longest);
    let prefix = prefix.ok_or(WireError::TooLong { length, longest })?;
    frame[..4].copy_from_slice(&prefix.to_le_bytes());
    Ok(to.write_all(&frame)?)
}

/// Reads one frame. The buffer grows with what arrives, so a lying length costs its sender, not us.
///
/// # Errors
/// The other side is gone, the frame passes `longest`, or it is not one message and nothing else.
pub fn receive<T: for<'de> Deserialize<'de>>(mut from: impl Read, longest: usize) -> Result<T, WireError> {
    let mut prefix = [0; 4];
    from.read_exact(&mut prefix)?;
    let length = u32::from_le_bytes(prefix) as usize;
    if length > longest {
        return Err(WireError::TooLong { length, longest });
    }
    let mut frame = vec![0; length.min(AT_ONCE)];
    from.read_exact(&mut frame)?;
    let rest = length - frame.len();
    if from.take(rest as u64).read_to_end(&mut frame)? < rest {
        return Err(WireError::Closed);
    }
    decode(&frame, longest)
}

/// Decodes a whole buffer as one message, of a kind of which `longest` bytes are allowed.
///
/// # Errors
/// The bytes are no such message, or more than one, or small pieces that would take much more memory than they are long.
pub fn decode<T: for<'de> Deserialize<'de>>(bytes: &[u8], longest: usize) -> Result<T, WireError> {
    let mut pieces = postcard::Deserializer::from_flavor(Metered { bytes, left: longest });
    let message = T::deserialize(&mut pieces)?;
    match pieces.finalize()? {
        [] => Ok(message),
        _ => Err(WireError::Malformed(postcard::Error::DeserializeBadEncoding)),
    }
}

/// Waits until the other side is gone, and has said nothing more.
///
/// # Errors
/// It said something.
pub fn end(mut from: impl Read) -> Result<(), WireError> {
    match from.read(&mut [0]) {
        Ok(1..) => Err(WireError::AfterTheEnd),
        // One that leaves without having read its last answer is gone too.
        Ok(0) | Err(_) => Ok(()),
    }
}

/// Bytes to decode, as many as `left` pays for: a byte costs one, and each text, number or list of bytes [`PIECE`] more.
/// An empty text is one byte on the wire and 24 in memory; without a price 64 MiB of them would be 1.5 GiB.
struct Metered<'de> {
    bytes: &'de [u8],
    left: usize,
}

/// Error of [`Metered`]: decoding has no other use for it.
const OUT_OF_BUDGET: postcard::Error = postcard::Error::SerializeBufferFull;

/// More than what any piece takes in memory besides its bytes, with its share of the record that it is in.
const PIECE: usize = 64;

impl<'de> Metered<'de> {
    fn take(&mut self, count: usize, price: usize) -> postcard::Result<&'de [u8]> {
        self.left = self.left.checked_sub(price).ok_or(OUT_OF_BUDGET)?;
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or(postcard::Error::DeserializeUnexpectedEnd)?;
        self.bytes = rest;
        Ok(taken)
    }
}

impl<'de> postcard::de_flavors::Flavor<'de> for Metered<'de> {
    type Remainder = &'de [u8];
    type Source = &'de [u8];

    fn pop(&mut self) -> postcard::Result<u8> {
        self.take(1, 1).map(|taken| taken[0])
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.bytes.len())
    }

    fn try_take_n(&mut self, count: usize) -> postcard::Result<&'de [u8]> {
        self.take(count, count.saturating_add(PIECE))
    }

    fn finalize(self) -> postcard::Result<&'de [u8]> {
        Ok(self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls::{clock, commands, files, state};

    fn frame(request: &Request) -> Vec<u8> {
        let mut bytes = Vec::new();
        send(&mut bytes, request, 1 << 20).expect("a small message");
        bytes
    }

    #[test]
    fn what_is_sent_is_received() {
        let request = Request::Commands(commands::Call::Run {
            argv: vec!["/bin/ls".to_owned(), "-lh".to_owned()],
            input: Some(vec![0, 255]),
        });
        let received: Request = receive(frame(&request).as_slice(), 1 << 20).expect("the same message");
        assert_eq!(received, request);
    }

    #[test]
    fn a_message_over_the_bound_is_refused_on_both_sides() {
        let request = Request::Files(files::Call::Read { path: "/".repeat(100) });
        assert!(matches!(send(Vec::new(), &request, 50), Err(WireError::TooLong { longest: 50, .. })));
        let received = receive::<Request>(frame(&request).as_slice(), 50);
        assert!(matches!(received, Err(WireError::TooLong { longest: 50, .. })));
    }

    #[test]
    fn every_cut_and_every_flipped_byte_is_an_error_or_another_message_but_never_a_panic() {
        let whole = frame(&Request::Files(files::Call::ReadAt { path: "/proc/stat".to_owned(), offset: 7, max: 9 }));
        for end in 0..whole.len() {
            assert!(receive::<Request>(&whole[..end], 1 << 20).is_err(), "cut at {end}");
        }
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut flipped = whole.clone();
                flipped[at] ^= 1 << bit;
                let _ = receive::<Request>(flipped.as_slice(), 1 << 20);
            }
        }
    }

    #[test]
    fn a_lying_length_allocates_no_more_than_arrives() {
        let mut bytes = u32::MAX.to_le_bytes().to_vec();
        bytes.extend([1, 2, 3]);
        assert!(matches!(receive::<Request>(bytes.as_slice(), usize::MAX), Err(WireError::Closed)));
    }

    #[test]
    fn trailing_bytes_are_refused() {
        let mut bytes = postcard::to_allocvec(&Request::Clock(clock::Call::Now)).expect("encodes");
        bytes.push(0);
        assert!(decode::<Request>(&bytes, 1 << 20).is_err());
    }

    #[test]
    fn pieces_that_swell_are_refused_and_bytes_are_not() {
        let words = |count| Request::Commands(commands::Call::Run { argv: vec![String::new(); count], input: None });
        let bytes = postcard::to_allocvec(&words(1 << 20)).expect("encodes");
        assert_eq!(bytes.len() >> 20, 1, "24 MiB in memory");
        assert!(matches!(decode::<Request>(&bytes, 2 << 20), Err(WireError::Swollen)));
        assert!(decode::<Request>(&bytes, 128 << 20).is_ok());
        let value = Request::State(state::Call::Set { key: String::new(), value: vec![7; 1 << 20] });
        let bytes = postcard::to_allocvec(&value).expect("encodes");
        assert_eq!(decode::<Request>(&bytes, (1 << 20) + 100).expect("bytes cost what they are"), value);
    }
}
