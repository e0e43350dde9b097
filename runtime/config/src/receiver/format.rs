//! Keys of one format each: what is told, and of which checks.

use super::MAX_AGE;
use crate::fields::{Problems, status, time};
use crate::file::{OnlyTable, OutputTable, Text};
use crate::host::labels;
use crate::outputs::service;
use crate::spans::FileProblem;
use crate::{ChangesSettings, Icinga, Mail, ValuesSettings, Webhook};
use roundsman_grants::glob::Glob;
use roundsman_verdict::delivery::filter::Only;
use roundsman_verdict::delivery::template::Template;
use roundsman_verdict::outputs::scene::OutputKeys;
use roundsman_verdict::outputs::value_formats::ValueFormat;

/// Reads which checks are chosen, whatever their status.
pub(super) fn whatever_status(table: &OutputTable, problems: &mut Problems) -> Only {
    if let Some(written) = table.only.as_ref().and_then(|only| only.get_ref().at_least.as_ref()) {
        let reason = "this format has every status: `at_least` is for formats that tell of changes";
        problems.push(FileProblem::new(written.span(), reason));
    }
    chosen(table, problems)
}

pub(super) fn chosen(table: &OutputTable, problems: &mut Problems) -> Only {
    table.only.as_ref().map(|only| self::only(only.get_ref(), problems)).unwrap_or_default()
}

pub(super) fn icinga(table: &OutputTable, problems: &mut Problems) -> Icinga {
    let service = table.service.as_ref().map(|written| service(written, problems));
    let standard = OutputKeys::default();
    Icinga {
        only: whatever_status(table, problems),
        host: host(table, problems),
        keys: OutputKeys { service: service.unwrap_or(standard.service), ..standard },
    }
}

/// Returns the name of the host at the receiver.
fn host(table: &OutputTable, problems: &mut Problems) -> String {
    let Some(written) = &table.host else { return "{host}".to_owned() };
    let text = written.get_ref();
    let rest = text.replace("{host}", "").replace("{machine_id}", "");
    if text.is_empty() || rest.contains(['{', '}']) || rest.contains(char::is_control) {
        let reason = "a `host` is a name, in which `{host}` and `{machine_id}` are filled in, and nothing else";
        problems.push(FileProblem::new(written.span(), reason).with_help("host = \"{host}\""));
    }
    text.clone()
}

pub(super) fn mail(name: &Text, table: &OutputTable, problems: &mut Problems) -> Mail {
    let address = |written: &Text, problems: &mut Problems| {
        let text = written.get_ref();
        if !text.contains('@')
            || text.chars().any(|one| one.is_control() || one.is_whitespace() || ",;<>".contains(one))
        {
            let reason = format!("`{}` is no address of mail", text.escape_debug());
            problems.push(FileProblem::new(written.span(), reason).with_help("ops@example.com"));
        }
        text.clone()
    };
    if table.to.as_ref().is_none_or(|to| to.get_ref().is_empty()) {
        let help = "to = [\"ops@example.com\"]";
        problems.push(FileProblem::new(name.span(), "this output says to nobody").with_help(help));
    }
    let from = table.from.as_ref().map(|from| address(from, problems));
    let to = table.to.iter().flat_map(|to| to.get_ref()).map(|to| address(to, problems)).collect();
    Mail { changes: changes(table, problems), from, to }
}

pub(super) fn changes(table: &OutputTable, problems: &mut Problems) -> ChangesSettings {
    ChangesSettings {
        only: chosen(table, problems),
        repeat: table.repeat.as_ref().and_then(|written| time(written, problems)),
        max_age: table.max_age.as_ref().and_then(|written| time(written, problems)).unwrap_or(MAX_AGE),
    }
}

pub(super) fn values(table: &OutputTable, format: &'static ValueFormat, problems: &mut Problems) -> ValuesSettings {
    ValuesSettings {
        format,
        only: whatever_status(table, problems),
        unchanged: table.unchanged.as_ref().and_then(|written| time(written, problems)),
        max_age: table.max_age.as_ref().and_then(|written| time(written, problems)),
        host: host(table, problems),
    }
}

pub(super) fn webhook(table: &OutputTable, problems: &mut Problems) -> Webhook {
    let body = table.body.as_ref().map(|body| Template::parse(body.get_ref()).map_err(|error| (body, error)));
    let body = match body.transpose() {
        Ok(body) => body.unwrap_or_default(),
        Err((written, error)) => {
            problems.push(FileProblem::new(written.span(), error.to_string()).with_help(error.help()));
            Template::default()
        }
    };
    Webhook { changes: changes(table, problems), body }
}

fn only(table: &OnlyTable, problems: &mut Problems) -> Only {
    let checks = table.checks.as_ref().map(|list| {
        let globs = list.iter().filter_map(|written| {
            let parsed = Glob::parse(written.get_ref());
            parsed.map_err(|error| problems.push(FileProblem::new(written.span(), error.to_string()))).ok()
        });
        globs.collect()
    });
    Only {
        checks,
        labels: labels(&table.labels, problems),
        at_least: table.at_least.as_ref().and_then(|written| status(written, problems)),
    }
}
