//! The host as a worker has it: one socket to its broker.

use std::fs::File;
use std::sync::Arc;

use super::Ended;
use roundsman_contract::calls::wire::{self, FromWorker, LONGEST_TO_WORKER, ToWorker, WireError};
use roundsman_contract::calls::{HostCalls, Reply, Request};
use roundsman_contract::limits::Limits;
use roundsman_contract::report::{Failure, FailureKind};

/// Sends each request to the broker and waits for its answer. The only thing that a worker can reach.
#[derive(Debug)]
pub struct Remote {
    socket: Arc<File>,
    /// Bytes of a message at most.
    longest: usize,
}

impl Remote {
    #[must_use]
    pub fn new(socket: Arc<File>, limits: &Limits) -> Self {
        Self { socket, longest: crate::worker::longest_message(limits) }
    }

    /// Sends the last word.
    ///
    /// # Errors
    /// The broker is gone, or the outcome is longer than a frame may be.
    pub fn end(&self, ended: Ended) -> Result<(), WireError> {
        wire::send(&*self.socket, &FromWorker::Ended(ended), self.longest)
    }
}

impl HostCalls for Remote {
    fn call(&mut self, request: Request, room: u64) -> Result<Reply, Failure> {
        let lost = |error: WireError| Failure::new(FailureKind::Internal, format!("asking the broker: {error}"));
        wire::send(&*self.socket, &FromWorker::Call { request, room }, self.longest).map_err(lost)?;
        wire::receive::<ToWorker>(&*self.socket, LONGEST_TO_WORKER).map_err(lost)?
    }
}
