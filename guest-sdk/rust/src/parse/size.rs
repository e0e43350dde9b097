//! Sizes with a unit.

use super::{Field, ParseError};

const DECIMAL: [&str; 5] = ["", "k", "M", "G", "T"];

impl Field<'_> {
    /// Returns bytes from a size with its unit: `512 B`, `4 KiB` (1024), `12kB` or `12 KB` (1000), up to `TiB` and `TB`.
    /// A bare `K`, `M` or `G` means one here and the other there, so it is an error, as is a number alone. What is
    /// not a whole number of bytes (`1.3 KiB`) is rounded to one.
    pub fn size(&self) -> Result<u64, ParseError> {
        let (number, unit) = self.number_and_unit();
        let factor = factor(unit.text()).ok_or_else(|| unit.error("is no unit of size: B, kB, KiB, MB, MiB, …"))?;
        if let Ok(whole) = number.integer::<u64>() {
            return whole.checked_mul(factor).ok_or_else(|| self.error("is out of range for a size"));
        }
        let bytes = number.decimal()? * factor as f64;
        // 2^63: whatever is below fits, and no file system is larger.
        if (0.0..9_223_372_036_854_775_808.0).contains(&bytes) {
            Ok(bytes.round() as u64)
        } else {
            Err(self.error("is out of range for a size"))
        }
    }

    /// Returns bytes from the `kB` of the kernel's files in `/proc`, which are 1024 bytes each (proc(5)).
    pub fn kernel_kilobytes(&self) -> Result<u64, ParseError> {
        let number = self.without_end("kB")?.trimmed();
        number.integer::<u64>()?.checked_mul(1024).ok_or_else(|| self.error("is out of range for a size"))
    }

    fn number_and_unit(&self) -> (Field<'_>, Field<'_>) {
        let end = self.text().find(|it: char| it.is_ascii_alphabetic() || it.is_whitespace());
        let end = end.unwrap_or(self.text().len());
        (self.part(0, end), self.part(end, self.text().len()).trimmed())
    }
}

fn factor(unit: &str) -> Option<u64> {
    if unit == "KB" {
        return Some(1000);
    }
    let scale = |base: u64, prefix: &str| {
        let power = DECIMAL.iter().position(|it| *it == prefix)?;
        base.checked_pow(power as u32)
    };
    match unit.strip_suffix("iB") {
        Some("K") => Some(1024),
        Some("" | "k") => None,
        Some(prefix) => scale(1024, prefix),
        None => scale(1000, unit.strip_suffix('B')?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_with_their_units() {
        let cases = [
            ("0 B", 0),
            ("4 KiB", 4096),
            ("12kB", 12_000),
            ("12 KB", 12_000),
            ("1.5 GiB", 1_610_612_736),
            ("1.3 KiB", 1331),
            ("2 TB", 2_000_000_000_000),
            ("18446744073709551615 B", u64::MAX),
        ];
        for (text, bytes) in cases {
            assert_eq!(Field::new(text).size(), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn what_is_not_clear_is_an_error() {
        for wrong in
            ["", "5", "5K", "5 G", "B", "-1 B", "-1.5 kB", "5 iB", "5 kiB", "5 kb", "1e3", "NaN B", "5 B B", "9e99 TiB"]
        {
            assert!(Field::new(wrong).size().is_err(), "{wrong:?}");
        }
        assert!(Field::new("18446744073709551615 KiB").size().is_err());
    }

    #[test]
    fn the_kernels_kilobytes_are_1024_bytes() {
        assert_eq!(Field::new("24684084 kB").kernel_kilobytes(), Ok(24_684_084 * 1024));
        for wrong in ["24684084", "kB", "1 KB", "1.5 kB", "18446744073709551615 kB"] {
            assert!(Field::new(wrong).kernel_kilobytes().is_err(), "{wrong:?}");
        }
    }
}
