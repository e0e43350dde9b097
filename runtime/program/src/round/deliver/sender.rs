//! Processes of `roundsman-net`: one for each receiver, all at a time, none beyond the deadline.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::time::{Duration, Instant};

use roundsman_order::{DeliveryAnswer, DeliveryOutcome, LONGEST_ANSWER, OTHER_VERSION, Order};
use rustix::event::{PollFd, PollFlags};

use roundsman_config::{DEFAULT_SENDER, DeliverySettings};
use roundsman_contract::report::Hanging;
use roundsman_grants::escape;
use roundsman_os::process::deadline::poll_until;
use roundsman_os::process::memfd::Memfd;
use roundsman_os::process::pidfd::Exit;
use roundsman_os::process::rights::may_change_user;
use roundsman_os::process::slot::SlotRow;
use roundsman_os::process::spawn::{Running, start as spawn};
use roundsman_os::process::starved;
use roundsman_os::process::user::{Account, AccountError};
use roundsman_store::networked::{PROGRAM, launch};
use roundsman_verdict::delivery::cursor::{Attempt, Cursor, CursorStep, To};

/// The uid of a sender where the host has no account of its name: no account's, and in no row of workers.
const SUBSTITUTE: u32 = 60_718;
/// Address space of a sender, in bytes: its order and a few buffers.
const MEMORY: u64 = 256 << 20;
/// What a sender leaves of the time, so that it says itself that nobody answered.
const SPARE: Duration = Duration::from_millis(300);
/// Of what a sender complains of, in bytes.
const COMPLAINT: usize = 1 << 10;

/// A sender at work.
pub struct Sender {
    pub output: String,
    running: Running,
    /// What it has written, and nobody has read.
    read: Vec<u8>,
    is_open: bool,
    /// Where the receiver is after each request that has no answer yet; empty for one that has no place.
    steps: VecDeque<CursorStep>,
    requests: usize,
    answers: usize,
    waits: bool,
    /// Whether the receiver did not take some of it.
    dropped: bool,
    /// Whether the receiver took any of it.
    takes: bool,
    /// Objects with which the receiver was in trouble, and what it answered.
    troubled: Vec<(String, DeliveryAnswer)>,
    /// Processes of a command that were left behind; `None` of a sender, which has none.
    left: Option<Vec<Hanging>>,
}

/// News of a sender.
pub enum SenderAnswers {
    Answer(Box<DeliveryAnswer>),
    /// It ended in time.
    Ended(Option<Exit>, String),
    /// It was ended at the deadline.
    Silent,
}

/// Returns milliseconds that a sender has, of the time that is left.
pub(crate) fn own_time(left: Duration) -> u64 {
    let own = left.saturating_sub(SPARE).max(left / 2);
    u64::try_from(own.as_millis()).unwrap_or(u64::MAX)
}

/// Starts a sender with its order.
///
/// # Errors
/// In words why it could not be started.
pub(crate) fn start(
    output: &str,
    order: &Order,
    steps: Vec<CursorStep>,
    settings: &DeliverySettings,
    row: SlotRow,
    deadline: Instant,
) -> Result<Sender, String> {
    let input = serde_json::to_vec(order).map_err(io::Error::from).and_then(|order| Memfd::with("order", &order));
    let input = input.map_err(|error| format!("making the order of {PROGRAM}: {}", starved::shown(&error)))?;
    let launch = launch(&[], input, account(&settings.user, row)?, settings.deadline, MEMORY)?;
    let running = spawn(&launch, deadline).map_err(|error| format!("starting {PROGRAM}: {error}"))?;
    Ok(Sender::of(output, running, steps, order.requests.len()))
}

/// Returns the account of the sender; `None` where this process is not root, and stays who it is. One with a uid of runs
/// could signal what reads and runs commands, and be signalled by it.
fn account(user: &str, row: SlotRow) -> Result<Option<Account>, String> {
    if !may_change_user() {
        return Ok(None);
    }
    let account = if user == DEFAULT_SENDER {
        row.beside(user, Account::local(user).unwrap_or_else(|| Account::of_number(SUBSTITUTE)))
    } else {
        row.account_beside(user)
    };
    account.map(Some).map_err(|error| match error {
        AccountError::Missing(_) => format!("{error}: make it, or name another as `delivery.user`"),
        AccountError::OfRuns { .. } => {
            format!("{error}: name another as `delivery.user`, or change its uid with `usermod --uid`")
        }
        AccountError::Lookup(..) => error.to_string(),
    })
}

/// Hands over what senders say until all have ended; at the deadline the others are ended.
pub fn collect(mut senders: Vec<Sender>, deadline: Instant, hear: &mut dyn FnMut(&mut Sender, SenderAnswers)) {
    while senders.iter().any(|sender| sender.is_open) {
        let open: Vec<usize> = (0..senders.len()).filter(|at| senders[*at].is_open).collect();
        let mut fds: Vec<_> = open.iter().map(|at| PollFd::new(&senders[*at].running.stdout, PollFlags::IN)).collect();
        let in_time = poll_until(&mut fds, deadline).unwrap_or(false);
        let ready: Vec<usize> =
            open.iter().zip(&fds).filter(|(_, fd)| !fd.revents().is_empty()).map(|(at, _)| *at).collect();
        drop(fds);
        if !in_time {
            break;
        }
        for at in ready {
            let sender = &mut senders[at];
            for answer in sender.answers() {
                hear(sender, SenderAnswers::Answer(Box::new(answer)));
            }
            if !sender.is_open {
                let ended = sender.ended();
                hear(sender, ended);
            }
        }
    }
    for mut sender in senders.into_iter().filter(|sender| sender.is_open) {
        sender.end();
        hear(&mut sender, SenderAnswers::Silent);
    }
}

impl Sender {
    /// Keeps a process that has just been started.
    pub fn of(output: &str, running: Running, steps: Vec<CursorStep>, requests: usize) -> Self {
        Self {
            output: output.to_owned(),
            running,
            read: Vec::new(),
            is_open: true,
            steps: steps.into(),
            requests,
            answers: 0,
            waits: false,
            dropped: false,
            takes: false,
            troubled: Vec::new(),
            left: None,
        }
    }

    /// Hears of processes that were left behind, too.
    #[must_use]
    pub(crate) fn of_a_command(self) -> Self {
        Self { left: Some(Vec::new()), ..self }
    }

    /// Takes news into the cursor of the receiver.
    pub(crate) fn note(&mut self, cursor: &mut Cursor, answer: SenderAnswers, attempt: Attempt<'_>) {
        cursor.hanging.extend(self.left.iter_mut().flat_map(std::mem::take));
        match answer {
            SenderAnswers::Answer(answer) => {
                self.answers += 1;
                // The third time it is dropped, and what is behind it goes in the next round.
                let is_trouble =
                    answer.outcome == DeliveryOutcome::Refused && answer.status.is_none_or(|status| status >= 500);
                let step = self.steps.pop_front();
                self.takes |= answer.outcome == DeliveryOutcome::Done;
                if is_trouble && let Some(CursorStep { to: To::Run(check, _), .. }) = step {
                    self.troubled.push((check, *answer));
                    return;
                }
                self.dropped |= cursor.take(&answer, step, attempt);
                self.waits |= cursor.failures > 0 || is_trouble;
            }
            // Another version is being installed: the next round will have both.
            SenderAnswers::Ended(Some(Exit::Code(code)), _) if code == i32::from(OTHER_VERSION) => {}
            SenderAnswers::Ended(..) if self.waits => {}
            SenderAnswers::Ended(..) if self.answers >= self.requests => {
                if !self.dropped {
                    cursor.refused = None;
                }
                self.note_troubled(cursor, attempt);
            }
            SenderAnswers::Ended(exit, complaint) => {
                let exit = exit.map_or_else(|| "is gone".to_owned(), |exit| exit.to_string());
                cursor.fail(&escape::line(&format!("its process {exit}: {complaint}")), None, attempt);
            }
            SenderAnswers::Silent => {
                cursor.fail("no answer before the deadline of the delivery (delivery.deadline)", None, attempt)
            }
        }
    }

    /// Takes it for trouble of the receiver where it took nothing at all, and of the objects otherwise. Their results are sent again.
    fn note_troubled(&mut self, cursor: &mut Cursor, attempt: Attempt<'_>) {
        if let Some((_, answer)) = self.troubled.first().filter(|_| !self.takes) {
            return cursor.fail(&answer.reason, answer.retry_after, attempt);
        }
        for (check, answer) in self.troubled.drain(..) {
            cursor.refuse(&check, &answer);
        }
    }

    /// Reads what there is, and returns the answers that are whole. An answer behind one that waits is none: the order ended.
    fn answers(&mut self) -> Vec<DeliveryAnswer> {
        self.is_open = fill(&self.running.stdout, &mut self.read);
        let mut answers = Vec::new();
        while let Some(end) = self.read.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.read.drain(..=end).collect();
            match (serde_json::from_slice(&line), &mut self.left) {
                (Ok(answer), _) => answers.push(answer),
                (Err(_), Some(left)) => left.extend(serde_json::from_slice::<Hanging>(&line)),
                (Err(_), None) => {}
            }
        }
        if self.read.len() > LONGEST_ANSWER {
            self.is_open = false;
        }
        answers
    }

    /// It has closed its standard output, so that it is about to end, or has.
    fn ended(&mut self) -> SenderAnswers {
        let mut complaint = Vec::new();
        // Whoever closes one and not the other is not waited for.
        let grace = Instant::now() + SPARE;
        let _ = poll_until(&mut [PollFd::new(&self.running.child, PollFlags::IN)], grace);
        fill(&self.running.stderr, &mut complaint);
        complaint.truncate(COMPLAINT);
        let exit = self.running.child.try_wait().ok().flatten();
        if exit.is_none() {
            self.end();
        }
        SenderAnswers::Ended(exit, String::from_utf8_lossy(&complaint).trim().to_owned())
    }

    fn end(&mut self) {
        // It dies with us in any case.
        let _ = self.running.child.kill();
        let _ = poll_until(&mut [PollFd::new(&self.running.child, PollFlags::IN)], Instant::now() + SPARE);
        let _ = self.running.child.try_wait();
    }
}

/// Reads what a pipe holds, and says whether more may come.
fn fill(pipe: &OwnedFd, read: &mut Vec<u8>) -> bool {
    let mut buffer = [0; 4 << 10];
    loop {
        match rustix::io::read(pipe.as_fd(), &mut buffer) {
            Ok(0) => return false,
            Ok(count) => read.extend_from_slice(&buffer[..count]),
            Err(rustix::io::Errno::INTR) => {}
            Err(rustix::io::Errno::AGAIN) => return true,
            Err(_) => return false,
        }
        if read.len() > 2 * LONGEST_ANSWER {
            return true;
        }
    }
}
