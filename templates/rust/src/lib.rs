//! Sessions of each user, as `who` lists them.

use roundsman_sdk::commands::Command;
use roundsman_sdk::{Check, Context, Descriptor, Failure, Measure, Need, Outcome, Unit, files, parse};
use serde::Deserialize;

const WHO: [&str; 1] = ["/usr/bin/who"];
const UPTIME: &str = "/proc/uptime";

const SESSIONS: Measure = Measure::gauge("sessions", Unit::Number, "sessions of the user").labels(&["user"]);
const UP: Measure = Measure::gauge("up", Unit::Seconds, "since the host was started");

pub struct SampleCheck;

/// What an operator may set in `[check.NAME.config]`.
#[derive(Debug, Deserialize, roundsman_sdk::Options)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Users that are not counted.
    #[serde(default)]
    ignore: Vec<String>,
}

impl Check for SampleCheck {
    type Options = Options;

    fn describe() -> Descriptor {
        Descriptor::new("sample_check", env!("CARGO_PKG_VERSION"), "sessions of each user")
            .metric(&SESSIONS)
            .metric(&UP)
            .need(Need::command(&WHO, "lists the sessions"))
            .need(Need::files(UPTIME, "when the host was started"))
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let up = up(&files::read_text(UPTIME)?).context(UPTIME)?;
        let who = Command::new(WHO);
        let listed = who.run()?;
        let users = users(listed.text(&who)?, &options.ignore);
        let mut outcome = Outcome::new(format!("{} users are logged in", users.len()));
        for (user, sessions) in users {
            outcome = outcome.metric(SESSIONS.count(sessions).label("user", user));
        }
        Ok(outcome.metric(UP.value(up)))
    }
}

/// The first column is seconds. What does not parse is an error with its text and place, never a number.
fn up(uptime: &str) -> Result<f64, parse::ParseError> {
    let row = parse::rows(uptime).next().ok_or_else(|| parse::ParseError::whole("the text is empty"))?;
    row.column(0)?.decimal()
}

/// Counts the lines of each user, in the order in which they come first.
fn users(who: &str, ignore: &[String]) -> Vec<(String, u64)> {
    let mut users: Vec<(String, u64)> = Vec::new();
    for user in who.lines().filter_map(|line| line.split_whitespace().next()) {
        if ignore.iter().any(|ignored| ignored == user) {
            continue;
        }
        match users.iter_mut().find(|(known, _)| known == user) {
            Some((_, sessions)) => *sessions += 1,
            None => users.push((user.to_owned(), 1)),
        }
    }
    users
}

roundsman_sdk::export!(SampleCheck);

#[cfg(test)]
mod tests {
    use super::*;
    use roundsman_sdk::fake::Fake;

    const LISTED: &str = "root     pts/0   2026-05-01 10:00\nanna     tty1    2026-05-01 11:00\nroot     pts/1\n";

    #[test]
    fn sessions_are_counted_for_each_user() {
        let host = Fake::new();
        host.file(UPTIME, "350735.47 234388.90\n").command(&WHO, LISTED);
        let outcome = host.run::<SampleCheck>("{}").unwrap();
        assert_eq!(outcome.summary, "2 users are logged in");
        assert_eq!(outcome.metrics.iter().map(|metric| metric.value).collect::<Vec<_>>(), [2.0, 1.0, 350_735.47]);
        let outcome = host.run::<SampleCheck>(r#"{"ignore": ["root"]}"#).unwrap();
        assert_eq!(outcome.summary, "1 users are logged in");
    }

    #[test]
    fn without_the_grant_the_check_fails() {
        assert!(Fake::new().run::<SampleCheck>("{}").is_err());
    }
}
