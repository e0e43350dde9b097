//! Expressions that the configuration takes are such that cron takes too: `crontab -n` of Debian judges a file without using it.

use std::io::Write as _;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use roundsman_verdict::schedule::expression;

fn cron_takes(expression: &str) -> bool {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    writeln!(file, "{expression} /bin/true").expect("a line");
    let status =
        Command::new("crontab").arg("-n").arg(file.path()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.expect("cron's crontab(1): `make test` installs it").success()
}

/// Days that cron has no word for.
fn is_ours(expression: &str) -> bool {
    expression.split_whitespace().any(|field| field.contains(['L', 'l', 'W', 'w', '#']))
}

#[test]
fn the_judge_tells_good_from_bad() {
    assert!(cron_takes("0 0 */2 * 1") && !cron_takes("1,,5 * * * *") && !cron_takes("5/2 * * * *"));
}

#[test]
fn what_cron_refuses_is_refused() {
    let value = "[0-9]{1,2}|\\*|mon|SUN|jan|dec|\\?|L|[0-9]W|\\+1|0x5";
    let item = format!("({value})((-({value}))?)((/[0-9*]{{0,2}})?)");
    let field = prop::collection::vec(proptest::string::string_regex(&item).expect("a pattern"), 1..3);
    let field = field.prop_map(|items| items.join(",")).boxed();
    let broken = prop_oneof![20 => Just(""), 1 => Just(","), 1 => Just("-"), 1 => Just("/")];
    let expressions = (prop::collection::vec(field, 1), broken, 0_usize..5).prop_map(|(fields, broken, at)| {
        let mut all = ["*".to_owned(), "*".to_owned(), "*".to_owned(), "*".to_owned(), "*".to_owned()];
        all[at] = format!("{}{broken}", fields[0]);
        all.join(" ")
    });
    let mut runner = TestRunner::new(Config { cases: 400, failure_persistence: None, ..Config::default() });
    let result = runner.run(&expressions, |expression| {
        let ours = expression::parse(&expression);
        if ours.is_ok() && !is_ours(&expression) {
            prop_assert!(cron_takes(&expression), "cron refuses `{}`", expression);
        }
        Ok(())
    });
    result.expect("cron takes what we take");
    for good in ["*/5 0-6 1,15 jan-mar mon", "*/100 1-5/100 * * *", "*,5 * * * *", "0 0 * * 5-7", "0 0 31 2 mon"] {
        assert!(expression::parse(good).is_ok() && cron_takes(good), "{good}");
    }
}
