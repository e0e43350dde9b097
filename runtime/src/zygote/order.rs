//! The orders of the round to its zygote: plain numbers, and descriptors beside them. An order has nothing of a check.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};
use serde::{Deserialize, Serialize};

use crate::worker::key::Key;
use crate::worker::lockdown::{Bounds, Layers};

/// Longest order, in bytes; a handful of numbers.
const LONGEST: usize = 128;
/// Descriptors of an order: stderr, and those of the errand or the charge.
const DESCRIPTORS: usize = 4;

/// A locked process that is wanted.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Order {
    pub who: Who,
    /// The uid and gid of the worker; nothing where it keeps those of the round.
    pub uid: Option<u32>,
    pub layers: Layers,
    pub bounds: Bounds,
}

/// The kind of process that carries out an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Who {
    /// A process that the zygote forks.
    Forked,
    /// The zygote itself, as no other order will come.
    Zygote,
}

/// Task of a worker, with the descriptors that it takes: borrowed in the round, owned in the worker.
#[derive(Debug)]
pub enum Errand<F> {
    /// Compiles the component that `component` holds into `code`.
    Compile { component: F, code: F, channel: F },
    /// Asks a component to which nothing is granted; `job` holds a [`Job`](crate::worker::Job).
    Ask { job: F, code: F, channel: F },
    /// Runs a check.
    Check { job: F, code: F, broker: F },
}

/// The kinds of [`Errand`], as they are sent.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum Kind {
    Compile,
    Ask,
    Check,
}

/// Descriptors that a broker works with.
#[derive(Debug)]
pub struct Charge<F> {
    /// Holds a [`Brief`](crate::broker::Brief).
    pub brief: F,
    /// To the worker that it answers.
    pub worker: F,
    /// For its one message to the round.
    pub report: F,
}

/// One process that is wanted, with the descriptors that it gets.
#[derive(Debug)]
pub enum Wanted<F> {
    Worker(Order, Errand<F>),
    Broker(Charge<F>),
}

/// A [`Wanted`], as it is sent.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum Message {
    Worker(Kind, Order),
    Broker,
}

impl<F> Errand<F> {
    /// Returns the name of the process.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Compile { .. } => "roundsman-compile",
            Self::Ask { .. } => "roundsman-ask",
            Self::Check { .. } => "roundsman-worker",
        }
    }

    /// All its descriptors.
    pub fn descriptors(&self) -> [&F; DESCRIPTORS - 1] {
        match self {
            Self::Compile { component, code, channel } => [component, code, channel],
            Self::Ask { job, code, channel } => [job, code, channel],
            Self::Check { job, code, broker } => [job, code, broker],
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Compile { .. } => Kind::Compile,
            Self::Ask { .. } => Kind::Ask,
            Self::Check { .. } => Kind::Check,
        }
    }

    fn of(kind: Kind, [first, code, last]: [F; DESCRIPTORS - 1]) -> Self {
        match kind {
            Kind::Compile => Self::Compile { component: first, code, channel: last },
            Kind::Ask => Self::Ask { job: first, code, channel: last },
            Kind::Check => Self::Check { job: first, code, broker: last },
        }
    }
}

impl<F> Wanted<F> {
    fn message(&self) -> Message {
        match self {
            Self::Worker(order, errand) => Message::Worker(errand.kind(), *order),
            Self::Broker(_) => Message::Broker,
        }
    }

    fn descriptors(&self) -> [&F; DESCRIPTORS - 1] {
        match self {
            Self::Worker(_, errand) => errand.descriptors(),
            Self::Broker(Charge { brief, worker, report }) => [brief, worker, report],
        }
    }

    fn of(message: Message, all: [F; DESCRIPTORS - 1]) -> Self {
        match message {
            Message::Worker(kind, order) => Self::Worker(order, Errand::of(kind, all)),
            Message::Broker => {
                let [brief, worker, report] = all;
                Self::Broker(Charge { brief, worker, report })
            }
        }
    }
}

/// Bytes of what a zygote says first: whether it has an engine, and the key of the code that this compiles and runs.
pub const FIRST_WORD: usize = 33;

/// Encodes what a zygote says first.
pub fn first_word(key: Option<Key>) -> [u8; FIRST_WORD] {
    let mut word = [0; FIRST_WORD];
    if let (Some(Key(key)), [has_engine, rest @ ..]) = (key, &mut word) {
        *has_engine = 1;
        *rest = key;
    }
    word
}

/// Decodes what a zygote says first; `None` if it has no engine.
pub fn key([has_engine, key @ ..]: [u8; FIRST_WORD]) -> Option<Key> {
    (has_engine == 1).then_some(Key(key))
}

/// Sends an order, as one message.
///
/// # Errors
/// EPIPE or ECONNRESET where the zygote is gone.
pub fn send(socket: impl AsFd, wanted: &Wanted<BorrowedFd<'_>>, stderr: BorrowedFd<'_>) -> io::Result<()> {
    let mut buffer = [0; LONGEST];
    let message = postcard::to_slice(&wanted.message(), &mut buffer).map_err(io::Error::other)?;
    let [first, second, last] = wanted.descriptors();
    let all = [stderr, *first, *second, *last];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS))];
    let mut beside = SendAncillaryBuffer::new(&mut space);
    // There is room for as many.
    let _ = beside.push(SendAncillaryMessage::ScmRights(&all));
    rustix::io::retry_on_intr(|| sendmsg(&socket, &[IoSlice::new(message)], &mut beside, SendFlags::NOSIGNAL))?;
    Ok(())
}

/// Waits for an order: what is wanted, and the stderr of the process; nothing where there will be none any more.
///
/// # Errors
/// Something else than an order came.
pub fn receive(socket: impl AsFd) -> io::Result<Option<(Wanted<OwnedFd>, OwnedFd)>> {
    let mut buffer = [0; LONGEST];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS))];
    let mut beside = RecvAncillaryBuffer::new(&mut space);
    let length = rustix::io::retry_on_intr(|| {
        recvmsg(&socket, &mut [IoSliceMut::new(&mut buffer)], &mut beside, RecvFlags::CMSG_CLOEXEC)
    })?
    .bytes;
    if length == 0 {
        return Ok(None);
    }
    let message = postcard::from_bytes(&buffer[..length]).map_err(io::Error::other)?;
    let rights = beside.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(descriptors) => Some(descriptors),
        _ => None,
    });
    let all: Vec<OwnedFd> = rights.flatten().collect();
    let [stderr, first, second, last] = <[OwnedFd; DESCRIPTORS]>::try_from(all)
        .map_err(|all| io::Error::other(format!("an order with {} descriptors", all.len())))?;
    Ok(Some((Wanted::of(message, [first, second, last]), stderr)))
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Read as _;

    use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

    use super::*;
    use crate::process::memfd::Memfd;

    #[test]
    fn a_key_arrives_and_so_does_that_there_is_none() {
        assert_eq!(key(first_word(Some(Key([7; 32])))), Some(Key([7; 32])));
        assert_eq!(key(first_word(None)), None);
    }

    #[test]
    fn an_order_arrives_with_each_descriptor_in_its_place() {
        let (ours, theirs) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None).unwrap();
        let files = ["stderr", "job", "code", "broker"].map(|name| Memfd::with("test", name.as_bytes()).unwrap());
        let [stderr, job, code, broker] = files.each_ref().map(AsFd::as_fd);
        let most = u64::MAX;
        let order = Order {
            who: Who::Zygote,
            uid: Some(u32::MAX),
            layers: Layers { seccomp: true, landlock: false },
            bounds: Bounds { memory: most, cpu: Some(most), output: most },
        };
        send(&ours, &Wanted::Worker(order, Errand::Check { job, code, broker }), stderr).unwrap();
        let (received, stderr) = receive(&theirs).unwrap().unwrap();
        let Wanted::Worker(received, Errand::Check { job, code, broker }) = received else { panic!("{received:?}") };
        assert_eq!(format!("{received:?}"), format!("{order:?}"));
        for (fd, name) in [(stderr, "stderr"), (job, "job"), (code, "code"), (broker, "broker")] {
            let mut text = String::new();
            File::from(fd).read_to_string(&mut text).unwrap();
            assert_eq!(text, name);
        }
        let [stderr, brief, worker, report] = files.each_ref().map(AsFd::as_fd);
        send(&ours, &Wanted::Broker(Charge { brief, worker, report }), stderr).unwrap();
        let (received, _) = receive(&theirs).unwrap().unwrap();
        assert!(matches!(received, Wanted::Broker(_)), "{received:?}");
        drop(ours);
        assert!(receive(&theirs).unwrap().is_none());
    }
}
