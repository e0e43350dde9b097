//! Writes the file of each output at the end of a round, for other programs; one round at a time.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tracing::debug;

use super::Ledger;
use crate::round::fault::{Fault, FaultKind};
use crate::round::host::named;
use crate::round::plan::zone;
use roundsman_config::OutputSettings;
use roundsman_grants::denial::toml_key;
use roundsman_grants::escape;
use roundsman_os::replace::{Readers, replace_without_links};
use roundsman_store::error::StoreError;
use roundsman_store::locks::{LockTarget, Locks, TakenLock};
use roundsman_store::results::{self, Results};
use roundsman_store::{changes, days};
use roundsman_verdict::check_status::CheckStatus;
use roundsman_verdict::history::{Days, HistoryEntry};
use roundsman_verdict::judge::humanize::Now;
use roundsman_verdict::outputs::scene::{OutputScene, SeriesNames};

/// Longest time for another round to write its outputs: that takes milliseconds, or it hangs.
const PATIENCE: Duration = Duration::from_secs(2);

/// Writes every output, whatever becomes of the others, and returns what went wrong.
pub(crate) fn show(ledger: &Ledger<'_>) -> Vec<Fault> {
    let outputs = &ledger.context.config.outputs;
    if outputs.is_empty() {
        return Vec::new();
    }
    if let Err(holder) = wait(&ledger.books.locks) {
        let reason = format!("another round (pid {holder}) has been writing the outputs for {} s", PATIENCE.as_secs());
        return outputs.iter().map(|output| fault(output, &reason)).collect();
    }
    let results = latest(ledger);
    let (scene, unread) = scene(ledger, &results.checks);
    let unread = outputs.iter().filter(|output| output.format.shows_history).filter_map(|output| {
        let reason = unread.as_ref()?.to_string();
        Some(fault(output, &format!("it shows no history, as that cannot be read: {reason}")))
    });
    let faults = outputs.iter().filter_map(|output| {
        let content = (output.format.encode)(&scene, &output.keys);
        debug!(path = ?output.path, "writes an output");
        let written = replace_without_links(&output.path, escape::page(&content).as_bytes(), Readers::All);
        written.err().map(|error| fault(output, &reason(output, &error)))
    });
    let faults = faults.chain(unread).collect();
    ledger.books.locks.release(LockTarget::Outputs);
    faults
}

/// Returns all that outputs show, with the history only where one of them shows it.
fn scene<'m>(
    ledger: &'m Ledger<'_>,
    checks: &'m BTreeMap<String, CheckStatus>,
) -> (OutputScene<'m>, Option<StoreError>) {
    let config = ledger.context.config;
    let at = Timestamp::now();
    let zone = config.texts.timezone.as_deref().map_or(TimeZone::UTC, zone);
    let (now, days) = (Now { at, zone }, Days::default());
    let digest = config.digest.as_deref();
    let own = config.checks.iter().filter(|(_, check)| check.series != SeriesNames::default());
    let mut scene = OutputScene {
        host: named(&config.host),
        checks,
        now,
        config: digest,
        series: own.map(|(name, check)| (name.as_str(), &check.series)).collect(),
        receivers: &ledger.receivers,
        days,
        latest: Vec::new(),
    };
    if !config.outputs.iter().any(|output| output.format.shows_history) {
        return (scene, None);
    }
    match past(&config.paths.state, ledger.memory.private.changes.last, at) {
        Ok((days, latest)) => (scene.days, scene.latest) = (days, latest),
        Err(error) => return (scene, Some(error)),
    }
    (scene, None)
}

/// Reads the days and counts them on up to now, and the last entries of the history.
fn past(directory: &Path, last: u64, now: Timestamp) -> Result<(Days, Vec<HistoryEntry>), StoreError> {
    /// Entries that are shown at most, with those between them that are not shown.
    const LATEST: u64 = 2_000;
    let days = days::read(directory)?.unwrap_or_default();
    let entries = changes::after(directory, days.through.min(last.saturating_sub(LATEST)))?.entries;
    let counted = entries.partition_point(|entry| entry.sequence <= days.through);
    Ok((days.counted_on(&entries[counted..], now), entries))
}

/// Returns those of the messages that are of an output that is still configured.
pub(crate) fn of_outputs(messages: &[String], outputs: &[OutputSettings]) -> Vec<Fault> {
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
        match locks.take(LockTarget::Outputs) {
            Ok(TakenLock::By(pid)) if start.elapsed() >= PATIENCE => return Err(pid),
            Ok(TakenLock::By(_)) => std::thread::sleep(Duration::from_millis(5)),
            Ok(TakenLock::Ours) | Err(_) => return Ok(()),
        }
    }
}

/// Returns the newest results: another round may have written some since this one did. Where what this round knows could not be
/// written, what it knows.
fn latest<'m>(ledger: &'m Ledger<'_>) -> Cow<'m, Results> {
    let ours = Cow::Borrowed(&ledger.memory.results);
    let lost = ledger.faults.iter().any(|fault| matches!(fault.kind, FaultKind::NotStored | FaultKind::Locked));
    if ledger.books.store.is_none() || lost {
        return ours;
    }
    match results::read(&ledger.context.config.paths.state) {
        Ok(Some(results)) => Cow::Owned(results),
        Ok(None) | Err(_) => ours,
    }
}

/// Tells why a file could not be replaced, and what mends it.
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
    use roundsman_config::Origin;
    use roundsman_verdict::outputs::FILE_FORMATS;
    use roundsman_verdict::outputs::scene::OutputKeys;

    #[test]
    fn reasons_say_what_mends_them() {
        let output = OutputSettings {
            name: "prometheus".to_owned(),
            origin: Origin { file: "/etc/roundsman/roundsman.toml".into(), line: 1 },
            format: &FILE_FORMATS[0],
            path: "/no/such/place/out.prom".into(),
            keys: OutputKeys::default(),
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
