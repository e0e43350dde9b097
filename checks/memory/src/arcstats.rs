//! `/proc/spl/kstat/zfs/arcstats`: what the cache of ZFS takes. A line of numbers, one of titles, then name, type and value.

use roundsman_sdk::parse::{Field, ParseError, rows};

/// Bytes of the cache.
#[derive(Clone, Debug, PartialEq)]
pub struct Cache {
    pub size: u64,
    /// It gives back all but this much when others need memory.
    pub least: u64,
}

impl Cache {
    pub fn can_be_freed(&self) -> u64 {
        self.size.saturating_sub(self.least)
    }
}

pub fn parse(text: &str) -> Result<Cache, ParseError> {
    let value = |name: &str| -> Result<u64, ParseError> {
        let row = rows(text).find(|row| row.columns().first().map(Field::text) == Some(name));
        let row = row.ok_or_else(|| ParseError::whole(format!("there is no line \"{name}\"")))?;
        row.exactly::<3>()?[2].integer()
    };
    Ok(Cache { size: value("size")?, least: value("c_min")? })
}
