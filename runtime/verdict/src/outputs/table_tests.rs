//! The tables, line by line.

use crate::check_status::RunCounts;
use std::time::Duration;

use super::*;
use crate::check_status::Pause;
use crate::judge::sample;
use crate::outputs::text::Colour;

const MINUTE: i64 = 60;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_374_000 + second).unwrap()
}

fn now() -> Timestamp {
    at(100 * MINUTE)
}

/// Returns a check that ran 40 s ago, has been what it is for an hour, and is due in 20 s.
fn check(name: &str, status: Status, summary: &str) -> CheckStatus {
    let verdict = Verdict {
        check: name.to_owned(),
        status: Some(status),
        summary: summary.to_owned(),
        started: Some(at(100 * MINUTE - 40)),
        next_due: Some(at(100 * MINUTE + 20)),
        ..sample::verdict()
    };
    let check_status = CheckStatus::pending(verdict.clone());
    CheckStatus { verdict, since: Some(at(40 * MINUTE - 40)), overdue: Some(at(110 * MINUTE)), ..check_status }
}

fn some() -> BTreeMap<String, CheckStatus> {
    let soft = check("load", Status::Warning, "load 7.1");
    let soft = CheckStatus {
        verdict: Verdict { state_type: StateType::Soft, attempt: 2, ..soft.verdict },
        since: Some(at(100 * MINUTE - 40)),
        skipped: 3,
        ..soft
    };
    let late = CheckStatus { overdue: Some(at(95 * MINUTE)), ..check("cpu", Status::Ok, "2 cores") };
    let pause = Pause { until: at(160 * MINUTE), reason: "new\ndisks".to_owned(), by: None, at: None };
    let paused = CheckStatus { pause: Some(Box::new(pause)), ..check("disk", Status::Critical, "full") };
    let new =
        CheckStatus::pending(Verdict { summary: "not run yet".to_owned(), ..check("new", Status::Ok, "").verdict });
    let new = CheckStatus { verdict: Verdict { started: None, next_due: Some(at(99 * MINUTE)), ..new.verdict }, ..new };
    let daily = check("daily", Status::Ok, "done");
    let daily = CheckStatus { verdict: Verdict { interval: None, next_due: None, ..daily.verdict }, ..daily };
    let itself = check(RESERVED, Status::Ok, "6 of 6 checks run");
    [soft, late, paused, new, daily, itself]
        .map(|check_status| (check_status.verdict.check.clone(), check_status))
        .into()
}

fn table(columns: Columns, look: Look) -> String {
    encode(&some(), TableRows::All, Some(at(100 * MINUTE - 39)), columns, now(), look)
}

#[test]
fn the_worst_first_then_by_name() {
    assert_eq!(
        table(Columns::Few, Look::PLAIN),
        "STATUS    CHECK  FOR     SAYS\n\
         CRITICAL  disk   61 min  paused until 2026-11-22T21:40:00Z: new\\ndisks; full\n\
         WARNING   load   40 s    (soft 2) load 7.1\n\
         UNKNOWN   cpu    5 min   stale: no outcome for 40 s, since 2026-11-22T20:39:20Z; the last: OK: 2 cores\n\
         OK        daily  61 min  done\n\
         PENDING   new    -       not run yet\n\
         5 checks, 1 critical, 1 warning, 1 unknown, 1 pending, 1 paused, 1 stale; last round 39 s ago; next: cpu in 20 s\n"
    );
}

#[test]
fn the_last_runs_and_the_next() {
    assert_eq!(
        table(Columns::Many, Look::PLAIN),
        "STATUS    CHECK  FOR     TYPE    RAN   TOOK     NEXT       SKIPPED  SAYS\n\
         CRITICAL  disk   61 min  hard    40 s  12.3 ms  in 60 min  0        paused until 2026-11-22T21:40:00Z: new\\ndisks; full\n\
         WARNING   load   40 s    soft 2  40 s  12.3 ms  in 20 s    3        (soft 2) load 7.1\n\
         UNKNOWN   cpu    5 min   hard    40 s  12.3 ms  in 20 s    0        stale: no outcome for 40 s, since 2026-11-22T20:39:20Z; the last: OK: 2 cores\n\
         OK        daily  61 min  hard    40 s  12.3 ms  -          0        done\n\
         PENDING   new    -       -       -     -        now        0        not run yet\n\
         5 checks, 1 critical, 1 warning, 1 unknown, 1 pending, 1 paused, 1 stale; last round 39 s ago; next: cpu in 20 s\n"
    );
}

#[test]
fn what_is_due_next_comes_first() {
    assert_eq!(
        table(Columns::Next, Look::PLAIN),
        "STATUS    CHECK  NEXT       AT                    EVERY\n\
         PENDING   new    now        2026-11-22T20:39:00Z  5 min\n\
         UNKNOWN   cpu    in 20 s    2026-11-22T20:40:20Z  5 min\n\
         WARNING   load   in 20 s    2026-11-22T20:40:20Z  5 min\n\
         CRITICAL  disk   in 60 min  2026-11-22T21:40:00Z  5 min\n\
         OK        daily  -          -                     cron\n\
         5 checks, 1 critical, 1 warning, 1 unknown, 1 pending, 1 paused, 1 stale; last round 39 s ago; next: cpu in 20 s\n"
    );
}

#[test]
fn colour_and_width_of_a_terminal() {
    let look = Look { colour: Colour::Always, columns: Some(30) };
    assert_eq!(
        table(Columns::Few, look),
        "STATUS    CHECK  FOR     SAYS\n\
         \u{1b}[31mCRITICAL\u{1b}[0m  disk   61 min  paus…\n\
         \u{1b}[33mWARNING \u{1b}[0m  load   40 s    (sof…\n\
         \u{1b}[35mUNKNOWN \u{1b}[0m  cpu    5 min   stal…\n\
         \u{1b}[32mOK      \u{1b}[0m  daily  61 min  done\n\
         PENDING   new    -       not …\n\
         5 checks, 1 critical, 1 warni…\n\
         last round 39 s ago\n\
         next: cpu in 20 s\n"
    );
    let plain = |columns| table(Columns::Few, Look { columns: Some(columns), ..Look::PLAIN });
    for columns in 0..120 {
        // The status alone is never cut.
        let too_wide = |line: &&str| width(line) > columns.max("CRITICAL".len());
        assert_eq!(plain(columns).lines().find(too_wide), None, "{columns}");
    }
    assert_eq!(plain(112).lines().count(), 7);
}

#[test]
fn wide_letters_take_their_room() {
    let checks = [check("a", Status::Ok, "磁盘满了"), check("b", Status::Ok, "abcdefghi")];
    let checks = checks.map(|check_status| (check_status.verdict.check.clone(), check_status)).into();
    let look = Look { columns: Some(31), ..Look::PLAIN };
    assert_eq!(
        encode(&checks, TableRows::All, None, Columns::Few, now(), look),
        "STATUS  CHECK  FOR     SAYS\n\
         OK      a      61 min  磁盘满了\n\
         OK      b      61 min  abcdefg…\n\
         2 checks; next: a in 20 s\n"
    );
    let look = Look { columns: Some(30), ..Look::PLAIN };
    assert!(encode(&checks, TableRows::All, None, Columns::Few, now(), look).contains("磁盘满…\n"));
}

#[test]
fn the_runtime_itself_is_shown_where_it_has_something_to_say() {
    let mut checks = some();
    checks.insert(RESERVED.to_owned(), check(RESERVED, Status::Warning, "1 fault"));
    let text = encode(&checks, TableRows::All, None, Columns::Few, now(), Look::PLAIN);
    assert!(text.contains("WARNING   roundsman  "), "{text}");
    assert!(text.contains("\n5 checks, "), "it is none of the checks: {text}");
}

#[test]
fn without_a_check_there_is_a_head_and_a_count() {
    assert_eq!(
        encode(&BTreeMap::new(), TableRows::All, None, Columns::Few, now(), Look::PLAIN),
        "STATUS  CHECK  FOR  SAYS\n0 checks\n"
    );
}

#[test]
fn one_check_over_the_rounds() {
    let mut check_status = some()["load"].clone();
    check_status.runs = RunCounts::from_iter([("ok", 12), ("timeout", 1)]);
    check_status.verdict.last_success = check_status.verdict.started;
    check_status.verdict.duration = Duration::from_millis(1500);
    assert_eq!(
        one(&check_status, now(), Look::PLAIN),
        "WARNING: load 7.1\n\
         state: soft 2, for 40 s\n\
         last run: 2026-11-22T20:39:20Z, 40 s ago, took 1.5 s\n\
         last success: 2026-11-22T20:39:20Z, 40 s ago\n\
         next run: 2026-11-22T20:40:20Z, in 20 s\n\
         runs: 12 ok, 1 timeout\n\
         skipped: 3\n"
    );
    assert_eq!(one(&some()["new"], now(), Look::PLAIN), "PENDING: not run yet\nnext run: 2026-11-22T20:39:00Z, now\n");
}

#[test]
fn no_text_from_data_moves_the_cursor() {
    let hostile = "\u{1b}[2J\u{9b}\u{202e}\n";
    let mut check_status = check("a", Status::Ok, hostile);
    check_status.pause = Some(Box::new(Pause {
        until: at(160 * MINUTE),
        reason: hostile.to_owned(),
        by: Some(hostile.to_owned()),
        at: None,
    }));
    let checks = BTreeMap::from([("a".to_owned(), check_status.clone())]);
    let texts = [
        encode(&checks, TableRows::All, None, Columns::Many, now(), Look::PLAIN),
        encode(&checks, TableRows::All, None, Columns::Next, now(), Look::PLAIN),
        one(&check_status, now(), Look::PLAIN),
    ];
    for line in texts.iter().flat_map(|text| text.lines()) {
        assert!(!line.chars().any(escape::is_dangerous), "{line:?}");
    }
}

#[test]
fn problems_are_what_nobody_has_silenced_and_then_who_has_what() {
    let mut checks = some();
    let known = check("known", Status::Critical, "full");
    let ack = Ack::of(&known, Status::Critical, "alice".to_owned(), at(50 * MINUTE), "disk\nordered".to_owned());
    checks.insert("known".to_owned(), CheckStatus { ack: Some(Box::new(ack)), ..known });
    assert_eq!(
        encode(&checks, TableRows::Problems, None, Columns::Few, now(), Look::PLAIN),
        "STATUS   CHECK  FOR    SAYS\n\
         WARNING  load   40 s   (soft 2) load 7.1\n\
         UNKNOWN  cpu    5 min  stale: no outcome for 40 s, since 2026-11-22T20:39:20Z; the last: OK: 2 cores\n\
         disk: paused until 2026-11-22T21:40:00Z: new\\ndisks\n\
         known: acknowledged by alice at 2026-11-22T19:50:00Z: disk\\nordered\n\
         6 checks, 2 critical, 1 warning, 1 unknown, 1 pending, 1 paused, 1 stale, 1 acknowledged; next: cpu in 20 s\n"
    );
}
