//! `doctor`: what this host has of what isolates a check, what it lacks, and what that means.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::json;

use super::starts::Starts;
use super::{exit, print};
use crate::isolation::{
    CALLS_REMEDY, CODE_REMEDY, changes_user, default_account, is_there, meaning, remedy, required, word,
};
use roundsman_config::{Config, Layer, Places, defaults, load};
use roundsman_grants::escape::{self, line};
use roundsman_os::process::errno;
use roundsman_os::process::required_syscalls::{CALLS, missing_calls};
use roundsman_os::process::slot;
use roundsman_os::process::user::{Account, AccountError, SUBSTITUTE};
use roundsman_os::safe_path::{self, OwnerRule, SafePathError};
use roundsman_sandbox::worker::executable_memory;
use roundsman_sandbox::worker::lockdown::{Layers, available, landlock_version};
use roundsman_store::log::other_than_a_file;
use roundsman_store::usable::{Usable, usable};

/// The oldest kernel that is supported; what it must have is looked for by itself.
const OLDEST_KERNEL: (u32, u32) = (5, 14);

/// Settings of the kernel, proc_sys_fs(5), against links that users put in the way of root.
const LINKS: [&str; 2] = ["protected_hardlinks", "protected_symlinks"];

/// Text on the cost of code that cannot be mapped; measured with a Python check of 44 MB of code.
const COPIED: &str = "mounted noexec: each run copies its code, 1 ms and 2 MB of memory for each MB of it";

/// The directory of the locks of uids.
const UIDS: &str = "uids";

/// The finding of a main file that was refused; it comes first.
const CONFIGURATION: &str = "config";

#[derive(Debug, clap::Args)]
pub struct Args {
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Facts about a host.
#[derive(Debug)]
struct HostFacts {
    uid: u32,
    /// As `uname -r` has it.
    kernel: String,
    layers: Layers,
    /// Whether workers can be given a uid of their own.
    changes_user: bool,
    landlock: Option<u8>,
    /// Those that a round must have.
    required: Vec<Layer>,
    first_worker: u32,
    /// `run.user`, looked up.
    user: (String, Result<Account, AccountError>),
    missing_calls: Vec<&'static str>,
    /// The name of the error.
    code: Result<(), String>,
    /// Those of [`LINKS`] that are switched off.
    unprotected: Vec<&'static str>,
    directories: Vec<Directory>,
    /// The log, where something else than a file is in its place.
    log: Option<(PathBuf, &'static str)>,
    /// Who starts rounds of the system's configuration; another has a line of its own, which is not looked for.
    starts: Option<Starts>,
}

#[derive(Debug)]
struct Directory {
    name: &'static str,
    path: PathBuf,
    usable: Usable,
    /// Whether a round makes it where it is missing.
    is_made: bool,
    /// Why nothing is kept there: others could forge it.
    forgeable: Option<SafePathError>,
    /// Whether nothing in it can be executed where it lies.
    noexec: bool,
}

/// One thing that was looked at.
#[derive(Debug, PartialEq, Eq)]
struct DoctorFinding {
    name: &'static str,
    status: FindingStatus,
    text: String,
    hint: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FindingStatus {
    Ok,
    /// A round runs without it, and the text says what that means.
    Lacking,
    /// No round runs without it.
    Fatal,
}

/// Runs the command: exit 0, or where no round would run 69, and 78 if that is only for the main file.
pub(crate) fn doctor(args: &Args, places: &Places) -> u8 {
    let uid = rustix::process::geteuid().as_raw();
    let mut refused = None;
    let config = load(places, uid).unwrap_or_else(|error| {
        print::complain_page(&format!("{error}\nroundsman doctor: going on with the defaults"));
        refused = Some(configuration(&error.to_string()));
        defaults(places)
    });
    let findings: Vec<DoctorFinding> = refused.into_iter().chain(findings(&look(uid, &config, places))).collect();
    let ready = findings.iter().all(|finding| finding.status != FindingStatus::Fatal);
    let printed = print::page(&match args.format {
        Format::Text => text(&findings, ready),
        Format::Json => json(&findings, ready),
    });
    match findings.iter().rfind(|finding| finding.status == FindingStatus::Fatal) {
        None => printed,
        Some(last) if last.name == CONFIGURATION => exit::CONFIG,
        Some(_) => exit::UNAVAILABLE,
    }
}

/// Returns the finding for a main file that was refused; `why` is printed as it is.
fn configuration(why: &str) -> DoctorFinding {
    let first = why.lines().next().unwrap_or_default().to_owned();
    fatal(CONFIGURATION, first, "mend it: the lines below are for the defaults; roundsman validate shows the place")
}

fn look(uid: u32, config: &Config, places: &Places) -> HostFacts {
    let directory = |name, path: &Path, is_made| Directory {
        name,
        path: path.to_owned(),
        usable: usable(path),
        is_made,
        forgeable: is_made.then(|| forgeable(path, uid)).flatten(),
        noexec: noexec(path),
    };
    let log = config.log.file.parent().unwrap_or(Path::new("/"));
    HostFacts {
        uid,
        kernel: rustix::system::uname().release().to_string_lossy().into_owned(),
        layers: available(),
        landlock: landlock_version(),
        changes_user: changes_user(&config.run),
        required: required(&config.run, uid == 0).to_vec(),
        first_worker: config.run.worker_uid,
        user: (config.run.user.clone(), default_account(&config.run)),
        missing_calls: missing_calls(),
        code: executable_memory().map_err(|error| errno::name_of(&error)),
        unprotected: LINKS.into_iter().filter(|name| is_off(name)).collect(),
        log: other_than_a_file(&config.log.file).map(|what| (config.log.file.clone(), what)),
        directories: [
            (uid == 0).then(|| directory(UIDS, Path::new(slot::DIRECTORY), true)),
            Some(directory("state", &config.paths.state, true)),
            Some(directory("cache", &config.paths.cache, true)),
            Some(directory("log", log, false)),
        ]
        .into_iter()
        .flatten()
        .collect(),
        starts: (uid == 0 && places.main == Places::system().main).then(|| Starts::look(Path::new("/"))),
    }
}

/// Returns why others could write to an existing directory, by the rule that rounds apply; `None` if they cannot.
fn forgeable(directory: &Path, uid: u32) -> Option<SafePathError> {
    let judged = safe_path::directory(directory, OwnerRule::OwnedBy(uid)).err();
    judged.filter(|error| matches!(error, SafePathError::Owner { .. } | SafePathError::Writable { .. }))
}

/// Tells whether the file system of an existing directory is mounted noexec.
fn noexec(directory: &Path) -> bool {
    let flags = rustix::fs::statvfs(directory).map(|stat| stat.f_flag);
    flags.is_ok_and(|flags| flags.contains(rustix::fs::StatVfsMountFlags::NOEXEC))
}

fn findings(host: &HostFacts) -> Vec<DoctorFinding> {
    let mut findings = vec![kernel(&host.kernel), calls(&host.missing_calls), code(&host.code)];
    findings.extend([Layer::Uid, Layer::Seccomp, Layer::Landlock].map(|one| layer(host, one)));
    findings.push(user(host));
    findings.push(links(&host.unprotected));
    findings.extend(host.directories.iter().map(|one| directory(one, host.uid)));
    let log = |(path, what): &(PathBuf, &str)| {
        lacking("log", format!("{}: {what}", escape::path(path)), "set `log.file` to a plain file".to_owned())
    };
    findings.extend(host.log.as_ref().map(log));
    findings.extend(host.starts.as_ref().map(starts));
    findings
}

fn starts(starts: &Starts) -> DoctorFinding {
    match starts.judged() {
        Ok(text) => ok("starts", text),
        Err((text, hint)) => lacking("starts", text, hint),
    }
}

fn kernel(release: &str) -> DoctorFinding {
    let (major, minor) = OLDEST_KERNEL;
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map_while(|number| number.parse::<u32>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(one), Some(two)) if (one, two) >= OLDEST_KERNEL => ok("kernel", format!("Linux {release}")),
        _ => {
            let text = format!("Linux {release} is not known to be {major}.{minor} or newer: nobody tried it");
            lacking("kernel", text, format!("use Linux {major}.{minor} or newer"))
        }
    }
}

fn calls(missing: &[&str]) -> DoctorFinding {
    match missing {
        [] => ok("calls", format!("{} can be called", CALLS.join(", "))),
        _ => fatal("calls", format!("this host lacks or forbids {}", missing.join(", ")), CALLS_REMEDY),
    }
}

fn code(code: &Result<(), String>) -> DoctorFinding {
    match code {
        Ok(()) => ok("code", "can be made executable".to_owned()),
        Err(error) => fatal("code", format!("cannot be made executable: {error}"), CODE_REMEDY),
    }
}

fn layer(host: &HostFacts, layer: Layer) -> DoctorFinding {
    if is_there(layer, host.layers, host.changes_user) {
        let first = host.first_worker;
        return ok(
            word(layer),
            match layer {
                Layer::Uid => format!("active: each worker and each broker has a uid of its own, from {first} on"),
                Layer::Seccomp => "active: a worker may make a few system calls and no others".to_owned(),
                Layer::Landlock => {
                    let version = host.landlock.map_or_else(String::new, |version| format!(", version {version}"));
                    format!("active{version}: a worker reaches no file")
                }
            },
        );
    }
    let text = format!("missing: {}", meaning(layer));
    if host.required.contains(&layer) {
        fatal(word(layer), format!("{text}, and it is required"), remedy(layer))
    } else {
        lacking(word(layer), text, remedy(layer).to_owned())
    }
}

/// Returns the command that makes the account of `run.user`.
pub(crate) fn useradd(name: &str) -> String {
    format!("useradd --system --user-group --no-create-home --shell /usr/sbin/nologin {name}")
}

fn user(host: &HostFacts) -> DoctorFinding {
    let (name, account) = &host.user;
    if host.uid != 0 {
        return ok("user", format!("reads and commands run as uid {}, which starts", host.uid));
    }
    match account {
        Ok(account) => ok("user", format!("reads and commands run as `{name}`, uid {}", account.uid)),
        Err(AccountError::Missing(_)) => lacking(
            "user",
            format!("there is no account `{name}`: reads and commands run as uid {SUBSTITUTE}"),
            useradd(name),
        ),
        Err(error) => {
            fatal("user", error.to_string(), "mend the account database, or name another account in run.user")
        }
    }
}

/// A host that does not say counts as one that has them on: there is nothing to switch.
fn is_off(name: &str) -> bool {
    std::fs::read_to_string(format!("/proc/sys/fs/{name}")).is_ok_and(|value| value.trim() == "0")
}

fn links(unprotected: &[&str]) -> DoctorFinding {
    if unprotected.is_empty() {
        return ok("links", format!("{} are on", LINKS.map(|name| format!("fs.{name}")).join(" and ")));
    }
    let zero: Vec<String> = unprotected.iter().map(|name| format!("fs.{name}=0")).collect();
    let one: Vec<String> = unprotected.iter().map(|name| format!("fs.{name}=1")).collect();
    lacking(
        "links",
        format!("{}: users can put links to files of others where root reads or writes", zero.join(", ")),
        format!("sysctl -w {}, and the same lines in a file below /etc/sysctl.d", one.join(" ")),
    )
}

fn directory(directory: &Directory, uid: u32) -> DoctorFinding {
    let Directory { name, path, usable, is_made, forgeable, noexec } = directory;
    let shown = escape::path(path);
    let copied = if *name == "cache" && *noexec { format!("; {COPIED}") } else { String::new() };
    if let Some(error) = forgeable {
        let stops = uid == 0 && ["state", UIDS].contains(name);
        let finding = if stops { fatal } else { |name, text, hint: &str| lacking(name, text, hint.to_owned()) };
        return finding(name, error.to_string(), "until then nothing is stored there, as others could forge it");
    }
    match usable {
        Usable::Yes { owner, mode } => {
            ok(name, format!("{shown} can be written by uid {uid}; owner {owner}, mode {mode:04o}{copied}"))
        }
        Usable::Below(above) if *is_made => {
            ok(name, format!("{shown} is made by uid {uid} when it is needed, in {}", escape::path(above)))
        }
        Usable::Below(_) => lacking(name, format!("{shown} is missing, and is not made"), format!("mkdir -p {shown}")),
        Usable::ByOthers { mode } => lacking(
            name,
            format!("{shown} can be written by everyone (mode {mode:04o}), so its files can be forged"),
            format!("chmod o-w {shown}"),
        ),
        Usable::No { part, error } => {
            let text = format!("{shown} cannot be written by uid {uid}: {}: {error}", escape::path(part));
            let is_there = part == path && !["ENOENT", "ENOTDIR"].contains(&error.as_str());
            // A round of root that cannot make one of these runs nothing.
            match *name {
                UIDS if uid == 0 => fatal(name, text, "mount a file system there that root can write, and nobody else"),
                "state" if uid == 0 && !is_there => {
                    fatal(name, text, "set `paths.state` to a directory that can be made")
                }
                _ => lacking(name, text, format!("name another in the main file, or let uid {uid} write it")),
            }
        }
    }
}

fn ok(name: &'static str, text: String) -> DoctorFinding {
    DoctorFinding { name, status: FindingStatus::Ok, text, hint: None }
}

fn lacking(name: &'static str, text: String, hint: String) -> DoctorFinding {
    DoctorFinding { name, status: FindingStatus::Lacking, text, hint: Some(hint) }
}

fn fatal(name: &'static str, text: String, hint: &str) -> DoctorFinding {
    DoctorFinding { name, status: FindingStatus::Fatal, text, hint: Some(hint.to_owned()) }
}

impl FindingStatus {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Lacking => "lacking",
            Self::Fatal => "fatal",
        }
    }
}

fn text(findings: &[DoctorFinding], ready: bool) -> String {
    let mut page = String::new();
    for DoctorFinding { name, status, text, hint } in findings {
        // Writing to a String cannot fail.
        let _ = writeln!(page, "{:<7}  {name:<8}  {}", status.word(), line(text));
        if let Some(hint) = hint {
            let _ = writeln!(page, "{:<19}{}", "", line(hint));
        }
    }
    let lacking = findings.iter().filter(|finding| finding.status != FindingStatus::Ok).count();
    page + &match (ready, lacking) {
        (true, 0) => "a round runs, with nothing lacking\n".to_owned(),
        (true, lacking) => format!("a round runs, with {lacking} lacking\n"),
        (false, _) => "no round runs on this host\n".to_owned(),
    }
}

fn json(findings: &[DoctorFinding], ready: bool) -> String {
    let listed = findings.iter().map(|DoctorFinding { name, status, text, hint }| {
        json!({ "name": name, "status": status.word(), "text": text, "hint": hint })
    });
    let object = json!({ "schema": 1, "ready": ready, "findings": listed.collect::<Vec<_>>() });
    escape::json(&object.to_string()) + "\n"
}

#[cfg(test)]
#[path = "doctor_tests.rs"]
mod tests;
