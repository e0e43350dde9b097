//! Writes the file of each output at the end of a round, for other programs; one round at a time.

use std::borrow::Cow;
use std::io;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tracing::debug;

use super::fault::{Fault, FaultKind};
use super::keep::Keeping;
use crate::config::OutputSettings;
use crate::escape;
use crate::grants::denial::toml_key;
use crate::replace::{Readers, replace_without_links};
use crate::store::locks::{Locks, Subject, Taken};
use crate::store::results::{self, Results};

/// Longest time for another round to write its outputs: that takes milliseconds, or it hangs.
const PATIENCE: Duration = Duration::from_secs(2);

/// Writes every output, whatever becomes of the others, and returns what went wrong.
pub fn show(keeping: &Keeping<'_>) -> Vec<Fault> {
    let outputs = &keeping.terms.config.outputs;
    if outputs.is_empty() {
        return Vec::new();
    }
    if let Err(holder) = wait(keeping.locks) {
        let reason = format!("another round (pid {holder}) has been writing the outputs for {} s", PATIENCE.as_secs());
        return outputs.iter().map(|output| fault(output, &reason)).collect();
    }
    let results = latest(keeping);
    let faults = outputs.iter().filter_map(|output| {
        let content = (output.format.encode)(&results.checks, Timestamp::now());
        debug!(path = ?output.path, "writes an output");
        let written = replace_without_links(&output.path, escape::page(&content).as_bytes(), Readers::All);
        written.err().map(|error| fault(output, &reason(output, &error)))
    });
    let faults = faults.collect();
    keeping.locks.release(Subject::Outputs);
    faults
}

/// Those of the messages that are of an output that is still configured.
pub fn of_outputs(messages: &[String], outputs: &[OutputSettings]) -> Vec<Fault> {
    let is_one = |message: &&String| outputs.iter().any(|output| message.starts_with(&subject(output)));
    messages.iter().filter(is_one).map(|message| Fault::new(FaultKind::NotStored, message)).collect()
}

fn fault(output: &OutputSettings, reason: &str) -> Fault {
    Fault::new(FaultKind::NotStored, subject(output) + reason)
}

/// Begins the messages about an output.
fn subject(output: &OutputSettings) -> String {
    format!("output {}: ", output.name)
}

/// Without a lock that works, an output is written rather than not. Otherwise the pid of who holds it.
fn wait(locks: &Locks) -> Result<(), u32> {
    let start = Instant::now();
    loop {
        match locks.take(Subject::Outputs) {
            Ok(Taken::By(pid)) if start.elapsed() >= PATIENCE => return Err(pid),
            Ok(Taken::By(_)) => std::thread::sleep(Duration::from_millis(5)),
            Ok(Taken::Ours) | Err(_) => return Ok(()),
        }
    }
}

/// The newest results: another round may have written some since this one did. Where what this round knows could not be
/// written, what it knows.
fn latest<'m>(keeping: &'m Keeping<'_>) -> Cow<'m, Results> {
    let ours = Cow::Borrowed(&keeping.memory.results);
    let lost = keeping.faults.iter().any(|fault| matches!(fault.kind, FaultKind::NotStored | FaultKind::Locked));
    if keeping.store.is_none() || lost {
        return ours;
    }
    match results::read(&keeping.terms.config.paths.state) {
        Ok(Some(results)) => Cow::Owned(results),
        Ok(None) | Err(_) => ours,
    }
}

/// Why a file could not be replaced, and what mends it.
fn reason(output: &OutputSettings, error: &io::Error) -> String {
    let path = output.path.as_path();
    let above = path.parent().unwrap_or(path);
    let other = &format!("or set `path` of [output.{}] to a file elsewhere", toml_key(&output.name));
    match error.raw_os_error() {
        Some(libc::ENOENT | libc::ENOTDIR) => {
            format!("the directory {} does not exist; make it, {other}", escape::path(above))
        }
        Some(libc::ELOOP) => {
            let real = above.canonicalize().ok().zip(path.file_name()).map(|(above, name)| above.join(name));
            let real = real.map_or_else(String::new, |real| format!(": \"{}\"", escape::path(&real)));
            format!(
                "a part of the path {} is a link, which could be turned elsewhere; write where it leads{real}",
                escape::path(path)
            )
        }
        Some(libc::EACCES | libc::EPERM | libc::EROFS) => {
            format!(
                "{} cannot be written ({error}); let the user of this round write there, {other}",
                escape::path(above)
            )
        }
        Some(libc::ENOSPC | libc::EDQUOT) => {
            format!("the file system of {} is full ({error}); make room, {other}", escape::path(above))
        }
        Some(libc::EISDIR | libc::ENOTEMPTY) => format!("{} is a directory; remove it, {other}", escape::path(path)),
        _ => format!("{}: {error}; mend that, {other}", escape::path(path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Origin;
    use crate::outputs::FILE_FORMATS;

    #[test]
    fn reasons_say_what_mends_them() {
        let output = OutputSettings {
            name: "prometheus".to_owned(),
            origin: Origin { file: "/etc/roundsman/roundsman.toml".into(), line: 1 },
            format: &FILE_FORMATS[0],
            path: "/no/such/place/out.prom".into(),
        };
        for (errno, part) in [
            (libc::ENOENT, "the directory /no/such/place does not exist; make it, or set `path`"),
            (libc::ELOOP, "a part of the path /no/such/place/out.prom is a link"),
            (libc::EROFS, "/no/such/place cannot be written (Read-only file system"),
            (libc::ENOSPC, "the file system of /no/such/place is full"),
            (libc::EISDIR, "/no/such/place/out.prom is a directory; remove it, or set `path` of [output.prometheus]"),
            (libc::EIO, "(os error 5); mend that, or set `path`"),
        ] {
            let reason = reason(&output, &io::Error::from_raw_os_error(errno));
            assert!(reason.contains(part), "{reason}");
        }
    }
}
