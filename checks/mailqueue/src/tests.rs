use super::*;
use roundsman_sdk::commands::{Completed, Ending};
use roundsman_sdk::fake::{Fake, contract};

/// Recorded from Postfix 3.7 (Debian 12), with a message in `deferred` and three in `hold`.
const POSTFIX: &str = include_str!("../tests/postqueue-j");
const POSTFIX_TABLE: &str = include_str!("../tests/mailq-postfix");
/// Recorded from Exim 4.96 (Debian 12), with a frozen message.
const EXIM: &str = include_str!("../tests/mailq-exim");
/// A minute after the messages of [`POSTFIX`] came.
const THEN: u64 = 1_796_006_809;

fn run(argv: &[&str], output: &str) -> Result<Outcome, Failure> {
    let host = Fake::new();
    host.command(argv, output).set_time(THEN);
    host.run::<Mailqueue>("{}")
}

fn value(outcome: &Outcome, name: &str, queue: &str) -> Option<f64> {
    outcome.metrics.iter().find(|it| it.name == name && it.labels[0].1 == queue).map(|it| it.value)
}

const J: [&str; 2] = ["/usr/sbin/postqueue", "-j"];

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Mailqueue>(include_str!("../README.md"));
}

#[test]
fn postfix_tells_each_queue_with_the_age_of_its_oldest_message() {
    let outcome = run(&J, POSTFIX).unwrap();
    assert_eq!(outcome.summary, "4 messages waiting, the oldest for 1 min 0 s");
    assert_eq!((value(&outcome, "messages", "hold"), value(&outcome, "messages", "active")), (Some(3.0), Some(0.0)));
    assert_eq!((value(&outcome, "oldest_age", "hold"), value(&outcome, "oldest_age", "active")), (Some(60.0), None));
    assert_eq!(value(&outcome, "size", "hold"), Some(781.0));
    let names: Vec<&str> = outcome.subchecks.iter().map(|it| it.labels[0].1.as_str()).collect();
    assert_eq!(names, ["maildrop", "hold", "incoming", "active", "deferred"]);
}

#[test]
fn an_empty_queue_is_zero_messages_and_no_age() {
    for (argv, output) in [
        (&J[..], ""),
        (&["/usr/bin/mailq"], "Mail queue is empty\n"),
        (&["/usr/sbin/exim", "-bp"], ""),
        (&["/usr/sbin/exim", "-bpc"], "0\n"),
    ] {
        let outcome = run(argv, output).unwrap();
        assert_eq!(outcome.summary, "no messages wait", "{argv:?}");
        assert!(outcome.metrics.iter().all(|it| it.name == "messages" && it.value == 0.0), "{:?}", outcome.metrics);
    }
}

#[test]
fn the_table_of_postfix_counts_and_must_be_whole() {
    let outcome = run(&["/usr/bin/mailq"], POSTFIX_TABLE).unwrap();
    assert_eq!((value(&outcome, "messages", "hold"), value(&outcome, "messages", "deferred")), (Some(3.0), Some(1.0)));
    assert_eq!(value(&outcome, "oldest_age", "hold"), None);
    let cut = &POSTFIX_TABLE[..POSTFIX_TABLE.find("-- 1 Kb").unwrap()];
    let failure = run(&["/usr/bin/mailq"], cut).unwrap_err();
    assert!(failure.message.contains("mailq: there is no last line that counts: the list was cut off"), "{failure:?}");
    let failure = run(&["/usr/bin/mailq"], &POSTFIX_TABLE.replace("in 4 Req", "in 5 Req")).unwrap_err();
    assert!(failure.message.contains("counts 5 messages, and 4 are listed"), "{}", failure.message);
}

#[test]
fn exim_tells_frozen_messages_apart() {
    let outcome = run(&["/usr/sbin/exim", "-bp"], EXIM).unwrap();
    assert_eq!((value(&outcome, "messages", "queue"), value(&outcome, "messages", "frozen")), (Some(1.0), Some(1.0)));
    let old = " 3d  2.9K 1xXrP5-0007OP-3D <s@host.example>\n        D a@other.example\n          u1@other.example\n\n\
               25m   12M 1xXrP6-0007OS-05 <>\n          u2@other.example\n";
    let outcome = run(&["/usr/sbin/exim", "-bp"], old).unwrap();
    assert_eq!(value(&outcome, "oldest_age", "queue"), Some(259_200.0));
    assert_eq!(value(&outcome, "size", "queue"), Some(2969.0 + 12.0 * 1024.0 * 1024.0));
    assert_eq!(run(&["/usr/sbin/exim", "-bpc"], "27\n").unwrap().summary, "27 messages waiting");
}

#[test]
fn what_is_no_list_is_a_failure_and_never_an_empty_queue() {
    for (argv, output, said) in [
        (&J[..], &POSTFIX[..100], "EOF while parsing"),
        (&J, "postqueue: fatal: Connect to the Postfix showq service\n", "line 1"),
        (&J, &POSTFIX.replace("arrival_time", "arrived"), "has no \"arrival_time\""),
        (&J, &POSTFIX.replace("\"message_size\": 266", "\"message_size\": 99999999999999999999"), "no whole number"),
        (&["/usr/sbin/exim", "-bp"], "exim: permission denied\n", "is no id of a message of Exim"),
        (&["/usr/sbin/exim", "-bpc"], "exim: permission denied\n", "is not a whole number"),
        (&["/usr/sbin/exim", "-bpc"], "", "is not a whole number"),
    ] {
        let failure = run(argv, output).unwrap_err();
        assert!(failure.message.contains(said), "{}", failure.message);
    }
    let host = Fake::new();
    let errors = "postqueue: fatal: Connect to the Postfix showq service: Permission denied\n";
    host.command_ends(
        &J,
        Ok(Completed {
            ending: Ending::Code(69),
            standard_output: Vec::new(),
            standard_error: errors.into(),
            duration: 0,
            extra: Vec::new(),
        }),
    );
    let failure = host.run::<Mailqueue>("{}").unwrap_err();
    assert!(failure.message.contains("exit code 69: postqueue: fatal: Connect"), "{}", failure.message);
}

#[test]
fn very_many_messages_are_counted() {
    let line = POSTFIX.lines().next().unwrap();
    let outcome = run(&J, &format!("{line}\n").repeat(10_000)).unwrap();
    assert_eq!(value(&outcome, "messages", "deferred"), Some(10_000.0));
}

/// Recorded from Postfix 3.5 (Debian 11), with two messages in `deferred`.
#[test]
fn an_older_postfix_is_read_alike() {
    let outcome = run(&J, include_str!("../tests/postqueue-j-3.5")).unwrap();
    assert_eq!(
        (value(&outcome, "messages", "deferred"), value(&outcome, "size", "deferred")),
        (Some(2.0), Some(532.0))
    );
    let outcome = run(&["/usr/bin/mailq"], include_str!("../tests/mailq-postfix-3.5")).unwrap();
    assert_eq!(value(&outcome, "messages", "deferred"), Some(2.0));
}

#[test]
fn exim_of_before_and_after_its_longer_ids_tells_the_same() {
    // Exim 4.97 made the parts of an id longer.
    let new = EXIM
        .replace("1xXrP5-0007OP-3D", "1xXrP5-00000007OPa-3DKs")
        .replace("1xXrP6-0007OS-05", "1xXrP6-00000007OSb-05Lt");
    assert_ne!(new, EXIM);
    let [old, new] = [EXIM, &new].map(|text| run(&["/usr/sbin/exim", "-bp"], text).unwrap());
    assert_eq!(format!("{old:?}"), format!("{new:?}"));
    let cut = &EXIM[..EXIM.find(" <s@").unwrap() - 8];
    assert!(run(&["/usr/sbin/exim", "-bp"], cut).is_err(), "{cut}");
}
