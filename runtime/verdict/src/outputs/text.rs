//! Text for a person at a terminal: aligned lines for a round, everything for one check.

use std::time::Duration;

use crate::judge::humanize::{DECIMALS, for_people};
use crate::judge::{JudgedMetric, Verdict, rank};
use crate::judge::{MessageLines, message_lines::status_word};
use crate::outputs::width::{column, cut, joined, padded, width};
use roundsman_contract::{Range, Status, Unit};
use roundsman_grants::escape;

/// Use of colour for statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    Never,
    Always,
}

/// Properties of the place where the text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    pub colour: Colour,
    /// Lines take no more than this many columns; nothing away from a terminal.
    pub columns: Option<usize>,
}

impl Look {
    /// Away from a terminal: no colour, not cut.
    pub const PLAIN: Self = Self { colour: Colour::Never, columns: None };
}

/// Numbers and times below the lines of a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Footer {
    pub due: usize,
    /// Checks configured.
    pub total: usize,
    pub elapsed: Duration,
    /// The check that is due next, and in what time.
    pub next: Option<(String, Duration)>,
}

/// Between two columns.
pub(super) const BLANKS: &str = "  ";

/// Returns the lines of a round, `STATUS  NAME  first line without its state`, worst first, then by name.
#[must_use]
pub fn round(verdicts: &[Verdict], look: Look) -> String {
    let mut rows: Vec<(&Verdict, MessageLines)> =
        verdicts.iter().map(|verdict| (verdict, MessageLines::of(verdict))).collect();
    rows.sort_by(|(one, _), (other, _)| badness(other).cmp(&badness(one)).then_with(|| one.check.cmp(&other.check)));
    let state_width = rows.iter().map(|(_, lines)| lines.state.len()).max().unwrap_or(0);
    let name_width = column(rows.iter().map(|(verdict, _)| width(&escape::line(&verdict.check))));
    rows.iter()
        .map(|(verdict, lines)| {
            let name = padded(&escape::line(&verdict.check), name_width);
            let facts = escape::line(&lines.facts);
            let rest = format!("{BLANKS}{name}{BLANKS}{facts}");
            let state = format!("{:state_width$}", lines.state);
            let room = look.columns.map(|columns| columns.saturating_sub(state_width));
            format!("{}{}\n", coloured(&state, verdict.status, look.colour), cut(rest.trim_end(), room))
        })
        .collect()
}

/// Returns the line beneath: `12 of 40 due, 1 warning, 0.3 s; next: memory in 14 s`.
#[must_use]
pub fn footer(verdicts: &[Verdict], footer: &Footer, look: Look) -> String {
    let counts = [Status::Critical, Status::Warning, Status::Unknown].into_iter().filter_map(|status| {
        let count = verdicts.iter().filter(|verdict| verdict.status == Some(status)).count();
        (count > 0).then(|| format!("{count} {}", status_word(status).to_lowercase()))
    });
    let parts: Vec<String> = std::iter::once(format!("{} of {} due", footer.due, footer.total))
        .chain(counts)
        .chain([format!("{:.1} s", footer.elapsed.as_secs_f64())])
        .collect();
    let next = footer.next.as_ref().map(|(name, wait)| {
        let wait = for_people(wait.as_secs_f64().round(), &Unit::Seconds, DECIMALS);
        format!("next: {} in {wait}", escape::line(name))
    });
    joined(&std::iter::once(parts.join(", ")).chain(next).collect::<Vec<_>>(), look.columns)
}

/// Returns everything about one check: its lines, its metrics, what it was denied, what it logged.
#[must_use]
pub fn one(verdict: &Verdict, look: Look) -> String {
    let lines = MessageLines::of(verdict);
    let mut text = format!("{}: {}\n", coloured(lines.state, verdict.status, look.colour), escape::line(&lines.facts));
    let metrics = verdict.metrics.iter().map(metric_line);
    let denials = verdict.denials.iter().flat_map(|denial| {
        let asked = format!("denied: {} {}", denial.capability, denial.target);
        std::iter::once(asked).chain(denial.hint.lines().map(str::to_owned))
    });
    let log = verdict.log.iter().map(|line| format!("{}: {}", line.level.word(), line.message));
    let dropped = (verdict.log_dropped > 0).then(|| format!("{} more lines of log dropped", verdict.log_dropped));
    for line in lines.further.iter().cloned().chain(metrics).chain(denials).chain(log).chain(dropped) {
        text.push_str(&escape::line(&line));
        text.push('\n');
    }
    text
}

/// Returns `used_percent{mount="/data"} 97.2% (warning 80, critical 90)`.
fn metric_line(metric: &JudgedMetric) -> String {
    let labels: Vec<String> = metric.labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
    let level =
        |name: &str, range: &Option<Range>| range.map(|range| format!("{name} {}", range.for_people(&metric.unit)));
    let ranges: Vec<String> =
        [level("warning", &metric.warning), level("critical", &metric.critical)].into_iter().flatten().collect();
    let ranges = if ranges.is_empty() { String::new() } else { format!(" ({})", ranges.join(", ")) };
    let unit = match (&metric.unit, &metric.printed.unit) {
        (Unit::Number, Some(printed)) => &Unit::Other(printed.clone()),
        (unit, _) => unit,
    };
    let value = if metric.value.is_nan() { "no value".to_owned() } else { for_people(metric.value, unit, 2) };
    let printed = metric.printed.item.as_ref().map(|item| format!(", printed as {item}")).unwrap_or_default();
    format!("{}{labels} {value}{ranges}{printed}", metric.name)
}

fn badness(verdict: &Verdict) -> Option<u8> {
    verdict.status.map(rank)
}

/// How a terminal is told of colours: all of them that `coloured` writes, and the end of each.
pub const SEQUENCES: [&str; 5] = ["\u{1b}[31m", "\u{1b}[32m", "\u{1b}[33m", "\u{1b}[35m", "\u{1b}[0m"];

pub(super) fn coloured(text: &str, status: Option<Status>, colour: Colour) -> String {
    let code = match (colour, status) {
        (Colour::Never, _) | (_, None) => return text.to_owned(),
        (Colour::Always, Some(Status::Ok)) => 32,
        (Colour::Always, Some(Status::Warning)) => 33,
        (Colour::Always, Some(Status::Critical)) => 31,
        (Colour::Always, Some(Status::Unknown)) => 35,
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{State, sample};
    use roundsman_contract::range::RangeSpec;
    use roundsman_contract::report::LogLine;
    use roundsman_contract::{Denial, Level};

    fn verdict(check: &str, status: Option<Status>, summary: &str) -> Verdict {
        Verdict { check: check.to_owned(), status, summary: summary.to_owned(), ..sample::verdict() }
    }

    fn four() -> Vec<Verdict> {
        vec![
            verdict("memory", Some(Status::Ok), "12 of 16 GiB used"),
            Verdict { state: State::Pending, ..verdict("later", None, "not compiled yet") },
            verdict("a", Some(Status::Unknown), "?\u{1b}[2J\n"),
            verdict("disk", Some(Status::Critical), "2 of 3 mounted"),
            verdict("cpu", Some(Status::Critical), ""),
        ]
    }

    #[test]
    fn aligned_and_worst_first() {
        assert_eq!(
            round(&four(), Look::PLAIN),
            "CRITICAL  cpu     no summary\n\
             CRITICAL  disk    2 of 3 mounted\n\
             UNKNOWN   a       ?\\x1b[2J\\n\n\
             OK        memory  12 of 16 GiB used\n\
             PENDING   later   not compiled yet\n"
        );
        assert_eq!(round(&[], Look::PLAIN), "");
    }

    #[test]
    fn colour_and_width_of_a_terminal() {
        let look = Look { colour: Colour::Always, columns: Some(20) };
        assert_eq!(round(&four()[..2], look), "\u{1b}[32mOK     \u{1b}[0m  memory  12…\nPENDING  later   no…\n");
        for columns in 0..12 {
            assert_eq!(round(&four(), Look { columns: Some(columns), ..look }).lines().count(), 5);
        }
    }

    #[test]
    fn footers() {
        let plain = Footer { due: 12, total: 40, elapsed: Duration::from_millis(312), next: None };
        assert_eq!(footer(&[], &plain, Look::PLAIN), "12 of 40 due, 0.3 s\n");
        let next = Footer { next: Some(("memory".to_owned(), Duration::from_millis(13_600))), ..plain };
        assert_eq!(
            footer(&four(), &next, Look::PLAIN),
            "12 of 40 due, 2 critical, 1 unknown, 0.3 s; next: memory in 14 s\n"
        );
        let warned = [verdict("x", Some(Status::Warning), "")];
        assert_eq!(footer(&warned, &next, Look::PLAIN), "12 of 40 due, 1 warning, 0.3 s; next: memory in 14 s\n");
        let narrow = Look { columns: Some(40), ..Look::PLAIN };
        assert_eq!(footer(&warned, &next, narrow), "12 of 40 due, 1 warning, 0.3 s\nnext: memory in 14 s\n");
    }

    #[test]
    fn one_check_with_everything() {
        let used = JudgedMetric {
            warning: Some(RangeSpec::parse("80").unwrap().range),
            critical: Some(RangeSpec::parse("90").unwrap().range),
            ..sample::metric("used_percent", 72.349, Unit::Percent, &[("mount", "/d\n")])
        };
        let verdict = Verdict {
            details: vec!["detail".to_owned()],
            metrics: vec![used, sample::metric("rate", f64::NAN, Unit::Number, &[])],
            denials: vec![Denial::new("files", "/x", "[check.disk.grant]\nfiles = [\"/x\"]")],
            log: vec![LogLine { level: Level::Info, message: "l1\nl2".to_owned() }],
            log_dropped: 2,
            ..sample::verdict()
        };
        assert_eq!(
            one(&verdict, Look::PLAIN),
            "OK: 2 of 2 mounted\n\
             \x20 detail\n\
             used_percent{mount=\"/d\\n\"} 72.35% (warning 80, critical 90)\n\
             rate no value\n\
             denied: files /x\n[check.disk.grant]\nfiles = [\"/x\"]\n\
             info: l1\\nl2\n\
             2 more lines of log dropped\n"
        );
        let coloured = one(&verdict, Look { colour: Colour::Always, columns: None });
        assert!(coloured.starts_with("\u{1b}[32mOK\u{1b}[0m: "));
    }

    #[test]
    fn no_text_from_data_colours_anything() {
        let hostile = "\u{1b}[31m\u{9b}31m\u{202e}".to_owned();
        let verdict = Verdict {
            summary: hostile.clone(),
            details: vec![hostile.clone()],
            metrics: vec![sample::metric("m", 1.0, Unit::Other(hostile.clone()), &[("l", &hostile)])],
            denials: vec![Denial::new(&hostile, hostile.clone(), hostile.clone())],
            log: vec![LogLine { level: Level::Info, message: hostile }],
            ..sample::verdict()
        };
        let texts = [one(&verdict, Look::PLAIN), round(&[verdict], Look::PLAIN)];
        for line in texts.iter().flat_map(|text| text.lines()) {
            assert!(!line.chars().any(escape::is_dangerous), "{line:?}");
        }
    }
}
