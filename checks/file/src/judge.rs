//! From what was seen of a file to what is reported of it.

use roundsman_sdk::expect::{found, lacking, said};
use roundsman_sdk::text::{count, excerpt, shown, size};
use roundsman_sdk::{Outcome, Status, Subcheck};

use crate::options::Options;
use crate::{AGE, LINES, SIZE, Seen};

/// `now` in nanoseconds since 1970 UTC.
pub fn present(path: &str, seen: &Seen, now: i64, options: &Options) -> Outcome {
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
        let numbers = options.wanted().pick(&text).risen(&options.wanted());
        // What is looked for comes first.
        facts.splice(0..0, said(&numbers.metrics));
        outcome = numbers.judged.into_iter().fold(outcome, Outcome::subcheck);
        for (name, error) in &numbers.broken {
            let text = format!("{name}: {error}");
            outcome = outcome.subcheck(Subcheck::new("number", name, text).judged(Status::Unknown));
        }
        outcome =
            outcome.details(excerpt(&text, options.lines)).metric(LINES.count(lines as u64)).metrics(numbers.metrics);
    }
    outcome.summary = facts.join(", ");
    outcome.metric(SIZE.count(bytes)).metric(AGE.value(age))
}
