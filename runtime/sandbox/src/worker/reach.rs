//! Reach of one run: all that it has beside the component, and what its host calls cost.

use wasmtime::{CallHook, StoreContextMut};

use super::limiter::MemoryLimiter;
use super::shared_host::SharedHost;
use roundsman_contract::calls::{Reply, Request};

/// Everything that a run has besides the component itself.
pub struct Reach {
    pub host: SharedHost,
    pub limiter: MemoryLimiter,
    /// The last line of level `error`: after a trap, the panic's text and place.
    pub last_error: Option<String>,
}

impl Reach {
    pub fn new(host: SharedHost, limiter: MemoryLimiter) -> Self {
        Self { host, limiter, last_error: None }
    }

    /// Makes one host call: pays for it, asks, and ends the run if the host says so.
    pub(super) fn ask(&mut self, request: Request) -> wasmtime::Result<Reply> {
        Ok(self.host.call(request.carried(), request, self.limiter.room())?)
    }
}

/// Takes the fuel that a host call cost. Fuel alone does not see host calls: 10 million units once pushed 250 GB
/// through a log function.
pub(crate) fn pay(store: StoreContextMut<'_, Reach>, hook: CallHook) -> wasmtime::Result<()> {
    if matches!(hook, CallHook::ReturningFromHost) {
        let owed = store.data().host.take_owed();
        take(store, owed)?;
    }
    Ok(())
}

/// Takes so much fuel, or ends the run.
pub(crate) fn take<T>(mut store: StoreContextMut<'_, T>, owed: u64) -> wasmtime::Result<()> {
    let left = store.get_fuel()?;
    if owed > left {
        store.set_fuel(0)?;
        return Err(wasmtime::Trap::OutOfFuel.into());
    }
    store.set_fuel(left - owed)
}
