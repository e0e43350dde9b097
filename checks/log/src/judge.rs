//! From the new lines of files to what is reported of them.

use roundsman_sdk::tail::{Followed, Loss, News, Tail};
use roundsman_sdk::text::{count, cut, excerpt, size};
use roundsman_sdk::{Outcome, Pattern, Status, Subcheck};

use crate::options::Options;
use crate::{LINES, MATCHES, SKIPPED};

/// The lines of one file that patterns match.
#[derive(Default)]
struct Matches<'a> {
    critical: Vec<&'a str>,
    warning: Vec<&'a str>,
    /// Whether a line said that it is over, and no line of the two levels came after that.
    over: bool,
}

pub fn judge(tail: &Tail, options: &Options) -> Outcome {
    let mut outcome = Outcome::new("");
    let (mut lines, mut critical, mut warning, mut skipped) = (0, 0, 0, 0);
    // Of several files nobody knows the order of lines.
    let (mut over, mut goes_on) = (false, !tail.lost.is_empty());
    for file in &tail.files {
        let Followed { path, news } = file;
        let news = match news {
            Ok(news) => news,
            Err(error) => {
                let status = if error.is_not_found() { options.missing } else { options.unreadable };
                goes_on |= !error.is_not_found();
                outcome = outcome.subcheck(Subcheck::new("path", path, error.to_string()).judged(status));
                continue;
            }
        };
        let matches = matches(news.lines.iter().chain(&news.unfinished), options);
        lines += news.lines.len();
        critical += matches.critical.len();
        warning += matches.warning.len();
        skipped += news.skipped;
        over |= matches.over;
        goes_on |= news.skipped > 0 || !matches.over && matches.critical.len() + matches.warning.len() > 0;
        let metric =
            |level: &str, lines: &[&str]| MATCHES.count(lines.len() as u64).label("path", path).label("level", level);
        outcome = outcome
            .subcheck(subcheck(path, news, &matches, options))
            .metric(LINES.count(news.lines.len() as u64).label("path", path))
            .metric(metric("critical", &matches.critical))
            .metric(metric("warning", &matches.warning))
            .metric(SKIPPED.count(news.skipped).label("path", path))
            .details(shown(path, &matches, options));
    }

    let mut facts = vec![format!("{} in {}", count(lines, "new line"), count(tail.files.len(), "file"))];
    facts.extend((critical > 0).then(|| format!("{critical} critical")));
    facts.extend((warning > 0).then(|| format!("{warning} warning")));
    facts.extend((skipped > 0).then(|| format!("{} not looked at", size(skipped))));
    facts.extend((!tail.lost.is_empty()).then(|| "lines may be lost".to_owned()));
    outcome.summary = facts.join(", ");
    // What is granted besides may have no rotated file yet.
    for pattern in tail.unmatched.iter().filter(|it| options.paths.contains(it)) {
        let text = format!("{pattern}: no file matches");
        outcome = outcome.subcheck(Subcheck::new("path", pattern, text).judged(options.missing));
    }
    if let Some(error) = &tail.unkept {
        let text = format!("the next run will look at the same lines again: {error}");
        outcome = outcome.subcheck(Subcheck::new("part", "state", text).judged(Status::Unknown));
    }
    if over && !goes_on {
        outcome.summary.push_str(", the last of which says that it is over");
        outcome.extra.push(("recovered".to_owned(), String::new()));
    }
    outcome = outcome.details(tail.lost.iter().map(Loss::to_string));
    outcome.judged(if tail.lost.is_empty() { Status::Ok } else { options.lost }).bounded("files")
}

fn matches<'a>(lines: impl Iterator<Item = &'a String>, options: &Options) -> Matches<'a> {
    let any = |patterns: &[Pattern], line: &str| patterns.iter().any(|pattern| pattern.matches(line));
    let mut matches = Matches::default();
    for line in lines.filter(|line| !any(&options.ignore, line)) {
        if any(&options.critical, line) {
            matches.critical.push(line);
        } else if any(&options.warning, line) {
            matches.warning.push(line);
        } else {
            matches.over |= any(&options.recovered, line);
            continue;
        }
        matches.over = false;
    }
    matches
}

fn subcheck(path: &str, news: &News, matches: &Matches, options: &Options) -> Subcheck {
    let mut facts = vec![count(news.lines.len(), "new line")];
    facts.extend(news.unfinished.is_some().then(|| "one that is not finished".to_owned()));
    let mut status = Status::Ok;
    for (level, lines, word) in
        [(Status::Critical, &matches.critical, "critical"), (Status::Warning, &matches.warning, "warning")]
    {
        if let Some(last) = lines.last() {
            status = status.worse(level);
            facts.push(format!("{} {word}, the last {:?}", lines.len(), cut(last, 200)));
        }
    }
    if news.skipped > 0 {
        status = status.worse(options.skipped);
        facts.push(format!("{} not looked at", size(news.skipped)));
    }
    Subcheck::new("path", path, facts.join(", ")).judged(status)
}

fn shown(path: &str, matches: &Matches, options: &Options) -> Vec<String> {
    let all: Vec<&str> = matches.critical.iter().chain(&matches.warning).copied().collect();
    excerpt(&all.join("\n"), options.lines).into_iter().map(|line| format!("{path}: {line}")).collect()
}
