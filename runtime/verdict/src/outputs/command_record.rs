//! One line of the log for each command that a check ran, where `[log] commands` asks for it.

use serde_json::json;

use crate::outputs::host::HostNames;
use roundsman_contract::report::CommandRun;
use roundsman_grants::escape;

/// Returns the line of format `text`, with its newline: `TIME COMMAND CHECK uid=… exit=… duration_ms=… ["argv", …]`. The exit
/// is a code, a signal, or a word; the argv is as JSON has it.
#[must_use]
pub fn encode(check: &str, run: &CommandRun) -> String {
    format!(
        "{:.0} COMMAND {} uid={} exit={} duration_ms={} {}\n",
        run.started,
        escape::line(check),
        run.uid,
        run.end.word(),
        run.duration.as_millis(),
        escape::json(&json!(run.argv).to_string()),
    )
}

/// Returns the line of format `json`, with its newline. It has `command`, which no line of an outcome has.
#[must_use]
pub fn encode_json<'h>(check: &str, run: &CommandRun, host: impl Into<HostNames<'h>>) -> String {
    let host = host.into();
    let object = json!({
        "schema": 1, "host": host.name, "labels": host.labels, "check": check, "started": format!("{:.3}", run.started),
        "command": {
            "argv": run.argv, "uid": run.uid, "exit": run.end.word(),
            "duration_ms": u64::try_from(run.duration.as_millis()).unwrap_or(u64::MAX),
        },
    });
    escape::json(&object.to_string()) + "\n"
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use roundsman_contract::report::CommandEnd;

    fn run(argv: &[&str], end: CommandEnd) -> CommandRun {
        let argv: Vec<String> = argv.iter().map(|word| (*word).to_owned()).collect();
        let started = "2026-11-22T19:14:03.5Z".parse().unwrap();
        CommandRun { end, duration: Duration::from_millis(12), ..CommandRun::begun(&argv, 60599, started) }
    }

    #[test]
    fn a_line_holds_who_ran_what_and_how_it_ended() {
        let smart = run(&["/usr/sbin/smartctl", "-H", "/dev/sda"], CommandEnd::Code(2));
        assert_eq!(
            encode("disk", &smart),
            "2026-11-22T19:14:03Z COMMAND disk uid=60599 exit=2 duration_ms=12 [\"/usr/sbin/smartctl\",\"-H\",\"/dev/sda\"]\n"
        );
        let object: serde_json::Value = serde_json::from_str(&encode_json("disk", &smart, "web1")).unwrap();
        assert_eq!(object["command"]["argv"][2], "/dev/sda");
        assert_eq!((&object["command"]["exit"], &object["command"]["uid"]), (&"2".into(), &60599.into()));
    }

    #[test]
    fn what_a_component_chose_breaks_no_line_and_bounds_hold() {
        let hostile = "\u{1b}[2J\n2026-01-01T00:00:00Z OK disk\u{202e}\"".repeat(100);
        for end in [CommandEnd::Signal(9), CommandEnd::timed_out(hostile.as_bytes())] {
            let run = run(&["/bin/x", &hostile, &hostile], end);
            for line in [encode("disk", &run), encode_json("disk", &run, "web1")] {
                assert!(line.len() < 4 << 10, "{}", line.len());
                assert_eq!(line.matches('\n').count(), 1);
                assert!(line.trim_end_matches('\n').chars().all(|c| !roundsman_grants::escape::is_dangerous(c)));
            }
        }
        assert!(encode("disk", &run(&["/bin/x"], CommandEnd::Signal(9))).contains(" exit=SIGKILL "));
        assert!(encode("disk", &run(&["/bin/x"], CommandEnd::timed_out(b"secret"))).contains(" exit=timeout "));
    }
}
