//! Judging of a local check's number by its levels, `[lower:]upper`, as Checkmk does: WARNING from the upper level on,
//! and below the lower.

use roundsman_perfdata::{Item, Reading, number};
use roundsman_sdk::Status;

/// The status of a number, and why it is not OK.
pub fn judge(item: &Item<'_>) -> (Status, Option<String>) {
    let label = &item.label;
    let Reading::Number(value) = item.reading else {
        return (Status::Unknown, Some(format!("{label} has no value")));
    };
    for (status, word, levels) in
        [(Status::Critical, "critical", item.critical), (Status::Warning, "warning", item.warning)]
    {
        let (lower, upper) = levels.split_once(':').unwrap_or(("", levels));
        for level in [lower, upper].into_iter().filter(|level| !level.is_empty()) {
            if number(level).is_none() {
                return (Status::Unknown, Some(format!("{label}: {level:?} is no level")));
            }
        }
        let broken = if number(upper).is_some_and(|upper| value >= upper) {
            format!("at {upper}")
        } else if number(lower).is_some_and(|lower| value < lower) {
            format!("below {lower}")
        } else {
            continue;
        };
        return (status, Some(format!("{label} {}: {word} {broken}", item.value)));
    }
    (Status::Ok, None)
}
