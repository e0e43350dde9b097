use super::*;
use roundsman_sdk::commands::{Completed, Ending};
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{Exceeded, HostError, Status, Subcheck};

/// Recorded with journalctl 252 (Debian 12), from entries that systemd-journal-remote had written; the fourth message
/// has a byte that is no UTF-8.
const ENTRIES_OF_FOUR: &str = include_str!("../tests/entries");
const CONFIG: &str =
    r#"{"critical": ["I/O error"], "warning": ["Failed password"], "ignore": ["for invalid user guest"]}"#;

fn lines() -> Vec<&'static str> {
    ENTRIES_OF_FOUR.lines().collect()
}

fn cursor(line: &str) -> String {
    entry::parse(line).unwrap().cursor
}

/// Returns a host whose newest entry is `line`, and which tells `since` from it on.
fn at(host: &Fake, line: &str, since: &str) {
    host.command(&read::NEWEST, line).grant_command(None, &read::NEWEST);
    let argument = format!("--cursor={}", cursor(line));
    let mut argv = read::SINCE.to_vec();
    argv[6] = &argument;
    host.command(&argv, since).grant_command(None, &read::SINCE);
}

fn subcheck<'a>(outcome: &'a Outcome, label: &str) -> &'a Subcheck {
    outcome.subchecks.iter().find(|it| it.labels[0].1 == label).unwrap()
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Journal>(include_str!("../README.md"));
}

#[test]
fn entries_are_read_once_and_judged_by_patterns() {
    let host = Fake::new();
    at(&host, lines()[0], ENTRIES_OF_FOUR);
    let first = host.run::<Journal>(CONFIG).unwrap();
    assert_eq!((first.summary.as_str(), first.metrics[0].value), ("the journal is read from here on", 0.0));
    let second = host.run::<Journal>(CONFIG).unwrap();
    assert_eq!(second.summary, "3 new entries");
    let disk = subcheck(&second, "I/O error");
    assert_eq!(
        (disk.status, disk.text.as_str()),
        (Status::Critical, "1 new entry, the last: kernel: I/O error, dev sdb, sector 8")
    );
    assert_eq!(subcheck(&second, "Failed password").status, Status::Ok);
    assert_eq!(second.details, ["kernel: I/O error, dev sdb, sector 8"]);
    // The place moved to the last one.
    at(&host, lines()[3], lines()[3]);
    let third = host.run::<Journal>(CONFIG).unwrap();
    assert_eq!((third.summary.as_str(), third.subchecks.len()), ("0 new entries", 2));
}

#[test]
fn a_place_that_was_removed_is_told() {
    let host = Fake::new();
    at(&host, lines()[0], &lines()[2..].join("\n"));
    host.run::<Journal>(CONFIG).unwrap();
    let outcome = host.run::<Journal>(CONFIG).unwrap();
    let lost = subcheck(&outcome, "lost");
    assert_eq!(
        (lost.status, lost.text.as_str()),
        (Status::Unknown, "journalctl: entries were removed before they were read")
    );
    assert_eq!(outcome.summary, "2 new entries");
    let host = Fake::new();
    at(&host, lines()[0], "");
    host.run::<Journal>(CONFIG).unwrap();
    let outcome = host.run::<Journal>(r#"{"warning": ["x"], "lost": "critical"}"#).unwrap();
    assert_eq!(subcheck(&outcome, "lost").status, Status::Critical);
}

#[test]
fn what_is_too_much_or_no_journal_begins_anew_and_says_so() {
    let host = Fake::new();
    at(&host, lines()[0], "");
    host.run::<Journal>(CONFIG).unwrap();
    let argument = format!("--cursor={}", cursor(lines()[0]));
    let mut argv = read::SINCE.to_vec();
    argv[6] = &argument;
    let limit = HostError::Limit(Exceeded { key: "output".into(), value: 1_048_576, extra: Vec::new() });
    host.command_ends(&argv, Err(limit));
    let outcome = host.run::<Journal>(CONFIG).unwrap();
    assert_eq!(subcheck(&outcome, "lost").text, "journalctl: there were more than limits.output allows");
    let errors = "Failed to seek to cursor: Invalid argument\n";
    let ends = |errors: &str| {
        let standard_error = errors.into();
        Ok(Completed {
            ending: Ending::Code(1),
            standard_output: Vec::new(),
            standard_error,
            duration: 0,
            extra: Vec::new(),
        })
    };
    host.command_ends(&argv, ends(errors));
    assert!(subcheck(&host.run::<Journal>(CONFIG).unwrap(), "lost").text.contains("Failed to seek"));
    host.command_ends(&argv, ends("No journal files were opened due to insufficient permissions.\n"));
    let failure = host.run::<Journal>(CONFIG).unwrap_err();
    assert!(failure.message.contains("insufficient permissions"), "{}", failure.message);
}

#[test]
fn a_line_that_is_no_entry_hides_no_other() {
    let host = Fake::new();
    let cut = &lines()[2][..40];
    at(&host, lines()[0], &format!("{}\n{cut}\n{}\n", lines()[0], lines()[1]));
    host.run::<Journal>(CONFIG).unwrap();
    let outcome = host.run::<Journal>(CONFIG).unwrap();
    assert_eq!((outcome.summary.as_str(), subcheck(&outcome, "unreadable").status), ("1 new entry", Status::Unknown));
    assert_eq!(subcheck(&outcome, "I/O error").status, Status::Critical);
}

#[test]
fn an_empty_journal_is_no_fault_and_its_first_entry_is_new() {
    let host = Fake::new();
    host.command(&read::NEWEST, "").grant_command(None, &read::NEWEST).grant_command(None, &read::SINCE);
    assert!(host.run::<Journal>(CONFIG).unwrap().subchecks.iter().all(|it| it.status == Status::Ok));
    at(&host, lines()[1], lines()[1]);
    let outcome = host.run::<Journal>(CONFIG).unwrap();
    assert_eq!((outcome.summary.as_str(), subcheck(&outcome, "I/O error").status), ("1 new entry", Status::Critical));
}

#[test]
fn messages_may_be_bytes_and_ignored_ones_are_not_judged() {
    let texts: Vec<String> = lines().iter().map(|line| entry::parse(line).unwrap().text).collect();
    assert_eq!(texts[2], "sshd: Failed password for invalid user guest from 192.0.2.7");
    assert_eq!(texts[3], "app: caf\\xe9");
    assert!(entry::parse("{\"MESSAGE\": \"x\"}").unwrap_err().to_string().contains("__CURSOR"));
    assert_eq!(entry::parse(r#"{"__CURSOR": "c", "MESSAGE": null, "_COMM": ["a", "b"]}"#).unwrap().text, "a b: ");
    let failure = Fake::new().run::<Journal>("{}").unwrap_err();
    assert!(failure.message.contains("nothing would be judged"), "{}", failure.message);
    let failure = Fake::new().run::<Journal>(r#"{"critical": ["a"], "warning": ["a"]}"#).unwrap_err();
    assert!(failure.message.contains("is there twice"), "{}", failure.message);
}

#[test]
fn a_message_that_journalctl_leaves_out_is_unknown_and_each_of_several_is_matched() {
    let host = Fake::new();
    let long = r#"{"__CURSOR": "s=1;i=9", "MESSAGE": null, "SYSLOG_IDENTIFIER": "app"}"#;
    let several = r#"{"__CURSOR": "s=1;i=10", "MESSAGE": ["a beginning", "I/O error"], "SYSLOG_IDENTIFIER": "app"}"#;
    at(&host, lines()[0], &format!("{}\n{long}\n{several}\n", lines()[0]));
    host.run::<Journal>(CONFIG).unwrap();
    let outcome = host.run::<Journal>(CONFIG).unwrap();
    let part = subcheck(&outcome, "unreadable");
    assert_eq!(part.status, Status::Unknown);
    assert!(part.text.contains("1 line that cannot be read") && part.text.contains("--all"), "{}", part.text);
    assert_eq!(subcheck(&outcome, "I/O error").text, "1 new entry, the last: app: a beginning I/O error");
}

#[test]
fn old_and_new_versions_of_journalctl_tell_the_same() {
    // systemd 254 tells sequence numbers besides, and puts them before the message.
    let new = ENTRIES_OF_FOUR
        .replace("{\"", "{\"__SEQNUM\":\"4711\",\"__SEQNUM_ID\":\"113561ac5daa48988c2e67a2c5672e06\",\"");
    assert_ne!(new, ENTRIES_OF_FOUR);
    let told = |text: &str| {
        let host = Fake::new();
        at(&host, text.lines().next().unwrap(), text);
        let first = host.run::<Journal>(CONFIG).unwrap();
        format!("{first:?} {:?}", host.run::<Journal>(CONFIG).unwrap())
    };
    assert_eq!(told(&new), told(ENTRIES_OF_FOUR));
}
