//! What to say of a key that is not known: where it belongs, that it comes later, or the nearest that is known.

/// Which keys stand at the top of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Main,
    DropIn,
}

/// Tables of the main file that a drop-in may not hold.
const MAIN_ONLY: [&str; 6] = ["paths", "run", "compile", "defaults", "limits", "log"];

/// Keys that are often written one table too high, by the table of a check that holds them.
const LIMIT_KEYS: [&str; 13] = [
    "memory", "fuel", "timeout", "call", "file", "read", "entries", "output", "commands", "log", "state", "metrics",
    "text",
];
const GRANT_KEYS: [&str; 6] = ["files", "metadata", "filesystems", "user", "unsafe_files", "command"];
const RUN_KEYS: [&str; 7] = ["tick", "parallel", "deadline", "splay", "user", "worker_uid", "require"];
/// What a check has for itself alone, so that `[defaults]` has no place for it.
const OWN_KEYS: [&str; 4] = ["wasm", "config", "thresholds", "grant"];

/// The reason, and what to write.
pub struct Verdict {
    pub reason: String,
    pub help: Option<String>,
}

/// Judges an unknown key: `path` ends with it, `known` are the keys that its table has.
pub fn unknown(path: &[String], known: &[&str], is_table: bool, role: Role) -> Verdict {
    let keys: Vec<&str> = path.iter().map(String::as_str).collect();
    let (key, table) = match keys.split_last() {
        Some((key, table)) => (*key, table),
        None => ("", &[][..]),
    };
    if let Some(key) = later(&keys) {
        return Verdict {
            reason: format!("not yet: `{key}` comes with a later version"),
            help: Some("take it out for now; nothing else stands in for it".to_owned()),
        };
    }
    if let Some((place, help)) = elsewhere(key, table, role) {
        return Verdict { reason: format!("`{}` belongs {place}", written(key)), help: Some(help) };
    }
    let reason = format!("unknown key `{}` {}", written(key), place_of(table));
    if let Some(near) = nearest(key, known) {
        return Verdict { reason: format!("{reason}, nearest is `{near}`"), help: None };
    }
    let help = match table {
        ["check", name] if is_table => {
            format!("a name with a dot stands in quotes: [check.\"{name}.{key}\"]")
        }
        [] if is_table && role == Role::DropIn => format!("a check is written [check.{}]", written(key)),
        _ if known.is_empty() => return Verdict { reason, help: None },
        _ => format!("known keys: {}", known.join(", ")),
    };
    Verdict { reason, help: Some(help) }
}

/// Keys of the interface that this version does not have yet, by their name in the message.
fn later<'a>(path: &[&'a str]) -> Option<&'a str> {
    match path {
        [key @ ("groups" | "output" | "override")]
        | ["check", _, key @ ("retry" | "group")]
        | ["defaults", key @ ("retry" | "group")] => Some(key),
        ["run", "buffers"] => Some("run.buffers"),
        _ => None,
    }
}

fn elsewhere(key: &str, table: &[&str], role: Role) -> Option<(String, String)> {
    match table {
        [] if role == Role::DropIn && MAIN_ONLY.contains(&key) => {
            Some(("in the main file".to_owned(), "a drop-in holds only checks: [check.NAME]".to_owned()))
        }
        [] if role == Role::Main && RUN_KEYS.contains(&key) => Some(under("run", key)),
        ["defaults"] if OWN_KEYS.contains(&key) => Some((
            "to one check, not in `[defaults]`".to_owned(),
            format!("write it in [check.NAME], or [check.NAME.{key}] where it is a table"),
        )),
        ["defaults"] if LIMIT_KEYS.contains(&key) => Some(under("limits", key)),
        ["check", name] if LIMIT_KEYS.contains(&key) => Some(under(&format!("check.{}.limits", written(name)), key)),
        ["check", name] if GRANT_KEYS.contains(&key) => Some(under(&format!("check.{}.grant", written(name)), key)),
        ["check", name] if key == "warning" || key == "critical" => {
            Some(("to a metric".to_owned(), format!("[check.{}.thresholds]\nMETRIC = {{ {key} = … }}", written(name))))
        }
        _ => None,
    }
}

fn under(table: &str, key: &str) -> (String, String) {
    (format!("in `[{table}]`"), format!("[{table}]\n{key} = …"))
}

fn place_of(table: &[&str]) -> String {
    if table.is_empty() {
        return "at the top of the file".to_owned();
    }
    let path: Vec<String> = table.iter().map(|key| written(key)).collect();
    format!("in `[{}]`", path.join("."))
}

/// A key as TOML writes it: quoted where it is not bare.
pub fn written(key: &str) -> String {
    let bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if bare { key.to_owned() } else { format!("{key:?}") }
}

/// The known word nearest to one that was written, if one is near enough to have been meant.
pub fn nearest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    let allowed = match written.chars().count() {
        0..=3 => 1,
        4..=7 => 2,
        _ => 3,
    };
    let lower = written.to_lowercase();
    known
        .iter()
        .map(|word| (strsim::damerau_levenshtein(&lower, word), *word))
        .filter(|(distance, word)| *distance <= allowed && *distance < word.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}
