//! Values as people read them, with the unit in which they are short.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use roundsman_contract::Unit;

const KIB: f64 = 1024.0;

/// Returns a value as people read it, such as `1.5 GiB`, `12 ms`, `97.2%`, `3 dBm`; at most this many decimals, fewer where
/// they are zero.
#[must_use]
pub fn for_people(value: f64, unit: &Unit, decimals: usize) -> String {
    rounded(value, unit, decimals).0
}

/// The time at which something is shown, and the zone by whose clock times are shown.
#[derive(Debug, Clone)]
pub struct Now {
    pub at: Timestamp,
    pub zone: TimeZone,
}

/// By UTC.
impl From<Timestamp> for Now {
    fn from(at: Timestamp) -> Self {
        Self { at, zone: TimeZone::UTC }
    }
}

impl Now {
    /// Returns a time, to the second: `2026-11-22T19:14:03Z`, or with the offset of the zone `2026-11-22T20:14:03+01:00`.
    #[must_use]
    pub fn show(&self, at: Timestamp) -> String {
        if self.zone == TimeZone::UTC {
            return format!("{at:.0}");
        }
        at.to_zoned(self.zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }
}

/// Formats the time between two times, such as `40 s` or `3 d`; never less than 0 s, as clocks go back.
#[must_use]
pub fn time_between(from: jiff::Timestamp, to: jiff::Timestamp) -> String {
    for_people(to.duration_since(from).as_secs_f64().round().max(0.0), &Unit::Seconds, 0)
}

/// Does as [`for_people`], with as few decimals as show on which side of a bound the value is: `90.01%` is not written as
/// `90%` where 90 is still in order. `shows` is asked whether a rounded value, in base units, will do.
#[must_use]
pub(crate) fn for_people_where(value: f64, unit: &Unit, shows: impl Fn(f64) -> bool) -> String {
    const MOST_DECIMALS: usize = 9;
    (DECIMALS..MOST_DECIMALS)
        .map(|decimals| rounded(value, unit, decimals))
        .find(|(_, rounded)| shows(*rounded))
        .map_or_else(|| for_people(value, unit, MOST_DECIMALS), |(text, _)| text)
}

/// Decimals of a value in a text, where nothing asks for more.
pub const DECIMALS: usize = 1;

/// Returns the text, and the value that it says, in base units.
fn rounded(value: f64, unit: &Unit, decimals: usize) -> (String, f64) {
    let scales: &[(f64, &str)] = match unit {
        Unit::Number => &[(1.0, "")],
        Unit::Percent => &[(1.0, "%")],
        Unit::Celsius => &[(1.0, " °C")],
        Unit::Other(symbol) => {
            let text = plain(value, decimals);
            let says = text.parse().unwrap_or(value);
            return (if symbol.is_empty() { text } else { format!("{text} {symbol}") }, says);
        }
        Unit::Bytes => &[
            (1.0, " B"),
            (KIB, " KiB"),
            (KIB * KIB, " MiB"),
            (KIB * KIB * KIB, " GiB"),
            (KIB * KIB * KIB * KIB, " TiB"),
        ],
        Unit::Seconds => {
            &[(0.000_001, " µs"), (0.001, " ms"), (1.0, " s"), (60.0, " min"), (3_600.0, " h"), (86_400.0, " d")]
        }
    };
    // Zero is written in the base unit; everything else in the largest in which it is at least one, or two where a
    // step is no thousand: 25 hours are not "1 d".
    let base = scales.iter().find(|(factor, _)| (*factor - 1.0).abs() < f64::EPSILON).copied().unwrap_or((1.0, ""));
    let (factor, symbol) = if value == 0.0 || !value.is_finite() {
        base
    } else {
        let least = |factor: f64| if *unit == Unit::Seconds && factor > 1.0 { 2.0 } else { 1.0 };
        let reaches = |factor: f64| {
            plain(value.abs() / factor, decimals).parse().is_ok_and(|scaled: f64| scaled >= least(factor))
        };
        scales.iter().rev().find(|(factor, _)| reaches(*factor)).or(scales.first()).copied().unwrap_or(base)
    };
    let text = plain(value / factor, decimals);
    let says = text.parse::<f64>().map_or(value, |scaled| scaled * factor);
    (format!("{text}{symbol}"), says)
}

/// Returns a number without exponent, without zeros at the end of its decimals, and without a negative zero.
fn plain(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_for_people() {
        for (value, unit, text) in [
            (0.0, Unit::Bytes, "0 B"),
            (512.0, Unit::Bytes, "512 B"),
            (1_610_612_736.0, Unit::Bytes, "1.5 GiB"),
            (1_048_575.0, Unit::Bytes, "1 MiB"),
            (-2_048.0, Unit::Bytes, "-2 KiB"),
            (3e15, Unit::Bytes, "2728.5 TiB"),
            (0.012, Unit::Seconds, "12 ms"),
            (0.000_05, Unit::Seconds, "50 µs"),
            (1e-12, Unit::Seconds, "0 µs"),
            (0.0, Unit::Seconds, "0 s"),
            (14.0, Unit::Seconds, "14 s"),
            (59.99, Unit::Seconds, "60 s"),
            (150.0, Unit::Seconds, "2.5 min"),
            (90_000.0, Unit::Seconds, "25 h"),
            (172_800.0, Unit::Seconds, "2 d"),
            (97.24, Unit::Percent, "97.2%"),
            (41.0, Unit::Celsius, "41 °C"),
            (-3.06, Unit::Other("dBm".to_owned()), "-3.1 dBm"),
            (5.0, Unit::Other(String::new()), "5"),
            (1e15, Unit::Number, "1000000000000000"),
            (-0.01, Unit::Number, "0"),
            (f64::NAN, Unit::Bytes, "NaN B"),
            (f64::INFINITY, Unit::Seconds, "inf s"),
        ] {
            assert_eq!(for_people(value, &unit, DECIMALS), text);
        }
    }

    #[test]
    fn times_have_the_offset_of_their_zone() {
        let at: Timestamp = "2026-11-22T19:14:03.9Z".parse().unwrap();
        assert_eq!(Now::from(at).show(at), "2026-11-22T19:14:03Z");
        let zone = TimeZone::fixed(jiff::tz::Offset::constant(1));
        assert_eq!(Now { at, zone }.show(at), "2026-11-22T20:14:03+01:00");
    }

    #[test]
    fn a_value_shows_on_which_side_it_is() {
        assert_eq!(for_people_where(90.004, &Unit::Percent, |value| value > 90.0), "90.004%");
        assert_eq!(for_people_where(97.24, &Unit::Percent, |value| value > 90.0), "97.2%");
        assert_eq!(for_people_where(1e-30, &Unit::Number, |value| value > 0.0), "0");
    }

    proptest! {
        #[test]
        fn no_value_panics_or_has_an_exponent(value in any::<f64>(), decimals in 0_usize..12) {
            let text = for_people(value, &Unit::Bytes, decimals);
            prop_assert!(!text.contains('e'), "{}", text);
        }

        #[test]
        fn what_is_shown_is_near(value in -1e15..1e15_f64) {
            for unit in [Unit::Number, Unit::Bytes, Unit::Seconds] {
                let (text, says) = rounded(value, &unit, 2);
                prop_assert!((says - value).abs() <= value.abs() * 0.01 + 0.01, "{} for {}", text, value);
            }
        }
    }
}
