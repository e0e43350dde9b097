use super::*;

fn attempt(second: i64) -> Attempt<'static> {
    let now = Timestamp::from_second(second).unwrap();
    Attempt { now, tick: Duration::from_secs(60), machine: "m", output: "chat", each_round: false }
}

fn answer(outcome: DeliveryOutcome, status: Option<u16>, retry_after: Option<u64>) -> DeliveryAnswer {
    let reason = if outcome == DeliveryOutcome::Done { String::new() } else { format!("status {status:?}") };
    DeliveryAnswer { id: 1, outcome, status, retry_after, reason, dropped: 0, question: None, answer: None }
}

fn place(sequence: u64) -> Option<ReceiverPlace> {
    Some(ReceiverPlace { sequence, told: Vec::new() })
}

fn step(sequence: u64) -> Option<CursorStep> {
    place(sequence).map(|place| CursorStep::to(To::Place(place), 1))
}

#[test]
fn reasons_that_differ_each_time_do_not_fill_the_state() {
    let mut cursor = Cursor::default();
    for number in 0..100 {
        cursor.drop(&format!("exit code 1: job {number}"), 1);
    }
    cursor.drop("exit code 1: job 7", 1);
    assert_eq!((cursor.dropped.len(), cursor.dropped[OTHER_REASONS]), (REASONS + 1, 80));
    assert_eq!(cursor.dropped["exit code 1: job 7"], 2);
}

#[test]
fn a_receiver_that_is_away_keeps_its_place_and_is_told_of_once_it_lasts() {
    let mut cursor = Cursor { place: place(3), ..Cursor::default() };
    for round in 1..=3 {
        assert_eq!(cursor.trouble(), None);
        cursor.take(&answer(DeliveryOutcome::Later, None, None), step(4), attempt(60 * round));
    }
    assert_eq!((cursor.place.clone(), cursor.failures), (place(3), 3));
    assert_eq!(cursor.trouble().unwrap(), "nothing is delivered since 1970-01-01T00:01:00Z: status None");
    cursor.take(&answer(DeliveryOutcome::Done, Some(200), None), step(4), attempt(600));
    assert_eq!((cursor.place.clone(), cursor.trouble(), cursor.not_before), (place(4), None, None));
    assert_eq!(cursor.summary(), "last success 1970-01-01T00:10:00Z, 0 waiting");
}

#[test]
fn what_a_receiver_does_not_take_is_dropped_and_counted_and_its_own_trouble_has_three_attempts() {
    let mut cursor = Cursor { place: place(3), ..Cursor::default() };
    cursor.take(&answer(DeliveryOutcome::Refused, Some(400), None), step(4), attempt(0));
    assert_eq!((cursor.place.clone(), cursor.failures), (place(4), 0));
    assert_eq!(cursor.trouble().unwrap(), "a message was dropped: status Some(400)");
    for failures in [1, 2] {
        cursor.take(&answer(DeliveryOutcome::Refused, Some(500), None), step(5), attempt(0));
        assert_eq!((cursor.place.clone(), cursor.failures), (place(4), failures));
    }
    cursor.take(&answer(DeliveryOutcome::Refused, Some(500), None), step(5), attempt(0));
    assert_eq!((cursor.place.clone(), cursor.failures, cursor.dropped.len()), (place(5), 0, 2));
    assert!(cursor.summary().ends_with("1 dropped (status Some(400)), 1 dropped (status Some(500))"));
}

#[test]
fn a_check_that_a_receiver_does_not_know_is_told_of_as_long_as_it_is_one() {
    let started = |second| SilencedRun { started: Timestamp::from_second(second).unwrap(), silence: None };
    let mut cursor = Cursor::default();
    let run = |second| Some(CursorStep::to(To::Run("disk".to_owned(), started(second)), 1));
    assert!(cursor.take(&answer(DeliveryOutcome::Refused, Some(404), None), run(1), attempt(1)));
    cursor.take(&answer(DeliveryOutcome::Done, Some(200), None), None, attempt(2));
    assert_eq!(
        cursor.trouble().unwrap(),
        "the receiver does not know disk: make them there, or give the user of `auth` the right to them"
    );
    assert_eq!(cursor.runs["disk"], started(1));
    cursor.take(&answer(DeliveryOutcome::Done, Some(200), None), run(3), attempt(3));
    assert_eq!((cursor.trouble(), cursor.dropped.values().sum::<u64>()), (None, 1));
}

#[test]
fn values_that_are_refused_are_expected_for_two_rounds_after_a_discovery() {
    let mut cursor = Cursor { values: Some(1), ..Cursor::default() };
    let some = |second| DeliveryAnswer {
        dropped: 2,
        reason: "some".to_owned(),
        ..answer(DeliveryOutcome::Done, None, Some(second))
    };
    let values = |end| Some(CursorStep::to(To::Values(end), 5));
    let discover = |cursor: &mut Cursor, second| {
        let at = Timestamp::from_second(second).unwrap();
        let discovery = Discovery { digest: String::new(), at, said: at };
        let step = Some(CursorStep::to(To::Discovery(discovery), 0));
        cursor.take(&answer(DeliveryOutcome::Done, None, None), step, attempt(second));
    };
    discover(&mut cursor, 1_000);
    assert!(cursor.take(&some(0), values(2), attempt(1_120)), "some did not arrive");
    assert_eq!((cursor.dropped.len(), cursor.refused.as_deref()), (0, None));
    assert!(cursor.take(&some(0), values(3), attempt(1_180)));
    assert_eq!((cursor.values, cursor.dropped["some"], cursor.refused.as_deref()), (Some(3), 2, Some("some")));
    // What was told of is not over as there is more to be discovered.
    discover(&mut cursor, 2_000);
    assert!(cursor.take(&some(0), values(4), attempt(2_060)));
    assert_eq!((cursor.dropped["some"], cursor.refused.as_deref()), (2, Some("some")));
}

#[test]
fn a_receiver_that_says_when_is_not_asked_before() {
    let mut cursor = Cursor::default();
    cursor.take(&answer(DeliveryOutcome::Later, Some(429), Some(300)), None, attempt(0));
    assert_eq!(cursor.not_before, Timestamp::from_second(300).ok());
}
