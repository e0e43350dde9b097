//! From what was seen of a file to what is reported of it.

use roundsman_sdk::expect::{found, lacking, said};
use roundsman_sdk::text::{count, excerpt, shown, size};
use roundsman_sdk::{Outcome, Status, Subcheck};

use crate::look::{Many, Seen};
use crate::options::Options;
use crate::{AGE, FILES, LINES, OLDEST_AGE, SIZE, TOTAL_SIZE};

/// `now` in nanoseconds since 1970 UTC.
pub fn present(seen: &Seen, now: i64, options: &Options) -> Outcome {
    let path = &seen.path;
    // A file of `/proc` says that it has no bytes, whatever it holds.
    let content = seen.content.as_ref().and_then(|it| it.as_ref().ok());
    let bytes = content.map_or(seen.metadata.size, |content| content.len() as u64);
    let age = now.saturating_sub(seen.metadata.modified) as f64 / 1e9;
    let empty = bytes == 0;
    let mut facts = vec![if empty { format!("{path}: empty") } else { format!("{path}: {}", size(bytes)) }];
    let mut outcome = Outcome::new("").judged(if empty { options.empty } else { Status::Ok }).judged(options.forbidden);
    if options.forbidden != Status::Ok {
        facts.push("which must not be there".to_owned());
    }

    if let Some(Err(error)) = &seen.content {
        facts.push("its text could not be read".to_owned());
        outcome = outcome.subcheck(Subcheck::new("part", "text", error.to_string()).judged(Status::Unknown));
    }
    if let Some(content) = content {
        let text = shown(content);
        let lines = text.lines().count();
        facts.push(count(lines, "line"));
        for pattern in lacking(&text, &options.must_contain) {
            outcome = outcome.judged(options.missing_text);
            facts.push(format!("no line matches {pattern}"));
        }
        for (pattern, line) in found(&text, &options.must_not_contain) {
            outcome = outcome.judged(options.forbidden_text);
            facts.push(format!("{pattern} matches {line:?}"));
        }
        let numbers = options.wanted().pick(&text).told(&options.wanted());
        // What is looked for comes first.
        match options.summary.as_ref().and_then(|it| it.of(&text, &numbers.metrics)) {
            Some(summary) => facts.insert(0, summary),
            None => drop(facts.splice(0..0, said(&numbers.metrics))),
        }
        outcome = numbers.judged.into_iter().fold(outcome, Outcome::subcheck);
        if let Some((name, error)) = numbers.broken.first() {
            // What was looked for and is not there comes before what is.
            facts.insert(0, format!("{name}: {error}"));
        }
        for (name, error) in &numbers.broken {
            outcome =
                outcome.subcheck(Subcheck::new("number", name, format!("{name}: {error}")).judged(Status::Unknown));
        }
        outcome =
            outcome.details(excerpt(&text, options.lines)).metric(LINES.count(lines as u64)).metrics(numbers.metrics);
    }
    outcome.summary = facts.join(", ");
    outcome.metric(SIZE.count(bytes)).metric(AGE.value(age)).bounded("parts")
}

/// Adds what all files are together that a pattern matches.
pub fn with_others(mut outcome: Outcome, many: &Many, now: i64) -> Outcome {
    let total = many.settled.iter().map(|(_, it)| it.size).sum::<u64>();
    if many.settled.len() > 1 {
        outcome.summary.push_str(&format!("; {}, {}", count(many.settled.len(), "file"), size(total)));
    }
    for error in &many.failed {
        outcome = outcome.subcheck(Subcheck::failed("path", &error.on, error.clone()));
    }
    let oldest = many.settled.iter().map(|(_, it)| it.modified).min();
    outcome
        .metric(FILES.count(many.settled.len() as u64))
        .metric(TOTAL_SIZE.count(total))
        .bounded("files")
        .metrics(oldest.map(|it| OLDEST_AGE.value(now.saturating_sub(it) as f64 / 1e9)))
}

/// What is said where there is no file.
pub fn none(pattern: &str, many: &Many) -> String {
    let fresh = match many.fresh {
        0 => String::new(),
        fresh => format!(" but {} that may still be written", count(fresh, "file")),
    };
    format!("{pattern}: no file matches{fresh}")
}
