//! Ranges as Nagios plugins print them: `[@][start:][end]`.

use roundsman_perfdata::number;
use roundsman_sdk::Range;

/// A range; `None` for a text that is none.
pub fn parse(text: &str) -> Option<Range> {
    let (inside, ends) = match text.strip_prefix('@') {
        Some(ends) => (true, ends),
        None => (false, text),
    };
    let (low, high) = match ends.split_once(':') {
        Some((start, end)) => (low(start)?, high(end)?),
        None => (0.0, number(ends)?),
    };
    (low <= high).then_some(Range { low, high, inside })
}

fn low(start: &str) -> Option<f64> {
    match start {
        "~" => Some(f64::NEG_INFINITY),
        "" => Some(0.0),
        _ => number(start),
    }
}

fn high(end: &str) -> Option<f64> {
    if end.is_empty() { Some(f64::INFINITY) } else { number(end) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_the_guidelines() {
        for (text, low, high, inside) in [
            ("10", 0.0, 10.0, false),
            ("10:", 10.0, f64::INFINITY, false),
            ("~:10", f64::NEG_INFINITY, 10.0, false),
            ("10:20", 10.0, 20.0, false),
            (":5", 0.0, 5.0, false),
            ("@10:20", 10.0, 20.0, true),
            ("-2.5:1e3", -2.5, 1000.0, false),
        ] {
            assert_eq!(parse(text), Some(Range { low, high, inside }), "{text}");
        }
        for text in ["", "@", "2:1", "-1", "1,5", "10%", "10:~", "a", "1:2:3", "0x10", "10 "] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
