//! Judges each fact about a host: what it means for a round, and what to write where something is lacking.

use std::path::PathBuf;

use super::facts::{Directory, HostFacts, LINKS, UIDS};
use super::finding::{DoctorFinding, fatal, lacking, ok};
use super::starts::Starts;
use crate::cli::accounts::useradd;
use crate::isolation::{CALLS_REMEDY, CODE_REMEDY, is_there, meaning, remedy, word};
use roundsman_config::Layer;
use roundsman_grants::escape;
use roundsman_os::process::required_syscalls::CALLS;
use roundsman_os::process::user::{AccountError, SUBSTITUTE};
use roundsman_store::usable::Usable;

/// The oldest kernel that is supported; what it must have is looked for by itself.
const OLDEST_KERNEL: (u32, u32) = (5, 14);

/// Text on the cost of code that cannot be mapped; measured with a Python check of 44 MB of code.
const COPIED: &str = "mounted noexec: each run copies its code, 1 ms and 2 MB of memory for each MB of it";

pub(super) fn findings(host: &HostFacts) -> Vec<DoctorFinding> {
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

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
