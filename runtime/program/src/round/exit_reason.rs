//! The failure of a step whose processes ended without a word. Pure.

use super::pool::ExitReason;
use roundsman_contract::Exceeded;
use roundsman_contract::report::limit::out_of_memory;
use roundsman_contract::report::{Failure, FailureKind, limit};
use roundsman_os::process::pidfd::Exit;
use roundsman_os::process::starved;

/// Returns what a run without a report died of.
#[must_use]
pub(crate) fn of_run(
    check: &str,
    timeout: std::time::Duration,
    memory: u64,
    reason: ExitReason,
    stderr: &str,
) -> Failure {
    if reason.timed_out && reason.by_round {
        return of_round();
    }
    if reason.timed_out {
        let value = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
        let exceeded = Exceeded::new("timeout", value);
        return limit_as_timeout(limit::reached(check, &exceeded, "the run was ended"));
    }
    if out_of_memory(stderr) {
        let exceeded = Exceeded::new("memory", memory);
        let failure = limit::reached(check, &exceeded, &format!("its process could get no more ({stderr})"));
        return given_less(failure, stderr);
    }
    match (reason.worker, reason.broker) {
        (_, Some(exit)) if reason.broker_first && exit != Exit::Code(0) => internal("broker", exit, stderr),
        // Its worker then only finds that nobody answers.
        (Some(Exit::Code(_)), Some(exit @ Exit::Signal(_))) => {
            let failure = internal("broker", exit, stderr);
            failure.with_hint("the system was out of memory, or a command of the same user did it; `user` in a grant sets commands apart")
        }
        (Some(exit), _) if exit != Exit::Code(0) => internal("worker", exit, stderr),
        (_, Some(exit)) if exit != Exit::Code(0) => internal("broker", exit, stderr),
        (None, _) | (_, None) => Failure::new(
            FailureKind::Timeout,
            "a process of the run hangs in the kernel and could not be killed; it was left behind",
        ),
        _ => Failure::new(FailureKind::Internal, with_stderr("the run ended without a report", stderr)),
    }
}

/// Says what a compilation without a result died of. `time` and `memory` are those of `[compile]`.
#[must_use]
pub(crate) fn of_compilation(time: std::time::Duration, memory: u64, reason: ExitReason, stderr: &str) -> Failure {
    let mib = memory >> 20;
    if reason.timed_out && reason.by_round {
        return of_round();
    }
    if reason.timed_out || reason.worker == Some(Exit::Signal(libc::SIGXCPU)) {
        let seconds = time.as_secs();
        return Failure::new(
            FailureKind::Limit,
            format!("compile.time of {seconds}s is reached: the component takes longer"),
        )
        .with_hint(format!("[compile]\ntime = \"{}s\"", seconds.saturating_mul(2)));
    }
    if out_of_memory(stderr) {
        let failure = Failure::new(FailureKind::Limit, format!("compile.memory of {mib}MiB is reached ({stderr})"))
            .with_hint(format!("[compile]\nmemory = \"{}MiB\"", mib.saturating_mul(2)));
        return given_less(failure, stderr);
    }
    match reason.worker {
        Some(exit) => internal("compile worker", exit, stderr),
        None => Failure::new(FailureKind::Internal, "the compile worker hangs in the kernel and was left behind"),
    }
}

/// Returns what a process failed of that got no more memory, where who started the round gave it less than its limits say:
/// raising those would not help.
pub(crate) fn given_less(failure: Failure, stderr: &str) -> Failure {
    if out_of_memory(&failure.message) && starved::is_named_in(stderr) {
        return limit::starved(&stderr.trim_end().replace('\n', "; "));
    }
    failure
}

/// Returns what the deadline of the round ended.
#[must_use]
pub(crate) fn of_round() -> Failure {
    Failure::new(FailureKind::Timeout, "ended at the deadline of the round (run.deadline)")
}

/// A deadline is a failure of kind `timeout`, though a limit sets it.
fn limit_as_timeout(failure: Failure) -> Failure {
    Failure { kind: FailureKind::Timeout, ..failure }
}

fn internal(process: &str, exit: Exit, stderr: &str) -> Failure {
    let why = if exit == Exit::Signal(libc::SIGSYS) { " for a system call that it may not make" } else { "" };
    Failure::new(FailureKind::Internal, with_stderr(&format!("the {process} {exit}{why}"), stderr))
}

fn with_stderr(what: &str, stderr: &str) -> String {
    if stderr.is_empty() { what.to_owned() } else { format!("{what}: {stderr}") }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn run(reason: ExitReason, stderr: &str) -> Failure {
        of_run("disk", Duration::from_secs(10), 128 << 20, reason, stderr)
    }

    fn ended(worker: Option<Exit>, broker: Option<Exit>) -> ExitReason {
        ExitReason { timed_out: false, by_round: false, worker, broker, broker_first: false }
    }

    #[test]
    fn a_deadline_names_its_key() {
        let failure = run(ExitReason { timed_out: true, ..ended(Some(Exit::Signal(9)), Some(Exit::Code(0))) }, "");
        assert_eq!(failure.kind, FailureKind::Timeout);
        assert_eq!(failure.message, "limits.timeout of 10s is reached: the run was ended");
        assert_eq!(failure.hint.as_deref(), Some("[check.disk.limits]\ntimeout = \"20s\""));
    }

    #[test]
    fn a_signal_is_named_with_what_was_said() {
        let failure = run(ended(Some(Exit::Signal(libc::SIGSEGV)), Some(Exit::Code(0))), "oh no");
        assert_eq!(failure.kind, FailureKind::Internal);
        assert_eq!(failure.message, "the worker was killed by SIGSEGV: oh no");
        let failure = run(ended(Some(Exit::Signal(libc::SIGSYS)), Some(Exit::Code(0))), "");
        assert!(failure.message.ends_with("may not make"), "{}", failure.message);
    }

    #[test]
    fn no_silence_is_ever_fine() {
        for worker in [None, Some(Exit::Code(0)), Some(Exit::Code(101)), Some(Exit::Signal(6))] {
            for broker in [None, Some(Exit::Code(0)), Some(Exit::Code(101))] {
                assert!(!run(ended(worker, broker), "").message.is_empty());
            }
        }
    }

    #[test]
    fn a_broker_that_died_first_is_named() {
        let killed = Some(Exit::Signal(libc::SIGKILL));
        let failure = run(ExitReason { broker_first: true, ..ended(killed, killed) }, "");
        assert_eq!(failure.message, "the broker was killed by SIGKILL");
        assert_eq!(run(ended(killed, killed), "").message, "the worker was killed by SIGKILL");
    }

    #[test]
    fn memory_of_the_process_is_the_limit_of_the_check() {
        let failure = run(ended(Some(Exit::Signal(6)), Some(Exit::Code(0))), "memory allocation of 99 bytes failed");
        assert_eq!(failure.kind, FailureKind::Limit);
        assert!(failure.message.starts_with("limits.memory of 128MiB"), "{}", failure.message);
    }

    #[test]
    fn memory_that_who_started_it_did_not_give_is_no_limit_of_the_check() {
        let stderr = "this process may have 9 bytes of data (raise `ulimit -d`, `LimitDATA=`)\nmemory allocation of 99 bytes failed";
        let failed = ended(Some(Exit::Signal(6)), Some(Exit::Code(0)));
        for failure in [run(failed, stderr), of_compilation(Duration::from_secs(60), 1 << 30, failed, stderr)] {
            assert_eq!((failure.kind, failure.hint.as_deref()), (FailureKind::Limit, None));
            assert!(failure.message.contains("raise `ulimit -d`") && !failure.message.contains("limits.memory"));
        }
    }

    #[test]
    fn compile_limits_name_their_keys() {
        let cpu = of_compilation(Duration::from_secs(60), 1 << 30, ended(Some(Exit::Signal(libc::SIGXCPU)), None), "");
        assert_eq!(cpu.hint.as_deref(), Some("[compile]\ntime = \"120s\""));
        let memory = of_compilation(
            Duration::from_secs(60),
            1 << 30,
            ended(Some(Exit::Signal(6)), None),
            "memory allocation of 1 bytes failed",
        );
        assert_eq!(memory.hint.as_deref(), Some("[compile]\nmemory = \"2048MiB\""));
    }
}
