//! The state of every check, as a table for a person at a terminal: worst first, or what is due next.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::check_status::RESERVED;
use crate::check_status::hold::HeldTrouble;
use crate::check_status::{Ack, CheckStatus, Pause, trouble};
use crate::judge::humanize::{DECIMALS, Now, for_people, time_between};
use crate::judge::{
    MessageLines,
    message_lines::{self, status_word},
};
use crate::judge::{State, StateType, Verdict, rank};
use crate::outputs::json::state_type_word;
use crate::outputs::text::{self, BLANKS, Look, coloured};
use crate::outputs::width::{column, cut, joined, padded, width};
use roundsman_contract::{Status, Unit};
use roundsman_grants::escape;

/// The columns of a table, and so what comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Columns {
    /// Status, name, since when, and what it says.
    Few,
    /// With the last run and the next.
    Many,
    /// The checks that are due next, soonest first.
    Next,
}

/// Which checks a table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableRows {
    All,
    /// Those that are not OK and that nobody has silenced; then a list of what is silenced.
    Problems,
}

/// Tells whether a check is not OK, and nobody knows of it.
#[must_use]
pub fn is_problem(check_status: &CheckStatus, now: Timestamp) -> bool {
    let is_bad = check_status.as_of(now).status.is_some_and(|status| status != Status::Ok);
    is_bad && !check_status.is_silenced(now)
}

/// A column: its head, and what stands in it for a check.
type Column = (&'static str, fn(&Row<'_>) -> String);

const FEW: [Column; 4] = [STATUS, CHECK, ("FOR", since), ("SAYS", says)];
const MANY: [Column; 9] = [
    STATUS,
    CHECK,
    ("FOR", since),
    ("TYPE", state_type),
    ("RAN", |row| ago(row.verdict.started, row.now.at)),
    ("TOOK", took),
    ("NEXT", next),
    ("SKIPPED", |row| row.check_status.skipped.to_string()),
    ("SAYS", says),
];
const NEXT: [Column; 5] = [STATUS, CHECK, ("NEXT", next), ("AT", due_at), ("EVERY", every)];
const STATUS: Column = ("STATUS", |row| row.lines.state.to_owned());
const CHECK: Column = ("CHECK", |row| row.verdict.check.clone());

/// Text of an empty cell.
const NOTHING: &str = "-";

/// A check as it is now.
struct Row<'a> {
    check_status: &'a CheckStatus,
    verdict: Verdict,
    lines: MessageLines,
    now: &'a Now,
}

/// Returns the table of all checks, by name, and a line that counts them; `written` is the end of the last round.
#[must_use]
pub fn encode(
    checks: &BTreeMap<String, CheckStatus>,
    which: TableRows,
    written: Option<Timestamp>,
    columns: Columns,
    now: impl Into<Now>,
    look: Look,
) -> String {
    let now = now.into();
    // In the order of their names, which the sorting keeps among equals.
    let mut rows: Vec<Row<'_>> = checks.values().map(|check_status| Row::of(check_status, &now)).collect();
    let footer = footer(&rows, written, now.at, look);
    let silences = if which == TableRows::Problems { silences(&rows) } else { String::new() };
    rows.retain(|row| which == TableRows::All || is_problem(row.check_status, now.at));
    // The runtime's own check is shown unless all is well with it.
    rows.retain(|row| row.verdict.check != RESERVED || columns != Columns::Next && row.lines.state != "OK");
    match columns {
        Columns::Few | Columns::Many => rows.sort_by_key(|row| Reverse(row.verdict.status.map(rank))),
        // Those that will not run come last.
        Columns::Next => rows.sort_by_key(|row| due(row).unwrap_or(Timestamp::MAX)),
    }
    let columns: &[Column] = match columns {
        Columns::Few => &FEW,
        Columns::Many => &MANY,
        Columns::Next => &NEXT,
    };
    layout(&rows, columns, look) + &silences + &footer
}

/// Returns a line for each pause and each acknowledgement, with who and why.
fn silences(rows: &[Row<'_>]) -> String {
    let lines = rows.iter().flat_map(|row| {
        let check = &row.verdict.check;
        let pause = row.check_status.paused(row.now.at).map(|pause| paused(pause, row.now));
        let ack = row.check_status.acknowledged(row.now.at).map(|ack| acknowledged(ack, row.now));
        pause.into_iter().chain(ack).map(move |said| escape::line(&format!("{check}: {said}")) + "\n")
    });
    lines.collect()
}

/// Returns `paused by alice at 2026-11-22T19:14:03Z until 2026-11-24T19:14:03Z: disk ordered`.
fn paused(pause: &Pause, now: &Now) -> String {
    let by = pause.by.as_ref().map_or_else(String::new, |by| format!(" by {by}"));
    let at = pause.at.map_or_else(String::new, |at| format!(" at {}", now.show(at)));
    format!("paused{by}{at} until {}: {}", now.show(pause.until), pause.reason)
}

/// Returns the same of an acknowledgement, which may have no end.
fn acknowledged(ack: &Ack, now: &Now) -> String {
    let until = ack.until.map_or_else(String::new, |until| format!(" until {}", now.show(until)));
    let sticky = if ack.sticky { " (sticky)" } else { "" };
    format!("acknowledged by {} at {}{until}{sticky}: {}", ack.by, now.show(ack.at), ack.reason)
}

/// Returns everything about one check: its last outcome, and where it stands over the rounds.
#[must_use]
pub fn one(check_status: &CheckStatus, now: impl Into<Now>, look: Look) -> String {
    let now = &now.into();
    let row = Row::of(check_status, now);
    let (verdict, at) = (&row.verdict, |at: Option<Timestamp>| at.map(|at| now.show(at)));
    let with_age = |time: Option<Timestamp>| at(time).map(|text| format!("{text}, {} ago", ago(time, now.at)));
    let runs: Vec<String> = check_status.runs.iter().map(|(result, count)| format!("{count} {result}")).collect();
    let facts = [
        ("state", Some(format!("{}, for {}", state_type(&row), since(&row))).filter(|_| verdict.status.is_some())),
        ("last run", with_age(verdict.started).map(|text| format!("{text}, took {}", took(&row)))),
        ("last success", with_age(verdict.last_success)),
        ("next run", at(due(&row)).map(|text| format!("{text}, {}", next(&row)))),
        ("runs", Some(runs.join(", ")).filter(|text| !text.is_empty())),
        ("skipped", (check_status.skipped > 0).then(|| check_status.skipped.to_string())),
        ("silence", check_status.paused(now.at).map(|pause| paused(pause, now))),
        ("silence", check_status.acknowledged(now.at).map(|ack| acknowledged(ack, now))),
        ("held", check_status.held.as_ref().map(|one| held(one, now))),
        ("soft subchecks", soft_subchecks(check_status)),
    ];
    let facts = facts.into_iter().filter_map(|(name, fact)| Some(format!("{name}: {}\n", escape::line(&fact?))));
    text::one(verdict, look) + &facts.collect::<String>()
}

/// Returns `found last at 2026-11-22T19:14:03Z, stays until 2026-11-22T20:14:03Z`.
fn held(held: &HeldTrouble, now: &Now) -> String {
    let until = held.until.map_or_else(|| "`roundsman clear`".to_owned(), |until| now.show(until));
    format!("found last at {}, stays until {until}", now.show(held.last))
}

/// Returns the subchecks that are not believed yet, or why none of them is counted.
fn soft_subchecks(check_status: &CheckStatus) -> Option<String> {
    if trouble::are_too_many(&check_status.verdict) {
        return Some(format!("not counted, as more than {} are not OK", trouble::MOST));
    }
    let soft = check_status.troubles.iter().filter(|trouble| trouble.state_type == StateType::Soft);
    let soft: Vec<String> =
        soft.map(|one| format!("{} (soft {})", message_lines::label_values(&one.labels), one.attempt)).collect();
    Some(soft.join(", ")).filter(|text| !text.is_empty())
}

impl<'a> Row<'a> {
    fn of(check_status: &'a CheckStatus, now: &'a Now) -> Self {
        let verdict = check_status.as_of(now.clone());
        Self { check_status, lines: MessageLines::of(&verdict), verdict, now }
    }
}

/// Aligned, the first column coloured, each line cut to the width of the terminal.
fn layout(rows: &[Row<'_>], columns: &[Column], look: Look) -> String {
    let heads = (columns.iter().map(|(head, _)| (*head).to_owned()).collect::<Vec<_>>(), None);
    let cells = |row: &Row<'_>| columns.iter().map(|(_, cell)| escape::line(&cell(row))).collect::<Vec<_>>();
    let lines: Vec<(Vec<String>, Option<Status>)> =
        std::iter::once(heads).chain(rows.iter().map(|row| (cells(row), row.verdict.status))).collect();
    let widest = |at: usize| column(lines.iter().map(|(cells, _)| width(&cells[at])));
    let widths: Vec<usize> = (0..columns.len()).map(widest).collect();
    let line = |(cells, status): &(Vec<String>, Option<Status>)| {
        let padded: Vec<String> = cells.iter().zip(&widths).map(|(cell, width)| padded(cell, *width)).collect();
        let (first, rest) = padded.split_first().map_or(("", String::new()), |(first, rest)| {
            (first.as_str(), rest.iter().map(|cell| format!("{BLANKS}{cell}")).collect())
        });
        let room = look.columns.map(|columns| columns.saturating_sub(width(first)));
        format!("{}{}\n", coloured(first, *status, look.colour), cut(rest.trim_end(), room))
    };
    lines.iter().map(line).collect()
}

/// Returns `40 checks, 1 warning, 1 paused; last round 40 s ago; next: memory in 14 s`.
fn footer(rows: &[Row<'_>], written: Option<Timestamp>, now: Timestamp, look: Look) -> String {
    let checks: Vec<&Row<'_>> = rows.iter().filter(|row| row.verdict.check != RESERVED).collect();
    let count = |what: &str, is: &dyn Fn(&Row<'_>) -> bool| {
        let count = checks.iter().filter(|row| is(row)).count();
        (count > 0).then(|| format!("{count} {what}"))
    };
    let statuses = [Status::Critical, Status::Warning, Status::Unknown];
    let statuses = statuses.map(|status| {
        count(&status_word(status).to_lowercase(), &move |row: &Row<'_>| row.verdict.status == Some(status))
    });
    let states = [("pending", State::Pending), ("paused", State::Paused), ("stale", State::Stale)];
    let states = states.map(|(word, state)| count(word, &move |row: &Row<'_>| row.verdict.state == state));
    let known = count("acknowledged", &|row: &Row<'_>| row.check_status.acknowledged(now).is_some());
    let total = if checks.len() == 1 { "1 check".to_owned() } else { format!("{} checks", checks.len()) };
    let counts: Vec<String> =
        [Some(total)].into_iter().chain(statuses).chain(states).chain([known]).flatten().collect();
    let last = written.map(|written| format!("last round {} ago", time_between(written, now)));
    let soonest = checks.iter().filter_map(|row| Some((due(row).filter(|due| *due > now)?, &row.verdict.check))).min();
    let soonest = soonest.map(|(due, check)| format!("next: {} in {}", escape::line(check), time_between(now, due)));
    let parts: Vec<String> = [Some(counts.join(", ")), last, soonest].into_iter().flatten().collect();
    joined(&parts, look.columns)
}

fn says(row: &Row<'_>) -> String {
    let soft = if is_soft(row) { format!("({}) ", state_type(row)) } else { String::new() };
    soft + &row.lines.facts
}

fn is_soft(row: &Row<'_>) -> bool {
    row.verdict.state_type == StateType::Soft && row.verdict.state != State::Stale
}

fn state_type(row: &Row<'_>) -> String {
    let word = state_type_word(row.verdict.state_type);
    match row.verdict.status {
        None => NOTHING.to_owned(),
        Some(_) if is_soft(row) => format!("{word} {}", row.verdict.attempt),
        Some(_) => word.to_owned(),
    }
}

/// Returns how long the check has had its status.
fn since(row: &Row<'_>) -> String {
    let stale = row.verdict.state == State::Stale;
    ago(if stale { row.check_status.overdue } else { row.check_status.since }, row.now.at)
}

fn ago(at: Option<Timestamp>, now: Timestamp) -> String {
    at.map_or_else(|| NOTHING.to_owned(), |at| time_between(at, now))
}

fn took(row: &Row<'_>) -> String {
    let duration = row.verdict.started.map(|_| row.verdict.duration.as_secs_f64());
    duration.map_or_else(|| NOTHING.to_owned(), |seconds| for_people(seconds, &Unit::Seconds, DECIMALS))
}

/// Tells when it runs next, the end of a pause included.
fn due(row: &Row<'_>) -> Option<Timestamp> {
    let paused = row.check_status.paused(row.now.at).map(|pause| pause.until);
    Some(row.verdict.next_due?.max(paused.unwrap_or(Timestamp::MIN)))
}

fn next(row: &Row<'_>) -> String {
    match due(row) {
        None => NOTHING.to_owned(),
        Some(due) if due <= row.now.at => "now".to_owned(),
        Some(due) => format!("in {}", time_between(row.now.at, due)),
    }
}

fn due_at(row: &Row<'_>) -> String {
    due(row).map_or_else(|| NOTHING.to_owned(), |due| row.now.show(due))
}

fn every(row: &Row<'_>) -> String {
    let interval = row.verdict.interval.map(|interval| for_people(interval.as_secs_f64(), &Unit::Seconds, DECIMALS));
    interval.unwrap_or_else(|| "cron".to_owned())
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
