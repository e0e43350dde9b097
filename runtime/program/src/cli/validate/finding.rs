//! What was found in a configuration, and how it is printed: as text, where what is alike is told once, or as JSON.

use serde_json::json;

use roundsman_grants::escape;

/// Something found. An error stands in the way of a check; a lint is allowed, and seldom meant.
pub(super) struct Finding {
    pub(super) is_error: bool,
    /// `None` where it is about a file.
    pub(super) check: Option<String>,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl Finding {
    pub(super) fn error(check: Option<&str>, message: String, hint: Option<String>) -> Self {
        Self { is_error: true, check: check.map(str::to_owned), message, hint }
    }

    pub(super) fn lint(check: &str, message: String, hint: String) -> Self {
        let hint = Some(hint).filter(|hint| !hint.is_empty());
        Self { is_error: false, check: Some(check.to_owned()), message, hint }
    }
}

pub(super) fn text(findings: &[Finding], checks: usize, errors: usize) -> String {
    let mut page = String::new();
    for (finding, checks) in alike(findings) {
        let word = if finding.is_error { "error" } else { "lint" };
        let about = about(&checks);
        let indented =
            finding.hint.iter().flat_map(|hint| hint.lines()).map(|line| format!("\n  {}", escape::line(line)));
        // Messages about files have lines of their own: the place, and the underline.
        let message = finding.message.lines().map(escape::line).collect::<Vec<_>>().join("\n");
        page.push_str(&format!("{word}: {about}{message}{}\n", indented.collect::<String>()));
    }
    let lints = findings.len() - errors;
    page + &format!("{}, {}, {}\n", counted(checks, "check"), counted(errors, "error"), counted(lints, "lint"))
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Each thing that was found once, with the checks that it was found of: a component that is missing is missing for all.
fn alike(findings: &[Finding]) -> Vec<(&Finding, Vec<&str>)> {
    let mut told: Vec<(&Finding, Vec<&str>)> = Vec::new();
    for finding in findings {
        let same = |(other, _): &&mut (&Finding, Vec<&str>)| {
            (other.is_error, &other.message, &other.hint) == (finding.is_error, &finding.message, &finding.hint)
        };
        match told.iter_mut().find(same) {
            Some((_, checks)) => checks.extend(finding.check.as_deref()),
            None => told.push((finding, finding.check.as_deref().into_iter().collect())),
        }
    }
    told
}

fn about(checks: &[&str]) -> String {
    match checks {
        [] => String::new(),
        [one] => format!("check `{one}`: "),
        [one, two] => format!("checks `{one}` and `{two}`: "),
        [one, two, others @ ..] => format!("checks `{one}`, `{two}` and {} more: ", others.len()),
    }
}

pub(super) fn json(findings: &[Finding], checks: usize) -> String {
    let listed = findings.iter().map(|finding| {
        let level = if finding.is_error { "error" } else { "lint" };
        json!({ "level": level, "check": finding.check, "message": finding.message, "hint": finding.hint })
    });
    let object = json!({ "schema": 1, "checks": checks, "findings": listed.collect::<Vec<_>>() });
    escape::json(&object.to_string()) + "\n"
}
