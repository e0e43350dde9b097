//! `/proc/diskstats` (the kernel's iostats.rst): a device a line, with 11 counters, and more since Linux 4.18.

use roundsman_sdk::parse::{ParseError, Row, rows};

/// Bytes of a sector here, whatever the disk has.
const SECTOR: u64 = 512;

#[derive(Clone, Debug, PartialEq)]
pub struct Disk {
    /// Name of the device in the kernel.
    pub device: String,
    /// Name that is shown: that of the volume, or else of the device.
    pub name: String,
    pub reads: u64,
    pub bytes_read: u64,
    /// Milliseconds that reads took, all together.
    pub reading: u64,
    pub writes: u64,
    pub bytes_written: u64,
    pub writing: u64,
    /// Requests under way now.
    pub under_way: u64,
    /// Milliseconds in which any request was under way.
    pub busy: u64,
    /// Milliseconds times the requests that were under way.
    pub weighted: u64,
}

/// The devices, and an error for each line that is none.
pub fn parse(text: &str) -> (Vec<Disk>, Vec<ParseError>) {
    let (mut disks, mut odd) = (Vec::new(), Vec::new());
    for row in rows(text) {
        match disk(&row) {
            Ok(disk) => disks.push(disk),
            Err(error) => odd.push(error),
        }
    }
    if disks.is_empty() && odd.is_empty() {
        odd.push(ParseError::whole("the text is empty"));
    }
    (disks, odd)
}

fn disk(row: &Row) -> Result<Disk, ParseError> {
    let number = |column: usize| row.column(column)?.integer::<u64>();
    let bytes = |column: usize| {
        let sectors = number(column)?.checked_mul(SECTOR);
        sectors.ok_or_else(|| row.columns()[column].error("is out of range for sectors of 512 bytes"))
    };
    let device = row.column(2)?.text().to_owned();
    Ok(Disk {
        name: device.clone(),
        device,
        reads: number(3)?,
        bytes_read: bytes(5)?,
        reading: number(6)?,
        writes: number(7)?,
        bytes_written: bytes(9)?,
        writing: number(10)?,
        under_way: number(11)?,
        busy: number(12)?,
        weighted: number(13)?,
    })
}

impl Disk {
    /// Its counters with keys that are unique among all disks.
    pub fn series(&self) -> [(String, u64); 8] {
        let counters = [
            ("reads", self.reads),
            ("bytes_read", self.bytes_read),
            ("reading", self.reading),
            ("writes", self.writes),
            ("bytes_written", self.bytes_written),
            ("writing", self.writing),
            ("busy", self.busy),
            ("weighted", self.weighted),
        ];
        counters.map(|(counter, value)| (self.key(counter), value))
    }

    pub fn key(&self, counter: &str) -> String {
        format!("{}/{counter}", self.name)
    }
}
