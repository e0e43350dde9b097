//! `/proc/meminfo` (proc(5)), as far as this check needs it.

use roundsman_sdk::parse::{KeyValues, ParseError, key_values};

#[derive(Debug, PartialEq)]
pub struct Meminfo {
    pub memory: Area,
    pub swap: Area,
}

/// Bytes of memory or of swap; `available` is at most `total`.
#[derive(Debug, PartialEq)]
pub struct Area {
    pub total: u64,
    pub available: u64,
}

pub fn parse(text: &str) -> Result<Meminfo, ParseError> {
    let all = key_values(text, ':')?;
    let memory = Area::of(&all, "MemTotal", "MemAvailable")?;
    if memory.total == 0 {
        return Err(all.get("MemTotal")?.error("is not the memory of a host"));
    }
    Ok(Meminfo { memory, swap: Area::of(&all, "SwapTotal", "SwapFree")? })
}

impl Area {
    fn of(all: &KeyValues, total: &str, available: &str) -> Result<Self, ParseError> {
        let area =
            Self { total: all.get(total)?.kernel_kilobytes()?, available: all.get(available)?.kernel_kilobytes()? };
        if area.available > area.total {
            return Err(all.get(available)?.error(&format!("is more than {total}")));
        }
        Ok(area)
    }

    pub fn used(&self) -> u64 {
        self.total - self.available
    }

    /// Nothing where there is no such area.
    pub fn used_percent(&self) -> Option<f64> {
        (self.total > 0).then(|| self.used() as f64 / self.total as f64 * 100.0)
    }
}
