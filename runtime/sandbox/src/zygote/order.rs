//! The orders of the round to its zygote: plain numbers, and descriptors beside them. An order has nothing of a check.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};
use serde::{Deserialize, Serialize};

use crate::worker::key::CodeKey;
use crate::worker::lockdown::{Layers, ProcessBounds};

/// Longest order, in bytes; a handful of numbers.
const LONGEST: usize = 128;
/// Descriptors of an order, at most: stderr, and those of a check.
const DESCRIPTORS: usize = 7;

/// Limits and identity of a locked process that is wanted.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct ForkOrder {
    /// The uid and gid of the worker; `None` if it keeps those of the round.
    pub uid: Option<u32>,
    pub layers: Layers,
    pub bounds: ProcessBounds,
}

/// The process that becomes the worker of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Who {
    /// A process that the zygote forks.
    Forked,
    /// The zygote itself, as no other order will come.
    Zygote,
}

/// Task of a worker that reaches nothing, with the descriptors that it takes: borrowed in the round, owned in the worker.
#[derive(Debug)]
pub enum Errand<F> {
    /// Compiles the component that `component` holds into `code`.
    Compile { component: F, code: F, channel: F },
    /// Asks a component to which nothing is granted; `job` holds a [`Job`](crate::worker::Job).
    Ask { job: F, code: F, channel: F },
}

/// Descriptors of a check: those of its broker, and those of its worker.
#[derive(Debug)]
pub struct Pair<F> {
    pub charge: Charge<F>,
    pub run: RunDescriptors<F>,
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

/// Descriptors of a worker that runs a check.
#[derive(Debug)]
pub struct RunDescriptors<F> {
    /// Holds a [`Job`](crate::worker::Job).
    pub job: F,
    pub code: F,
    pub broker: F,
}

/// One worker that is wanted, or the two processes of a check, with the descriptors that they get.
#[derive(Debug)]
pub enum ProcessOrder<F> {
    Worker(ForkOrder, Errand<F>),
    Check(ForkOrder, Who, Pair<F>),
}

/// A [`ProcessOrder`], as it is sent.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum Message {
    Compile(ForkOrder),
    Ask(ForkOrder),
    Check(ForkOrder, Who),
}

impl<F> Errand<F> {
    /// Returns the name of the process.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Compile { .. } => "roundsman-compile",
            Self::Ask { .. } => "roundsman-ask",
        }
    }

    /// Returns all its descriptors.
    pub(crate) fn descriptors(&self) -> [&F; 3] {
        match self {
            Self::Compile { component, code, channel } => [component, code, channel],
            Self::Ask { job, code, channel } => [job, code, channel],
        }
    }
}

impl<F> ProcessOrder<F> {
    fn message(&self) -> Message {
        match self {
            Self::Worker(order, Errand::Compile { .. }) => Message::Compile(*order),
            Self::Worker(order, Errand::Ask { .. }) => Message::Ask(*order),
            Self::Check(order, who, _) => Message::Check(*order, *who),
        }
    }

    fn descriptors(&self) -> Vec<&F> {
        match self {
            Self::Worker(_, errand) => errand.descriptors().into(),
            Self::Check(_, _, Pair { charge, run }) => {
                vec![&charge.brief, &charge.worker, &charge.report, &run.job, &run.code, &run.broker]
            }
        }
    }

    /// Returns `None` if there are more or fewer descriptors than the message is sent with.
    fn of(message: Message, all: Vec<F>) -> Option<Self> {
        match message {
            Message::Compile(order) => {
                let [component, code, channel] = all.try_into().ok()?;
                Some(Self::Worker(order, Errand::Compile { component, code, channel }))
            }
            Message::Ask(order) => {
                let [job, code, channel] = all.try_into().ok()?;
                Some(Self::Worker(order, Errand::Ask { job, code, channel }))
            }
            Message::Check(order, who) => {
                let [brief, worker, report, job, code, broker] = all.try_into().ok()?;
                let charge = Charge { brief, worker, report };
                Some(Self::Check(order, who, Pair { charge, run: RunDescriptors { job, code, broker } }))
            }
        }
    }
}

/// Bytes of what a zygote says first: whether it has an engine, and the key of the code that this compiles and runs.
pub(crate) const FIRST_WORD: usize = 33;

/// Encodes what a zygote says first.
pub(crate) fn first_word(key: Option<CodeKey>) -> [u8; FIRST_WORD] {
    let mut word = [0; FIRST_WORD];
    if let (Some(CodeKey(key)), [has_engine, rest @ ..]) = (key, &mut word) {
        *has_engine = 1;
        *rest = key;
    }
    word
}

/// Decodes what a zygote says first; `None` if it has no engine.
pub fn key([has_engine, key @ ..]: [u8; FIRST_WORD]) -> Option<CodeKey> {
    (has_engine == 1).then_some(CodeKey(key))
}

/// Stands for the pid of the worker that the zygote itself becomes.
pub(crate) const ITSELF: i32 = 0;

/// Encodes the answer to an order for a check: the pids of broker and worker, or negative numbers of errors.
pub fn two(broker: i32, worker: i32) -> [u8; 8] {
    let [a, b, c, d] = broker.to_le_bytes();
    let [e, f, g, h] = worker.to_le_bytes();
    [a, b, c, d, e, f, g, h]
}

/// Decodes what [`two`] encoded.
pub fn both([a, b, c, d, e, f, g, h]: [u8; 8]) -> (i32, i32) {
    (i32::from_le_bytes([a, b, c, d]), i32::from_le_bytes([e, f, g, h]))
}

/// Sends an order, as one message.
///
/// # Errors
/// EPIPE or ECONNRESET where the zygote is gone.
pub fn send(socket: impl AsFd, wanted: &ProcessOrder<BorrowedFd<'_>>, stderr: BorrowedFd<'_>) -> io::Result<()> {
    let mut buffer = [0; LONGEST];
    let message = postcard::to_slice(&wanted.message(), &mut buffer).map_err(io::Error::other)?;
    let mut all = vec![stderr];
    all.extend(wanted.descriptors().into_iter().copied());
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS))];
    let mut beside = SendAncillaryBuffer::new(&mut space);
    // There is room for as many.
    let _ = beside.push(SendAncillaryMessage::ScmRights(&all));
    rustix::io::retry_on_intr(|| sendmsg(&socket, &[IoSlice::new(message)], &mut beside, SendFlags::NOSIGNAL))?;
    Ok(())
}

/// Waits for an order: what is wanted, and the stderr of the process; `None` where there will be none any more.
///
/// # Errors
/// Something else than an order came.
pub fn receive(socket: impl AsFd) -> io::Result<Option<(ProcessOrder<OwnedFd>, OwnedFd)>> {
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
    let mut all: Vec<OwnedFd> = rights.flatten().collect();
    let number = all.len();
    let stderr = all.drain(..number.min(1)).next();
    let wanted = stderr.and_then(|stderr| Some((ProcessOrder::of(message, all)?, stderr)));
    wanted.map(Some).ok_or_else(|| io::Error::other(format!("an order with {number} descriptors")))
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Read as _;

    use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

    use super::*;
    use roundsman_os::process::memfd::Memfd;

    #[test]
    fn a_key_arrives_and_so_does_that_there_is_none() {
        assert_eq!(key(first_word(Some(CodeKey([7; 32])))), Some(CodeKey([7; 32])));
        assert_eq!(key(first_word(None)), None);
    }

    #[test]
    fn an_order_arrives_with_each_descriptor_in_its_place() {
        let (ours, theirs) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None).unwrap();
        let names = ["stderr", "brief", "worker", "report", "job", "code", "broker"];
        let files = names.map(|name| Memfd::with("test", name.as_bytes()).unwrap());
        let [stderr, brief, worker, report, job, code, broker] = files.each_ref().map(AsFd::as_fd);
        let order = order();
        let pair = Pair { charge: Charge { brief, worker, report }, run: RunDescriptors { job, code, broker } };
        send(&ours, &ProcessOrder::Check(order, Who::Zygote, pair), stderr).unwrap();
        let (received, stderr) = receive(&theirs).unwrap().unwrap();
        let ProcessOrder::Check(received, Who::Zygote, Pair { charge, run }) = received else { panic!("{received:?}") };
        assert_eq!(format!("{received:?}"), format!("{order:?}"));
        let all = [stderr, charge.brief, charge.worker, charge.report, run.job, run.code, run.broker];
        for (fd, name) in all.into_iter().zip(names) {
            let mut text = String::new();
            File::from(fd).read_to_string(&mut text).unwrap();
            assert_eq!(text, name);
        }
        let [stderr, component, code, channel, ..] = files.each_ref().map(AsFd::as_fd);
        send(&ours, &ProcessOrder::Worker(order, Errand::Compile { component, code, channel }), stderr).unwrap();
        let (received, _) = receive(&theirs).unwrap().unwrap();
        assert!(matches!(received, ProcessOrder::Worker(_, Errand::Compile { .. })), "{received:?}");
        drop(ours);
        assert!(receive(&theirs).unwrap().is_none());
    }

    #[test]
    fn an_order_with_other_descriptors_than_it_names_is_an_error() {
        let of = |number| ProcessOrder::of(Message::Ask(order()), vec![(); number]);
        assert!(of(3).is_some());
        assert!(of(2).is_none() && of(6).is_none());
    }

    fn order() -> ForkOrder {
        let layers = Layers { seccomp: true, landlock: false };
        ForkOrder {
            uid: Some(u32::MAX),
            layers,
            bounds: ProcessBounds { memory: u64::MAX, cpu: Some(u64::MAX), output: u64::MAX },
        }
    }
}
