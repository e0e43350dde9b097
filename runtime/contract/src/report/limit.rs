//! The text of a limit that was reached: its key, its value, and the TOML that would raise it.

use super::{Failure, FailureKind};
use crate::Exceeded;
use crate::quantity::size_text;

/// The one limit that is not of a check but of the host, in `[run]`.
const OF_THE_HOST: &str = "buffers";

/// Returns the failure of a run that reached `limits.KEY`, with `what` saying what would have passed it.
#[must_use]
pub fn reached(check: &str, limit: &Exceeded, what: &str) -> Failure {
    let value = Quantity::of(limit).to_string();
    let table = if limit.key == OF_THE_HOST { "run" } else { "limits" };
    Failure::new(FailureKind::Limit, format!("{table}.{} of {value} is reached: {what}", limit.key))
        .with_hint(raise(check, limit))
}

/// Returns the failure of a process that got no more memory by a limit of who started it, which `why` names with what raises it.
#[must_use]
pub fn starved(why: &str) -> Failure {
    Failure::new(FailureKind::Limit, format!("its process could get no more memory: {why}"))
}

/// Tells whether a complaint says that the system gave no more memory, in the words of the standard library, of the engine or
/// of a C library.
#[must_use]
pub fn out_of_memory(complaint: &str) -> bool {
    ["memory allocation of", "Cannot allocate memory", "(os error 12)", "Out of memory", "out of memory"]
        .iter()
        .any(|words| complaint.contains(words))
}

/// Returns the TOML that doubles a limit of `check`.
#[must_use]
pub(crate) fn raise(check: &str, limit: &Exceeded) -> String {
    let doubled = Exceeded::new(&limit.key, limit.value.saturating_mul(2));
    let table = match limit.key.as_str() {
        OF_THE_HOST => "run".to_owned(),
        _ => format!("check.{}.limits", roundsman_grants::denial::toml_key(check)),
    };
    format!("[{table}]\n{} = {}", limit.key, Quantity::of(&doubled).toml())
}

/// A limit's value, in the unit in which it is configured.
enum Quantity {
    Bytes(u64),
    Nanoseconds(u64),
    Count(u64),
}

impl Quantity {
    fn of(limit: &Exceeded) -> Self {
        match limit.key.as_str() {
            "memory" | "file" | "read" | "output" | "buffers" | "log" | "state" | "text" | "series" => {
                Self::Bytes(limit.value)
            }
            "timeout" | "call" => Self::Nanoseconds(limit.value),
            _ => Self::Count(limit.value),
        }
    }

    fn toml(&self) -> String {
        match self {
            Self::Count(count) => count.to_string(),
            Self::Bytes(_) | Self::Nanoseconds(_) => format!("\"{self}\""),
        }
    }
}

/// The form that the configuration takes: `128MiB`, `1500ms`, `64`.
impl std::fmt::Display for Quantity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Self::Bytes(bytes) => f.write_str(&size_text(bytes)),
            Self::Nanoseconds(ns) if ns % 1_000_000_000 == 0 => write!(f, "{}s", ns / 1_000_000_000),
            Self::Nanoseconds(ns) => write!(f, "{}ms", ns / 1_000_000),
            Self::Count(count) => write!(f, "{count}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(key: &str, value: u64) -> Exceeded {
        Exceeded::new(key, value)
    }

    #[test]
    fn names_key_value_and_the_toml() {
        let failure = reached("disk", &limit("memory", 128 << 20), "the component asked for more");
        assert_eq!(failure.message, "limits.memory of 128MiB is reached: the component asked for more");
        assert_eq!(failure.hint.as_deref(), Some("[check.disk.limits]\nmemory = \"256MiB\""));
    }

    #[test]
    fn each_kind_of_limit_is_written_as_the_configuration_takes_it() {
        assert_eq!(raise("a", &limit("timeout", 1_500_000_000)), "[check.a.limits]\ntimeout = \"3s\"");
        assert_eq!(raise("a", &limit("call", 250_000_000)), "[check.a.limits]\ncall = \"500ms\"");
        assert_eq!(raise("a", &limit("buffers", 1 << 20)), "[run]\nbuffers = \"2MiB\"");
        assert_eq!(raise("a", &limit("commands", 64)), "[check.a.limits]\ncommands = 128");
        assert_eq!(raise("a.b", &limit("log", 1000)), "[check.\"a.b\".limits]\nlog = \"2000\"");
    }
}
