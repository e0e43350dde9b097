//! The lines of a verdict, the same in each output that people read: the first line, and those after it.
//! Texts of components stand in them as they are; each output escapes its lines.

use crate::judge::humanize::for_people_where;
use crate::judge::{Breach, JudgedSubcheck, State, Verdict, rank};
use roundsman_contract::Status;
use roundsman_contract::report::Failure;

/// Breaches named in the first line.
const NAMED_BREACHES: usize = 3;
/// Subchecks that are OK, named in their one line.
const NAMED_OTHERS: usize = 8;
/// Remedies that are shown for subchecks that could not be judged: one often serves for many.
const REMEDIES: usize = 3;

/// The word for a check that is not run for a while.
const PAUSED: &str = "PAUSED";

/// Before the lines of a component: ours begin in the first column, so that none of its can pass for a hint of ours.
const INDENT: &str = "  ";

/// Lines of a verdict, not escaped yet: a line may hold any character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageLines {
    /// `OK`, `CRITICAL`, …
    pub state: &'static str,
    /// The rest of the first line, after `STATE: `.
    pub facts: String,
    /// Subchecks, then the component's details, indented; of a failure the hint and the functions of the component.
    pub further: Vec<String>,
}

impl MessageLines {
    /// Composes the lines of a verdict.
    #[must_use]
    pub fn of(verdict: &Verdict) -> Self {
        let state = state_word(verdict);
        match &verdict.failure {
            Some(failure) => Self {
                state,
                facts: format!("{}: {}", failure.kind.word(), failure.message),
                further: told_further(failure).collect(),
            },
            None => {
                let details = verdict.details.iter().map(|detail| format!("{INDENT}{detail}"));
                let further = subcheck_lines(&verdict.subchecks).chain(details).collect();
                Self { state, facts: facts(verdict), further }
            }
        }
    }

    /// Returns the first line. What is paused says until when.
    #[must_use]
    pub fn first(&self) -> String {
        let colon = if self.state == PAUSED && self.facts.starts_with("until ") { "" } else { ":" };
        format!("{}{colon} {}", self.state, self.facts)
    }
}

/// Lists what is said of a failure after its message: what mends it, then where in the component it was.
pub fn told_further(failure: &Failure) -> impl Iterator<Item = String> {
    let hint = failure.hint.iter().flat_map(|hint| hint.lines()).map(str::to_owned);
    hint.chain(failure.stack.iter().map(|function| format!("{INDENT}{function}")))
}

/// Returns the word that stands for a verdict: its status, or why it has none.
#[must_use]
pub(crate) fn state_word(verdict: &Verdict) -> &'static str {
    match (verdict.status, verdict.state) {
        (Some(status), _) => status_word(status),
        (None, State::Done) => "DONE",
        (None, State::Pending) => "PENDING",
        (None, State::NotApplicable) => "NOT_APPLICABLE",
        (None, State::Paused) => PAUSED,
        (None, State::Stale) => "STALE",
        (None, State::Failed) => "FAILED",
    }
}

/// Returns the word of a status, as monitoring systems write it.
#[must_use]
pub fn status_word(status: Status) -> &'static str {
    match status {
        Status::Ok => "OK",
        Status::Warning => "WARNING",
        Status::Critical => "CRITICAL",
        Status::Unknown => "UNKNOWN",
    }
}

/// Breaches, worst first, then the summary.
fn facts(verdict: &Verdict) -> String {
    let mut named: Vec<String> = verdict.breaches.iter().take(NAMED_BREACHES).map(breach_text).collect();
    let more = verdict.breaches.len().saturating_sub(NAMED_BREACHES);
    if more > 0 {
        named.push(format!("+{more} more"));
    }
    match (named.is_empty(), verdict.summary.is_empty()) {
        (true, true) => "no summary".to_owned(),
        (true, false) => verdict.summary.clone(),
        (false, true) => named.join(", "),
        (false, false) => format!("{}; {}", named.join(", "), verdict.summary),
    }
}

fn breach_text(breach: &Breach) -> String {
    let level = status_word(breach.status).to_lowercase();
    let verdict = match (breach.value, &breach.range) {
        (Some(value), Some(range)) => {
            let value = for_people_where(value, &breach.unit, |shown| range.alerts(shown));
            format!("{value} ({level} {})", range.for_people(&breach.unit))
        }
        _ => format!("absent ({level})"),
    };
    [label_values(&breach.labels), breach.metric.clone(), verdict]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Returns the values of labels, as they stand for a series in texts: `/data,ext4`.
#[must_use]
pub(crate) fn label_values(labels: &[(String, String)]) -> String {
    labels.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(",")
}

/// One line for each that is not OK, worst first, then what mends those that could not be judged, each remedy once, and one
/// line for all others.
fn subcheck_lines(subchecks: &[JudgedSubcheck]) -> impl Iterator<Item = String> {
    let (mut troubled, others): (Vec<_>, Vec<_>) = subchecks.iter().partition(|subcheck| subcheck.status != Status::Ok);
    troubled.sort_by_key(|subcheck| std::cmp::Reverse(rank(subcheck.status)));
    let hints = troubled.iter().filter_map(|subcheck| subcheck.failure.as_ref()?.hint.as_deref());
    let mut remedies: Vec<&str> = Vec::new();
    for hint in hints {
        if remedies.len() < REMEDIES && !remedies.contains(&hint) {
            remedies.push(hint);
        }
    }
    let remedies: Vec<String> = remedies.iter().flat_map(|hint| hint.lines()).map(str::to_owned).collect();
    let troubled: Vec<String> = troubled.into_iter().map(subcheck_line).collect();
    troubled.into_iter().chain(remedies).chain(others_line(&others))
}

fn subcheck_line(subcheck: &JudgedSubcheck) -> String {
    let parts = [status_word(subcheck.status).to_owned(), label_values(&subcheck.labels), subcheck.text.clone()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
}

fn others_line(others: &[&JudgedSubcheck]) -> Option<String> {
    let name = |subcheck: &&JudgedSubcheck| match label_values(&subcheck.labels) {
        values if values.is_empty() => subcheck.text.clone(),
        values => values,
    };
    let mut names: Vec<String> = others.iter().take(NAMED_OTHERS).map(name).collect();
    let more = others.len().saturating_sub(NAMED_OTHERS);
    if more > 0 {
        names.push(format!("+{more} more"));
    }
    (!names.is_empty()).then(|| format!("{}: {}", status_word(Status::Ok), names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::sample;
    use roundsman_contract::Unit;
    use roundsman_contract::range::RangeSpec;
    use roundsman_contract::report::FailureKind;

    fn labels(mount: &str) -> Vec<(String, String)> {
        vec![("mount".to_owned(), mount.to_owned())]
    }

    fn breach(mount: &str, value: f64, status: Status, range: &str) -> Breach {
        Breach {
            metric: "used_percent".to_owned(),
            labels: labels(mount),
            value: Some(value),
            unit: Unit::Percent,
            status,
            range: Some(RangeSpec::parse(range).unwrap().range),
        }
    }

    fn first(status: Status, summary: &str, breaches: Vec<Breach>) -> String {
        let verdict = Verdict { status: Some(status), summary: summary.to_owned(), breaches, ..sample::verdict() };
        MessageLines::of(&verdict).first()
    }

    #[test]
    fn first_lines() {
        let critical = breach("/data", 97.24, Status::Critical, "90");
        let warning = breach("/", 80.001, Status::Warning, "80");
        let free = Breach {
            metric: "free_bytes".to_owned(),
            labels: Vec::new(),
            value: Some(44_238_163_148.0),
            unit: Unit::Bytes,
            range: Some(RangeSpec::parse("50GiB:").unwrap().range),
            ..critical.clone()
        };
        let absent = Breach { value: None, range: None, ..critical.clone() };
        for (status, summary, breaches, line) in [
            (Status::Ok, "2 of 2 mounted", vec![], "OK: 2 of 2 mounted"),
            (Status::Ok, "", vec![], "OK: no summary"),
            (
                Status::Critical,
                "2 of 2 mounted",
                vec![critical.clone(), warning.clone()],
                "CRITICAL: /data used_percent 97.2% (critical 90), / used_percent 80.001% (warning 80); 2 of 2 mounted",
            ),
            (Status::Critical, "", vec![free], "CRITICAL: free_bytes 41.2 GiB (critical 50GiB:)"),
            (Status::Critical, "x", vec![absent], "CRITICAL: /data used_percent absent (critical); x"),
            (
                Status::Warning,
                "x",
                vec![warning; 5],
                "WARNING: / used_percent 80.001% (warning 80), / used_percent 80.001% (warning 80), \
                 / used_percent 80.001% (warning 80), +2 more; x",
            ),
        ] {
            assert_eq!(first(status, summary, breaches), line);
        }
    }

    #[test]
    fn further_lines() {
        let subcheck = |mount: &str, status, text: &str| JudgedSubcheck {
            labels: labels(mount),
            status,
            text: text.to_owned(),
            failure: None,
        };
        let mut subchecks = vec![
            subcheck("/", Status::Ok, "fine"),
            subcheck("/w", Status::Warning, "4 of 5 GiB used"),
            subcheck("/c", Status::Critical, ""),
            JudgedSubcheck { labels: Vec::new(), ..subcheck("", Status::Unknown, "unlabelled") },
        ];
        let further = |subchecks: &[JudgedSubcheck]| {
            MessageLines::of(&Verdict {
                subchecks: subchecks.to_vec(),
                details: vec!["detail".to_owned()],
                ..sample::verdict()
            })
            .further
        };
        let troubled = ["CRITICAL: /c", "WARNING: /w: 4 of 5 GiB used", "UNKNOWN: unlabelled"];
        assert_eq!(further(&subchecks), [&troubled[..], &["OK: /", "  detail"]].concat());
        subchecks.extend((0..10).map(|index| subcheck(&format!("/{index}"), Status::Ok, "")));
        assert_eq!(further(&subchecks)[3], "OK: /, /0, /1, /2, /3, /4, /5, /6, +3 more");
        assert_eq!(further(&[]), ["  detail"]);
    }

    #[test]
    fn a_failure_has_its_kind_and_its_hint() {
        let failure = Failure::new(FailureKind::Denied, "`/etc/x` is not granted")
            .with_hint("[check.a.grant]\nfiles = [\"/etc/x\"]");
        let failure = Failure { stack: vec!["in a::b, src/lib.rs:3:4".to_owned()], ..failure };
        let verdict = Verdict {
            status: Some(Status::Unknown),
            state: State::Failed,
            failure: Some(failure),
            ..sample::verdict()
        };
        let lines = MessageLines::of(&verdict);
        assert_eq!(lines.first(), "UNKNOWN: denied: `/etc/x` is not granted");
        assert_eq!(lines.further, ["[check.a.grant]", "files = [\"/etc/x\"]", "  in a::b, src/lib.rs:3:4"]);
    }

    #[test]
    fn without_a_status_the_state_is_said() {
        for (state, word) in [(State::Pending, "PENDING: soon"), (State::NotApplicable, "NOT_APPLICABLE: soon")] {
            let verdict = Verdict { status: None, state, summary: "soon".to_owned(), ..sample::verdict() };
            assert_eq!(MessageLines::of(&verdict).first(), word);
        }
    }
}
