//! Finds the files of the cache that nobody needs any more. Pure.

use std::collections::BTreeSet;

use super::directory::{Listed, is_temporary};
use roundsman_sandbox::worker::key::CodeKey;

/// The cache holds no more code than this, in bytes: that of 130 Python checks, or of 10,000 in Rust. What has no room is compiled
/// for its round alone.
pub(crate) const BOUND: u64 = 4 << 30;
/// Time that the code of another build stays, in nanoseconds, since that build's index was written: each build that runs
/// writes its own once a day.
const OTHERS: i64 = 2 * 86_400_000_000_000;
/// Longest time for writing a file, in nanoseconds.
const WRITING: i64 = 3_600_000_000_000;

/// Ending of an entry.
const CODE: &str = ".code";
/// Beginning of an index.
const INDEX: &str = "index-";

/// Returns the name of an entry: whose code it is, and for which engine.
#[must_use]
pub(crate) fn entry_name(sha256: &str, engine: CodeKey) -> String {
    format!("{sha256}-{}{CODE}", short(engine))
}

/// Returns the name of the index of one engine.
#[must_use]
pub(crate) fn index_name(engine: CodeKey) -> String {
    format!("{INDEX}{}", short(engine))
}

/// Enough of the key for a name; an entry says all of it.
fn short(engine: CodeKey) -> String {
    crate::components::bytes::hex(&engine.0[..16])
}

/// Tells whether a file is code, or is being written to become so.
#[must_use]
pub(crate) fn is_code(name: &str) -> bool {
    name.ends_with(CODE) || is_temporary(name)
}

/// Tells whether a file is an entry for another engine than this.
#[must_use]
pub(crate) fn is_of_another(name: &str, engine: CodeKey) -> bool {
    name.strip_suffix(CODE).and_then(|name| name.split_once('-')).is_some_and(|(_, of)| of != short(engine))
}

/// Returns the names of what goes: entries whose digests nobody uses, the code of builds that are gone, and what a killed
/// process left. What another round has just written is in no index yet, and stays; but for what was in use `before` and is not
/// any more. `now` in nanoseconds since 1970.
#[must_use]
pub fn gone(
    all: &[Listed],
    before: &BTreeSet<String>,
    used: &BTreeSet<String>,
    engine: CodeKey,
    now: i64,
) -> Vec<String> {
    let ours = short(engine);
    let age = |listed: &Listed| now.saturating_sub(listed.identity.changed);
    let indices = all.iter().filter_map(|listed| Some((listed.name.strip_prefix(INDEX)?, age(listed))));
    let alive: BTreeSet<&str> =
        indices.filter(|(of, age)| *of == ours || *age < OTHERS).map(|(of, _)| of).chain([ours.as_str()]).collect();
    let is_gone = |listed: &&Listed| {
        let (name, is_old) = (listed.name.as_str(), age(listed) > WRITING);
        if is_temporary(name) {
            return is_old;
        }
        if let Some(of) = name.strip_prefix(INDEX) {
            return !alive.contains(of);
        }
        match name.strip_suffix(CODE).and_then(|name| name.split_once('-')) {
            Some((sha256, of)) if of == ours => !used.contains(sha256) && (is_old || before.contains(sha256)),
            Some((_, of)) => is_old && !alive.contains(of),
            // Not a file of ours.
            None => false,
        }
    };
    all.iter().filter(is_gone).map(|listed| listed.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::identity::Identity;

    const DAY: i64 = 86_400_000_000_000;
    const NOW: i64 = 20_000 * DAY;

    fn listed(name: String, age: i64) -> Listed {
        Listed { name, identity: Identity { device: 1, inode: 1, size: 1, modified: 0, changed: NOW - age } }
    }

    #[test]
    fn only_what_nobody_needs_goes() {
        let (ours, running, past) = (CodeKey([1; 32]), CodeKey([2; 32]), CodeKey([3; 32]));
        let digests = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let stays = [
            listed(index_name(ours), 90 * DAY),
            listed(entry_name("aa", ours), 90 * DAY),
            listed(index_name(running), DAY),
            listed(entry_name("aa", running), 90 * DAY),
            listed(format!("{}.17.tmp", entry_name("cc", ours)), DAY / 48),
            listed("notes.txt".to_owned(), 90 * DAY),
            listed(entry_name("written-just-now", ours), 0),
            listed(entry_name("written-just-now", CodeKey([4; 32])), 0),
        ];
        let goes = [
            listed(entry_name("bb", ours), 0),
            listed(entry_name("lost", ours), DAY),
            listed(index_name(past), 3 * DAY),
            listed(entry_name("aa", past), 3 * DAY),
            listed(entry_name("aa", CodeKey([4; 32])), DAY),
            listed(format!("{}.17.tmp", entry_name("cc", ours)), DAY),
        ];
        let all: Vec<Listed> = stays.iter().chain(&goes).cloned().collect();
        let names: Vec<String> = goes.iter().map(|listed| listed.name.clone()).collect();
        assert_eq!(gone(&all, &digests(&["aa", "bb"]), &digests(&["aa"]), ours, NOW), names);
    }

    #[test]
    fn names_say_for_which_engine_they_are() {
        let (ours, other) = (CodeKey([1; 32]), CodeKey([2; 32]));
        assert!(!is_of_another(&entry_name("aa", ours), ours));
        assert!(is_of_another(&entry_name("aa", other), ours));
        assert!(!is_of_another(&index_name(other), ours) && !is_of_another("notes", ours));
    }
}
