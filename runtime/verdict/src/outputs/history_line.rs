//! An entry of the history as a line for people.

use crate::history::{Act, Change, Day, Deed, Event, HistoryEntry, Silenced};
use crate::judge::humanize::{DECIMALS, Now, for_people};
use crate::judge::message_lines::{label_values, status_word};
use jiff::civil::Date;
use roundsman_contract::Unit;
use roundsman_grants::escape;

/// Encodes one entry: time, what happened, of which check, and more of it. `None` of one that this version does not know.
#[must_use]
pub fn encode(entry: &HistoryEntry, now: &Now) -> Option<String> {
    let (word, subject, says) = match &entry.event {
        Event::Change(change) => (change.to.map_or("GONE", status_word), subject(change), says(change, now)),
        Event::Act(act) => (deed_word(act.act), act.check.clone(), said(act, now)),
        Event::Gap { since, until } => {
            ("GAP", String::new(), format!("no round between {} and {}", now.show(*since), now.show(*until)))
        }
        Event::Clock { seconds } => {
            let way = if *seconds < 0 { "back" } else { "forward" };
            ("CLOCK", String::new(), format!("was set {way} by {}", for_seconds(seconds.unsigned_abs() as f64)))
        }
        Event::Other => return None,
    };
    let parts = [now.show(entry.time), format!("{word:<8}"), subject, says];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    Some(escape::line(parts.join("  ").trim_end()) + "\n")
}

/// Encodes a day of which only the counts are left.
#[must_use]
pub fn encode_day(check: &str, date: Date, day: &Day) -> String {
    let times = Day::WORST_FIRST.into_iter().filter(|status| day.seconds(*status) > 0);
    let times = times.map(|status| format!("{} {}", for_seconds(f64::from(day.seconds(status))), status_word(status)));
    let changes = (day.changes > 0).then(|| format!("{} changes", day.changes));
    let says = times.chain(changes).collect::<Vec<_>>().join(", ");
    let says = if says.is_empty() { "nothing is known" } else { &says };
    escape::line(&format!("{date}            DAY       {check}  {says}")) + "\n"
}

fn for_seconds(seconds: f64) -> String {
    for_people(seconds, &Unit::Seconds, DECIMALS)
}

/// Names the check, and the subcheck by the values of its labels.
pub(super) fn subject(change: &Change) -> String {
    let subcheck = change.subcheck.as_deref().map(label_values).unwrap_or_default();
    format!("{} {subcheck}", change.check).trim_end_matches(' ').to_owned()
}

fn says(change: &Change, now: &Now) -> String {
    let was = change.from.map(|from| format!("was {}", status_word(from)));
    let silenced = change.silenced.as_ref().map(|silenced| {
        let how = silenced_by(silenced);
        let until = silenced.until.map_or_else(String::new, |until| format!(" until {}", now.show(until)));
        format!("({how}{until}: {})", silenced.reason)
    });
    let summary = Some(change.summary.clone()).filter(|summary| !summary.is_empty());
    let says = was.into_iter().chain(summary).collect::<Vec<_>>().join("; ");
    std::iter::once(says).chain(silenced).collect::<Vec<_>>().join(" ")
}

/// Tells how nobody was alerted, and by whom: `acknowledged by alice`.
pub(super) fn silenced_by(silenced: &Silenced) -> String {
    let how = if silenced.paused { "paused" } else { "acknowledged" };
    let by = silenced.by.as_ref().map_or_else(String::new, |by| format!(" by {by}"));
    format!("{how}{by}")
}

fn said(act: &Act, now: &Now) -> String {
    let until = act.until.map_or_else(String::new, |until| format!(" until {}", now.show(until)));
    let reason = act.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
    format!("by {}{until}{reason}", act.by)
}

fn deed_word(deed: Deed) -> &'static str {
    match deed {
        Deed::Pause => "PAUSE",
        Deed::Ack => "ACK",
        Deed::Clear => "CLEAR",
        Deed::Resume => "RESUME",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use roundsman_contract::Status;

    fn at(text: &str) -> jiff::Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn lines_for_people() {
        let silenced =
            Some(Silenced { by: Some("alice".to_owned()), reason: "known".to_owned(), until: None, paused: false });
        let change = Change {
            check: "disk".to_owned(),
            subcheck: Some(vec![("mount".to_owned(), "/data\n".to_owned())]),
            from: Some(Status::Warning),
            to: Some(Status::Critical),
            since: None,
            summary: "97% used".to_owned(),
            silenced,
        };
        let gone = Change { subcheck: None, from: Some(Status::Ok), to: None, silenced: None, ..change.clone() };
        let (by, reason) = ("bob".to_owned(), Some("disk ordered".to_owned()));
        let act =
            Act { check: "disk".to_owned(), act: Deed::Pause, by, reason, until: Some(at("2026-11-23T00:00:00Z")) };
        let (since, until) = (at("2026-11-22T10:00:00Z"), at("2026-11-22T19:00:00Z"));
        for (event, line) in [
            (Event::Change(change), "CRITICAL  disk /data\\n  was WARNING; 97% used (acknowledged by alice: known)"),
            (Event::Change(gone), "GONE      disk  was OK; 97% used"),
            (Event::Act(act), "PAUSE     disk  by bob until 2026-11-23T00:00:00Z: disk ordered"),
            (Event::Gap { since, until }, "GAP       no round between 2026-11-22T10:00:00Z and 2026-11-22T19:00:00Z"),
            (Event::Clock { seconds: -7_200 }, "CLOCK     was set back by 2 h"),
        ] {
            let entry = HistoryEntry { sequence: 1, time: at("2026-11-22T19:14:03Z"), event };
            let encoded = encode(&entry, &until.into());
            assert_eq!(encoded.as_deref(), Some(format!("2026-11-22T19:14:03Z  {line}\n").as_str()));
        }
        let day = Day { critical: 7_200, ok: 79_200, changes: 2, ..Day::default() };
        assert_eq!(
            encode_day("disk", "2025-11-03".parse().unwrap(), &day),
            "2025-11-03            DAY       disk  2 h CRITICAL, 22 h OK, 2 changes\n"
        );
    }
}
