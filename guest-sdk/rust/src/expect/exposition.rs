//! Texts that other agents read: Prometheus' text format, and the line protocol of InfluxDB.

use crate::parse::{Field, ParseError};

/// A value of such a text.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Sample {
    /// The name; of the line protocol, `MEASUREMENT/FIELD`.
    pub(super) name: String,
    pub(super) labels: Vec<(String, String)>,
    /// The digits, or the word of a value that is no number.
    pub(super) value: String,
}

/// Reads a line of Prometheus' text format; a comment, an empty line and the parts of a histogram that are no number have none.
pub(super) fn prometheus(line: &Field) -> Result<Vec<Sample>, ParseError> {
    let text = line.text().trim();
    let (name, mut rest) = text.split_at(text.find(|it: char| it == '{' || it.is_whitespace()).unwrap_or(text.len()));
    if name.is_empty() || name.starts_with('#') {
        return if name.is_empty() && !text.is_empty() { Err(line.error("has no name")) } else { Ok(Vec::new()) };
    }
    let mut labels = Vec::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner;
        loop {
            rest = rest.trim_start_matches(|it: char| it == ',' || it.is_whitespace());
            if let Some(behind) = rest.strip_prefix('}') {
                rest = behind;
                break;
            }
            let (label, quoted) = rest.split_once('=').ok_or_else(|| line.error("has labels without an end"))?;
            let quoted =
                quoted.trim_start().strip_prefix('"').ok_or_else(|| line.error("has a label without quotes"))?;
            let (value, behind) = taken(quoted, &['"'], true);
            rest = behind.strip_prefix('"').ok_or_else(|| line.error("has a label without a closing quote"))?;
            labels.push((label.trim().to_owned(), value));
        }
    }
    let value = rest.split_whitespace().next().ok_or_else(|| line.error("has no value"))?;
    Ok(vec![Sample { name: name.to_owned(), labels, value: value.to_owned() }])
}

/// Reads a line of the line protocol: a sample for each field that is a number or a boolean.
pub(super) fn influx(line: &Field) -> Result<Vec<Sample>, ParseError> {
    let text = line.text().trim();
    if text.is_empty() || text.starts_with('#') {
        return Ok(Vec::new());
    }
    let (measurement, mut rest) = taken(text, &[',', ' '], false);
    let mut labels = Vec::new();
    while let Some(tag) = rest.strip_prefix(',') {
        let (label, behind) = taken(tag, &['=', ',', ' '], false);
        let value = behind.strip_prefix('=').ok_or_else(|| line.error("has a tag without a value"))?;
        let (value, behind) = taken(value, &[',', ' '], false);
        labels.push((label, value));
        rest = behind;
    }
    rest = rest.trim_start();
    let mut samples = Vec::new();
    loop {
        let (field, behind) = taken(rest, &['=', ',', ' '], false);
        let value = behind.strip_prefix('=').ok_or_else(|| line.error("has a field without a value"))?;
        let (value, behind) = match value.strip_prefix('"') {
            Some(quoted) => {
                let (_, behind) = taken(quoted, &['"'], true);
                (None, behind.strip_prefix('"').ok_or_else(|| line.error("has a text without a closing quote"))?)
            }
            None => {
                let (value, behind) = value.split_at(value.find([',', ' ']).unwrap_or(value.len()));
                (Some(number(value)), behind)
            }
        };
        let name = format!("{measurement}/{field}");
        samples.extend(value.map(|value| Sample { name, labels: labels.clone(), value: value.to_owned() }));
        match behind.strip_prefix(',') {
            Some(next) => rest = next,
            None => return Ok(samples),
        }
    }
}

/// Returns the digits of a field's value: `5i` and `5u` are whole numbers, true and false are 1 and 0.
fn number(value: &str) -> &str {
    match value {
        "t" | "T" | "true" | "True" | "TRUE" => "1",
        "f" | "F" | "false" | "False" | "FALSE" => "0",
        value => value.strip_suffix(['i', 'u']).unwrap_or(value),
    }
}

/// Returns the text up to one of `ends` that no `\` stands before, and the rest from there on. Within quotes `\n` is a new
/// line.
fn taken<'a>(text: &'a str, ends: &[char], in_quotes: bool) -> (String, &'a str) {
    let mut taken = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        if ends.contains(&letter) {
            return (taken, &text[at..]);
        }
        match (letter, letters.clone().next()) {
            ('\\', Some((_, 'n'))) if in_quotes => taken.push('\n'),
            ('\\', Some((_, next))) if in_quotes || matches!(next, ',' | '=' | ' ' | '\\') => taken.push(next),
            _ => {
                taken.push(letter);
                continue;
            }
        }
        letters.next();
    }
    (taken, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(parse: fn(&Field) -> Result<Vec<Sample>, ParseError>, line: &str) -> Result<Vec<String>, String> {
        let samples = parse(&Field::new(line)).map_err(|error| error.message)?;
        let labels = |it: &Sample| it.labels.iter().map(|(name, value)| format!(" {name}={value}")).collect::<String>();
        Ok(samples.iter().map(|it| format!("{}{} {}", it.name, labels(it), it.value)).collect())
    }

    /// The examples of the format's page at prometheus.io.
    #[test]
    fn lines_of_prometheus() {
        for (line, read_as) in [
            ("# TYPE http_requests_total counter", None),
            ("", None),
            ("# EOF", None),
            (
                "http_requests_total{method=\"post\",code=\"400\"}    3 1395066363000",
                Some("http_requests_total method=post code=400 3"),
            ),
            (
                r#"msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1.458255915e9"#,
                Some(
                    "msdos_file_access_time_seconds path=C:\\DIR\\FILE.TXT error=Cannot find file:\n\"FILE.TXT\" 1.458255915e9",
                ),
            ),
            ("metric_without_timestamp_and_labels 12.47", Some("metric_without_timestamp_and_labels 12.47")),
            (
                "something_weird{problem=\"division by zero\"} +Inf -3982045",
                Some("something_weird problem=division by zero +Inf"),
            ),
            (
                "http_request_duration_seconds_bucket{ le = \"0.05\", } 24054",
                Some("http_request_duration_seconds_bucket le=0.05 24054"),
            ),
        ] {
            assert_eq!(read(prometheus, line), Ok(read_as.map(str::to_owned).into_iter().collect()), "{line}");
        }
        for broken in ["a{b=\"c\" 5", "a{b} 5", "a{b=c} 5", "a{b=\"c", "a", "a{}", "{b=\"c\"} 5"] {
            assert!(read(prometheus, broken).is_err(), "{broken}");
        }
    }

    /// The examples of InfluxDB's page of the line protocol.
    #[test]
    fn lines_of_influx() {
        for (line, read_as) in [
            (
                "weather,location=us-midwest temperature=82 1465839830100400200",
                vec!["weather/temperature location=us-midwest 82"],
            ),
            (
                "weather temperature=82i,humidity=7u,ok=t",
                vec!["weather/temperature 82", "weather/humidity 7", "weather/ok 1"],
            ),
            ("weather,location=us\\,midwest temp\\=rature=8.5", vec!["weather/temp=rature location=us,midwest 8.5"]),
            ("wea\\ ther,a\\ b=c\\=d text=\"a, \\\"b\\\" c=1\",n=-1e3", vec!["wea ther/n a b=c=d -1e3"]),
            ("# comment", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(read(influx, line), Ok(read_as.into_iter().map(str::to_owned).collect()), "{line}");
        }
        for broken in [
            "weather",
            "weather,location temperature=1",
            "weather temperature",
            "weather t=\"x",
            "weather a=1,",
            "weather,x=1",
        ] {
            assert!(read(influx, broken).is_err(), "{broken}");
        }
    }
}
