//! What waits for receivers of values: each keeps its own place, and the room is bounded.

use roundsman_verdict::judge::Verdict;

use super::*;
use crate::sample::{metric, verdict};
use roundsman_contract::Unit;

fn measured(check: &str) -> Measured {
    let metrics = vec![metric("used", f64::NAN, Unit::Number, &[("mount", "/data")])];
    Measured::of(&Verdict { check: check.to_owned(), metrics, ..verdict() }, None).expect("a run")
}

fn names(span: &Span) -> Vec<&str> {
    span.entries.iter().map(|(_, entry)| entry.verdict.check.as_str()).collect()
}

#[test]
fn each_is_read_once_by_who_keeps_the_place() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    assert_eq!((end(here).unwrap(), names(&read(here, 0, 1 << 20).unwrap())), (0, vec![]));
    append(here, &[measured("a"), measured("b")], 1 << 20).unwrap();
    let span = read(here, 0, 1 << 20).unwrap();
    assert_eq!((names(&span), span.is_cut, span.end), (vec!["a", "b"], false, end(here).unwrap()));
    append(here, &[measured("c")], 1 << 20).unwrap();
    assert_eq!(names(&read(here, span.end, 1 << 20).unwrap()), ["c"]);
    // One at a time, from the place behind each.
    let one = read(here, 0, 1).unwrap();
    assert_eq!((names(&one), one.entries[0].0), (vec!["a"], one.end));
    assert_eq!(names(&read(here, one.end, 1).unwrap()), ["b"]);
    // Of another life of the directory.
    let beyond = read(here, 1 << 40, 1 << 20).unwrap();
    assert_eq!((names(&beyond), beyond.end), (vec![], end(here).unwrap()));
    clear(here).unwrap();
    assert_eq!(end(here).unwrap(), 0);
}

#[test]
fn the_oldest_go_where_there_is_no_more_room_and_that_is_known() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    for number in 0..100 {
        append(here, &[measured(&format!("c{number}"))], 20_000).unwrap();
    }
    let bytes: u64 = list(here).unwrap().iter().map(|segment| segment.length).sum();
    assert!(bytes <= 20_000 && bytes > 10_000, "{bytes}");
    let span = read(here, 0, 1 << 20).unwrap();
    assert!(span.is_cut && names(&span).last() == Some(&"c99") && names(&span).len() > 5, "{:?}", names(&span));
}

#[test]
fn half_a_line_of_a_killed_round_costs_no_other() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    append(here, &[measured("a")], 1 << 20).unwrap();
    let path = here.join("values.0");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, [&whole[..], &whole[..20]].concat()).unwrap();
    append(here, &[measured("b")], 1 << 20).unwrap();
    assert_eq!(names(&read(here, 0, 1 << 20).unwrap()), ["a", "b"]);
}
