//! Units of measurement as plugins print them; their case counts.

/// Kind of quantity, in base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// A count, or anything whose unit is not known.
    Number,
    Seconds,
    Percent,
    Bytes,
    /// Of a counter that only rises.
    Events,
    Celsius,
}

/// Conversion of a unit to its base unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conversion {
    pub quantity: Quantity,
    pub scale: Scale,
}

/// The way from a printed number to the base unit. A fraction is divided, so that 5 ms are the number that `0.005` is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    Times(f64),
    Over(f64),
    Fahrenheit,
}

impl Scale {
    /// Returns a printed number in the base unit.
    #[must_use]
    pub fn to_base(self, printed: f64) -> f64 {
        match self {
            Self::Times(factor) => printed * factor,
            Self::Over(divisor) => printed / divisor,
            Self::Fahrenheit => (printed - 32.0) * 5.0 / 9.0,
        }
    }

    /// A number of the base unit as it would be printed.
    #[must_use]
    pub fn from_base(self, base: f64) -> f64 {
        match self {
            Self::Times(factor) => base / factor,
            Self::Over(divisor) => base * divisor,
            Self::Fahrenheit => base * 9.0 / 5.0 + 32.0,
        }
    }
}

/// Returns the conversion of a unit that the field knows; without a unit, a plain number. With `kibi`, KB to EB are × 1024,
/// as plugins mean them; without, × 1000. `m` is none: minutes to some, metres or thousandths to others.
#[must_use]
pub fn known(unit: &str, kibi: bool) -> Option<Conversion> {
    use Quantity::{Bytes, Celsius, Events, Number, Percent, Seconds};
    use Scale::{Fahrenheit, Over, Times};
    let (quantity, scale) = match unit {
        "" => (Number, Times(1.0)),
        "s" => (Seconds, Times(1.0)),
        "ms" => (Seconds, Over(1e3)),
        // The micro sign, and the Greek letter that looks like it.
        "us" | "\u{b5}s" | "\u{3bc}s" => (Seconds, Over(1e6)),
        "ns" => (Seconds, Over(1e9)),
        "min" => (Seconds, Times(60.0)),
        "h" => (Seconds, Times(3_600.0)),
        "d" => (Seconds, Times(86_400.0)),
        "%" => (Percent, Times(1.0)),
        "c" => (Events, Times(1.0)),
        "C" => (Celsius, Times(1.0)),
        "F" => (Celsius, Fahrenheit),
        _ => (Bytes, Times(bytes(unit, kibi)?)),
    };
    Some(Conversion { quantity, scale })
}

fn bytes(unit: &str, kibi: bool) -> Option<f64> {
    const PREFIXES: [&str; 6] = ["K", "M", "G", "T", "P", "E"];
    let prefix = unit.strip_suffix('B')?;
    let (prefix, base) = match prefix.strip_suffix('i') {
        Some(binary) => (binary, 1024.0_f64),
        None if prefix.is_empty() => return Some(1.0),
        None if prefix == "k" => ("K", if kibi { 1024.0 } else { 1000.0 }),
        None => (prefix, if kibi { 1024.0 } else { 1000.0 }),
    };
    let power = PREFIXES.iter().position(|known| *known == prefix)?;
    Some((0..power).fold(base, |factor, _| factor * base))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_powers_and_small_k_is_only_for_kilobytes() {
        for (unit, kibi, factor) in [
            ("B", true, Some(1.0)),
            ("KB", true, Some(1024.0)),
            ("kB", false, Some(1000.0)),
            ("EB", false, Some(1e18)),
            ("EiB", false, Some(1_152_921_504_606_846_976.0)),
            ("kiB", true, None),
            ("mB", true, None),
            ("iB", true, None),
            ("ZB", true, None),
        ] {
            assert_eq!(bytes(unit, kibi), factor, "{unit}");
        }
    }

    #[test]
    fn what_is_brought_to_the_base_unit_comes_back() {
        for unit in ["s", "ms", "us", "\u{b5}s", "ns", "min", "h", "d", "%", "c", "C", "F", "", "KB", "MiB", "TB"] {
            let Conversion { scale, .. } = known(unit, true).unwrap();
            for printed in [0.0, 1.0, 5.0, -40.0, 212.0, 1024.0] {
                let back = scale.from_base(scale.to_base(printed));
                assert!((back - printed).abs() < 1e-9, "{printed}{unit}: {back}");
            }
        }
        assert_eq!(known("m", true), None);
        assert_eq!(known("ms", true).unwrap().scale.to_base(5.0), 0.005);
        assert_eq!(known("ms", true).unwrap().scale.from_base(0.3), 300.0);
    }
}
