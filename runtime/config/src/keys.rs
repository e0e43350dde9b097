//! Advice about an unknown key: the place where it belongs, or the nearest known key.

use super::file::LimitsTable;
use roundsman_grants::GRANT_KINDS;
use roundsman_grants::denial::toml_key;
use roundsman_grants::nearest::nearest;

/// Kind of a file, which decides about its keys at the top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRole {
    Main,
    DropIn,
}

/// Tables of the main file that a drop-in may not hold.
const MAIN_ONLY: [&str; 12] = [
    "paths", "run", "compile", "groups", "defaults", "limits", "log", "host", "texts", "delivery", "install", "history",
];

/// Keys that are often written one table too high, by the table of a check that holds them.
const LIMIT_KEYS: &[&str] = LimitsTable::KEYS;
/// The key of a grant that is of no kind: as whom files are read.
const READER: &str = "user";
const RUN_KEYS: [&str; 10] =
    ["tick", "parallel", "deadline", "splay", "user", "worker_uid", "require", "buffers", "paused", "record"];
const CHECK_KEYS: [&str; 18] = [
    "wasm",
    "every",
    "cron",
    "timezone",
    "retry",
    "hold",
    "group",
    "enabled",
    "only_if",
    "sha256",
    "on_failure",
    "severity",
    "labels",
    "series_prefix",
    "help",
    "config",
    "thresholds",
    "grant",
];
/// Keys that only a check itself has, and not `[defaults]`.
const OWN_KEYS: [&str; 6] = ["wasm", "series_prefix", "help", "config", "thresholds", "grant"];

/// The reason, and what to write.
pub struct KeyAdvice {
    pub reason: String,
    pub help: Option<String>,
}

/// Judges an unknown key: `path` ends with it, `known` are the keys that its table has.
pub(crate) fn unknown(path: &[String], known: &[&str], is_table: bool, role: KeyRole) -> KeyAdvice {
    let keys: Vec<&str> = path.iter().map(String::as_str).collect();
    let (key, table) = match keys.split_last() {
        Some((key, table)) => (*key, table),
        None => ("", &[][..]),
    };
    if let Some((place, help)) = elsewhere(key, table, role) {
        return KeyAdvice { reason: format!("`{}` belongs {place}", toml_key(key)), help: Some(help) };
    }
    let reason = format!("unknown key `{}` {}", toml_key(key), place_of(table));
    if let Some(near) = nearest(key, known) {
        return KeyAdvice { reason: format!("{reason}, nearest is `{near}`"), help: None };
    }
    let help = match table {
        ["check", name] if is_table => {
            format!("a name with a dot stands in quotes: [check.\"{name}.{key}\"]")
        }
        [] if is_table => format!("a check is written [check.{}]", toml_key(key)),
        _ if known.is_empty() => return KeyAdvice { reason, help: None },
        _ => format!("known keys: {}", known.join(", ")),
    };
    KeyAdvice { reason, help: Some(help) }
}

fn elsewhere(key: &str, table: &[&str], role: KeyRole) -> Option<(String, String)> {
    match table {
        [] if role == KeyRole::DropIn && MAIN_ONLY.contains(&key) => Some((
            "in the main file".to_owned(),
            "a drop-in holds only [check.NAME], [override.NAME] and [output.NAME]".to_owned(),
        )),
        [] if role == KeyRole::Main && RUN_KEYS.contains(&key) => Some(under("run", key)),
        [] if CHECK_KEYS.contains(&key) => Some(under("check.NAME", key)),
        ["defaults"] if OWN_KEYS.contains(&key) => Some((
            "to one check, not in `[defaults]`".to_owned(),
            format!("write it in [check.NAME], or [check.NAME.{key}] where it is a table"),
        )),
        ["defaults"] if LIMIT_KEYS.contains(&key) => Some(under("limits", key)),
        [table @ ("check" | "override"), name] if LIMIT_KEYS.contains(&key) => {
            Some(under(&format!("{table}.{}.limits", toml_key(name)), key))
        }
        ["check", name] if is_grant_key(key) => Some(under(&format!("check.{}.grant", toml_key(name)), key)),
        ["override", name] if key == "grant" || is_grant_key(key) => Some((
            "to the check itself: an override never grants".to_owned(),
            format!("write it in [check.{}.grant], in the file that has the check", toml_key(name)),
        )),
        [table @ ("check" | "override"), name] if key == "warning" || key == "critical" => Some((
            "to a metric".to_owned(),
            format!("[{table}.{}.thresholds]\nMETRIC = {{ {key} = … }}", toml_key(name)),
        )),
        _ => None,
    }
}

/// Tells whether a key stands below `[check.NAME.grant]`.
fn is_grant_key(key: &str) -> bool {
    key == READER || GRANT_KINDS.iter().any(|row| row.key == key)
}

fn under(table: &str, key: &str) -> (String, String) {
    (format!("in `[{table}]`"), format!("[{table}]\n{key} = …"))
}

fn place_of(table: &[&str]) -> String {
    if table.is_empty() {
        return "at the top of the file".to_owned();
    }
    let path: Vec<String> = table.iter().map(|key| toml_key(key)).collect();
    format!("in `[{}]`", path.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::MainFile;
    use crate::parse::parse;

    /// Returns the keys that the mirror has in a table, as it says itself.
    fn keys_of(table: &str) -> Vec<String> {
        let text = format!("[{table}]\nzzzzzzzzzzzz = 1\n");
        let problems = parse::<MainFile>(&text, KeyRole::Main).unwrap_err();
        let help = problems[0].help.as_deref().unwrap();
        help.strip_prefix("known keys: ").unwrap().split(", ").map(str::to_owned).collect()
    }

    #[test]
    fn the_lists_are_those_of_the_mirror() {
        let grant = keys_of("check.a.grant");
        assert!(grant.iter().all(|key| is_grant_key(key)) && grant.len() == GRANT_KINDS.len() + 1, "{grant:?}");
        assert_eq!(keys_of("run"), RUN_KEYS);
        let check: Vec<String> = keys_of("check.a").into_iter().filter(|key| key != "limits").collect();
        assert_eq!(check, CHECK_KEYS);
        let defaults = keys_of("defaults");
        let shared: Vec<&str> =
            CHECK_KEYS.into_iter().filter(|key| !OWN_KEYS.contains(key)).chain(["limits"]).collect();
        assert_eq!(defaults, shared);
        let granted_apart: Vec<&str> = CHECK_KEYS.into_iter().filter(|key| *key != "grant").collect();
        let overridden: Vec<String> = keys_of("override.a").into_iter().filter(|key| key != "limits").collect();
        assert_eq!(overridden, granted_apart);
    }
}
