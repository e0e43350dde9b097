//! What exit codes and signals mean.

use roundsman_sdk::Status;

/// The status of a plugin's exit code.
pub fn status(code: i32) -> Status {
    match code {
        0 => Status::Ok,
        1 => Status::Warning,
        2 => Status::Critical,
        _ => Status::Unknown,
    }
}

/// The status that a word at the start of a plugin's text says.
pub fn said(word: &str) -> Status {
    match word {
        "OK" => Status::Ok,
        "WARNING" | "WARN" => Status::Warning,
        "CRITICAL" | "CRIT" => Status::Critical,
        _ => Status::Unknown,
    }
}

/// A status as plugins write it.
pub fn word(status: Status) -> &'static str {
    match status {
        Status::Ok => "OK",
        Status::Warning => "WARNING",
        Status::Critical => "CRITICAL",
        Status::Unknown => "UNKNOWN",
    }
}

/// A code that no plugin returns by the rules, and what shells mean by it. `None` for 0 to 3.
pub fn odd(code: i32) -> Option<String> {
    let meaning = match code {
        0..=3 => return None,
        126 => ": a program could not be executed".to_owned(),
        127 => ": a program was not found".to_owned(),
        129.. => match name(code - 128) {
            Some(name) => format!(": what a shell says of signal {}, {name}", code - 128),
            None => String::new(),
        },
        _ => String::new(),
    };
    Some(format!("exit code {code}{meaning}"))
}

/// A signal by its number and its name.
pub fn signal(number: i32) -> String {
    match name(number) {
        Some(name) => format!("signal {number} ({name})"),
        None => format!("signal {number}"),
    }
}

/// Names of signals 1 to 31, which x86-64 and ARM64 number alike (signal(7)).
fn name(number: i32) -> Option<&'static str> {
    const NAMES: [&str; 31] = [
        "SIGHUP",
        "SIGINT",
        "SIGQUIT",
        "SIGILL",
        "SIGTRAP",
        "SIGABRT",
        "SIGBUS",
        "SIGFPE",
        "SIGKILL",
        "SIGUSR1",
        "SIGSEGV",
        "SIGUSR2",
        "SIGPIPE",
        "SIGALRM",
        "SIGTERM",
        "SIGSTKFLT",
        "SIGCHLD",
        "SIGCONT",
        "SIGSTOP",
        "SIGTSTP",
        "SIGTTIN",
        "SIGTTOU",
        "SIGURG",
        "SIGXCPU",
        "SIGXFSZ",
        "SIGVTALRM",
        "SIGPROF",
        "SIGWINCH",
        "SIGIO",
        "SIGPWR",
        "SIGSYS",
    ];
    NAMES.get(usize::try_from(number).ok()?.checked_sub(1)?).copied()
}
