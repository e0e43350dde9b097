//! The lists of ZFS: what it tells of its pools (zpool-list(8), zpool-status(8)).

use roundsman_sdk::parse::{Field, ParseError, Row, lines};
use roundsman_sdk::text::{decimal, size};
use roundsman_sdk::{Failure, Status};

use crate::volume::{Volume, Volumes};

pub const LIST: [&str; 5] = ["/usr/sbin/zpool", "list", "-Hp", "-o", "name,size,allocated,free,health"];

/// Reads `zpool list -Hp -o name,size,allocated,free,health`: columns apart by tabs; nothing where there is no pool.
pub fn list(text: &str, _: &[String], volumes: &mut Volumes) -> Result<(), Failure> {
    for line in lines(text).filter(|line| !line.text().is_empty()) {
        let columns: Vec<Field> = line.text().split('\t').map(Field::new).collect();
        let [name, all, used, free, health] = &columns[..] else {
            let message = format!("has {} columns: grant -o name,size,allocated,free,health", columns.len());
            return Err(line.error(&message).into());
        };
        let volume = volumes.volume(&format!("zfs/{}", name.text()));
        if let Err(error) = pool(volume, all, used, free, health.text()) {
            volume.broken = Some(ParseError { line: line.line(), column: 0, ..error }.into());
        }
    }
    Ok(())
}

fn pool(volume: &mut Volume, all: &Field, used: &Field, free: &Field, health: &str) -> Result<(), ParseError> {
    volume.fact(health, judged(health));
    // Of a pool that cannot be opened there are no sizes.
    if all.text() == "-" {
        return Ok(());
    }
    let (all, used, free): (u64, u64, u64) = (all.integer()?, used.integer()?, free.integer()?);
    volume.size = Some(all);
    volume.free = Some(free);
    let percent = if all > 0 { used as f64 / all as f64 * 100.0 } else { 0.0 };
    volume.used_percent = Some(percent);
    volume.fact(format!("{} of {} used, {}%", size(used), size(all), decimal(percent, 0)), Status::Ok);
    Ok(())
}

fn judged(health: &str) -> Status {
    match health {
        "ONLINE" => Status::Ok,
        "DEGRADED" => Status::Warning,
        "FAULTED" | "UNAVAIL" | "SUSPENDED" | "REMOVED" | "OFFLINE" => Status::Critical,
        _ => Status::Unknown,
    }
}

/// Reads `zpool status -p`: a part for each pool, which ends with a line of errors.
pub fn status(text: &str, _: &[String], volumes: &mut Volumes) -> Result<(), Failure> {
    let mut pool: Option<String> = None;
    let mut in_devices = false;
    for line in lines(text).filter(|line| !line.trimmed().text().is_empty()) {
        let (key, value) = line.text().split_once(':').map_or(("", ""), |(key, value)| (key.trim(), value.trim()));
        match (&pool, key) {
            (None, "pool") => pool = Some(format!("zfs/{value}")),
            (None, _) if line.text().trim() == "no pools available" => return Ok(()),
            (None, _) => return Err(line.error("stands before any pool").into()),
            (Some(label), "pool") => return Err(cut_off(label)),
            (Some(label), "state") if !in_devices => volumes.volume(label).fact(value, judged(value)),
            (Some(label), "scan") if value.contains("in progress") => {
                volumes.volume(label).fact(value.split(" since").next().unwrap_or(value), Status::Ok);
            }
            (Some(label), "errors") => {
                if value != "No known data errors" {
                    volumes.volume(label).fact(format!("errors: {value}"), Status::Critical);
                }
                (pool, in_devices) = (None, false);
            }
            (Some(_), _) if line.text().split_whitespace().eq(["NAME", "STATE", "READ", "WRITE", "CKSUM"]) => {
                in_devices = true;
            }
            (Some(label), _) if in_devices => {
                let volume = volumes.volume(label);
                if let Err(error) = device(volume, label, &Row::of(line)) {
                    volume.broken = Some(error.into());
                }
            }
            _ => {}
        }
    }
    if text.trim().is_empty() {
        return Err(Failure::new("nothing was printed, not even that there is no pool"));
    }
    pool.map_or(Ok(()), |label| Err(cut_off(&label)))
}

fn cut_off(label: &str) -> Failure {
    Failure::new(format!("{label} has no line \"errors\": the list was cut off"))
}

/// Tells whether a row is of a spare: it has no counts, and may say more in words: `sdd UNAVAIL cannot open`.
fn is_spare(state: &str, words: &[Field]) -> bool {
    let has_counts = words.first().is_some_and(|it| it.text().starts_with(|it: char| it.is_ascii_digit()));
    !has_counts && matches!(state, "AVAIL" | "INUSE" | "UNAVAIL" | "FAULTED" | "REMOVED" | "OFFLINE")
}

/// Notes a device with its state and errors; a heading such as `logs` has no counts. The first row is
/// the pool itself.
fn device(volume: &mut Volume, label: &str, row: &Row) -> Result<(), ParseError> {
    if let [name, state, words @ ..] = row.columns()
        && is_spare(state.text(), words)
    {
        if !matches!(state.text(), "AVAIL" | "INUSE") {
            volume.fact(format!("spare {} {}", name.text(), state.text()), Status::Warning);
        }
        return Ok(());
    }
    let [name, state, read, write, checksum, ..] = row.columns() else {
        return match row.columns() {
            [name, ..] if row.columns().len() > 2 => Err(name.error("has a state, and not all of its three counts")),
            _ => Ok(()),
        };
    };
    let counts: [u64; 3] = [read.integer()?, write.integer()?, checksum.integer()?];
    let errors = counts.iter().fold(0, |sum: u64, count| sum.saturating_add(*count));
    if label.strip_prefix("zfs/") == Some(name.text()) {
        return Ok(());
    }
    // What it means for the pool, the pool's own state says.
    if !matches!(state.text(), "ONLINE" | "AVAIL" | "INUSE") {
        volume.fact(format!("{} {}", name.text(), state.text()), Status::Warning);
    }
    if errors > 0 {
        volume.fact(format!("{errors} errors of {}", name.text()), Status::Warning);
    }
    if !volume.devices.iter().any(|(device, _)| device == name.text()) {
        volume.devices.push((name.text().to_owned(), errors));
    }
    Ok(())
}
