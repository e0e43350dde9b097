use super::*;
use roundsman_sdk::commands::{Completed, Ending};
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{HostError, Status, Subcheck};

const PSQL: [&str; 3] = ["/usr/bin/psql", "-c", "select state, count(1) from pg_stat_activity group by 1"];
/// As `psql -X -A -t -F TAB` of PostgreSQL 15 prints it.
const SESSIONS: &str = "active\t1\nidle\t12\n\t5\n";

fn run(output: &str, config: &str) -> Result<Outcome, Failure> {
    let host = Fake::new();
    host.command(&PSQL, output).grant_command(Some("sessions"), &PSQL);
    host.run::<Database>(config)
}

fn value(outcome: &Outcome, row: &str) -> Option<f64> {
    let of_row = |it: &&roundsman_sdk::Metric| it.name == "value" && it.labels.get(1).map_or("", |it| &it.1) == row;
    outcome.metrics.iter().find(of_row).map(|it| it.value)
}

fn subcheck<'a>(outcome: &'a Outcome, row: &str) -> &'a Subcheck {
    outcome.subchecks.iter().find(|it| it.labels.get(1).map_or("", |it| &it.1) == row).unwrap()
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Database>(include_str!("../README.md"));
}

#[test]
fn each_row_is_named_by_its_first_columns() {
    let outcome = run(SESSIONS, "{}").unwrap();
    assert_eq!(outcome.summary, "sessions: 3 rows");
    assert_eq!(
        (value(&outcome, "active"), value(&outcome, "idle"), value(&outcome, "")),
        (Some(1.0), Some(12.0), Some(5.0))
    );
    let outcome = run("a\tb\t-1.5e3\n", "{}").unwrap();
    assert_eq!(value(&outcome, "a b"), Some(-1500.0));
    let outcome = run("x|7\n", r#"{"separator": "|"}"#).unwrap();
    assert_eq!(value(&outcome, "x"), Some(7.0));
}

#[test]
fn a_single_number_is_the_summary_with_all_its_digits() {
    let outcome = run("18446744073709551617\n", "{}").unwrap();
    assert_eq!(outcome.summary, "sessions: 18446744073709551617");
    assert_eq!(value(&outcome, ""), Some(18_446_744_073_709_551_616.0));
}

#[test]
fn null_is_no_number_and_no_zero() {
    for null in ["\n", "NULL\n", "\\N\n"] {
        let outcome = run(null, "{}").unwrap();
        assert_eq!((value(&outcome, ""), subcheck(&outcome, "").text.as_str()), (None, "NULL: no number"), "{null:?}");
    }
    let outcome = run("", "{}").unwrap();
    assert_eq!(outcome.summary, "sessions: 0 rows");
    assert_eq!(outcome.metrics.iter().find(|it| it.name == "rows").unwrap().value, 0.0);
}

#[test]
fn what_is_no_number_is_unknown_and_hides_no_other() {
    let outcome = run("idle\t12\nactive\tt\nold\t1,5\n", "{}").unwrap();
    assert_eq!(value(&outcome, "idle"), Some(12.0));
    let odd = subcheck(&outcome, "active");
    assert_eq!((odd.status, odd.text.as_str()), (Status::Unknown, "/usr/bin/psql: line 2: \"t\" is not a number"));
    assert_eq!(subcheck(&outcome, "old").status, Status::Unknown);
    // An error that was printed with exit 0.
    let outcome = run("ERROR: could not connect\n", "{}").unwrap();
    assert_eq!(subcheck(&outcome, "").status, Status::Unknown);
}

#[test]
fn rows_that_cannot_be_told_apart_or_are_too_many_fail_the_query() {
    let outcome = run("a\t1\na\t2\n", "{}").unwrap();
    assert!(outcome.subchecks[0].text.contains("is a second row \"a\""), "{:?}", outcome.subchecks);
    let many: String = (0..1_001).map(|i| format!("r{i}\t1\n")).collect();
    let outcome = run(&many, "{}").unwrap();
    assert!(outcome.subchecks[0].text.contains("has more than 1000 rows"), "{:?}", outcome.subchecks[0]);
    assert_eq!(run(&many, r#"{"max_rows": 5000}"#).unwrap().metrics.len(), 1_003);
}

#[test]
fn a_client_that_hangs_or_fails_hides_no_other_query() {
    let host = Fake::new();
    let mysql = ["/usr/bin/mysql", "-NB", "-e", "select 1"];
    host.command(&PSQL, SESSIONS).grant_command(Some("sessions"), &PSQL).grant_command(None, &mysql);
    host.command_ends(&mysql, Err(HostError::TimedOut));
    let outcome = host.run::<Database>("{}").unwrap();
    assert_eq!(outcome.summary, "sessions: 3 rows, select 1: not known");
    let silent = outcome.subchecks.last().unwrap();
    assert_eq!((silent.status, silent.labels[0].1.as_str()), (Status::Unknown, "select 1"));
    let errors = "ERROR 1045 (28000): Access denied for user 'x'@'localhost'\n";
    host.command_ends(
        &mysql,
        Ok(Completed {
            ending: Ending::Code(1),
            standard_output: Vec::new(),
            standard_error: errors.into(),
            duration: 0,
            extra: Vec::new(),
        }),
    );
    let outcome = host.run::<Database>("{}").unwrap();
    assert!(outcome.subchecks.last().unwrap().text.contains("Access denied"), "{:?}", outcome.subchecks);

    host.grant_command(None, &["/usr/bin/mariadb", "select 1"]);
    let failure = host.run::<Database>("{}").unwrap_err();
    assert!(failure.message.contains("two granted commands are called \"select 1\""), "{}", failure.message);
    assert!(Fake::new().run::<Database>("{}").unwrap_err().message.contains("no command is granted"));
}
