//! The reports of LVM: what it tells of its volumes and groups as JSON (lvmreport(7)): numbers are texts there.

use roundsman_sdk::parse::{Node, ParseError, document};
use roundsman_sdk::text::{decimal, size};
use roundsman_sdk::{Failure, Status};

use crate::volume::{Volume, Volumes};

pub const LVS: [&str; 8] = [
    "/usr/sbin/lvs",
    "--reportformat",
    "json",
    "--units",
    "b",
    "--nosuffix",
    "-o",
    "vg_name,lv_name,lv_attr,lv_size,data_percent,metadata_percent,copy_percent,lv_health_status",
];
pub const VGS: [&str; 8] = [
    "/usr/sbin/vgs",
    "--reportformat",
    "json",
    "--units",
    "b",
    "--nosuffix",
    "-o",
    "vg_name,vg_size,vg_free,vg_missing_pv_count",
];

/// Reads a report of `lvs`.
pub fn volumes(text: &str, _: &[String], volumes: &mut Volumes) -> Result<(), Failure> {
    each(text, "lv", |row| {
        let label = format!("lvm/{}/{}", row.get("vg_name")?.text()?, row.get("lv_name")?.text()?);
        let volume = volumes.volume(&label);
        volume.broken = volume_of(row, volume).err().map(Failure::from);
        Ok(())
    })
}

/// Reads a report of `vgs`.
pub fn groups(text: &str, _: &[String], volumes: &mut Volumes) -> Result<(), Failure> {
    each(text, "vg", |row| {
        let volume = volumes.volume(&format!("lvm/{}", row.get("vg_name")?.text()?));
        volume.broken = group_of(row, volume).err().map(Failure::from);
        Ok(())
    })
}

/// Looks at each row of the report's part `kind`, which must be there.
fn each(text: &str, kind: &str, mut row: impl FnMut(&Node) -> Result<(), ParseError>) -> Result<(), Failure> {
    let document = document(text)?;
    let reports = document.root().get("report")?.items()?;
    if reports.is_empty() {
        return Err(Failure::new("the report is empty"));
    }
    for report in &reports {
        report.get(kind)?.items()?.iter().try_for_each(&mut row)?;
    }
    Ok(())
}

fn group_of(row: &Node, volume: &mut Volume) -> Result<(), ParseError> {
    let (all, free) = (row.get("vg_size")?.natural_or_text()?, row.get("vg_free")?.natural_or_text()?);
    volume.size = Some(all);
    volume.free = Some(free);
    volume.fact(format!("{} of {} free", size(free), size(all)), Status::Ok);
    let missing = row.get("vg_missing_pv_count")?.natural_or_text()?;
    if missing > 0 {
        // What it costs, each of its volumes says.
        volume.fact(format!("{missing} devices are missing"), Status::Warning);
    }
    Ok(())
}

fn volume_of(row: &Node, volume: &mut Volume) -> Result<(), ParseError> {
    let bytes = row.get("lv_size")?.natural_or_text()?;
    let attributes = row.get("lv_attr")?.text()?.as_bytes();
    let attribute = |at: usize| attributes.get(at).copied().unwrap_or(b'-');
    volume.size = Some(bytes);
    volume.must_have_room = attribute(0) == b't';
    volume.fact(size(bytes), Status::Ok);
    volume.used_percent = percent(row, "data_percent")?;
    volume.metadata_percent = percent(row, "metadata_percent")?;
    for (value, what) in [(volume.used_percent, "used"), (volume.metadata_percent, "of metadata used")] {
        if let Some(value) = value {
            volume.fact(format!("{}% {what}", decimal(value, 1)), Status::Ok);
        }
    }
    // Of one that is not active LVM knows no percentages.
    let active = attribute(4) == b'a';
    if active && matches!(attribute(0), b't' | b'V' | b's') && volume.used_percent.is_none() {
        return Err(row.error("is active, and has no \"data_percent\""));
    }
    if active && volume.must_have_room && volume.metadata_percent.is_none() {
        return Err(row.error("is an active thin pool, and has no \"metadata_percent\""));
    }
    let has_copies = matches!(attribute(0), b'r' | b'R' | b'm' | b'M');
    if let Some(copied) = percent(row, "copy_percent")?.filter(|copied| has_copies && *copied < 100.0) {
        volume.fact(format!("{}% synchronised", decimal(copied, 1)), Status::Warning);
    }
    if matches!(attribute(4), b'I' | b'S') {
        volume.fact("the snapshot was full and is lost", Status::Critical);
    }
    let told = row.find("lv_health_status")?.map(|it| it.text()).transpose()?.filter(|it| !it.is_empty());
    if let Some(health) = told.or(health(attribute(8))) {
        volume.fact(health, judged(health, has_copies));
    }
    Ok(())
}

/// Returns a percentage; `None` of what has none, or is not active.
fn percent(row: &Node, key: &str) -> Result<Option<f64>, ParseError> {
    match row.find(key)? {
        Some(text) if !text.text()?.is_empty() => {
            text.field()?.decimal().map(Some).map_err(|error| text.error(&error.message))
        }
        _ => Ok(None),
    }
}

/// Returns the ninth attribute (lvs(8)), in the words of `lv_health_status`, which versions before 2.02.108 do not
/// tell.
fn health(attribute: u8) -> Option<&'static str> {
    Some(match attribute {
        b'p' => "partial",
        b'r' => "refresh needed",
        b'm' => "mismatches exist",
        b'F' => "failed",
        b'D' => "out_of_data",
        b'M' => "metadata_read_only",
        b'X' => "unknown",
        _ => return None,
    })
}

/// Judges a health in words: a part that is missing leaves a volume with copies degraded, and another without what was
/// there.
fn judged(health: &str, has_copies: bool) -> Status {
    match health {
        "partial" if !has_copies => Status::Critical,
        "failed" | "out_of_data" | "metadata_read_only" => Status::Critical,
        "unknown" => Status::Unknown,
        _ => Status::Warning,
    }
}
