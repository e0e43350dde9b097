//! One call of one export, in a store of its own, within the limits.

use wasmtime::Store;
use wasmtime::component::{Component, Linker};

use super::contract_0_1::{CheckPre, Turn};
use super::limiter::MemoryLimiter;
use super::reach::{Reach, pay};
use super::shared_host::SharedHost;
use super::{Ended, ExportAnswer, ExportCall, Job, explain};
use roundsman_contract::calls::HostCalls;
use roundsman_contract::calls::wire::{HOSTCALL_BYTES, LONGEST_FRAME};
use roundsman_contract::limits::Limits;
use roundsman_contract::report::{Failure, FailureKind, Usage, cause};
use roundsman_contract::{self as contract, GuestFailure, Outcome};
use roundsman_verdict::judge;

/// Bytes that the engine takes for one metric, and for a label or a line without a text.
const METRIC: u64 = 512;
const PAIR: u64 = 64;
const LINE: u64 = 256;

/// Counts the bytes that one call or outcome may carry out of the component: whatever its limits let it report has room.
#[must_use]
pub(crate) fn hostcall_bytes(limits: &Limits) -> usize {
    let of_series = limits.series.saturating_mul(1 + PAIR / judge::outcome::PAIR as u64);
    let all = [limits.metrics.saturating_mul(METRIC), of_series, limits.text.saturating_mul(LINE)];
    let all = all.into_iter().fold(0, u64::saturating_add);
    usize::try_from(all).unwrap_or(usize::MAX).max(HOSTCALL_BYTES)
}

/// Counts the longest frame that a worker may send within these limits, in bytes: its outcome or input is bounded by
/// `hostcall_bytes`, encoding adds less than that again.
#[must_use]
pub fn longest_message(limits: &Limits) -> usize {
    hostcall_bytes(limits).saturating_mul(2).min(LONGEST_FRAME)
}

/// Instantiates the component and calls the export of the job. Never fails: what goes wrong is in the answer.
pub fn run(linker: &Linker<Reach>, component: &Component, job: &Job, host: Box<dyn HostCalls + Send>) -> Ended {
    let limiter = MemoryLimiter::new(job.check.clone(), job.limits.memory);
    let mut store = Store::new(linker.engine(), Reach::new(SharedHost::new(host), limiter));
    store.limiter(|reach| &mut reach.limiter);
    store.call_hook(pay);
    store.set_hostcall_fuel(hostcall_bytes(&job.limits));
    let result = match call(&mut store, linker, component, job) {
        Ok(answer) => answer,
        Err(error) => Err(explain::engine_error(&error, job, store.data())),
    };
    let left = store.get_fuel().unwrap_or(0);
    let usage = Usage { fuel: job.limits.fuel.saturating_sub(left), memory_peak: store.data().limiter.peak() };
    // Its memories go with the process, which is about to end.
    std::mem::forget(store);
    Ended { result, usage }
}

/// Calls the export. The outer error is the engine's, the inner one the component's own.
fn call(
    store: &mut Store<Reach>,
    linker: &Linker<Reach>,
    component: &Component,
    job: &Job,
) -> wasmtime::Result<Result<ExportAnswer, Failure>> {
    // Before instantiation: a start function computes too.
    store.set_fuel(job.limits.fuel)?;
    let linked = linker.instantiate_pre(component).map_err(|error| invalid(&error))?;
    let check = CheckPre::new(linked).map_err(|error| invalid(&error))?;
    let check = check.instantiate(&mut *store)?;
    let guest = check.roundsman_check_guest();
    Ok(match &job.call {
        ExportCall::Describe => descriptor(&guest.call_describe(store)?),
        ExportCall::Validate(options) => judgement(&guest.call_validate(store, options)?),
        ExportCall::Run(options) => outcome(job, guest.call_run(store, options)?.turn()),
    })
}

/// Reads what `describe` returned.
pub fn descriptor(text: &str) -> Result<ExportAnswer, Failure> {
    contract::descriptor(text).map(ExportAnswer::Descriptor).map_err(|why| broken("descriptor", &why))
}

/// Reads what `validate` returned.
pub(crate) fn judgement(text: &str) -> Result<ExportAnswer, Failure> {
    contract::judgement(text).map(ExportAnswer::Judgement).map_err(|why| broken("answer to `validate`", &why))
}

fn broken(what: &str, why: &str) -> Failure {
    Failure::new(FailureKind::Invalid, format!("the component's {what} breaks the contract: {why}"))
}

/// Judges what `run` returned.
pub(crate) fn outcome(job: &Job, returned: Result<Outcome, GuestFailure>) -> Result<ExportAnswer, Failure> {
    match returned {
        // Here already, so that no other process holds what the round refuses.
        Ok(said) => judge::outcome::within(&job.check, &said, &job.limits).map(|()| ExportAnswer::Outcome(said)),
        Err(failure) => Err(cause::of_component(&job.check, failure)),
    }
}

/// Imports or exports that are not the contract's.
pub(crate) fn invalid(error: &wasmtime::Error) -> wasmtime::Error {
    Failure::new(FailureKind::Invalid, format!("not a check of this contract: {error:#}")).into()
}
