//! What a component reports costs its own check at most: state, log and memory stay within what is configured, and the
//! checks beside it keep what they had.

use roundsman_tests::{Host, Output, guest};
use serde_json::Value;

/// A label of 3,300 control characters, as TOML has them.
fn controls() -> String {
    "\\u0001".repeat(3_300)
}

/// A component that reports so many metrics, each with that label and outside of its range.
fn hostile(host: &Host, metrics: usize, limits: &str) {
    host.drop_in(
        "hostile",
        &format!(
            "[check.hostile]\nwasm = \"says.wasm\"\nevery = \"1m\"\n[check.hostile.limits]\n{limits}\n\
             [check.hostile.config]\nsummary = \"{0}\"\nmetrics = [{{ name = \"size\", unit = \"bytes\", value = 1, \
             copies = {metrics}, labels = [[\"item\", \"{0}\"]], critical = {{ low = 5, high = 9 }} }}]\n",
            controls()
        ),
    );
}

fn host(format: &str) -> Host {
    let host = Host::new();
    host.main(&format!("format = \"{format}\"\n"));
    host.file("checks/says.wasm", std::fs::read(guest("says")).expect("a component"));
    host.drop_in("paused", "[check.paused]\nwasm = \"says.wasm\"\nevery = \"1m\"\n");
    host.drop_in(
        "fails",
        "[check.fails]\nwasm = \"says.wasm\"\nevery = \"1m\"\nretry.attempts = 3\n[check.fails.config]\nstatus = \"no\"\n",
    );
    host
}

#[track_caller]
fn round(host: &Host) -> Output {
    let output = host.run(["run", "--all"]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{}", &output.stderr);
    output
}

/// What `status` says of all checks, by name.
#[track_caller]
fn status(host: &Host, name: &str) -> Value {
    let output = host.run(["status", "--format", "json"]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{}", &output.stderr);
    let found = output.json_lines().into_iter().find(|verdict| verdict["check"] == name);
    found.unwrap_or_else(|| panic!("no `{name}`"))
}

/// Three rounds: a hostile check costs the others neither a pause nor a count, whatever comes of itself.
fn three_rounds(format: &str, longest: usize, metrics: usize, limits: &str, kind: Option<&str>) {
    let host = host(format);
    round(&host);
    let paused = host.run(["pause", "paused", "--for", "2d", "--reason", "new disks"]);
    assert_eq!(paused.code, 0, "{paused}");
    hostile(&host, metrics, limits);
    for (state_type, attempt) in [("soft", 2), ("hard", 3), ("hard", 3)] {
        round(&host);
        let fails = status(&host, "fails");
        assert_eq!((&fails["state_type"], &fails["attempt"]), (&state_type.into(), &attempt.into()));
        assert_eq!(
            (&status(&host, "paused")["pause"]["reason"], &status(&host, "paused")["runs"]["ok"]),
            (&"new disks".into(), &1.into())
        );
        let hostile = status(&host, "hostile");
        assert_eq!(hostile["failure"]["kind"].as_str(), kind);
        assert_eq!(hostile["metrics"].as_array().map(Vec::len), Some(if kind.is_some() { 0 } else { metrics }));
    }
    let lines: Vec<usize> = host.log().lines().map(str::len).collect();
    assert!(lines.iter().all(|length| *length < longest), "{lines:?}");
    let plugin = host.run(["status", "hostile"]);
    assert!(plugin.stdout.len() <= 8_192, "{} bytes", plugin.stdout.len());
}

#[test]
fn more_than_the_limit_of_series_is_a_failure_of_that_check_alone() {
    three_rounds("text", 4 << 10, 9_000, "", Some("limit"));
}

#[test]
fn as_much_as_a_raised_limit_allows_is_kept_and_shown() {
    three_rounds("json", 64 << 10, 700, "series = \"16MiB\"", None);
}

/// Columns are as wide as what stands in them, and a component's words are as long as its limits let them be.
#[test]
fn a_text_as_long_as_a_raised_limit_allows_breaks_no_table() {
    let host = host("text");
    host.drop_in(
        "long",
        "[check.long]\nwasm = \"says.wasm\"\nevery = \"1m\"\nlimits.text = \"4MiB\"\n\
         [check.long.config]\nsummary = \"0123456789\"\nrepeat = 10000\n",
    );
    round(&host);
    let paused = |length: usize| host.run(["pause", "paused", "--for", "2d", "--reason", &"x".repeat(length)]);
    let refused = paused(1_001);
    assert!(refused.code == 64 && refused.stderr.contains("at most 1000 are kept"), "{refused}");
    let taken = paused(1_000);
    assert_eq!(taken.code, 0, "{taken}");
    for args in [&["status"][..], &["status", "--wide"], &["status", "--problems"], &["status", "--next"]] {
        let output = host.run(args.iter().copied());
        assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{args:?}");
        // Of `fails`, whose row is as short as ever.
        let row = output.stdout.lines().find(|line| line.contains("fails")).expect("a row");
        assert!(row.len() < 200, "{args:?}: {} bytes", row.len());
    }
    round(&host);
}

/// The largest process of a command, in bytes.
#[track_caller]
fn largest(host: &Host, args: &[&str]) -> u64 {
    let watcher = "import resource, subprocess, sys\n\
                   code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode\n\
                   print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n\
                   sys.exit(code)\n";
    let output = host.run_through(&["python3", "-c", watcher], args.iter().copied());
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
    output.stdout.trim().parse::<u64>().expect("kilobytes") << 10
}

/// What docs/limits.md says of memory, where it takes most: many small series, each of which is short in the file.
#[test]
fn a_round_and_status_take_no_more_than_nine_times_what_is_kept() {
    let host = host("text");
    round(&host);
    let alone = ["run --all", "status", "status --format json"]
        .map(|args| largest(&host, &args.split(' ').collect::<Vec<_>>()));
    for number in 0..4 {
        host.drop_in(
            &format!("many{number}"),
            &format!(
                "[check.many{number}]\nwasm = \"says.wasm\"\nevery = \"1m\"\n[check.many{number}.config]\nmetrics = [{{ name = \"size\", \
                 unit = \"bytes\", value = 1, copies = 9000, labels = [[\"item\", \"a\"]] }}]\n"
            ),
        );
    }
    round(&host);
    let kept = std::fs::metadata(host.path("state/results")).expect("results").len();
    assert!(kept > 4 << 20, "{kept} bytes");
    for (args, alone) in ["run --all", "status", "status --format json"].into_iter().zip(alone) {
        let with = largest(&host, &args.split(' ').collect::<Vec<_>>());
        assert!(with <= alone + 9 * kept, "{args}: {alone} bytes, with {kept} kept {with}");
    }
}
