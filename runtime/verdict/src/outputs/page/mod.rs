//! One static page of HTML: where every check stands, worst first, the last 90 days of each, and the latest changes. It has no
//! script, loads nothing, and its policy forbids both.

mod bars;
mod latest;
mod markup;

use std::cmp::Reverse;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::scene::{OutputKeys, OutputScene};
use crate::check_status::CheckStatus;
use crate::judge::humanize::time_between;
use crate::judge::{MessageLines, message_lines::state_word};
use crate::judge::{Verdict, rank};
use markup::{chip, text, time};
use roundsman_contract::Status;
use roundsman_grants::escape;

/// The one style; the policy names it by its digest.
const STYLE: &str = include_str!("style.css");

/// Checks up to which those that are OK stand in the open.
const OPEN: usize = 200;
/// Further lines of a check that are shown, and their bytes.
const LINES: usize = 20;
const LINE: usize = 300;

/// Encodes the page.
#[must_use]
pub fn encode(scene: &OutputScene<'_>, _keys: &OutputKeys) -> String {
    let mut shown: Vec<Shown<'_>> =
        scene.checks.iter().map(|(name, check_status)| Shown::of(name, check_status, scene)).collect();
    shown.sort_by_key(|one| (Reverse(one.urgency()), one.name));
    let (counts, host) = (counts(&shown), text(&scene.host.name));
    let digest = STANDARD.encode(Sha256::digest(STYLE));
    let now = scene.now.at;
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{digest}'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{host}: {counts}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{host}</h1>\n\
         <p>Round of {}. If this is not the last minutes, cron has stopped.</p>\n<p>{counts}</p>\n",
        time(now, &scene.now.show(now)),
    );
    let folded = if shown.len() > OPEN { shown.partition_point(|one| one.urgency() > 0) } else { shown.len() };
    let (open, well) = shown.split_at(folded);
    table("Checks, worst first", open, scene, &mut page);
    if !well.is_empty() {
        let _ = writeln!(page, "<details>\n<summary>{} more checks, of which nothing is wrong</summary>", well.len());
        table("Checks of which nothing is wrong", well, scene, &mut page);
        page += "</details>\n";
    }
    latest::table(scene, &mut page);
    page + "</main>\n</body>\n</html>\n"
}

/// A check as the page has it.
struct Shown<'a> {
    name: &'a str,
    check_status: &'a CheckStatus,
    verdict: Verdict,
}

impl<'a> Shown<'a> {
    fn of(name: &'a str, check_status: &'a CheckStatus, scene: &OutputScene<'_>) -> Self {
        Self { name, check_status, verdict: check_status.without_alert(scene.now.clone()) }
    }

    /// Returns the rank of its status; what has none comes after what is wrong, and before what is well.
    fn urgency(&self) -> u8 {
        match self.verdict.status {
            Some(Status::Ok) => 0,
            None => 1,
            Some(status) => 1 + rank(status),
        }
    }
}

/// Returns `1 critical, 29 ok`.
fn counts(shown: &[Shown<'_>]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for one in shown {
        let word = state_word(&one.verdict);
        match counts.iter_mut().find(|(known, _)| *known == word) {
            Some((_, count)) => *count += 1,
            None => counts.push((word, 1)),
        }
    }
    let words = counts.iter().map(|(word, count)| format!("{count} {}", word.to_lowercase().replace('_', " ")));
    words.collect::<Vec<_>>().join(", ")
}

fn table(caption: &str, shown: &[Shown<'_>], scene: &OutputScene<'_>, page: &mut String) {
    let _ = writeln!(
        page,
        "<table>\n<caption>{caption}</caption>\n<thead><tr><th scope=\"col\">Status</th><th scope=\"col\">Check</th>\
         <th scope=\"col\">For</th><th scope=\"col\">Says</th><th scope=\"col\">{} days</th></tr></thead>\n<tbody>",
        bars::DAYS
    );
    for one in shown {
        row(one, scene, page);
    }
    *page += "</tbody>\n</table>\n";
}

fn row(shown: &Shown<'_>, scene: &OutputScene<'_>, page: &mut String) {
    let Shown { name, check_status, verdict } = shown;
    let lines = MessageLines::of(verdict);
    let since = check_status.since.map(|since| time(since, &time_between(since, scene.now.at))).unwrap_or_default();
    let further = if verdict.status == Some(Status::Ok) { String::new() } else { further(&lines.further) };
    let _ = writeln!(
        page,
        "<tr><td>{}</td><th scope=\"row\">{}</th><td>{since}</td><td>{}{further}</td><td>{}</td></tr>",
        chip(verdict.status, lines.state),
        text(name),
        text(&lines.facts),
        bars::svg(&scene.days.last(name, bars::DAYS)),
    );
}

fn further(lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let items: String =
        lines.iter().take(LINES).map(|line| format!("<li>{}</li>", text(&escape::clip(line.trim(), LINE)))).collect();
    let more = lines.len().saturating_sub(LINES);
    let more =
        if more > 0 { format!("<li>{more} more: <code>roundsman status NAME</code></li>") } else { String::new() };
    format!("<details><summary>more</summary><ul>{items}{more}</ul></details>")
}

#[cfg(test)]
mod tests;
