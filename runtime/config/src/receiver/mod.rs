//! Outputs that are delivered over the network or by a command: where they go, and what is told.

mod format;
mod kind;
mod url;

use std::ops::Range;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use toml::Spanned;

pub use kind::{ReceiverKind, kinds};

use super::fields::{Problems, noted};
use super::file::{CommandTable, OutputTable, Text};
use super::grant::output_command;
use super::resolve::ResolvedFile;
use super::spans::FileProblem;
use super::{Auth, CommandWay, Receiver, ReceiverFormat, ReceiverWay};
use format::{changes, chosen, icinga, mail, values, webhook, whatever_status};
use roundsman_grants::{EnvValue, Grants};
use url::url_way;

/// A backlog that is older than this is told in one message, unless `max_age` says otherwise.
const MAX_AGE: Duration = Duration::from_secs(3_600);

/// Resolves an output that goes to a URL.
pub(crate) fn receiver(
    name: &Text,
    table: &OutputTable,
    kind: ReceiverKind,
    source: &ResolvedFile<'_>,
    problems: &mut Problems,
) -> Option<Receiver> {
    let kind = kind.delivering(table.deliver.as_ref(), problems);
    let word = kind.named();
    judge_keys(table, kind, problems);
    if let Some(path) = &table.path {
        let reason = format!("the format {word} is delivered to a `url` or `command`, and not written to a file");
        problems.push(FileProblem::new(path.span(), reason).with_help("url = \"https://…\""));
    }
    for (key, written) in [("service", &table.service), ("series", &table.series)] {
        if let Some(written) = written
            && !kind.keys().contains(&key)
        {
            problems.push(FileProblem::new(written.span(), format!("the format {word} has no `{key}`")));
        }
    }
    let places =
        [("url", table.url.as_ref().map(Spanned::span)), ("command", table.command.as_ref().map(Spanned::span))];
    for (place, span) in places {
        if let (Some(span), Some(reason)) = (span, kind.refuses(place)) {
            problems.push(FileProblem::new(span, reason));
            return None;
        }
    }
    if matches!(kind, ReceiverKind::Mail) && table.command.is_none() {
        let help = "command = { argv = [\"/usr/sbin/sendmail\", \"-t\", \"-i\"], may_gain_privileges = true }";
        problems.push(FileProblem::new(name.span(), "mail is sent by a `command`, which is missing").with_help(help));
        return None;
    }
    let format = match kind {
        ReceiverKind::Webhook => ReceiverFormat::Webhook(Box::new(webhook(table, problems))),
        ReceiverKind::Ping => ReceiverFormat::Ping,
        ReceiverKind::Mail => ReceiverFormat::Mail(Box::new(mail(name, table, problems))),
        ReceiverKind::Icinga => ReceiverFormat::Icinga(Box::new(icinga(table, problems))),
        ReceiverKind::Alertmanager => ReceiverFormat::Alertmanager(chosen(table, problems)),
        ReceiverKind::JsonChanges => ReceiverFormat::JsonChanges(Box::new(changes(table, problems))),
        ReceiverKind::JsonState => ReceiverFormat::JsonState(whatever_status(table, problems)),
        ReceiverKind::Values(format) => ReceiverFormat::Values(Box::new(values(table, format, problems))),
    };
    let way = match &table.command {
        Some(written) => ReceiverWay::Command(command(written, table, kind, problems)?),
        None => ReceiverWay::Url(Box::new(url_way(name, table, kind, source, problems))),
    };
    Some(Receiver { name: name.get_ref().clone(), origin: source.origin(&name.span()), format, way })
}

/// Reads a command, and refuses the keys that are for URLs.
fn command(
    written: &Spanned<CommandTable>,
    table: &OutputTable,
    kind: ReceiverKind,
    problems: &mut Problems,
) -> Option<CommandWay> {
    for (key, span) in way_keys(table).into_iter().filter_map(|(key, span)| Some((key, span?))) {
        let reason = match key {
            "url" => "an output has one place, and this one has a `url` and a `command`".to_owned(),
            key => format!("`{key}` goes with a `url`, and this output has a `command`"),
        };
        problems.push(FileProblem::new(span, reason));
    }
    if let Some(sign) = &table.sign {
        problems.push(FileProblem::new(sign.span(), "`sign` is a header, which a `command` has not"));
    }
    let delivered = written.get_ref().delivered.as_ref().map(|codes| {
        let judged = codes.get_ref().iter().filter_map(|code| {
            let number =
                i32::try_from(code.get_ref().0).ok().filter(|number| (0..=255).contains(number) && *number != 75);
            let reason = format!(
                "{} is no exit code that can be a delivery: 0 to 255, but 75, which is \"later\"",
                code.get_ref().0
            );
            noted(number.ok_or_else(|| FileProblem::new(code.span(), reason)), problems)
        });
        judged.collect()
    });
    let grant = output_command(written, problems)?;
    let grants = Rc::new(Grants { commands: vec![grant], ..Grants::default() });
    Some(CommandWay { grants, delivered: delivered.unwrap_or_else(|| kind.delivered().to_vec()) })
}

/// Returns the files that a receiver names as a secret.
pub fn secrets(receiver: &Receiver) -> Vec<&Path> {
    match &receiver.way {
        ReceiverWay::Command(command) => command.grants.secrets().collect(),
        ReceiverWay::Url(way) => {
            let auth = way.auth.iter().map(|auth| match auth {
                Auth::Bearer(value) | Auth::Basic { password: value, .. } | Auth::Header { value, .. } => value,
            });
            let sign = way.sign.iter().map(|sign| &sign.secret);
            let values = way.urls.iter().chain(&way.proxy).chain(way.headers.values()).chain(auth).chain(sign);
            values.filter_map(file_of).collect()
        }
    }
}

fn file_of(value: &EnvValue) -> Option<&Path> {
    match value {
        EnvValue::File(file) => Some(file),
        EnvValue::Text(_) => None,
    }
}

/// Returns the keys in a table that only outputs over the network have, each with its place.
pub(crate) fn keys(table: &OutputTable) -> Vec<(&'static str, Range<usize>)> {
    let command = [("command", table.command.as_ref().map(Spanned::span))];
    let all = told_keys(table).into_iter().chain(way_keys(table)).chain(command);
    all.filter_map(|(key, span)| Some((key, span?))).collect()
}

/// Keys of the way over the network.
fn way_keys(table: &OutputTable) -> [(&'static str, Option<Range<usize>>); 7] {
    [
        ("url", table.url.as_ref().map(Spanned::span)),
        ("all", table.all.as_ref().map(Spanned::span)),
        ("proxy", table.proxy.as_ref().map(Spanned::span)),
        ("headers", table.headers.keys().next().map(Spanned::span)),
        ("auth", table.auth.as_ref().map(Spanned::span)),
        ("tls", table.tls.as_ref().map(Spanned::span)),
        ("insecure", table.insecure.as_ref().map(Spanned::span)),
    ]
}

/// Keys of what is told, and how.
fn told_keys(table: &OutputTable) -> [(&'static str, Option<Range<usize>>); 10] {
    [
        ("deliver", table.deliver.as_ref().map(Spanned::span)),
        ("only", table.only.as_ref().map(Spanned::span)),
        ("repeat", table.repeat.as_ref().map(Spanned::span)),
        ("max_age", table.max_age.as_ref().map(Spanned::span)),
        ("unchanged", table.unchanged.as_ref().map(Spanned::span)),
        ("sign", table.sign.as_ref().map(Spanned::span)),
        ("body", table.body.as_ref().map(Spanned::span)),
        ("from", table.from.as_ref().map(Spanned::span)),
        ("to", table.to.as_ref().map(Spanned::span)),
        ("host", table.host.as_ref().map(Spanned::span)),
    ]
}

/// Notes the keys that this format has not.
fn judge_keys(table: &OutputTable, kind: ReceiverKind, problems: &mut Problems) {
    let what = if matches!(kind, ReceiverKind::Ping) { ", which only says that a round was stored" } else { "" };
    for (key, span) in told_keys(table) {
        if let Some(span) = span.filter(|_| !kind.keys().contains(&key)) {
            let reason = format!("`{key}` is no key of the format {}{what}", kind.named());
            problems.push(FileProblem::new(span, reason));
        }
    }
}
