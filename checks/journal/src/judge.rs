//! From the new entries to what is reported of them.

use roundsman_sdk::text::{count, cut};
use roundsman_sdk::{Outcome, Pattern, Status, Subcheck};

use crate::options::Options;
use crate::read::New;
use crate::{ENTRIES, LINES};

/// Characters of an entry that are shown.
const LONGEST: usize = 300;

pub fn judge(new: &New, options: &Options) -> Outcome {
    let judged = || new.entries.iter().filter(|it| !any(&options.ignore, &it.text));
    let patterns = options.critical.iter().map(|it| (it, Status::Critical));
    let patterns = patterns.chain(options.warning.iter().map(|it| (it, Status::Warning)));
    let mut outcome = Outcome::new(summary(new)).metric(ENTRIES.count(new.entries.len() as u64));
    for (pattern, status) in patterns {
        let found: Vec<&str> = judged().filter(|it| pattern.matches(&it.text)).map(|it| it.text.as_str()).collect();
        let last = found.last().map(|text| format!(", the last: {}", cut(text, LONGEST))).unwrap_or_default();
        let text = count(found.len(), "new entry").replace("entrys", "entries") + &last;
        let is = if found.is_empty() { Status::Ok } else { status };
        outcome = outcome
            .metric(LINES.count(found.len() as u64).label("pattern", pattern.text()))
            .subcheck(Subcheck::new("pattern", pattern.text(), text).judged(is));
    }
    if let Some(why) = &new.lost {
        outcome = outcome.subcheck(Subcheck::new("part", "lost", format!("journalctl: {why}")).judged(options.lost));
    }
    if let Some((lines, why)) = &new.broken {
        let text = format!("journalctl: {} that cannot be read, the first: {why}", count(*lines, "line"));
        outcome = outcome.subcheck(Subcheck::new("part", "unreadable", text).judged(Status::Unknown));
    }
    let bad = judged().filter(|it| any(&options.critical, &it.text) || any(&options.warning, &it.text));
    outcome.details(bad.take(options.lines).map(|it| cut(&it.text, LONGEST))).bounded("patterns")
}

fn any(patterns: &[Pattern], text: &str) -> bool {
    patterns.iter().any(|it| it.matches(text))
}

fn summary(new: &New) -> String {
    if new.first {
        return "the journal is read from here on".to_owned();
    }
    count(new.entries.len(), "new entry").replace("entrys", "entries")
}
