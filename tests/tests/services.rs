//! Checks of what runs on a host, as they ship, with the real programs: databases, backups, queues, jobs, packages.
#![expect(
    clippy::disallowed_methods,
    reason = "the tests make what the checks look at, with the programs that make it"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use roundsman_tests::{Host, Output, root};
use serde_json::Value;

/// Returns a drop-in of a check that runs these commands as root.
fn drop_in(host: &Host, check: &str, config: &str, commands: &[&[&str]]) {
    let mut toml =
        format!("[check.{check}]\nwasm = \"{check}.wasm\"\nevery = \"5m\"\n[check.{check}.config]\n{config}\n");
    for argv in commands {
        let argv: Vec<String> = argv.iter().map(|word| Value::from(*word).to_string()).collect();
        toml.push_str(&format!("[[check.{check}.grant.command]]\nargv = [{}]\nuser = \"root\"\n", argv.join(", ")));
    }
    host.drop_in(check, &toml);
}

fn run(host: &Host, check: &str) -> Output {
    host.run(["check", check, "--format", "json"])
}

/// Makes what a test needs to be there.
#[track_caller]
fn make(program: &str, args: &[&str], env: &[(&str, &str)]) {
    let output = Command::new(program).args(args).envs(env.iter().copied()).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}: `make test` installs it"));
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

#[test]
fn rows_of_sqlite() {
    let host = Host::new();
    let file = host.path("app.db");
    make(
        "sqlite3",
        &[text(&file), "create table jobs (state text, n int); insert into jobs values ('open', 3), ('done', null);"],
        &[],
    );
    let query = "select state, n from jobs";
    drop_in(&host, "database", "separator = \"|\"", &[&["/usr/bin/sqlite3", "-readonly", text(&file), query]]);
    let report = run(&host, "database").json();
    assert_eq!(
        (&report["status"], &report["summary"]),
        (&"ok".into(), &"select state, n from jobs: 2 rows".into()),
        "{report}"
    );
    let values: Vec<&Value> =
        report["metrics"].as_array().expect("metrics").iter().filter(|it| it["name"] == "value").collect();
    assert_eq!((values.len(), &values[0]["value"], &values[0]["labels"]["row"]), (1, &3.0.into(), &"open".into()));

    let missing = host.path("missing/app.db");
    drop_in(&host, "database", "", &[&["/usr/bin/sqlite3", "-readonly", text(&missing), query]]);
    let report = run(&host, "database").json();
    assert_eq!(report["status"], "unknown", "{report}");
    assert!(report["subchecks"][0]["text"].as_str().is_some_and(|text| text.contains("unable to open")), "{report}");
}

#[test]
fn snapshots_of_restic() {
    let host = Host::new();
    let repository = host.path("restic");
    let password = [("RESTIC_PASSWORD", "x")];
    let restic =
        |args: &[&str]| make("restic", &[&["-q", "--no-cache", "-r", text(&repository)], args].concat(), &password);
    restic(&["init"]);
    restic(&["--host", "web1", "backup", "/etc/hostname"]);
    let secret = host.file("password", "x");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).expect("a mode");
    let argv = ["/usr/bin/restic", "-r", text(&repository), "snapshots", "--json", "--no-lock", "--no-cache"];
    drop_in(&host, "backup", "backups = [\"web1 *\", \"db1 *\"]", &[&argv]);
    let toml = fs::read_to_string(host.path("etc/conf.d/backup.toml")).expect("the drop-in");
    host.drop_in("backup", &format!("{toml}env = {{ RESTIC_PASSWORD = {{ file = \"{}\" }} }}\n", secret.display()));
    let report = run(&host, "backup").json();
    assert_eq!(report["status"], "critical", "{report}");
    let subchecks = report["subchecks"].as_array().expect("subchecks");
    let of = |label: &str| subchecks.iter().find(|it| it["labels"]["backup"] == label).expect("the glob");
    assert_eq!((&of("web1 *")["status"], &of("db1 *")["text"]), (&"ok".into(), &"there is none".into()));

    // Without its password the program says so at once.
    drop_in(&host, "backup", "", &[&argv]);
    run(&host, "backup").assert_failure("check", &["exit code 1", "password"]);
}

#[test]
fn archives_of_borg() {
    let host = Host::new();
    let repository = host.path("borg");
    let home = host.path("borg-home");
    let env = [("BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK", "yes"), ("BORG_BASE_DIR", text(&home))];
    make("borg", &["init", "-e", "none", text(&repository)], &env);
    make("borg", &["create", &format!("{}::nightly-1", text(&repository)), "/etc/hostname"], &env);
    let base = format!("BORG_BASE_DIR={}", home.display());
    let argv = [
        "/usr/bin/env",
        &base,
        "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes",
        "/usr/bin/borg",
        "list",
        "--json",
        "--bypass-lock",
        text(&repository),
    ];
    drop_in(&host, "backup", "backups = [\"nightly-*\"]", &[&argv]);
    let report = run(&host, "backup").json();
    assert_eq!(report["status"], "ok", "{report}");
    assert!(report["subchecks"][0]["text"].as_str().is_some_and(|text| text.ends_with(" old, nightly-1")), "{report}");
}

#[test]
fn updates_that_apt_would_install() {
    let host = Host::new();
    let argv = ["/usr/bin/apt-get", "-s", "-o", "Debug::NoLocking=true", "dist-upgrade"];
    drop_in(&host, "updates", "", &[&argv]);
    let toml = fs::read_to_string(host.path("etc/conf.d/updates.toml")).expect("the drop-in");
    let metadata = "[check.updates.grant]\nmetadata = [\"/var/lib/apt/lists/partial\", \"/var/lib/apt/periodic/update-success-stamp\"]\n";
    host.drop_in(
        "updates",
        &toml
            .replacen("[[check", &format!("{metadata}[[check"), 1)
            .replace("5m\"", "5m\"\nlimits = { timeout = \"60s\" }"),
    );
    let report = run(&host, "updates").json();
    let names: Vec<&str> =
        report["metrics"].as_array().expect("metrics").iter().filter_map(|it| it["name"].as_str()).collect();
    assert_eq!(names, ["pending", "security", "held_back", "lists_age"], "{report}");
    assert_eq!(report["subchecks"][0]["labels"]["manager"], "apt-get", "{report}");
}

#[test]
fn a_queue_that_a_server_lists() {
    let host = Host::new();
    let list = root().join("checks/mailqueue/tests/postqueue-j");
    let queue = host.file("queue", fs::read(list).expect("a record"));
    drop_in(&host, "mailqueue", "", &[&["/bin/cat", text(&queue)]]);
    let report = run(&host, "mailqueue").json();
    assert_eq!(report["status"], "ok", "{report}");
    assert!(
        report["summary"].as_str().is_some_and(|text| text.starts_with("4 messages waiting, the oldest")),
        "{report}"
    );
    host.file("queue", "postqueue: fatal: no\n");
    run(&host, "mailqueue").assert_failure("check", &["/bin/cat"]);
}

/// Runs the wrapper of jobs, and tells its exit code.
fn job(directory: &Path, name: &str, argv: &[&str]) -> Option<i32> {
    let wrapper = root().join("examples/roundsman-job");
    let mut command = Command::new(wrapper);
    command.arg(name).args(argv).env("ROUNDSMAN_JOBS", directory);
    command.output().expect("a shell").status.code()
}

#[test]
fn jobs_leave_what_became_of_them() {
    let host = Host::new();
    let directory = host.file("jobs/readme", "").parent().expect("a directory").to_owned();
    assert_eq!(job(&directory, "backup", &["true"]), Some(0));
    assert_eq!(job(&directory, "reports", &["sh", "-c", "exit 3"]), Some(3));
    // A job that is ended from outside, and one whose files cannot be written: it runs all the same.
    let argv = ["sh", "-c", "kill -KILL $PPID"];
    assert_eq!(job(&directory, "killed", &argv), None);
    let ran = host.path("ran");
    assert_eq!(job(Path::new("/nonexistent"), "backup", &["touch", text(&ran)]), Some(0));
    assert!(ran.exists());
    for wrong in ["../x", ".hidden"] {
        assert_eq!(job(&directory, wrong, &["true"]), Some(64), "{wrong}");
    }
    let files: Vec<String> = fs::read_dir(&directory)
        .expect("a directory")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    assert!(!files.iter().any(|file| file.starts_with('.')), "{files:?}");

    let all = directory.display();
    let config = format!(
        "directory = \"{all}\"\njobs = [{{ name = \"backup\", every = \"1d\" }}, {{ name = \"never\", every = \"1h\" }}]"
    );
    let grants = format!(
        "[check.jobs.grant]\nfiles = [\"{all}/*.start\", \"{all}/*.exit\", \"{all}/*.end\", \"{all}/*.success\"]\n"
    );
    host.drop_in(
        "jobs",
        &format!("[check.jobs]\nwasm = \"jobs.wasm\"\nevery = \"5m\"\n[check.jobs.config]\n{config}\n{grants}"),
    );
    let report = run(&host, "jobs").json();
    let subchecks = report["subchecks"].as_array().expect("subchecks");
    let status =
        |name: &str| subchecks.iter().find(|it| it["labels"]["job"] == name).expect("the job")["status"].clone();
    assert_eq!(["backup", "reports", "killed", "never"].map(status), ["ok", "warning", "ok", "critical"], "{report}");
    assert_eq!(report["summary"], "3 jobs, 1 failed, 1 running", "{report}");
}

/// Writes a journal with these messages, as that of another host that was sent here.
fn journal(file: &Path, messages: &[&str]) {
    let unpacked = root().join("target/debian");
    let remote = unpacked.join("systemd-journal-remote/lib/systemd/systemd-journal-remote");
    let libraries = unpacked.join("libmicrohttpd12/usr/lib").join(format!("{}-linux-gnu", std::env::consts::ARCH));
    let entries = messages.iter().enumerate().map(|(i, message)| {
        let seconds = 1_796_006_600 + i;
        format!(
            "__REALTIME_TIMESTAMP={seconds}000000\n__MONOTONIC_TIMESTAMP={i}000000\n_BOOT_ID=0123456789abcdef0123456789abcdef\n\
             SYSLOG_IDENTIFIER=kernel\nMESSAGE={message}\n\n"
        )
    });
    let export = file.with_extension("export");
    fs::write(&export, entries.collect::<String>()).expect("an export");
    let _ = fs::remove_file(file);
    make(text(&remote), &["-o", text(file), text(&export)], &[("LD_LIBRARY_PATH", text(&libraries))]);
}

#[test]
fn new_entries_of_a_journal() {
    let host = Host::new();
    let file = host.path("host.journal");
    journal(&file, &["one", "two"]);
    let named = format!("--file={}", file.display());
    let common = ["/usr/bin/journalctl", &named, "-o", "json", "--no-pager", "-q"];
    let quoted =
        |words: &[&str]| words.iter().map(|word| Value::from(*word).to_string()).collect::<Vec<_>>().join(", ");
    host.drop_in(
        "journal",
        &format!(
            "[check.journal]\nwasm = \"journal.wasm\"\nevery = \"1m\"\n[check.journal.config]\ncritical = [\"I/O error\"]\n\
             [[check.journal.grant.command]]\nargv = [{}]\nuser = \"root\"\n\
             [[check.journal.grant.command]]\nargv_pattern = [{}]\nuser = \"root\"\n",
            quoted(&[&common[..], &["-n", "1"]].concat()),
            quoted(&[&common[..], &["--cursor=*"]].concat()),
        ),
    );
    let check = || host.run(["check", "journal", "--keep-state", "--format", "json"]).json();
    assert_eq!(check()["summary"], "the journal is read from here on");
    let nothing = check();
    assert_eq!((&nothing["status"], &nothing["summary"]), (&"ok".into(), &"0 new entries".into()), "{nothing}");
    // Another journal in its place, as after it was lost: its entries have other cursors.
    journal(&file, &["one", "two", "I/O error, dev sdb"]);
    let lost = check();
    assert!(
        lost["subchecks"].as_array().is_some_and(|all| all.iter().any(|it| it["labels"]["part"] == "lost")),
        "{lost}"
    );
}
