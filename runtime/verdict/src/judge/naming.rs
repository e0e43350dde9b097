//! Words that mean something to Prometheus wherever they stand in the name of a series: what its linter finds fault
//! with (`promlint` of client_golang) is refused before an operator sees it.

use roundsman_contract::Unit;

/// Other units than the base units, those to report in, and the factor that makes the one the other; empty where it takes more
/// than a factor.
const FOREIGN_UNITS: [(&str, &str, &str); 35] = [
    ("s", "seconds", "1"),
    ("ms", "seconds", "0.001"),
    ("us", "seconds", "0.000001"),
    ("ns", "seconds", "0.000000001"),
    ("sec", "seconds", "1"),
    ("m", "seconds", "60"),
    ("h", "seconds", "3600"),
    ("d", "seconds", "86_400"),
    ("minutes", "seconds", "60"),
    ("hours", "seconds", "3600"),
    ("days", "seconds", "86_400"),
    ("weeks", "seconds", "604_800"),
    ("b", "bytes", "1"),
    ("kb", "bytes", "1000"),
    ("mb", "bytes", "1_000_000"),
    ("gb", "bytes", "1_000_000_000"),
    ("tb", "bytes", "1_000_000_000_000"),
    ("pb", "bytes", "1_000_000_000_000_000"),
    ("kib", "bytes", "1024"),
    ("mib", "bytes", "1_048_576"),
    ("gib", "bytes", "1_073_741_824"),
    ("tib", "bytes", "1_099_511_627_776"),
    ("bits", "bytes", "0.125"),
    ("kelvins", "kelvin", "1"),
    ("fahrenheit", "celsius", ""),
    ("rankine", "celsius", ""),
    ("inches", "meters", "0.0254"),
    ("yards", "meters", "0.9144"),
    ("miles", "meters", "1609.344"),
    ("calories", "joules", "4.184"),
    ("pounds", "grams", "453.59237"),
    ("ounces", "grams", "28.349523125"),
    // Celsius is what thermometers say; the linter takes it for a base unit as well.
    ("centigrade", "celsius", "1"),
    ("percentage", "percent", "1"),
    ("pct", "percent", "1"),
];
/// Right as they are, and foreign behind a prefix: `milliseconds`.
const BASE_UNITS: [&str; 11] =
    ["amperes", "bytes", "celsius", "grams", "joules", "kelvin", "meters", "metres", "moles", "seconds", "volts"];
const PREFIXES: [(&str, &str); 18] = [
    ("pico", "0.000000000001"),
    ("nano", "0.000000001"),
    ("micro", "0.000001"),
    ("milli", "0.001"),
    ("centi", "0.01"),
    ("deci", "0.1"),
    ("deca", "10"),
    ("hecto", "100"),
    ("kilo", "1000"),
    ("kibi", "1024"),
    ("mega", "1_000_000"),
    ("mibi", "1_048_576"),
    ("giga", "1_000_000_000"),
    ("gibi", "1_073_741_824"),
    ("tera", "1_000_000_000_000"),
    ("tebi", "1_099_511_627_776"),
    ("peta", "1_000_000_000_000_000"),
    ("pebi", "1_125_899_906_842_624"),
];
/// Words that name a kind of metric.
const KINDS: [&str; 4] = ["counter", "gauge", "histogram", "summary"];

/// Returns what is wrong with a name in `snake_case`, to stand behind it in a message, and what to write.
#[must_use]
pub(crate) fn word_reason(name: &str) -> Option<String> {
    name.split('_').find_map(|word| {
        if KINDS.contains(&word) {
            return Some(format!("has `{word}` in it, which is a kind of metrics to Prometheus; name it without"));
        }
        base_of(word).map(|(base, _)| format!("has `{word}` in it; report it in {base}, and name it without"))
    })
}

/// Returns how options write a metric instead whose name has a foreign unit in it, and that is picked out of a text.
#[must_use]
pub(crate) fn picked_instead(name: &str) -> Option<String> {
    let (word, (base, factor)) = name.split('_').find_map(|word| Some((word, base_of(word)?)))?;
    let rest: Vec<&str> = name.split('_').filter(|other| *other != word).collect();
    // What no factor alone converts would be another number in the unit's name.
    if factor.is_empty() {
        return None;
    }
    let rest = if rest.is_empty() { String::new() } else { format!("name = \"{}\", ", rest.join("_")) };
    let factor = if factor == "1" { String::new() } else { format!(", factor = {factor}") };
    Some(format!("{rest}unit = \"{base}\"{factor}"))
}

/// Returns the base unit of a word that is another, and the factor.
fn base_of(word: &str) -> Option<(&'static str, &'static str)> {
    let foreign = |word: &str| FOREIGN_UNITS.iter().find(|(unit, ..)| *unit == word);
    if let Some((_, base, factor)) = foreign(word) {
        return Some((base, factor));
    }
    let (unit, factor) = PREFIXES
        .iter()
        .find_map(|(prefix, factor)| Some((word.strip_prefix(prefix).filter(|unit| !unit.is_empty())?, *factor)))?;
    if let Some(base) = BASE_UNITS.iter().find(|base| **base == unit) {
        return Some((base, factor));
    }
    // A prefix makes none of the abbreviations: `micros` is no unit. Two factors are for the author to multiply.
    foreign(unit).filter(|_| unit.len() > "kib".len()).map(|(_, base, _)| (*base, ""))
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
    fn what_to_write_instead() {
        for (name, instead) in [
            ("wait_ms", Some("name = \"wait\", unit = \"seconds\", factor = 0.001")),
            ("days_left", Some("name = \"left\", unit = \"seconds\", factor = 86_400")),
            ("kilobytes", Some("unit = \"bytes\", factor = 1000")),
            ("kib_used_kib", Some("name = \"used\", unit = \"bytes\", factor = 1024")),
            ("age_sec", Some("name = \"age\", unit = \"seconds\"")),
            ("room_fahrenheit", None),
            ("megabits_in", None),
            ("used_bytes", None),
        ] {
            assert_eq!(picked_instead(name).as_deref(), instead, "{name}");
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
