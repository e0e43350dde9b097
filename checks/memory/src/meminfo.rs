//! `/proc/meminfo` (proc(5)), as far as this check needs it.

use roundsman_sdk::parse::{KeyValues, ParseError, key_values};

/// Values of the kernel, each read by itself.
#[derive(Debug, PartialEq)]
pub struct Meminfo {
    pub memory: Result<Area, ParseError>,
    pub swap: Result<Area, ParseError>,
    /// `None` of a kernel without huge pages.
    pub huge: Result<Option<Area>, ParseError>,
}

/// Bytes of memory or of swap; `available` is at most `total`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    pub total: u64,
    pub available: u64,
}

pub fn parse(text: &str) -> Meminfo {
    let all = key_values(text, ':');
    let memory = Area::of(&all, "MemTotal", "MemAvailable").and_then(|it| match it.total {
        0 => Err(all.get("MemTotal")?.error("is not the memory of a host")),
        _ => Ok(it),
    });
    Meminfo { memory, swap: Area::of(&all, "SwapTotal", "SwapFree"), huge: huge_pages(&all) }
}

/// Pages that the operator set apart, of the default size, and of all sizes where the kernel tells so (4.15 and later).
/// Those of other sizes count as in use.
fn huge_pages(all: &KeyValues) -> Result<Option<Area>, ParseError> {
    if all.find("HugePages_Total")?.is_none() {
        return Ok(None);
    }
    let size = all.get("Hugepagesize")?;
    let bytes = |key: &str| {
        let count = all.get(key)?;
        let bytes = count.integer::<u64>()?.checked_mul(size.kernel_kilobytes()?);
        bytes.ok_or_else(|| count.error("is out of range for so large pages"))
    };
    let (total, available) = (bytes("HugePages_Total")?, bytes("HugePages_Free")?);
    if available > total {
        return Err(all.get("HugePages_Free")?.error("is more than HugePages_Total"));
    }
    let total = match all.find("Hugetlb")? {
        Some(of_all_sizes) => of_all_sizes.kernel_kilobytes()?.max(total),
        None => total,
    };
    Ok(Some(Area { total, available }))
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

    /// `None` where there is no such area.
    pub fn used_percent(&self) -> Option<f64> {
        (self.total > 0).then(|| self.used() as f64 / self.total as f64 * 100.0)
    }

    /// Subtracts reserved memory, such as huge pages, from the total.
    pub fn without(self, apart: u64) -> Self {
        let total = self.total.saturating_sub(apart);
        Self { total, available: self.available.min(total) }
    }

    /// Adds memory that a cache can free to the available memory.
    pub fn with_available(self, more: u64) -> Self {
        Self { available: self.available.saturating_add(more).min(self.total), ..self }
    }
}
