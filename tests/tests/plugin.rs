//! The check `plugin` with Debian's own plugins: what they return, say and print is what a monitoring system gets.
#![expect(clippy::disallowed_methods, reason = "a plugin is started bare, to be compared with")]

use std::process::{Command, Stdio};

use roundsman_perfdata::{Item, Quantity, Reading, known};
use roundsman_tests::icinga::parse_or_refuse;
use roundsman_tests::{Host, Output, guest};
use serde_json::Value;

const PLUGINS: &str = "/usr/lib/nagios/plugins";

/// Plugins of monitoring-plugins and nagios-plugins-contrib with the code that they return here: every one that can be had.
const CALLS: [(&str, i32, &[&str]); 24] = [
    ("load_ok", 0, &["check_load", "-w", "9999,9999,9999", "-c", "9999,9999,9999"]),
    ("disk_ok", 0, &["check_disk", "-w", "0%", "-c", "0%", "-p", "/"]),
    ("users_ok", 0, &["check_users", "-w", "99999", "-c", "99999"]),
    ("procs_ok", 0, &["check_procs"]),
    ("cluster_ok", 0, &["check_cluster", "-s", "-d", "0,0,0", "-w", "1", "-c", "2"]),
    ("age_ok", 0, &["check_file_age", "-w", "99999999999", "-c", "99999999999", "-W", "0", "-C", "0", "/etc/passwd"]),
    ("memory_ok", 0, &["check_memory", "-w", "100%", "-c", "100%"]),
    ("network_ok", 0, &["check_network"]),
    ("dummy_ok", 0, &["check_dummy", "0", "as it is | a=1;2;3 'b c'=5MB;;;0 d=U"]),
    ("load_warning", 1, &["check_load", "-w", "0,0,0", "-c", "9999,9999,9999"]),
    ("procs_warning", 1, &["check_procs", "-w", "1", "-c", "999999"]),
    ("age_warning", 1, &["check_file_age", "-w", "1", "-c", "99999999999", "-W", "0", "-C", "0", "/etc/passwd"]),
    ("dummy_warning", 1, &["check_dummy", "1", "half full"]),
    ("disk_critical", 2, &["check_disk", "-w", "100%", "-c", "100%", "-p", "/"]),
    ("disk_absent", 2, &["check_disk", "-w", "1", "-c", "1", "-p", "/nonexistent"]),
    ("procs_critical", 2, &["check_procs", "-w", "1", "-c", "2"]),
    ("tcp_refused", 2, &["check_tcp", "-H", "127.0.0.1", "-p", "1", "-t", "5"]),
    ("cluster_critical", 2, &["check_cluster", "-s", "-d", "0,2,2,2", "-w", "1", "-c", "2"]),
    ("age_absent", 2, &["check_file_age", "/etc/nonexistent"]),
    ("load_usage", 3, &["check_load", "-w", "x"]),
    ("log_absent", 3, &["check_log", "-F", "/nonexistent", "-O", "/nonexistent", "-q", "x"]),
    ("dummy_unknown", 3, &["check_dummy", "3", "no idea"]),
    ("pressure_usage", 3, &["check_pressure"]),
    // Perl refuses what Debian ships of it.
    ("nfsmounts", 255, &["check_nfsmounts"]),
];

/// A drop-in of a plugin, with further tables at its end.
fn drop_in(name: &str, argv: &[&str], more: &str) -> String {
    let mut words = vec![format!("{:?}", format!("{PLUGINS}/{}", argv[0]))];
    words.extend(argv[1..].iter().map(|word| format!("{word:?}")));
    let argv = words.join(", ");
    format!(
        "[check.{name}]\nwasm = \"plugin.wasm\"\nevery = \"5m\"\n{more}\n[[check.{name}.grant.command]]\nargv = [{argv}]\n"
    )
}

/// Starts a plugin as it is.
fn bare(argv: &[&str]) -> (i32, String) {
    let output = Command::new(format!("{PLUGINS}/{}", argv[0]))
        .args(&argv[1..])
        .env_clear()
        .envs([("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"), ("HOME", "/"), ("LC_ALL", "C.UTF-8")])
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{argv:?}: {error}: `make test` installs it"));
    (output.status.code().expect("a code"), String::from_utf8(output.stdout).expect("UTF-8"))
}

/// A text without its numbers, which differ from one start to the next.
fn shape(text: &str) -> String {
    let mut shape = String::new();
    for character in text.trim().chars() {
        let number = character.is_ascii_digit() || character == '.';
        if !(number && shape.ends_with('N')) {
            shape.push(if number { 'N' } else { character });
        }
    }
    shape
}

#[test]
fn a_plugin_that_lacks_rights_of_its_file_is_told_of() {
    let host = Host::new();
    // One whose own file has capabilities, and one that starts a program whose file has.
    let icmp = ["check_icmp", "-H", "127.0.0.1"];
    let ping = ["check_ping", "-H", "127.0.0.1", "-w", "100,20%", "-c", "500,60%", "-p", "1"];
    let (of_icmp, of_ping) = (format!("{PLUGINS}/check_icmp"), "/bin/ping".to_owned());
    for (name, argv, program) in [("icmp", &icmp[..], of_icmp), ("ping", &ping[..], of_ping)] {
        host.drop_in(name, &drop_in(name, argv, ""));
        let output = host.run(["check", name]);
        if output.code == 0 {
            // The kernel lets every group send echo requests (net.ipv4.ping_group_range).
            assert!(!output.stdout.contains("has no effect here"), "{output}");
            continue;
        }
        // Where a file system keeps no capabilities, Debian makes it set-uid.
        let remarks =
            ["has file capabilities", "is set-uid"].map(|it| format!("`{program}` {it}, which has no effect here"));
        assert!(remarks.iter().any(|it| output.stdout.contains(it)), "{output}");
        assert!(output.stdout.contains("may_gain_privileges = true"), "{output}");
        // With what it says, the plugin works as it does bare, and nothing is told.
        host.drop_in(name, &(drop_in(name, argv, "") + "may_gain_privileges = true\n"));
        let output = host.run(["check", name]);
        assert_eq!(output.code, bare(argv).0, "{output}");
    }
    // Words of a program that succeeds, or that names a file without such rights, tell nothing.
    for (name, argv) in [("names", ["check_dummy", "0", "/bin/ping"]), ("plain", ["check_dummy", "2", "/bin/cat: no"])]
    {
        host.drop_in(name, &drop_in(name, &argv, ""));
        let output = host.run(["check", name]);
        assert!(!output.stdout.contains("has no effect here"), "{output}");
    }
}

#[test]
fn plugins_of_debian_say_what_they_say_without_us() {
    let host = Host::new();
    for (name, _, argv) in CALLS {
        host.drop_in(name, &drop_in(name, argv, ""));
    }
    let round = host.run(["run", "--all"]);
    assert_eq!((round.code, round.stderr.as_str()), (0, ""), "{round}");
    for (name, code, argv) in CALLS {
        let (is, printed) = bare(argv);
        assert_eq!(is, code, "{argv:?} returns another code here: {printed}");
        let status = host.run(["status", name]);
        assert_eq!(status.code, code.min(3), "{name}: {status}");
        let (text, perfdata) = split(&printed);
        let (said, data) = split(&status.stdout);
        // Of one that prints no performance data there are the check's own numbers.
        let own =
            if perfdata.trim().is_empty() { "duration=Ns exit_code=N;;;N;N".to_owned() } else { shape(&perfdata) };
        assert_eq!(shape(&data), own, "{name}: {status}\n{printed}");
        let (_, words) = said.split_once(": ").expect("a status");
        let is_its_own = if text.trim().is_empty() {
            words.starts_with("printed nothing")
        } else {
            shape(&text).ends_with(&shape(words))
        };
        assert!(is_its_own, "{name}: {status}\n{printed}");
    }
}

/// The first line of a plugin, in text and performance data; a value that nobody knows is no item for others.
fn split(output: &str) -> (String, String) {
    let first = output.lines().next().unwrap_or_default();
    let (text, data) = first.split_once('|').unwrap_or((first, ""));
    (text.to_owned(), data.replace(" d=U", ""))
}

#[test]
fn with_status_from_thresholds_the_operators_level_decides_and_is_printed() {
    let host = Host::new();
    let yields = "[check.procs.config]\nstatus_from = \"thresholds\"\n";
    let level = "[check.procs.thresholds]\nvalue = { where = { label = \"procs\" }, warning = 99999 }\n";
    host.drop_in("procs", &drop_in("procs", &["check_procs", "-w", "1", "-c", "2"], &format!("{yields}{level}")));
    let output = host.run(["check", "procs"]);
    assert_eq!(output.code, 0, "{output}");
    assert!(shape(&output.stdout).ends_with("| procs=N;N;;N") && output.stdout.contains(";99999;;0"), "{output}");

    // Without a level that judged a number of this run, the exit code decides.
    let other = level.replace("procs\" }", "other\" }");
    host.drop_in("procs", &drop_in("procs", &["check_procs", "-w", "1", "-c", "2"], &format!("{yields}{other}")));
    let output = host.run(["check", "procs"]);
    assert_eq!(output.code, 2, "{output}");
    assert!(output.stdout.contains(";1;2;0"), "{output}");
}

/// `sh` as a plugin.
fn shell(script: &str, more: &str) -> String {
    format!(
        "[check.sh]\nwasm = \"plugin.wasm\"\nevery = \"5m\"\n[[check.sh.grant.command]]\nargv = [\"/bin/sh\", \"-c\", {script:?}]\n{more}"
    )
}

fn run_shell(script: &str, more: &str) -> Output {
    let host = Host::new();
    host.drop_in("sh", &shell(script, more));
    host.run(["check", "sh", "--format", "json"])
}

#[test]
fn what_we_ended_is_a_failure_whatever_it_says_then() {
    let late = "trap 'echo OK: fine; exit 0' TERM; sleep 60 & wait";
    run_shell(late, "timeout = \"1s\"\n").assert_failure("timeout", &["/bin/sh"]);
    run_shell("head -c 2000000 /dev/zero", "").assert_failure("limit", &["output"]);
    run_shell("kill -SEGV $$", "").assert_failure("check", &["signal 11 (SIGSEGV)"]);
}

#[test]
fn nothing_printed_is_not_ok() {
    let silent = run_shell("exit 0", "").json();
    assert_eq!((&silent["status"], &silent["summary"]), (&"unknown".into(), &"printed nothing".into()));
    let missing = run_shell("no_such_program_of_ours", "").json();
    assert_eq!(missing["status"], "unknown", "{missing}");
    assert!(missing["summary"].as_str().is_some_and(|it| it.contains("exit code 127")), "{missing}");
}

#[test]
fn a_plugin_that_leaves_a_process_behind_is_heard_and_its_process_ended() {
    let (marker, started) = ("5151.75", std::time::Instant::now());
    let report = run_shell(&format!("echo 'OK - sent | a=1'; sleep {marker} & exit 0"), "").json();
    assert_eq!((&report["status"], &report["metrics"][0]["value"]), (&"ok".into(), &1.0.into()), "{report}");
    // One that keeps none of its streams is nobody's to wait for, and is ended as well.
    let report =
        run_shell(&format!("sleep {marker} >/dev/null 2>&1 </dev/null & echo 'WARNING - x'; exit 1"), "").json();
    assert_eq!(report["status"], "warning", "{report}");
    assert!(started.elapsed().as_secs() < 30, "it waited for the process");
    let left = Command::new("pgrep").args(["-f", &format!("^sleep {marker}$")]).output().expect("procps");
    assert_eq!(String::from_utf8_lossy(&left.stdout), "", "a process of the plugin is still there");
}

// C29: a component that says that it printed another number, or more than a number.

#[test]
fn an_item_that_is_not_the_metrics_own_reaches_no_output() {
    for (item, value, printed) in [
        ("a=5KB;1;2", "5120", "a=5KB;1;2"),
        ("a=5KB;1;2", "5000", "a=5KB;1;2"),
        ("a=6KB", "5120", "a:size=5120B"),
        ("b=5KB", "5120", "a:size=5120B"),
        ("a=5KB|x=1", "5120", "a:size=5120B"),
        ("a=5KB x=1", "5120", "a:size=5120B"),
        ("a=5KB;\\u001b[31m", "5120", "a:size=5120B"),
        ("a=5KB;\\nOK: fine", "5120", "a:size=5120B"),
    ] {
        let metric = format!(
            "metrics=[{{ name = \"size\", value = {value}, unit = \"bytes\", labels = [[\"label\", \"a\"]], \
             extra = [[\"shown.item\", \"{item}\"]] }}]"
        );
        let host = Host::new();
        let says = guest("says");
        let says = says.to_str().expect("UTF-8");
        let output = host.run(["check", says, "--set", "summary=\"x\"", "--set", &metric]);
        assert_eq!(output.stdout, format!("OK: x | {printed}\n"), "{item}: {output}");
        let json = host.run(["check", says, "--format", "json", "--set", &metric]).json();
        let refused = json["log"].as_array().is_some_and(|log| log.iter().any(is_refusal));
        assert_eq!(refused, printed != item, "{item}: {json}");
        assert_eq!(json["metrics"][0]["printed"]["item"].is_string(), printed == item, "{item}: {json}");
    }
}

fn is_refusal(line: &Value) -> bool {
    line["level"] == "warning" && line["message"].as_str().is_some_and(|message| message.starts_with("shown.item "))
}

/// Units whose answer Icinga defines; it reads KB as 1000, and `m` as minutes, which we leave a plain number.
const UNITS: [&str; 24] = [
    "", "s", "ms", "us", "ns", "h", "d", "%", "c", "C", "B", "KB", "kB", "MB", "GB", "TB", "PB", "EB", "KiB", "MiB",
    "GiB", "TiB", "PiB", "EiB",
];
const NUMBERS: [&str; 20] = [
    "5",
    "-5",
    "+5",
    ".5",
    "5.",
    "0.25",
    "-0.000",
    "1e3",
    "1E-3",
    "1e+2",
    "12345678901234567890",
    "1,5",
    "1.2.3",
    "0x10",
    "U",
    "",
    "-",
    ".",
    "abc",
    "1_0",
];
const TAILS: [&str; 4] = ["", ";1;2;3;4", ";;;0", ";10:;@5"];

#[test]
fn where_icinga_defines_the_answer_we_read_the_same() {
    let forms = NUMBERS.iter().flat_map(|number| UNITS.iter().map(move |unit| (number, unit)));
    let items: Vec<(String, &str)> = forms
        .flat_map(|(number, unit)| TAILS.iter().map(move |tail| (format!("a={number}{unit}{tail}"), *unit)))
        .chain(["'a b'=5", "a.b/c=5s", "'a=b'=5", "a::b::c=5%"].map(|item| (item.to_owned(), "")))
        .collect();
    let theirs = parse_or_refuse(&items.iter().map(|(item, _)| item.clone()).collect::<Vec<_>>());
    let mut alike = 0;
    for ((text, unit), theirs) in items.iter().zip(theirs) {
        // Icinga ends a label at the first `=`, though it is within quotes.
        if text == "'a=b'=5" {
            continue;
        }
        let ours = Item::only(text);
        let number = ours.as_ref().and_then(|item| match item.reading {
            Reading::Number(number) => Some((item, number)),
            Reading::NoValue => None,
        });
        let Some((item, number)) = number else {
            assert!(theirs.is_null(), "{text}: Icinga reads {theirs}, and we read nothing");
            continue;
        };
        assert!(!theirs.is_null(), "{text}: Icinga refuses it, and we read {item:?}");
        assert_eq!(theirs["label"], *item.label, "{text}");
        let conversion = known(item.unit, false).expect("a known unit");
        let (value, expected) = (conversion.scale.to_base(number), theirs["value"].as_f64().expect("a number"));
        // It multiplies where we divide: a digit of 16 may differ.
        assert!((value - expected).abs() <= expected.abs() * 1e-12, "{text}: {value}, and Icinga {expected}");
        let unit_of_theirs = match conversion.quantity {
            Quantity::Seconds => "seconds",
            Quantity::Percent => "percent",
            Quantity::Bytes => "bytes",
            Quantity::Celsius => "degrees-celsius",
            Quantity::Number | Quantity::Events => "",
        };
        assert_eq!(theirs["unit"], unit_of_theirs, "{text} ({unit})");
        alike += 1;
    }
    assert!(alike > 500, "{alike} of {} were compared", items.len());
}
