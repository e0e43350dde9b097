//! From what a plugin printed to what is reported of it.

use roundsman_sdk::commands::Ending;
use roundsman_sdk::text::{count, cut, excerpt};
use roundsman_sdk::{Failure, Outcome, Status, Subcheck, log};

use crate::checkmk::{Line, Local};
use crate::ending::{odd, said, signal, status, word};
use crate::levels;
use crate::nagios::{self, Output};
use crate::options::{BadPerfdata, Options, StatusFrom};
use crate::read::Printed;
use crate::series::Series;
use crate::{DURATION, EXIT_CODE};

/// Characters of a summary: half of what Nagios reads of a plugin in all.
const SUMMARY: usize = 4096;
/// Troubled items that the summary of local checks names.
const NAMED: usize = 3;

/// Judges a monitoring plugin: its exit code decides, and its words are the summary.
pub fn plugin(printed: &Printed, output: Option<Output<'_>>, options: &Options) -> Result<Outcome, Failure> {
    let code = exit_code(printed)?;
    let status = status(code);
    let odd = odd(code).map(|odd| format!(" ({odd})")).unwrap_or_default();
    let Some(output) = output else {
        // What printed nothing saw nothing, whatever it returned; 1 and 2 still alert.
        let outcome = Outcome::new(format!("printed nothing{odd}")).judged(status.worse(Status::Unknown));
        let error = first_line(&printed.errors).map(|line| format!("standard error: {}", cut(line, 500)));
        return Ok(own(outcome.details(error), printed, code));
    };
    if let Some(line) = first_line(&printed.errors) {
        log::info(&format!("standard error: {}", cut(line, 500)));
    }
    let mut series = Series::new(options);
    output.perfdata.iter().for_each(|part| series.add(part));
    noted(&series, options)?;

    let summary = words(output.summary, status, code);
    let details = excerpt(&output.details.join("\n"), usize::MAX);
    let outcome = Outcome::new(format!("{}{odd}", cut(summary, SUMMARY))).judged(status).details(details);
    let mut outcome = over_limit(outcome, &series).metrics(series.metrics.drain(..));
    if options.status_from == StatusFrom::Thresholds && matches!(code, 1 | 2) && series.too_many().is_none() {
        outcome.extra.push(("yields".into(), "thresholds".into()));
    }
    Ok(own(outcome, printed, code))
}

/// Judges Checkmk's local checks: each line is a subcheck. `now` is in seconds since 1970.
pub fn local_checks(printed: &Printed, lines: &[Line<'_>], now: i64, options: &Options) -> Result<Outcome, Failure> {
    let code = exit_code(printed)?;
    if code != 0 {
        let said = first_line(&printed.errors).or_else(|| first_line(&printed.output));
        let said = said.map_or(", and printed nothing".to_owned(), |line| format!(": {}", cut(line, 500)));
        return Err(Failure::new(format!("exit code {code}{said}")));
    }
    if lines.is_empty() {
        let error = first_line(&printed.errors).map(|line| format!("standard error: {}", cut(line, 500)));
        let outcome = Outcome::new("printed nothing").judged(Status::Unknown).details(error);
        return Ok(own(outcome, printed, code));
    }
    let mut series = Series::new(options);
    let mut subchecks: Vec<Subcheck> = Vec::new();
    let mut details = Vec::new();
    for line in lines {
        let (status, text) = match &line.local {
            Ok(local) => entry(local, now),
            Err(reason) => (Status::Unknown, format!("no line of a local check: {reason}")),
        };
        let mut parts = text.split("\\n").map(|part| cut(part.trim(), 500));
        let text = parts.next().unwrap_or_default();
        details.extend(parts.map(|part| format!("{}: {part}", line.name)));
        let met = lines_named(&subchecks, &line.name);
        let subcheck = Subcheck::new("item", &line.name, text).judged(status);
        subchecks.push(if met == 0 { subcheck } else { subcheck.label("number", (met + 1).to_string()) });
        let fresh = line.local.as_ref().ok().filter(|local| stale(local, now).is_none());
        fresh.into_iter().flat_map(|local| &local.items).for_each(|item| series.add_of(&line.name, item));
    }
    let outcome = Outcome::new(cut(&summary(&subchecks), SUMMARY)).details(excerpt(&details.join("\n"), usize::MAX));
    let mut outcome = over_limit(outcome, &series).metrics(series.metrics.drain(..));
    outcome.subchecks = subchecks;
    Ok(own(outcome, printed, code))
}

/// The code of a plugin that ended by itself.
fn exit_code(printed: &Printed) -> Result<i32, Failure> {
    match printed.ending {
        Ending::Code(code) => Ok(code),
        Ending::Signal(number) => {
            let printed = match first_line(&printed.output) {
                Some(line) => format!("after it printed {:?}", cut(line, 500)),
                None => "before it printed anything".to_owned(),
            };
            Err(Failure::new(format!("{} ended it, {printed}", signal(number))))
        }
    }
}

/// Adds what is known of every plugin.
fn own(outcome: Outcome, printed: &Printed, code: i32) -> Outcome {
    outcome.metric(DURATION.value(printed.duration)).metric(EXIT_CODE.value(f64::from(code)))
}

fn first_line(text: &str) -> Option<&str> {
    text.lines().map(str::trim).find(|line| !line.is_empty())
}

/// The plugin's own words, without the status that the outcome says anyway.
fn words(summary: &str, status: Status, code: i32) -> &str {
    match nagios::stated(summary) {
        Some((stated, text)) if said(stated) == status => text,
        Some((stated, _)) => {
            let meant = word(status);
            log::warning(&format!("the text says {stated} and exit code {code} says {meant}: the exit code decides"));
            summary
        }
        None => summary,
    }
}

/// Notes performance data that is none, or fails.
fn noted(series: &Series<'_>, options: &Options) -> Result<(), Failure> {
    if let Some(left_out) = series.left_out() {
        match options.bad_perfdata {
            BadPerfdata::Fail => return Err(Failure::new(left_out)),
            BadPerfdata::Note => log::warning(&left_out),
        }
    }
    if let Some(not_judged) = series.not_judged() {
        log::warning(&not_judged);
    }
    Ok(())
}

/// Makes an outcome with dropped series UNKNOWN, as their values are not known.
fn over_limit(outcome: Outcome, series: &Series<'_>) -> Outcome {
    match series.too_many() {
        Some(said) => outcome.judged(Status::Unknown).detail(said),
        None => outcome,
    }
}

/// The status and text of a line.
fn entry(local: &Local<'_>, now: i64) -> (Status, String) {
    let (mut status, mut text) = match local.state {
        Some(state) => (state, local.text.to_owned()),
        None => by_levels(local),
    };
    if let Some((old, age)) = stale(local, now) {
        let was = word(status);
        text = format!("stale: {old} s old, and may be {age} s; it was {was}: {text}");
        status = Status::Unknown;
    }
    (status, text)
}

fn by_levels(local: &Local<'_>) -> (Status, String) {
    if local.items.is_empty() {
        return (Status::Unknown, format!("{} (P, and no number to judge)", local.text));
    }
    let judged: Vec<(Status, Option<String>)> = local.items.iter().map(levels::judge).collect();
    let status = judged.iter().fold(Status::Ok, |worst, (status, _)| worst.worse(*status));
    let reasons: Vec<String> = judged.into_iter().filter_map(|(_, reason)| reason).collect();
    let reasons = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) };
    (status, format!("{}{reasons}", local.text))
}

/// Returns the age of a line that is too old, and its maximum age.
fn stale(local: &Local<'_>, now: i64) -> Option<(i64, i64)> {
    let cached = local.cached?;
    let old = now.saturating_sub(cached.at);
    (old > cached.age).then_some((old, cached.age))
}

fn lines_named(subchecks: &[Subcheck], name: &str) -> usize {
    subchecks.iter().filter(|subcheck| subcheck.labels[0].1 == name).count()
}

/// Says how many items there are, and names the worst ones.
fn summary(subchecks: &[Subcheck]) -> String {
    let mut troubled: Vec<&Subcheck> = subchecks.iter().filter(|it| it.status != Status::Ok).collect();
    if troubled.is_empty() {
        return format!("{} in order", count(subchecks.len(), "item"));
    }
    for status in [Status::Unknown, Status::Warning, Status::Critical] {
        troubled.sort_by_key(|subcheck| subcheck.status != status);
    }
    let mut named: Vec<String> =
        troubled.iter().take(NAMED).map(|it| format!("{}: {}", it.labels[0].1, it.text)).collect();
    let more = troubled.len().saturating_sub(NAMED);
    if more > 0 {
        named.push(format!("and {more} more"));
    }
    let all = count(subchecks.len(), "item");
    format!("{} of {all} not in order: {}", troubled.len(), named.join("; "))
}
