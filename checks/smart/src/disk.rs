//! One disk as smartctl tells of it. What a kind of disk does not tell is `None`.

use roundsman_sdk::parse::{Node, ParseError};

#[derive(Debug, Default, PartialEq)]
pub struct Disk {
    pub model: Option<String>,
    pub serial: Option<String>,
    pub healthy: Option<bool>,
    /// Attributes that are below their limit now.
    pub failing: Vec<String>,
    /// Bits of an NVMe disk that say what is wrong with it.
    pub warnings: u64,
    /// Degrees Celsius; may be below 0.
    pub temperature: Option<f64>,
    pub hours: Option<u64>,
    pub pending: Option<u64>,
    pub uncorrectable: Option<u64>,
    pub reallocated: Option<u64>,
    pub media_errors: Option<u64>,
    pub wear: Option<u64>,
    pub spare: Option<u64>,
    /// The key of the counts that each disk of its kind tells, where this one told none.
    pub lacks: Option<&'static str>,
}

const NVME_LOG: &str = "nvme_smart_health_information_log";
const ATA_TABLE: &str = "ata_smart_attributes";

/// Numbers of attributes of ATA disks that all vendors use alike.
const REALLOCATED: u64 = 5;
const PENDING: u64 = 197;
const UNCORRECTABLE: u64 = 198;

pub fn parse(root: &Node) -> Result<Disk, ParseError> {
    let mut disk = Disk {
        model: text(root, &["model_name"])?.or(text(root, &["scsi_model_name"])?),
        serial: text(root, &["serial_number"])?,
        healthy: at(root, &["smart_status", "passed"])?.map(|it| it.boolean()).transpose()?,
        temperature: at(root, &["temperature", "current"])?.map(|it| it.number()).transpose()?,
        hours: number(root, &["power_on_time", "hours"])?,
        wear: number(root, &["endurance_used", "current_percent"])?,
        ..Disk::default()
    };
    let protocol = text(root, &["device", "protocol"])?.unwrap_or_default();
    match root.find(NVME_LOG)? {
        Some(log) => nvme(&log, &mut disk)?,
        None => disk.lacks = (protocol == "NVMe").then_some(NVME_LOG),
    }
    match at(root, &[ATA_TABLE, "table"])? {
        Some(table) => table.items()?.iter().try_for_each(|attribute| ata(attribute, &mut disk))?,
        None => disk.lacks = disk.lacks.or((protocol == "ATA").then_some(ATA_TABLE)),
    }
    scsi(root, &mut disk)?;
    Ok(disk)
}

fn nvme(log: &Node, disk: &mut Disk) -> Result<(), ParseError> {
    disk.warnings = log.get("critical_warning")?.natural()?;
    disk.media_errors = Some(log.get("media_errors")?.natural()?);
    disk.wear = Some(log.get("percentage_used")?.natural()?);
    // Disks that keep no account of spare sectors say 0 of a limit of 0.
    let limit = log.get("available_spare_threshold")?.natural()?;
    disk.spare = Some(log.get("available_spare")?.natural()?).filter(|spare| *spare > 0 || limit != 0);
    Ok(())
}

fn ata(attribute: &Node, disk: &mut Disk) -> Result<(), ParseError> {
    let id = attribute.get("id")?.natural()?;
    if attribute.get("when_failed")?.text()? == "now" {
        disk.failing.push(text(attribute, &["name"])?.unwrap_or_else(|| format!("attribute {id}")));
    }
    let field = match id {
        REALLOCATED => &mut disk.reallocated,
        PENDING => &mut disk.pending,
        UNCORRECTABLE => &mut disk.uncorrectable,
        _ => return Ok(()),
    };
    // Some vendors keep other counts in the upper half of the 48 bits.
    *field = Some(attribute.get("raw")?.get("value")?.natural()? & u64::from(u32::MAX));
    Ok(())
}

fn scsi(root: &Node, disk: &mut Disk) -> Result<(), ParseError> {
    if let Some(grown) = number(root, &["scsi_grown_defect_list"])? {
        disk.reallocated = Some(grown);
    }
    if let Some(wear) = number(root, &["scsi_percentage_used_endurance_indicator"])? {
        disk.wear = Some(wear);
    }
    if let Some(log) = root.find("scsi_error_counter_log")? {
        let of = |kind: &str| Ok(number(&log, &[kind, "total_uncorrected_errors"])?.unwrap_or_default());
        let sum = ["read", "write", "verify"].into_iter().map(of).sum::<Result<u64, ParseError>>()?;
        disk.media_errors = Some(sum);
    }
    Ok(())
}

/// The value at the end of these keys; `None` where one of them is not there.
fn at<'a>(node: &Node<'a>, keys: &[&str]) -> Result<Option<Node<'a>>, ParseError> {
    let mut found = Some(node.clone());
    for key in keys {
        found = match found {
            Some(node) => node.find(key)?,
            None => return Ok(None),
        };
    }
    Ok(found)
}

fn number(node: &Node, keys: &[&str]) -> Result<Option<u64>, ParseError> {
    at(node, keys)?.map(|it| it.natural()).transpose()
}

fn text(node: &Node, keys: &[&str]) -> Result<Option<String>, ParseError> {
    at(node, keys)?.map(|it| Ok(it.text()?.trim().to_owned())).transpose()
}
