//! The host of one run, as all that asks it has it: the contract's functions, and the clocks and streams of WASI.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use roundsman_contract::calls::{HostCalls, Reply, Request};
use roundsman_contract::report::Failure;

/// Fuel of one host call: about what the work of the host for it would have been in Wasm.
pub(crate) const CALL_FUEL: u64 = 5_000;
/// Fuel of one byte that a host call carries.
const BYTE_FUEL: u64 = 1;

/// A host, with what the call under way owes for it. There is one thread, so nobody ever waits for the lock.
#[derive(Clone)]
pub struct SharedHost(Arc<Mutex<Asked>>);

struct Asked {
    host: Box<dyn HostCalls + Send>,
    /// Fuel of the host call under way, taken when it returns.
    owed: u64,
    /// What ends the run when the host call under way returns, of a call that has no word for it.
    failure: Option<Failure>,
}

impl SharedHost {
    pub fn new(host: Box<dyn HostCalls + Send>) -> Self {
        Self(Arc::new(Mutex::new(Asked { host, owed: 0, failure: None })))
    }

    /// Asks, and adds what that costs.
    ///
    /// # Errors
    /// What ends the run.
    pub(crate) fn call(&self, bytes: u64, request: Request, room: u64) -> Result<Reply, Failure> {
        let mut asked = self.asked();
        let reply = asked.host.call(request, room)?;
        let carried = bytes.saturating_add(reply.carried());
        let cost = CALL_FUEL.saturating_add(carried.saturating_mul(BYTE_FUEL));
        asked.owed = asked.owed.saturating_add(cost);
        Ok(reply)
    }

    /// Adds the fuel of bytes that were made here.
    pub(crate) fn owe(&self, bytes: usize) {
        let mut asked = self.asked();
        asked.owed = asked.owed.saturating_add((bytes as u64).saturating_mul(BYTE_FUEL));
    }

    /// Notes what ends the run as soon as the call under way returns.
    pub(crate) fn end_with(&self, failure: Failure) {
        self.asked().failure.get_or_insert(failure);
    }

    /// Takes what the call owes that just returned.
    pub(crate) fn take_owed(&self) -> u64 {
        std::mem::take(&mut self.asked().owed)
    }

    /// Takes what ends the run.
    pub(crate) fn take_failure(&self) -> Option<Failure> {
        self.asked().failure.take()
    }

    fn asked(&self) -> MutexGuard<'_, Asked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
