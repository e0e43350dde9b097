//! One call of one export of a component that imports WASI. Its host functions may wait, so that the call is a future; one thread
//! carries it out, and timers are all that it waits for.

use tokio::runtime::Builder;
use wasmtime::component::{Component, ComponentNamedList, ComponentType, Instance, Lift, Lower};
use wasmtime::{Engine, Store};
use wasmtime_wasi::I32Exit;

use super::random::Sources;
use super::{WithWasi, complaint, linker, pay, refused};
use crate::worker::contract_0_1::Turn;
use crate::worker::contract_0_1::types::{Failure as GuestFailure, Outcome};
use crate::worker::limiter::MemoryLimiter;
use crate::worker::reach::Reach;
use crate::worker::run::{descriptor, hostcall_bytes, invalid, judgement, outcome};
use crate::worker::shared_host::SharedHost;
use crate::worker::{Ended, ExportAnswer, ExportCall, Job, explain};
use roundsman_contract::calls::HostCalls;
use roundsman_contract::report::{Failure, FailureKind, LONGEST_TEXT, Usage};
use roundsman_contract::{PACKAGE, VERSION, surface};
use roundsman_grants::escape::clip;

/// Instantiates the component and calls the export of the job. Never fails: what goes wrong is in the answer.
pub fn run(engine: &Engine, component: &Component, job: &Job, host: Box<dyn HostCalls + Send>) -> Ended {
    let failed = |failure: Failure| Ended { result: Err(failure), usage: Usage::default() };
    let host = SharedHost::new(host);
    let sources = match Sources::new(&host) {
        Ok(sources) => sources,
        Err(failure) => return failed(failure),
    };
    // No network, and no other thread: neither is asked for.
    let runtime = match Builder::new_current_thread().enable_time().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(Failure::new(FailureKind::Internal, format!("making the timers: {error}"))),
    };
    let limiter = MemoryLimiter::new(job.check.clone(), job.limits.memory);
    let mut store = Store::new(engine, WithWasi::new(Reach::new(host, limiter), sources));
    store.limiter(|all| &mut all.reach.limiter);
    store.call_hook(pay);
    store.set_hostcall_fuel(hostcall_bytes(&job.limits));
    let called = runtime.block_on(call(&mut store, component, job));
    let all = store.data();
    all.standard_output.end();
    all.standard_error.end();
    let result = called.unwrap_or_else(|error| Err(explained(&error, job, all)));
    let left = store.get_fuel().unwrap_or(0);
    let usage = Usage { fuel: job.limits.fuel.saturating_sub(left), memory_peak: all.reach.limiter.peak() };
    // Both go with the process, which is about to end.
    std::mem::forget((store, runtime));
    Ended { result, usage }
}

/// Calls the export. The outer error is the engine's, the inner one the component's own.
async fn call(
    store: &mut Store<WithWasi>,
    component: &Component,
    job: &Job,
) -> wasmtime::Result<Result<ExportAnswer, Failure>> {
    // Before instantiation: a start function computes too.
    store.set_fuel(job.limits.fuel)?;
    let mut linker = linker(store.engine())?;
    refused::add(&mut linker, component)?;
    let linked = linker.instantiate_pre(component).map_err(|error| invalid(&error))?;
    let instance = linked.instantiate_async(&mut *store).await?;
    Ok(match &job.call {
        ExportCall::Describe => {
            let (text,) = export::<_, (String,)>(store, &instance, "describe", ()).await?;
            descriptor(&text)
        }
        ExportCall::Validate(options) => {
            let (text,) = export::<_, (String,)>(store, &instance, "validate", (options.as_str(),)).await?;
            judgement(&text)
        }
        ExportCall::Run(options) => {
            type Returned = (Result<Outcome, GuestFailure>,);
            let (returned,) = export::<_, Returned>(store, &instance, "run", (options.as_str(),)).await?;
            outcome(job, returned.turn())
        }
    })
}

/// Calls one function of the interface that every check exports.
async fn export<Parameters, Results>(
    store: &mut Store<WithWasi>,
    instance: &Instance,
    name: &str,
    parameters: Parameters,
) -> wasmtime::Result<Results>
where
    Parameters: ComponentNamedList + Lower,
    Results: ComponentNamedList + ComponentType + Lift + Send + Sync + 'static,
{
    let interface = format!("{PACKAGE}/{}@{VERSION}", surface::GUEST);
    let guest = instance.get_export_index(&mut *store, None, &interface);
    let function = guest.and_then(|guest| instance.get_export_index(&mut *store, Some(&guest), name));
    let function = function.ok_or_else(|| Failure::new(FailureKind::Invalid, format!("it exports no `{name}`")))?;
    let function = instance.get_typed_func::<Parameters, Results>(&mut *store, function)?;
    function.call_async(store, parameters).await
}

/// Returns the failure behind an error that the engine returned, in the words that the component wrote to standard error.
fn explained(error: &wasmtime::Error, job: &Job, all: &WithWasi) -> Failure {
    let said = complaint::compose(&all.standard_error.last_lines()).map(|said| clip(&said, LONGEST_TEXT));
    if let Some(I32Exit(code)) = error.downcast_ref::<I32Exit>() {
        let exited = format!("the component exited with code {code} before it reported an outcome");
        let message = said.map_or(exited.clone(), |said| format!("{exited}: {said}"));
        return Failure::new(FailureKind::Check, message).with_hint("return the outcome from `run`; do not exit");
    }
    let failure = explain::engine_error(error, job, &all.reach);
    let is_trap = error.downcast_ref::<Failure>().is_none() && failure.kind == FailureKind::Trap;
    match said.filter(|_| is_trap && all.reach.last_error.is_none()) {
        // The functions of an interpreter say nothing of the script.
        Some(said) if complaint::is_of_python(&all.standard_error.last_lines()) => {
            Failure { message: said, ..failure.without_stack() }
        }
        Some(said) => Failure { message: said, ..failure },
        None => failure,
    }
}
