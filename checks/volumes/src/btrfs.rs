//! The reports of btrfs: what it tells of a mounted file system (btrfs-device(8), btrfs-filesystem(8)).

use roundsman_sdk::parse::{ParseError, document, lines};
use roundsman_sdk::text::size;
use roundsman_sdk::{Failure, Status};

use crate::volume::{Volume, Volumes};

/// The counters that each device has; later versions may have more, which end alike.
const COUNTERS: [&str; 5] = ["write_io_errs", "read_io_errs", "flush_io_errs", "corruption_errs", "generation_errs"];

/// Reads `btrfs [--format json] device stats MOUNT`: counts of errors that last until they are reset.
pub fn stats(text: &str, argv: &[String], volumes: &mut Volumes) -> Result<(), Failure> {
    let volume = volumes.volume(&label(argv));
    if text.trim_start().starts_with('{') {
        json_stats(text, volume)?
    } else {
        text_stats(text, volume)?
    }
    if volume.devices.is_empty() {
        return Err(Failure::new("no device is listed"));
    }
    for (device, errors) in volume.devices.clone().into_iter().filter(|(_, errors)| *errors > 0) {
        volume.fact(format!("{errors} errors of {device}"), Status::Warning);
    }
    if volume.facts.is_empty() {
        volume.fact("no errors", Status::Ok);
    }
    Ok(())
}

fn json_stats(text: &str, volume: &mut Volume) -> Result<(), ParseError> {
    let document = document(text)?;
    for device in document.root().get("device-stats")?.items()? {
        COUNTERS.iter().try_for_each(|key| device.get(key).map(drop))?;
        for (_, counter) in device.members()?.iter().filter(|(key, _)| key.ends_with("_errs")) {
            add(volume, device.get("device")?.text()?, counter.natural_or_text()?);
        }
    }
    Ok(())
}

/// Reads `[/dev/sda].write_io_errs    0`, of versions before 5.15.
fn text_stats(text: &str, volume: &mut Volume) -> Result<(), ParseError> {
    let mut named: Vec<(String, String)> = Vec::new();
    for line in lines(text).filter(|line| !line.text().is_empty()) {
        let (device, counter) = line.split_once(']')?;
        let (name, count) = counter.split_once(' ')?;
        let device = device.text().trim_start_matches('[');
        add(volume, device, count.trimmed().integer()?);
        named.push((device.to_owned(), name.text().trim_start_matches('.').to_owned()));
    }
    for (device, _) in &volume.devices {
        let has = |key: &str| named.iter().any(|(of, name)| of == device && name == key);
        if let Some(key) = COUNTERS.into_iter().find(|key| !has(key)) {
            return Err(ParseError::whole(format!("[{device}] has no {key:?}")));
        }
    }
    Ok(())
}

fn add(volume: &mut Volume, device: &str, errors: u64) {
    match volume.devices.iter_mut().find(|(it, _)| it == device) {
        Some((_, sum)) => *sum = sum.saturating_add(errors),
        None => volume.devices.push((device.to_owned(), errors)),
    }
}

/// Reads `btrfs --format json filesystem df MOUNT`: space that is allocated for each kind of block, and used of that.
pub fn space(text: &str, argv: &[String], volumes: &mut Volumes) -> Result<(), Failure> {
    let volume = volumes.volume(&label(argv));
    let document = document(text)?;
    for group in document.root().get("filesystem-df")?.items()? {
        let kind = group.get("bg-type")?.text()?;
        let (total, used) = (group.get("total")?.natural_or_text()?, group.get("used")?.natural_or_text()?);
        if matches!(kind, "Data" | "Metadata") {
            let profile = group.get("bg-profile")?.text()?;
            volume.fact(format!("{kind} {profile}: {} of {} allocated used", size(used), size(total)), Status::Ok);
        }
    }
    Ok(())
}

/// Returns the mount point, which is the last argument.
fn label(argv: &[String]) -> String {
    format!("btrfs{}", argv.last().map(String::as_str).unwrap_or_default())
}
