//! Ranges: which values alert, which texts are refused, and how a range is written.

use proptest::prelude::*;

use super::*;

fn range(text: &str) -> Range {
    RangeSpec::parse(text).unwrap().range
}

fn refusal(text: &str) -> String {
    RangeSpec::parse(text).expect_err(text).to_string()
}

/// The table of the monitoring plugins' guidelines, with both sides of each end.
#[test]
fn what_alerts() {
    let (alerts, fine) = (true, false);
    for (text, cases) in [
        ("10", &[(-0.1, alerts), (0.0, fine), (10.0, fine), (10.1, alerts)][..]),
        ("10:", &[(9.9, alerts), (10.0, fine), (f64::INFINITY, fine), (f64::NEG_INFINITY, alerts)]),
        ("~:10", &[(f64::NEG_INFINITY, fine), (10.0, fine), (10.1, alerts)]),
        (":10", &[(-0.1, alerts), (0.0, fine), (10.1, alerts)]),
        ("10:20", &[(9.9, alerts), (10.0, fine), (20.0, fine), (20.1, alerts)]),
        ("@10:20", &[(9.9, fine), (10.0, alerts), (20.0, alerts), (20.1, fine)]),
        ("@1:1", &[(0.9, fine), (1.0, alerts), (1.1, fine)]),
        ("@10", &[(-0.1, fine), (0.0, alerts), (10.0, alerts), (10.1, fine)]),
        ("~:", &[(f64::NEG_INFINITY, fine), (0.0, fine), (f64::INFINITY, fine)]),
        ("@~:", &[(f64::NEG_INFINITY, alerts), (0.0, alerts), (f64::INFINITY, alerts)]),
        ("0:0", &[(0.0, fine), (-0.0, fine), (1.0, alerts)]),
        ("-10.5:-2.5", &[(-10.6, alerts), (-10.5, fine), (-5.5, fine), (-2.5, fine), (-2.4, alerts)]),
        (".7", &[(0.7, fine), (0.71, alerts)]),
    ] {
        for (value, expected) in cases {
            assert_eq!(range(text).alerts(*value), *expected, "{text} of {value}");
        }
        assert!(!range(text).alerts(f64::NAN), "{text} of NaN");
    }
}

#[test]
fn refusals_teach() {
    for (text, message) in [
        ("", "`` is no range: it is empty; a range that never alerts is `~:`"),
        ("2:1", "`2:1` is no range: the start 2 is above the end 1"),
        ("1GiB:1MiB", "`1GiB:1MiB` is no range: the start 1GiB is above the end 1MiB"),
        ("1e3", "`1e3` is no range: `1e3` has an exponent; write the number out, or with a unit"),
        ("0x10", "`0x10` is no range: `0x10` is hexadecimal; write the number in decimal"),
        ("1,5", "`1,5` is no range: `1,5` has a comma; decimals are written with a point: `1.5`"),
        ("abc", "`abc` is no range: `abc` is no number; write digits, with a point where needed: `1.5`"),
        (
            "10:~",
            "`10:~` is no range: `~` is minus infinity and stands before the colon; for no upper end write nothing: `10:`",
        ),
        ("-5", "`-5` is no range: it would go from 0 to -5, which is below; for all up to -5 write `~:-5`"),
        (":-5", "`:-5` is no range: it would go from 0 to -5, which is below; for all up to -5 write `~:-5`"),
        ("10:20:30", "`10:20:30` is no range: it has more than one colon"),
        ("10 :20", "`10 :20` is no range: there is a blank in it"),
        ("10:20GiB", "`10:20GiB` is no range: 10 has no unit beside one in `GiB`; write `10GiB`"),
        ("1GiB:2h", "`1GiB:2h` is no range: `GiB` and `h` do not measure the same"),
    ] {
        assert_eq!(refusal(text), message);
    }
    for text in [":", "@", "@:", "~", "@~", "@@10", "1:2@", "~5:", "--5:", "1.", "5.:", "inf", "nan", "~:~", "１０"] {
        RangeSpec::parse(text).expect_err(text);
    }
}

#[test]
fn units() {
    for (text, low, high, dimension) in [
        ("50GiB:", 53_687_091_200.0, f64::INFINITY, Dimension::Bytes),
        ("512MiB:2GiB", 536_870_912.0, 2_147_483_648.0, Dimension::Bytes),
        ("0:2GiB", 0.0, 2_147_483_648.0, Dimension::Bytes),
        ("200ms", 0.0, 0.2, Dimension::Seconds),
        ("~:1.5h", f64::NEG_INFINITY, 5_400.0, Dimension::Seconds),
        ("10:20s", 10.0, 20.0, Dimension::Seconds),
        ("1:12%", 1.0, 12.0, Dimension::Percent),
    ] {
        let expected = RangeSpec { range: Range { low, high, inside: false }, dimension: Some(dimension) };
        assert_eq!(RangeSpec::parse(text), Ok(expected), "{text}");
    }
    let bytes = RangeSpec::parse("1KiB").unwrap();
    assert!(bytes.fits(&Unit::Bytes));
    assert!(!bytes.fits(&Unit::Number));
    assert!(RangeSpec::parse("1").unwrap().fits(&Unit::Other("dBm".to_owned())));
}

#[test]
fn numbers_of_toml() {
    assert_eq!(RangeSpec::from_number(80.0), RangeSpec::parse("80"));
    for (number, reason) in [
        (-1.0, "it would go from 0 to -1, which is below; for all up to -1 write `~:-1`"),
        (f64::INFINITY, "an end is a number; leave the end out where there is none: `10:`"),
        (f64::NAN, "an end is a number; leave the end out where there is none: `10:`"),
    ] {
        assert_eq!(RangeSpec::from_number(number).unwrap_err().reason, reason);
    }
}

#[test]
fn shortest_form() {
    for (text, shortest) in [
        ("0:10", "10"),
        (":10", "10"),
        ("10:", "10:"),
        ("0:", "0:"),
        ("-0:", "0:"),
        ("~:10", "~:10"),
        ("~:", "~:"),
        ("@0:10", "@10"),
        ("@5:6", "@5:6"),
        ("50GiB:", "53687091200:"),
        ("1.50:2", "1.5:2"),
    ] {
        assert_eq!(range(text).to_string(), shortest, "{text}");
    }
}

#[test]
fn ranges_for_people() {
    for (text, unit, shown) in [
        ("50GiB:", Unit::Bytes, "50GiB:"),
        ("1.5GiB:3TiB", Unit::Bytes, "1.5GiB:3TiB"),
        ("1000001", Unit::Bytes, "1000001"),
        ("1000001:2147483648", Unit::Bytes, "1000001:2147483648"),
        ("100:", Unit::Bytes, "100:"),
        ("0:", Unit::Bytes, "0:"),
        ("90", Unit::Seconds, "90s"),
        ("0.25", Unit::Seconds, "250ms"),
        ("2d:", Unit::Seconds, "2d:"),
        ("90%", Unit::Percent, "90"),
        ("1048576", Unit::Number, "1048576"),
    ] {
        assert_eq!(range(text).for_people(&unit), shown, "{text}");
    }
}

#[test]
fn ranges_of_components_may_be_nonsense() {
    let sound = |low, high| Range { low, high, inside: false }.is_sound();
    assert!(sound(f64::NEG_INFINITY, f64::INFINITY) && sound(1.0, 1.0));
    assert!(!sound(2.0, 1.0) && !sound(f64::NAN, 1.0) && !sound(0.0, f64::NAN));
    assert!(!sound(f64::INFINITY, f64::INFINITY) && !sound(f64::NEG_INFINITY, f64::NEG_INFINITY));
}

fn finite() -> impl Strategy<Value = f64> {
    prop_oneof![-100.0..100.0_f64, (-1_000_000_i64..1_000_000).prop_map(|whole| whole as f64 * 1024.0)]
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>(), close in "[@~:0-9.eGiBs%-]{0,8}") {
        let _ = (RangeSpec::parse(&text), RangeSpec::parse(&close));
    }

    #[test]
    fn shown_ranges_read_back(
        one in prop_oneof![finite(), Just(f64::NEG_INFINITY), Just(0.0)],
        other in prop_oneof![finite(), Just(f64::INFINITY)],
        inside: bool,
    ) {
        let range_of = Range { low: one.min(other), high: one.max(other), inside };
        prop_assert_eq!(range(&range_of.to_string()), range_of);
        for unit in [Unit::Bytes, Unit::Seconds, Unit::Percent, Unit::Number] {
            let again = RangeSpec::parse(&range_of.for_people(&unit)).unwrap();
            prop_assert_eq!(again.range, range_of);
            prop_assert!(again.fits(&unit));
        }
    }
}
