//! Interfaces that were up once: one that goes down is worth a word, one that never was up is not.

use roundsman_sdk::{Failure, Subcheck, log, state};

use crate::interface::Interface;

const KEY: &str = "seen_up";

/// Remembers the names that were up in this run or one before. One that an operator switches off, or that is gone, is
/// forgotten. Where they cannot be kept, one that goes down looks as one that never was up: a subcheck says so.
pub fn remember(all: &[(&str, Result<Option<Interface>, Failure>)]) -> (Vec<String>, Option<Subcheck>) {
    let before: Vec<String> = match state::get_json(KEY) {
        Ok(kept) => kept.unwrap_or_default(),
        Err(error) => {
            log::warning(&format!("interfaces that were up cannot be read, and are learned anew: {error}"));
            Vec::new()
        }
    };
    let was_up = |name: &str| before.iter().any(|it| it == name);
    let kept = all.iter().filter(|(name, seen)| match seen {
        Ok(Some(interface)) => interface.is_up() || interface.on && was_up(name),
        Ok(None) => false,
        Err(_) => was_up(name),
    });
    let now: Vec<String> = kept.map(|(name, _)| name.to_string()).collect();
    let kept = if now == before { Ok(()) } else { state::set_json(KEY, &now) };
    (now, kept.err().map(|error| Subcheck::failed("part", "seen_up", error)))
}
