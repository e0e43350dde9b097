//! Granted commands as an operator meets them: what they become, how they are bounded, what is recorded of them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use roundsman_tests::{Host, Output, guest};

/// A drop-in of a check that runs one command with these further keys of its grant.
fn drop_in(host: &Host, argv: &[&str], keys: &str) {
    let argv = format!(
        "[{}]",
        argv.iter().map(|word| serde_json::Value::from(*word).to_string()).collect::<Vec<_>>().join(", ")
    );
    host.drop_in(
        "probe",
        &format!(
            "[check.probe]\nwasm = \"{}\"\nevery = \"1m\"\n[check.probe.config]\npass_on = true\nask = [{{ command = {argv} }}]\n\
             [[check.probe.grant.command]]\nargv = {argv}\n{keys}\n",
            guest("probe").display()
        ),
    );
}

fn set_mode(path: &std::path::Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("ours to change");
}

#[test]
fn an_interpreter_that_others_can_replace_is_refused_and_linted() {
    let host = Host::new();
    let open = host.path("open");
    fs::create_dir(&open).expect("a directory");
    let shell = host.file("open/shell", fs::read("/bin/sh").expect("a shell"));
    let script = host.file("script", format!("#!{}\necho ran\n", shell.display()));
    for path in [&shell, &script] {
        set_mode(path, 0o755);
    }
    drop_in(&host, &[script.to_str().expect("text")], "");
    set_mode(&open, 0o755);
    let output = host.run(["validate"]);
    assert!(output.code == 0 && !output.stdout.contains("its program"), "{output}");
    let output = host.run(["check", "probe"]);
    assert!(output.code == 0 && output.stdout.contains("1 calls made"), "{output}");

    set_mode(&open, 0o777);
    let output = host.run(["check", "probe"]);
    assert_eq!(output.code, 3, "{output}");
    let why = format!(
        "it runs the interpreter {}: {} is writable by its group and everyone",
        shell.display(),
        open.display()
    );
    assert!(output.stdout.contains(&why), "{output}");
    let output = host.run(["validate", "--strict"]);
    assert!(output.code == 78 && output.stdout.contains(&why), "{output}");
}

#[test]
fn bounds_hold_in_a_round_and_are_refused_where_they_would_not() {
    let host = Host::new();
    let socket = ["/usr/bin/perl", "-e", "socket(my $s, 2, 1, 0) or exit 7"];
    let code = |keys: &str| {
        drop_in(&host, &socket, keys);
        let output = host.run(["check", "probe", "--format", "json"]);
        let details = output.json()["details"].to_string();
        assert!(details.contains(": code "), "{output}");
        details.contains(": code 7, ")
    };
    assert!(!code(""), "without defence it gets a socket");
    assert!(code("network = false"));
    drop_in(&host, &["/bin/true"], "processes = 5");
    let output = host.run(["validate"]);
    assert!(output.code == 78 && output.stdout.contains("this command has none of its own"), "{output}");
    // Two checks that share the account.
    drop_in(&host, &["/bin/true"], "user = \"nobody\"\nprocesses = 5");
    host.drop_in(
        "other",
        &format!(
            "[check.other]\nwasm = \"{}\"\nevery = \"1m\"\n[check.other.grant]\nuser = \"nobody\"\n",
            guest("probe").display()
        ),
    );
    let output = host.run(["validate"]);
    assert!(output.code == 78 && output.stdout.contains("the check `other` has the user `nobody` too"), "{output}");
}

#[test]
fn each_command_is_recorded_where_that_is_asked_for_and_no_secret_is() {
    const SECRET: &str = "s3cr3t-of-this-test";
    let host = Host::new();
    let secret = host.file("secret", SECRET);
    set_mode(&secret, 0o600);
    let argv = ["/bin/sh", "-c", "test \"$PW\" = s3cr3t-of\"-\"this-test && exit 5", "\u{1b}[2J\n2026 OK"];
    let keys = format!("user = \"nobody\"\nenv = {{ PW = {{ file = \"{}\" }} }}", secret.display());
    drop_in(&host, &argv, &keys);
    assert_eq!(host.run(["run", "--all"]).code, 0);
    assert!(!host.log().contains(" COMMAND "), "{}", host.log());

    host.main("commands = true\n");
    assert_eq!(host.run(["run", "--all"]).code, 0);
    let log = host.log();
    let records: Vec<&str> = log.lines().filter(|line| line.contains(" COMMAND ")).collect();
    let [record] = records[..] else { panic!("one record: {log}") };
    assert!(record.contains(" COMMAND probe uid=65534 exit=5 duration_ms="), "{record}");
    assert!(record.contains(r#"["/bin/sh","-c","#) && record.ends_with("\\u001b[2J\\n2026 OK\"]"), "{record}");
    assert!(!log.contains(SECRET) && !log.contains('\u{1b}'), "{log}");
}

#[test]
fn a_timeout_names_its_command_and_what_that_had_printed() {
    let host = Host::new();
    let argv = ["/bin/sh", "-c", "echo connecting; echo to db1 >&2; sleep 60"];
    let said = |output: &Output| {
        assert_eq!(output.code, 3, "{output}");
        assert!(output.stdout.contains("`/bin/sh -c \"echo connecting; echo to db1 >&2; sleep 60\"`"), "{output}");
        assert!(output.stdout.contains("and had printed `connecting") && output.stdout.contains("to db1`"), "{output}");
    };
    drop_in(&host, &argv, "timeout = \"1s\"");
    said(&host.run(["check", "probe"]));
    // The run's own time.
    drop_in(&host, &argv, "[check.probe.limits]\ntimeout = \"1s\"");
    let output = host.run(["check", "probe"]);
    said(&output);
    assert!(output.stdout.contains("limits.timeout"), "{output}");
}
