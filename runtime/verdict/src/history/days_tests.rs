use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn noted(sequence: u64, time: &str, event: Event) -> HistoryEntry {
    HistoryEntry { sequence, time: at(time), event }
}

fn change(from: Option<Status>, to: Option<Status>) -> Event {
    let (check, summary) = ("disk".to_owned(), String::new());
    Event::Change(Change { check, subcheck: None, from, to, since: None, summary, silenced: None })
}

fn history() -> Vec<HistoryEntry> {
    let (ok, critical) = (Some(Status::Ok), Some(Status::Critical));
    vec![
        noted(1, "2026-11-20T12:00:00Z", change(None, ok)),
        noted(2, "2026-11-21T18:00:00Z", change(ok, critical)),
        noted(3, "2026-11-22T06:00:00Z", change(critical, ok)),
        noted(
            4,
            "2026-11-24T06:00:01Z",
            Event::Gap { since: at("2026-11-22T12:00:00Z"), until: at("2026-11-24T06:00:00Z") },
        ),
        noted(5, "2026-11-24T12:00:00Z", change(ok, None)),
        noted(6, "2026-11-24T13:00:00Z", change(None, ok)),
    ]
}

fn shown(days: &Days, count: i32) -> Vec<Option<[u32; 5]>> {
    days.last("disk", count).into_iter().map(|(_, day)| day.map(Into::into)).collect()
}

#[test]
fn each_day_has_its_seconds_and_what_is_not_known_is_not_ok() {
    let days = Days::default().counted_on(&history(), at("2026-11-26T01:00:00Z"));
    let hour = 3_600;
    let expected = [
        None,
        Some([12 * hour, 0, 0, 0, 0]),
        Some([18 * hour, 0, 6 * hour, 0, 1]),
        Some([6 * hour, 0, 6 * hour, 0, 1]),
        Some([0; 5]),
        Some([17 * hour, 0, 0, 0, 1]),
        Some([24 * hour, 0, 0, 0, 0]),
        Some([hour, 0, 0, 0, 0]),
    ];
    assert_eq!(shown(&days, 8), expected);
    assert_eq!(days.last("disk", 1)[0].0, "2026-11-26".parse().unwrap());
    let worst: Vec<_> = days.last("disk", 8).into_iter().map(|(_, day)| day.and_then(|day| day.worst())).collect();
    let (ok, critical) = (Some(Status::Ok), Some(Status::Critical));
    assert_eq!(worst, [None, ok, critical, critical, None, ok, ok, ok]);
    assert!(
        !days.checks["disk"].days.contains_key(&"2026-11-25".parse().unwrap()),
        "a day that was well takes no room"
    );
}

#[test]
fn counted_in_steps_and_stored_between_it_is_the_same() {
    let (history, end) = (history(), at("2026-11-26T01:00:00Z"));
    let whole = Days::default().counted_on(&history, end);
    for cut in 0..=history.len() {
        let now = history.get(cut).map_or(end, |entry| entry.time);
        // Up to a gap that is not noted yet nothing is counted: a round notes it before it counts.
        let now = if cut == 3 { at("2026-11-22T11:00:00Z") } else { now };
        let first = Days::default().counted_on(&history[..cut], now);
        let stored = serde_json::from_str(&serde_json::to_string(&first).unwrap()).unwrap();
        assert_eq!(Days::counted_on(stored, &history[cut..], end), whole, "cut at {cut}");
    }
}

#[test]
fn a_clock_that_is_set_lets_no_day_have_more_than_it_has() {
    let (ok, critical) = (Some(Status::Ok), Some(Status::Critical));
    let back = vec![
        noted(1, "2026-11-20T00:00:00Z", change(None, ok)),
        noted(2, "2026-11-20T03:00:00Z", Event::Clock { seconds: -72_000 }),
        noted(3, "2026-11-20T04:00:00Z", change(ok, critical)),
    ];
    let days = Days::default().counted_on(&back, at("2026-11-21T00:00:00Z"));
    let Day { ok, critical, .. } = days.last("disk", 2)[0].1.unwrap();
    assert_eq!((ok, critical), (86_400 - 72_000, 72_000));
    let forward = vec![
        noted(1, "2026-11-20T00:00:00Z", change(None, Some(Status::Ok))),
        noted(2, "2036-11-20T02:00:00Z", Event::Clock { seconds: 315_360_000 }),
    ];
    let days = Days::default().counted_on(&forward, at("2036-11-20T03:00:00Z"));
    assert_eq!(days.last("disk", 1)[0].1.map(|day| day.ok), Some(3_600));
}

#[test]
fn no_more_than_thirteen_months_are_kept_and_no_check_that_is_long_gone() {
    let (ok, critical) = (Some(Status::Ok), Some(Status::Critical));
    let mut entries = Vec::new();
    for day in 0..700_i64 {
        let time = at("2025-01-01T12:00:00Z") + SignedDuration::from_hours(24 * day);
        let (from, to) = if day % 2 == 0 { (ok, critical) } else { (critical, ok) };
        let event = change(from.filter(|_| day > 0), to);
        entries.push(HistoryEntry { sequence: day as u64 + 1, time, event });
    }
    let end = entries.last().unwrap().time;
    let days = Days::default().counted_on(&entries, end);
    assert_eq!(days.checks["disk"].days.len(), usize::try_from(KEPT).unwrap() + 1);
    assert!(days.last("disk", KEPT + 3)[..2].iter().all(|(_, day)| day.is_none()));
    let gone = days.counted_on(&[HistoryEntry { sequence: 701, time: end, event: change(ok, None) }], end);
    let later = gone.counted_on(&[], end + SignedDuration::from_hours(24 * 500));
    assert!(later.checks.is_empty(), "{later:?}");
}
