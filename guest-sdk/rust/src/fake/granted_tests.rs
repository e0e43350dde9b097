//! The table of cases that all fake hosts and the host are tested by.

use serde_json::Value;

use super::*;
use crate::commands::Command;
use crate::fake::Fake;
use crate::files;

const TABLE: &str = include_str!("../../../grants.json");

fn table() -> Value {
    serde_json::from_str(TABLE).unwrap()
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().map(|text| text.as_str().unwrap()).collect()
}

fn host(grant: &Value) -> Fake {
    let host = Fake::new();
    host.grant_files(&texts(&grant["files"])).grant_unsafe_files(&texts(&grant["unsafe_files"]));
    host.grant_metadata(&texts(&grant["metadata"]));
    host.world.borrow_mut().granted.says_commands = true;
    for command in grant["commands"].as_array().into_iter().flatten() {
        let form = if command["argv"].is_null() { Form::Pattern } else { Form::Literal };
        let input = command["stdin"] == "component";
        host.world.borrow_mut().granted.command(None, form, &texts(&command[form.key()]), input);
    }
    host
}

/// Asks as a check does.
fn allows(host: &Fake, ask: &str, target: &Value) -> bool {
    let denied = host.with(|| match ask {
        "read" => files::read(target.as_str().unwrap()).err(),
        "read_glob" => files::read_glob(target.as_str().unwrap()).err(),
        "stat" => files::stat(target.as_str().unwrap()).err(),
        "stat_glob" => files::stat_glob(target.as_str().unwrap()).err(),
        "run" => Command::new(texts(target)).run().err(),
        _ => Command::new(texts(target)).input("").run().err(),
    });
    !denied.is_some_and(|error| error.is_denied())
}

#[test]
fn what_is_asked_for_is_decided_as_by_the_host() {
    let mut asked = 0;
    for case in table()["cases"].as_array().unwrap() {
        let host = host(&case["grant"]);
        for ask in ["read", "read_glob", "stat", "stat_glob", "run", "run_with_input"] {
            for (decision, expected) in [("allowed", true), ("denied", false)] {
                for target in case[ask][decision].as_array().into_iter().flatten() {
                    assert_eq!(allows(&host, ask, target), expected, "{}: {ask} {target}", case["why"]);
                    asked += 1;
                }
            }
        }
        for found in case["found"].as_array().into_iter().flatten() {
            let path = found["path"].as_str().unwrap();
            host.file(path, "text");
            let all = host.with(|| files::read_glob(found["pattern"].as_str().unwrap()).unwrap());
            let was = match all.into_iter().find(|(it, _)| it == path) {
                None => "absent",
                Some((_, Err(error))) if error.is_denied() => "denied",
                Some(_) => "read",
            };
            assert_eq!(found["as"], was, "{found}");
        }
    }
    assert!(asked > 200, "{asked}");
}

#[test]
fn what_is_asked_for_is_granted_where_a_test_says_nothing() {
    let host = Fake::new();
    host.file("/etc/shadow", "x").command(&["/bin/x", "*"], "y");
    host.with(|| {
        assert_eq!(files::read_text("/etc/shadow").unwrap(), "x");
        assert_eq!(files::read_glob_text("/etc/*").unwrap(), [("/etc/shadow".into(), Ok("x".into()))]);
        assert!(files::read("/etc/passwd").unwrap_err().is_not_found());
        // Only what no operator can grant is denied.
        for path in ["/etc//shadow", "etc/shadow", "/dev/sda", "/proc/self/stat"] {
            assert!(files::read(path).unwrap_err().is_denied() && files::stat(path).unwrap_err().is_denied(), "{path}");
        }
        assert!(Command::new(["/bin/x", "*"]).input("z").run().is_ok());
        assert!(Command::new(["/bin/x", "a"]).run().unwrap_err().is_denied());
    });
    host.command(&["df"], "z");
    assert_eq!(host.with(|| Command::new(["df"]).output()).unwrap(), "z");
}

#[test]
fn a_program_may_be_named_by_its_file_name() {
    let host = Fake::new();
    host.command(&["/usr/bin/df", "-P"], "y").grant_command(None, &["/usr/bin/df", "-P"]);
    assert!(host.with(|| Command::new(["df", "-P"]).run()).is_ok());
    assert!(host.with(|| Command::new(["df", "-P"]).input("z").run()).unwrap_err().is_denied());
    host.grant_command_with_input(None, &["/usr/bin/df", "[-]P"]);
    assert!(host.with(|| Command::new(["df", "-P"]).input("z").run()).is_ok());
}
