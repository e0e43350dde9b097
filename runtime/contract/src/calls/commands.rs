//! Calls of the interface `commands`: programs that are run.

use serde::{Deserialize, Serialize};

use super::granted::Granted;
use super::{CapabilityAnswer, CapabilityCall, Reply, length_of};
use crate::{Completed, Ending, GrantedCommand};
use roundsman_grants::{GrantKind, Grants};

/// Longest argument of a program, in bytes (`MAX_ARG_STRLEN`).
const LONGEST_ARGUMENT: usize = 128 << 10;
/// Most bytes of all arguments of a program together (a quarter of the usual stack; `execve(2)`).
const LONGEST_ARGV: usize = 2 << 20;

/// One call, in the words of `wit/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Call {
    Run { argv: Vec<String>, input: Option<Vec<u8>> },
    Granted,
}

/// The answer to a [`Call`]; the variant goes with the call's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    Completed(Completed),
    Granted(Vec<GrantedCommand>),
}

impl CapabilityCall for Call {
    fn impossible(&self) -> Option<&'static str> {
        let Self::Run { argv, .. } = self else { return None };
        let too_long = length_of(argv) > LONGEST_ARGV || argv.iter().any(|argument| argument.len() > LONGEST_ARGUMENT);
        too_long.then_some("E2BIG")
    }

    fn carried(&self) -> usize {
        match self {
            Self::Run { argv, input } => length_of(argv) + input.as_ref().map_or(0, Vec::len),
            Self::Granted => 0,
        }
    }

    fn shown(&self) -> (&'static str, String) {
        match self {
            Self::Run { argv, .. } => ("run", argv.join(" ")),
            Self::Granted => ("grants", String::new()),
        }
    }

    fn denied(&self) -> Reply {
        match self {
            Self::Run { argv, .. } => super::deny::denied(GrantKind::Commands, argv.join(" ")),
            Self::Granted => Reply::Commands(Answer::Granted(Vec::new())),
        }
    }

    fn granted<'g>(&self, grants: &'g Grants) -> Vec<Granted<'g>> {
        let Self::Run { argv, input } = self else { return Vec::new() };
        let allowed = grants.commands.iter().find(|grant| grant.allows(argv, input.is_some()));
        allowed.map(Granted::Command).into_iter().collect()
    }

    fn is_worth_a_line(&self) -> bool {
        matches!(self, Self::Run { .. })
    }
}

impl CapabilityAnswer for Answer {
    fn carried(&self) -> usize {
        match self {
            Self::Completed(completed) => completed.standard_output.len() + completed.standard_error.len(),
            Self::Granted(_) => 0,
        }
    }

    fn ending(&self) -> Option<String> {
        match self {
            Self::Completed(completed) => Some(match &completed.ending {
                Ending::Code(code) => format!("exit {code}"),
                Ending::Signal(signal) => format!("ended by signal {signal}"),
            }),
            Self::Granted(_) => None,
        }
    }
}
