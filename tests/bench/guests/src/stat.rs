//! `/proc/PID/stat` (proc(5)), as far as it tells the state of a process.

/// Adds the process of this text; one that is cut off is not counted.
pub fn count(states: &mut Vec<(char, u64)>, text: &str) {
    // The name is in parentheses and may hold any character, parentheses too.
    let Some(state) = text.rsplit_once(')').and_then(|(_, rest)| rest.trim_start().chars().next()) else { return };
    match states.iter_mut().find(|(it, _)| *it == state) {
        Some((_, count)) => *count += 1,
        None => states.push((state, 1)),
    }
}

pub fn said(states: &[(char, u64)]) -> String {
    let all: u64 = states.iter().map(|(_, count)| count).sum();
    let zombies = states.iter().find(|(state, _)| *state == 'Z').map_or(0, |(_, count)| *count);
    format!("{all} processes, {zombies} zombies")
}
