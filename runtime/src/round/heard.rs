//! What the processes of a step said with their last message, or died of without one. Pure.

use super::carried::{Answered, Carried};
use super::fate;
use super::pool::Ended;
use crate::broker::Closing;
use crate::calls::wire;
use crate::config::{CompileLimits, Limits};
use crate::report::{Failure, FailureKind, Usage};
use crate::subject::Subject;
use crate::worker::{self, Answer};

/// What a compile worker says: the imports of the component.
///
/// # Errors
/// What is wrong with the component, or what the worker died of.
pub fn imports<K>(limits: &CompileLimits, ended: &Ended<K>) -> Result<Vec<String>, Failure> {
    wire::decode::<Result<Vec<String>, Failure>>(&ended.message)
        .map_err(|_| fate::of_compilation(limits.time, limits.memory, ended.fate, &ended.stderr))?
}

/// What a worker without a broker says. `check` is named in failures.
///
/// # Errors
/// The component's failure, or what the worker died of.
pub fn last_word<K>(check: &str, limits: &Limits, ended: &Ended<K>) -> Result<(Answer, Usage), Failure> {
    let said = wire::decode::<worker::Ended>(&ended.message)
        .map_err(|_| fate::of_run(check, limits.timeout, limits.memory, ended.fate, &ended.stderr))?;
    Ok((said.result?, said.usage))
}

/// A check asked by a worker without a broker; `blank` holds what is known of it already.
pub fn of_worker<K>(subject: &Subject, ended: &Ended<K>, blank: Carried) -> Carried {
    match last_word(&subject.name, &subject.limits, ended) {
        Ok((answer, usage)) => Carried { result: Ok(Answered::Said(answer)), usage, ..blank },
        Err(failure) => Carried { result: Err(failure), ..blank },
    }
}

/// A check that was run; `blank` holds what is known of it already.
pub fn of_broker<K>(subject: &Subject, ended: &Ended<K>, blank: Carried) -> Carried {
    let Subject { name, limits, .. } = subject;
    let died = || fate::of_run(name, limits.timeout, limits.memory, ended.fate, &ended.stderr);
    let Ok(closing) = wire::decode::<Closing>(&ended.message) else {
        return Carried { result: Err(died()), ..blank };
    };
    let (result, usage) = match closing.ended {
        _ if closing.not_applicable => (Ok(Answered::NotApplicable), Usage::default()),
        Some(Ok(last)) => (last.result.map(Answered::Said), last.usage),
        Some(Err(fault)) => {
            let message = format!("the worker sent what no component can: {fault}");
            (Err(Failure::new(FailureKind::Internal, message)), Usage::default())
        }
        None => (Err(died()), Usage::default()),
    };
    Carried {
        // A failed run changes nothing.
        state: closing.state.filter(|_| result.is_ok()),
        result,
        usage,
        denials: closing.denials,
        log: closing.log,
        log_dropped: closing.log_dropped,
        ..blank
    }
}
