//! One thing that was looked at and what became of it, and how all of them are printed.

use std::fmt::Write as _;

use serde_json::json;

use roundsman_grants::escape::{self, line};

/// One thing that was looked at.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DoctorFinding {
    pub(super) name: &'static str,
    pub(super) status: FindingStatus,
    pub(super) text: String,
    pub(super) hint: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FindingStatus {
    Ok,
    /// A round runs without it, and the text says what that means.
    Lacking,
    /// No round runs without it.
    Fatal,
}

pub(super) fn ok(name: &'static str, text: String) -> DoctorFinding {
    DoctorFinding { name, status: FindingStatus::Ok, text, hint: None }
}

pub(super) fn lacking(name: &'static str, text: String, hint: String) -> DoctorFinding {
    DoctorFinding { name, status: FindingStatus::Lacking, text, hint: Some(hint) }
}

pub(super) fn fatal(name: &'static str, text: String, hint: &str) -> DoctorFinding {
    DoctorFinding { name, status: FindingStatus::Fatal, text, hint: Some(hint.to_owned()) }
}

impl FindingStatus {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Lacking => "lacking",
            Self::Fatal => "fatal",
        }
    }
}

pub(super) fn text(findings: &[DoctorFinding], ready: bool) -> String {
    let mut page = String::new();
    for DoctorFinding { name, status, text, hint } in findings {
        // Writing to a String cannot fail.
        let _ = writeln!(page, "{:<7}  {name:<8}  {}", status.word(), line(text));
        if let Some(hint) = hint {
            let _ = writeln!(page, "{:<19}{}", "", line(hint));
        }
    }
    let lacking = findings.iter().filter(|finding| finding.status != FindingStatus::Ok).count();
    page + &match (ready, lacking) {
        (true, 0) => "a round runs, with nothing lacking\n".to_owned(),
        (true, lacking) => format!("a round runs, with {lacking} lacking\n"),
        (false, _) => "no round runs on this host\n".to_owned(),
    }
}

pub(super) fn json(findings: &[DoctorFinding], ready: bool) -> String {
    let listed = findings.iter().map(|DoctorFinding { name, status, text, hint }| {
        json!({ "name": name, "status": status.word(), "text": text, "hint": hint })
    });
    let object = json!({ "schema": 1, "ready": ready, "findings": listed.collect::<Vec<_>>() });
    escape::json(&object.to_string()) + "\n"
}
