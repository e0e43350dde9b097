//! The output that other programs read, as rounds of the built program write it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use roundsman_tests::exposition::{Series, samples};
use roundsman_tests::prometheus::{NodeExporter, findings};
use roundsman_tests::{Host, Output};

/// A host with an output in a directory that is there.
fn host() -> Host {
    let host = Host::new();
    let kept = host.file("out/.kept", "");
    let above = kept.parent().expect("a directory");
    host.drop_in("output", &format!("[[output]]\nformat = \"prometheus\"\npath = \"{}/all.prom\"\n", above.display()));
    host
}

fn memory(host: &Host) {
    host.drop_in(
        "memory",
        "[check.memory]\nwasm = \"memory.wasm\"\nevery = \"1m\"\n[check.memory.grant]\nfiles = [\"/proc/meminfo\"]\n",
    );
}

fn command(name: &str, argv: &str) -> String {
    format!("[check.{name}]\nwasm = \"command.wasm\"\nevery = \"1m\"\n[[check.{name}.grant.command]]\nargv = {argv}\n")
}

fn run(host: &Host) -> Output {
    host.run(["run", "--cron", "--all"])
}

fn shown(host: &Host) -> BTreeMap<Series, f64> {
    samples(&fs::read_to_string(host.path("out/all.prom")).expect("the output"))
}

/// The value of a family of the runtime for a check.
fn of(all: &BTreeMap<Series, f64>, family: &str, check: &str) -> Option<f64> {
    let labels = BTreeMap::from([("check".to_owned(), check.to_owned())]);
    all.get(&(format!("roundsman_check_{family}"), labels)).copied()
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .expect("a directory")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_round_is_what_promtool_passes_and_node_exporter_serves() {
    let host = host();
    memory(&host);
    let hostile = r#"["/usr/bin/printf", 'roundsman_check_state{check="x"} 9\n\033[[]2J\n']"#;
    host.drop_in("commands", &(command("hostile", hostile) + &command("missing", r#"["/no/such/program"]"#)));
    let output = run(&host);
    assert_eq!((output.code, output.stdout.as_str(), output.stderr.as_str()), (0, "", ""), "{output}");

    let path = host.path("out/all.prom");
    assert_eq!(fs::metadata(&path).expect("the output").permissions().mode() & 0o7777, 0o644);
    assert_eq!(names(&host.path("out")), [".kept", "all.prom"], "no litter");
    let text = fs::read_to_string(&path).expect("the output");
    assert_eq!(findings(&text), "", "{text}");
    assert_eq!(NodeExporter::serve(&host.path("out")).checks(), samples(&text));

    let all = shown(&host);
    for (check, state) in [("memory", 0.0), ("hostile", 0.0), ("missing", 3.0), ("roundsman", 0.0)] {
        assert_eq!(of(&all, "state", check), Some(state), "{check}: {text}");
        assert!(of(&all, "last_run_timestamp_seconds", check).is_some_and(|at| at > 1.7e9), "{check}: {text}");
    }
    assert!(text.contains("# HELP roundsman_memory_used_percent "), "{text}");
    assert!(text.contains("roundsman_check_runs_total{check=\"missing\",result=\"io\"} 1\n"), "{text}");
    run(&host);
    let text = fs::read_to_string(&path).expect("the output");
    assert!(text.contains("roundsman_check_runs_total{check=\"missing\",result=\"io\"} 2\n"), "{text}");
}

#[test]
fn what_is_configured_is_there_and_what_is_removed_is_gone() {
    let host = host();
    memory(&host);
    host.drop_in("other", &command("other", r#"["/bin/true"]"#));
    run(&host);
    assert_eq!(of(&shown(&host), "state", "other"), Some(0.0));
    // Broken: its check is UNKNOWN, in every output.
    host.drop_in("other", "[check.other]\nwasm = 1\n");
    assert_eq!(run(&host).code, 78);
    let all = shown(&host);
    assert_eq!((of(&all, "state", "other"), of(&all, "state", "roundsman")), (Some(3.0), Some(1.0)));
    fs::remove_file(host.path("etc/conf.d/other.toml")).expect("removed");
    assert_eq!(run(&host).code, 0);
    let all = shown(&host);
    assert!(!all.keys().any(|(_, labels)| labels["check"] == "other"), "{all:?}");
    assert_eq!((of(&all, "state", "memory"), of(&all, "state", "roundsman")), (Some(0.0), Some(0.0)));
}

#[test]
fn an_output_that_cannot_be_written_is_told_and_costs_nothing_else() {
    let host = host();
    memory(&host);
    let gone = host.path("gone/all.prom");
    host.drop_in("second", &format!("[[output]]\nformat = \"prometheus\"\npath = \"{}\"\n", gone.display()));
    let told = format!(
        "output {}: the directory {} does not exist; make it, or set `path` of this `[[output]]` to a file elsewhere",
        gone.display(),
        host.path("gone").display()
    );
    let output = run(&host);
    assert_eq!((output.code, output.stderr.as_str()), (74, format!("{told}\n").as_str()), "{output}");
    // What could be written says so.
    let all = shown(&host);
    assert_eq!((of(&all, "state", "memory"), of(&all, "state", "roundsman")), (Some(0.0), Some(2.0)), "{all:?}");
    assert!(host.log().contains(&told), "{}", host.log());
    // As long as it lasts there is no news.
    let output = run(&host);
    assert_eq!((output.code, output.stderr.as_str()), (74, ""), "{output}");
    assert_eq!(host.log().matches(&told).count(), 1, "{}", host.log());
    // And its end is told once.
    host.file("gone/.kept", "");
    let output = run(&host);
    assert_eq!((output.code, output.stderr.as_str()), (0, format!("over: {told}\n").as_str()), "{output}");
    assert_eq!(host.log().matches(&format!("over: {told}")).count(), 1, "{}", host.log());
    for file in [host.path("out/all.prom"), gone] {
        let all = samples(&fs::read_to_string(file).expect("an output"));
        assert_eq!(of(&all, "state", "roundsman"), Some(0.0), "{all:?}");
    }
    let output = run(&host);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
}

#[test]
fn planted_links_lead_nowhere() {
    let host = host();
    memory(&host);
    let victim = host.file("victim", "untouched");
    for name in ["all.prom", "all.prom.tmp"] {
        symlink(&victim, host.path("out").join(name)).expect("planted");
    }
    assert_eq!(run(&host).code, 0);
    assert_eq!(fs::read_to_string(&victim).expect("the victim"), "untouched");
    assert!(!fs::symlink_metadata(host.path("out/all.prom")).expect("the output").is_symlink());
    assert_eq!(names(&host.path("out")), [".kept", "all.prom"]);

    // A directory of somebody else's that became a link.
    fs::rename(host.path("out"), host.path("real")).expect("moved");
    symlink(host.path("real"), host.path("out")).expect("planted");
    fs::remove_file(host.path("real/all.prom")).expect("removed");
    let output = run(&host);
    assert_eq!(output.code, 74, "{output}");
    let real = format!("write where it leads: \"{}\"", host.path("real/all.prom").display());
    assert!(output.stderr.contains("is a link") && output.stderr.contains(&real), "{output}");
    assert_eq!(names(&host.path("real")), [".kept"]);
}

#[test]
fn twenty_rounds_at_once_leave_one_whole_file() {
    let host = host();
    memory(&host);
    std::thread::scope(|scope| {
        let rounds: Vec<_> = (0..20).map(|_| scope.spawn(|| host.run(["run", "--cron", "--all"]))).collect();
        for round in rounds {
            let output = round.join().expect("a round");
            assert_eq!(output.code, 0, "{output}");
        }
    });
    let text = fs::read_to_string(host.path("out/all.prom")).expect("the output");
    assert_eq!((findings(&text), of(&samples(&text), "state", "memory")), (String::new(), Some(0.0)), "{text}");
    assert_eq!(names(&host.path("out")), [".kept", "all.prom"]);
}
