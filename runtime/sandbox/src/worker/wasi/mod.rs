//! An empty WASI 0.2, for components that import it because their toolchain does: it grants nothing. Output becomes lines of the
//! log, clocks are the host's, random numbers come of one seed; there are no files, arguments, variables or sockets.
//!
//! All of it is made in the worker, after the fork and the lock: a generator that was seeded before would be the same in all workers.

mod clocks;
mod complaint;
mod output;
mod random;
mod refused;
mod run;

pub use run::run;

use wasmtime::component::{HasSelf, Linker, ResourceTable};
use wasmtime::{CallHook, Engine, StoreContextMut};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

use super::contract_0_1::Check;
use super::reach::{Reach, take};
use super::shared_host::{CALL_FUEL, SharedHost};
use clocks::Clocks;
use output::Output;
use random::Sources;
use roundsman_contract::Level;

/// Streams, timers and the like that a component may hold at a time.
const RESOURCES: usize = 1_000;
/// Random bytes of one call.
const LONGEST_RANDOM: u64 = 64 << 10;

/// Everything that a run with WASI has besides the component itself.
struct WithWasi {
    reach: Reach,
    context: WasiCtx,
    table: ResourceTable,
    standard_output: Output,
    standard_error: Output,
}

impl WithWasi {
    fn new(reach: Reach, random: Sources) -> Self {
        let host = || SharedHost::clone(&reach.host);
        let standard_output = Output::new(host(), Level::Info);
        let standard_error = Output::new(host(), Level::Warning);
        let mut builder = WasiCtxBuilder::new();
        builder
            .stdout(standard_output.clone())
            .stderr(standard_error.clone())
            .wall_clock(Clocks(host()))
            .monotonic_clock(Clocks(host()))
            .secure_random(random.secure)
            .insecure_random(random.insecure)
            .insecure_random_seed(random.fixed)
            .max_random_size(LONGEST_RANDOM)
            .allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false)
            .socket_addr_check(|_, _| Box::pin(async { false }));
        let mut table = ResourceTable::new();
        table.set_max_capacity(RESOURCES);
        Self { context: builder.build(), reach, table, standard_output, standard_error }
    }
}

impl WasiView for WithWasi {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.context, table: &mut self.table }
    }
}

/// Returns the linker with the contract's imports and those of WASI. The synchronous one of the library would start threads.
fn linker(engine: &Engine) -> wasmtime::Result<Linker<WithWasi>> {
    let mut linker = Linker::new(engine);
    Check::add_to_linker::<_, HasSelf<Reach>>(&mut linker, |all: &mut WithWasi| &mut all.reach)?;
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    Ok(linker)
}

/// Takes the fuel of a host call, of which those of WASI owe no less than any, and ends the run where one of them could not say
/// what is wrong.
fn pay(store: StoreContextMut<'_, WithWasi>, hook: CallHook) -> wasmtime::Result<()> {
    if matches!(hook, CallHook::ReturningFromHost) {
        let host = &store.data().reach.host;
        let owed = host.take_owed().max(CALL_FUEL);
        if let Some(failure) = host.take_failure() {
            return Err(failure.into());
        }
        take(store, owed)?;
    }
    Ok(())
}
