//! Words that mean something to Prometheus wherever they stand in the name of a series: what its linter finds fault
//! with (`promlint` of client_golang) is refused before an operator sees it.

use roundsman_contract::Unit;

/// Other units than the base units, and those to report in.
const FOREIGN_UNITS: [(&str, &str); 35] = [
    ("s", "seconds"),
    ("ms", "seconds"),
    ("us", "seconds"),
    ("ns", "seconds"),
    ("sec", "seconds"),
    ("m", "seconds"),
    ("h", "seconds"),
    ("d", "seconds"),
    ("minutes", "seconds"),
    ("hours", "seconds"),
    ("days", "seconds"),
    ("weeks", "seconds"),
    ("b", "bytes"),
    ("kb", "bytes"),
    ("mb", "bytes"),
    ("gb", "bytes"),
    ("tb", "bytes"),
    ("pb", "bytes"),
    ("kib", "bytes"),
    ("mib", "bytes"),
    ("gib", "bytes"),
    ("tib", "bytes"),
    ("bits", "bytes"),
    ("kelvins", "kelvin"),
    ("fahrenheit", "celsius"),
    ("rankine", "celsius"),
    ("inches", "meters"),
    ("yards", "meters"),
    ("miles", "meters"),
    ("calories", "joules"),
    ("pounds", "grams"),
    ("ounces", "grams"),
    // Celsius is what thermometers say; the linter takes it for a base unit as well.
    ("centigrade", "celsius"),
    ("percentage", "percent"),
    ("pct", "percent"),
];
/// Right as they are, and foreign behind a prefix: `milliseconds`.
const BASE_UNITS: [&str; 11] =
    ["amperes", "bytes", "celsius", "grams", "joules", "kelvin", "meters", "metres", "moles", "seconds", "volts"];
const PREFIXES: [&str; 18] = [
    "pico", "nano", "micro", "milli", "centi", "deci", "deca", "hecto", "kilo", "kibi", "mega", "mibi", "giga", "gibi",
    "tera", "tebi", "peta", "pebi",
];
/// Words that name a kind of metric.
const KINDS: [&str; 4] = ["counter", "gauge", "histogram", "summary"];

/// Returns what is wrong with a name in `snake_case`, to stand behind it in a message.
#[must_use]
pub(crate) fn word_reason(name: &str) -> Option<String> {
    name.split('_').find_map(|word| {
        if KINDS.contains(&word) {
            return Some(format!("has `{word}` in it, which is a kind of metrics to Prometheus; name it without"));
        }
        base_of(word).map(|base| format!("has `{word}` in it; report it in {base}, and name it without"))
    })
}

fn base_of(word: &str) -> Option<&'static str> {
    let foreign = |word: &str| FOREIGN_UNITS.iter().find(|(unit, _)| *unit == word).map(|(_, base)| *base);
    foreign(word).or_else(|| {
        let unit = PREFIXES.iter().find_map(|prefix| word.strip_prefix(prefix).filter(|unit| !unit.is_empty()))?;
        // A prefix makes none of the abbreviations: `micros` is no unit.
        let long = |unit: &str| unit.len() > "kib".len();
        BASE_UNITS.iter().find(|base| **base == unit).copied().or_else(|| foreign(unit).filter(|_| long(unit)))
    })
}

/// Returns a metric's name with its unit, as outputs write it that have no other place for the unit: `used_percent`, and of a
/// metric `used` in bytes `used_bytes`.
#[must_use]
pub(crate) fn full_name(name: &str, unit: &Unit) -> String {
    let ending = match unit {
        Unit::Bytes => "bytes",
        Unit::Seconds => "seconds",
        Unit::Percent => "percent",
        Unit::Celsius => "celsius",
        Unit::Number | Unit::Other(_) => return name.to_owned(),
    };
    let has_it = name.strip_suffix(ending).is_some_and(|rest| rest.is_empty() || rest.ends_with('_'));
    if has_it { name.to_owned() } else { format!("{name}_{ending}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        for (name, reason) in [
            ("wait_ms", Some("has `ms` in it; report it in seconds, and name it without")),
            ("days_left", Some("has `days` in it; report it in seconds, and name it without")),
            ("kilobytes", Some("has `kilobytes` in it; report it in bytes, and name it without")),
            ("megabits_in", Some("has `megabits` in it; report it in bytes, and name it without")),
            ("gauge", Some("has `gauge` in it, which is a kind of metrics to Prometheus; name it without")),
            ("used_bytes", None),
            ("micros", None),
            ("thermometers", None),
            ("megalomania", None),
            ("kilo", None),
        ] {
            assert_eq!(word_reason(name).as_deref(), reason, "{name}");
        }
    }

    #[test]
    fn full_names() {
        for (name, unit, full) in [
            ("used", Unit::Bytes, "used_bytes"),
            ("used_bytes", Unit::Bytes, "used_bytes"),
            ("kilobytes", Unit::Bytes, "kilobytes_bytes"),
            ("percent", Unit::Percent, "percent"),
            ("tasks", Unit::Number, "tasks"),
            ("power", Unit::Other("dBm".to_owned()), "power"),
        ] {
            assert_eq!(full_name(name, &unit), full);
        }
    }
}
