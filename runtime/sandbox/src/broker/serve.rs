//! The work of a broker process: the worker is answered until its last word, from the host or from a tape.

use std::fs::File;
use std::io;

use super::teller::CallReporter;
use super::{Brief, Broker, Closing};
use crate::worker::Ended;
use roundsman_contract::calls::tape::{Player, Tape, Taping};
use roundsman_contract::calls::wire::{self, FromWorker, LONGEST_TO_WORKER, ToWorker, WireError};
use roundsman_contract::calls::{HostCalls as _, Request, seen};
use roundsman_contract::report::{Failure, FailureKind, Trace, Usage};

/// Answers a worker until its last word and its end, or until it is gone.
fn serve(mut broker: Broker, socket: &File) -> Closing {
    // Without it, for want of a descriptor, programs run on to the deadline.
    if let Ok(asker) = socket.try_clone() {
        broker.commands.end_with(asker.into());
    }
    let ended = converse(socket, broker.longest, |request, room| broker.observed(request, room));
    broker.close(ended)
}

/// Answers each call until the worker's last word, which is returned; `None` if it is gone without one.
fn converse(
    socket: &File,
    longest: usize,
    mut answer: impl FnMut(Request, u64) -> ToWorker,
) -> Option<Result<Ended, String>> {
    loop {
        match wire::receive(socket, longest) {
            Ok(FromWorker::Ended(ended)) => return Some(wire::end(socket).map(|()| ended).map_err(|e| e.to_string())),
            Ok(FromWorker::Call { request, room }) => {
                wire::send(socket, &answer(request, room), LONGEST_TO_WORKER).ok()?;
            }
            Err(WireError::Closed) => return None,
            Err(error) => return Some(Err(error.to_string())),
        }
    }
}

/// Does all of a broker's work: builds the broker from what is granted, answers, and says what to report. Runs in its own
/// process. `report` is the channel to the round, which is told of each call where it looks on.
///
/// # Errors
/// Where the round looks on, it is gone.
pub(crate) fn attend(brief: &Brief, socket: &File, report: &File) -> io::Result<Closing> {
    let teller = if brief.subject.shown { Some(CallReporter::new(report, &brief.subject.grants)?) } else { None };
    let closing = attended(brief, socket, teller);
    if brief.subject.shown {
        seen::end(report).map_err(io::Error::other)?;
    }
    Ok(closing)
}

fn attended(brief: &Brief, socket: &File, teller: Option<CallReporter>) -> Closing {
    if let Taping::Play(tape) = &brief.subject.tape {
        return play(tape.clone(), socket, crate::worker::longest_message(&brief.subject.limits));
    }
    let mut broker = match Broker::new(brief, teller) {
        Ok(broker) => broker,
        Err(failure) => return Closing { ended: Some(Ok(failed(failure))), ..Closing::default() },
    };
    if let Err(error) = broker.lock(brief) {
        let failure = Failure::new(FailureKind::Internal, format!("locking the broker: {error}"));
        return broker.close(Some(Ok(failed(failure))));
    }
    match broker.applies(&brief.subject.only_if) {
        Ok(true) => serve(broker, socket),
        Ok(false) => Closing { not_applicable: true, ..broker.close(None) },
        Err(failure) => broker.close(Some(Ok(failed(failure)))),
    }
}

/// Answers a worker from a tape; nothing else is reached.
fn play(tape: Tape, socket: &File, longest: usize) -> Closing {
    let mut player = Player::new(tape);
    let ended = converse(socket, longest, |request, room| player.call(request, room));
    let trace = Trace { differs: player.differs(), denials: player.denials, ..Trace::default() };
    Closing { ended, trace, ..Closing::default() }
}

fn failed(failure: Failure) -> Ended {
    Ended { result: Err(failure), usage: Usage::default() }
}
