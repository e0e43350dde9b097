//! The state of every check, as a table for a person at a terminal: worst first, or what is due next.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::config::RESERVED;
use crate::contract::{Status, Unit};
use crate::escape;
use crate::judge::compose::{self, status_word};
use crate::judge::shown::{DECIMALS, for_people, time_between};
use crate::judge::{State, StateType, Verdict, rank};
use crate::outputs::json::state_type_word;
use crate::outputs::text::{self, BLANKS, Look, coloured};
use crate::outputs::width::{cut, joined, padded, width};
use crate::standing::Standing;

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

/// A column: its head, and what stands in it for a check.
type Column = (&'static str, fn(&Row<'_>) -> String);

const FEW: [Column; 4] = [STATUS, CHECK, ("FOR", since), ("SAYS", says)];
const MANY: [Column; 9] = [
    STATUS,
    CHECK,
    ("FOR", since),
    ("TYPE", state_type),
    ("RAN", |row| ago(row.verdict.started, row.now)),
    ("TOOK", took),
    ("NEXT", next),
    ("SKIPPED", |row| row.standing.skipped.to_string()),
    ("SAYS", says),
];
const NEXT: [Column; 5] = [STATUS, CHECK, ("NEXT", next), ("AT", due_at), ("EVERY", every)];
const STATUS: Column = ("STATUS", |row| row.lines.state.to_owned());
const CHECK: Column = ("CHECK", |row| row.verdict.check.clone());

/// Text of an empty cell.
const NOTHING: &str = "-";

/// A check as it is now.
struct Row<'a> {
    standing: &'a Standing,
    verdict: Verdict,
    lines: compose::Lines,
    now: Timestamp,
}

/// The table of all checks, by name, and a line that counts them; `written` is the end of the last round.
#[must_use]
pub fn encode(
    checks: &BTreeMap<String, Standing>,
    written: Option<Timestamp>,
    columns: Columns,
    now: Timestamp,
    look: Look,
) -> String {
    // In the order of their names, which the sorting keeps among equals.
    let mut rows: Vec<Row<'_>> = checks.values().map(|standing| Row::of(standing, now)).collect();
    let footer = footer(&rows, written, now, look);
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
    layout(&rows, columns, look) + &footer
}

/// Everything about one check: its last outcome, and where it stands over the rounds.
#[must_use]
pub fn one(standing: &Standing, now: Timestamp, look: Look) -> String {
    let row = Row::of(standing, now);
    let (verdict, at) = (&row.verdict, |at: Option<Timestamp>| at.map(|at| format!("{at:.0}")));
    let with_age = |time: Option<Timestamp>| at(time).map(|text| format!("{text}, {} ago", ago(time, now)));
    let runs: Vec<String> = standing.runs.iter().map(|(result, count)| format!("{count} {result}")).collect();
    let facts = [
        ("state", Some(format!("{}, for {}", state_type(&row), since(&row))).filter(|_| verdict.status.is_some())),
        ("last run", with_age(verdict.started).map(|text| format!("{text}, took {}", took(&row)))),
        ("last success", with_age(verdict.last_success)),
        ("next run", at(due(&row)).map(|text| format!("{text}, {}", next(&row)))),
        ("runs", Some(runs.join(", ")).filter(|text| !text.is_empty())),
        ("skipped", (standing.skipped > 0).then(|| standing.skipped.to_string())),
    ];
    let facts = facts.into_iter().filter_map(|(name, fact)| Some(format!("{name}: {}\n", escape::line(&fact?))));
    text::one(verdict, look) + &facts.collect::<String>()
}

impl<'a> Row<'a> {
    fn of(standing: &'a Standing, now: Timestamp) -> Self {
        let verdict = standing.as_of(now);
        Self { standing, lines: compose::lines(&verdict), verdict, now }
    }
}

/// Aligned, the first column coloured, each line cut to the width of the terminal.
fn layout(rows: &[Row<'_>], columns: &[Column], look: Look) -> String {
    let heads = (columns.iter().map(|(head, _)| (*head).to_owned()).collect::<Vec<_>>(), None);
    let cells = |row: &Row<'_>| columns.iter().map(|(_, cell)| escape::line(&cell(row))).collect::<Vec<_>>();
    let lines: Vec<(Vec<String>, Option<Status>)> =
        std::iter::once(heads).chain(rows.iter().map(|row| (cells(row), row.verdict.status))).collect();
    let widest = |column: usize| lines.iter().map(|(cells, _)| width(&cells[column])).max().unwrap_or(0);
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

/// `40 checks, 1 warning, 1 paused; last round 40 s ago; next: memory in 14 s`.
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
    let total = if checks.len() == 1 { "1 check".to_owned() } else { format!("{} checks", checks.len()) };
    let counts: Vec<String> = [Some(total)].into_iter().chain(statuses).chain(states).flatten().collect();
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
    ago(if stale { row.standing.overdue } else { row.standing.since }, row.now)
}

fn ago(at: Option<Timestamp>, now: Timestamp) -> String {
    at.map_or_else(|| NOTHING.to_owned(), |at| time_between(at, now))
}

fn took(row: &Row<'_>) -> String {
    let duration = row.verdict.started.map(|_| row.verdict.duration.as_secs_f64());
    duration.map_or_else(|| NOTHING.to_owned(), |seconds| for_people(seconds, &Unit::Seconds, DECIMALS))
}

/// When it runs next, the end of a pause included.
fn due(row: &Row<'_>) -> Option<Timestamp> {
    let paused = row.standing.paused(row.now).map(|pause| pause.until);
    Some(row.verdict.next_due?.max(paused.unwrap_or(Timestamp::MIN)))
}

fn next(row: &Row<'_>) -> String {
    match due(row) {
        None => NOTHING.to_owned(),
        Some(due) if due <= row.now => "now".to_owned(),
        Some(due) => format!("in {}", time_between(row.now, due)),
    }
}

fn due_at(row: &Row<'_>) -> String {
    due(row).map_or_else(|| NOTHING.to_owned(), |due| format!("{due:.0}"))
}

fn every(row: &Row<'_>) -> String {
    let interval = row.verdict.interval.map(|interval| for_people(interval.as_secs_f64(), &Unit::Seconds, DECIMALS));
    interval.unwrap_or_else(|| "cron".to_owned())
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
