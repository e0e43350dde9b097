//! The output that other programs read, as rounds of the built program write it.
#![expect(clippy::disallowed_methods, reason = "rounds are killed, and file systems mounted, here")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use roundsman_tests::exposition::{Series, samples};
use roundsman_tests::hook::{AWAY, Hook, OK};
use roundsman_tests::prometheus::{NodeExporter, findings};
use roundsman_tests::{Host, Output, Silent, apart, program};

/// Rounds by cron begin at once.
const SOON: &str = "[run]\nsplay = \"0s\"\n";

/// Makes a host with an output in a directory that is there.
fn host() -> Host {
    let host = Host::new();
    host.main(SOON);
    let kept = host.file("out/.kept", "");
    let above = kept.parent().expect("a directory");
    host.drop_in(
        "output",
        &format!("[output.prometheus]\nformat = \"prometheus\"\npath = \"{}/all.prom\"\n", above.display()),
    );
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
    let hostile = r#"["/usr/bin/printf", 'roundsman_check_state{check="x"} 9\n\033[2J\n']"#;
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
fn a_receiver_shows_what_it_has_taken_and_since_when_it_is_away() {
    let (host, hook) = (host(), Hook::new(|number| Some(if number == 1 { AWAY } else { OK })));
    memory(&host);
    host.drop_in("lake", &format!("[output.lake]\nformat = \"json\"\nurl = \"{}\"\n", hook.url));
    let series = |all: &BTreeMap<Series, f64>, name: &str| {
        let labels =
            [("check", "roundsman"), ("output", "lake")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        all.get(&(format!("roundsman_output_{name}"), labels.into())).copied()
    };
    let names = ["deliveries_total", "failures", "waiting", "failing_since_timestamp_seconds"];
    let seen = || {
        assert_eq!(run(&host).code, 0);
        let all = shown(&host);
        assert_eq!(findings(&fs::read_to_string(host.path("out/all.prom")).expect("the output")), "");
        names.map(|name| series(&all, name))
    };
    // Each round shows what the one before has delivered.
    assert_eq!(seen(), [None; 4]);
    assert_eq!(seen(), [Some(1.0), Some(0.0), Some(0.0), None]);
    let [taken, failures, waiting, since] = seen();
    assert_eq!([taken, failures], [Some(1.0), Some(1.0)]);
    assert!(waiting > Some(0.0) && since > Some(1.7e9), "{waiting:?} {since:?}");
    assert_eq!(seen(), [Some(2.0), Some(0.0), Some(0.0), None]);
    assert!(series(&shown(&host), "last_success_timestamp_seconds") > since, "{:?}", shown(&host));
}

#[test]
fn who_leaves_a_textfile_script_keeps_the_names_of_its_series() {
    let host = host();
    let script = "# HELP app_jobs_total Jobs.\n# TYPE app_jobs_total counter\napp_jobs_total{queue=\"in\"} 7\napp_lag_seconds 0.5\n";
    let printed = host.file("printed", script).display().to_string();
    let config = "[check.app.config]\nformat = \"prometheus\"\nseries = [{ from = \"app_jobs_total\", name = \"jobs\", kind = \"counter\" }, \
                  { from = \"app_lag_seconds\", name = \"lag\", unit = \"seconds\" }]\n";
    let keys = "series_prefix = \"app_\"\nhelp = { jobs = \"Jobs.\" }\n";
    let grant = format!("[[check.app.grant.command]]\nargv = [\"/bin/cat\", \"{printed}\"]\n");
    host.drop_in("app", &format!("[check.app]\nwasm = \"command.wasm\"\nevery = \"1m\"\n{keys}{config}{grant}"));
    let read =
        format!("path = \"{printed}\"\nnumbers = [{{ name = \"jobs\", pattern = \"app_jobs_total.* (.+)\" }}]\n");
    let file = "[check.read]\nwasm = \"file.wasm\"\nevery = \"1m\"\nseries_prefix = \"read_\"\n[check.read.config]\n";
    host.drop_in("read", &format!("{file}{read}[check.read.grant]\nfiles = [\"{printed}\"]\n"));
    let plugin = "[check.old]\nwasm = \"plugin.wasm\"\nevery = \"1m\"\nseries_prefix = \"old_\"\nhelp = { value = \"Users.\" }\n";
    let argv = "[[check.old.grant.command]]\nargv = [\"/bin/echo\", \"OK | users=3\"]\n";
    host.drop_in("old", &format!("{plugin}{argv}"));
    let output = run(&host);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
    let text = fs::read_to_string(host.path("out/all.prom")).expect("the output");
    assert_eq!(findings(&text), "", "{text}");
    for line in [
        "# HELP app_jobs_total Jobs.",
        "app_jobs_total{check=\"app\",queue=\"in\"} 7",
        "app_lag_seconds{check=\"app\"} 0.5",
        "read_jobs{check=\"read\"} 7",
        "# HELP old_value Users.",
        "old_value{check=\"old\",label=\"users\"} 3",
    ] {
        assert!(text.lines().any(|one| one == line), "{line} is not in {text}");
    }
    assert!(!text.contains("\nnode_"), "{text}");
    for (check, wrong) in [("a", "node_"), ("b", "roundsman_x_"), ("c", "app"), ("d", "a b_"), ("e", "1_")] {
        let drop_in =
            format!("[check.{check}]\nwasm = \"command.wasm\"\nevery = \"1m\"\nseries_prefix = \"{wrong}\"\n");
        host.drop_in("wrong", &drop_in);
        let output = host.run(["validate", "--offline"]);
        assert!(output.code == 78 && output.stdout.contains("series_prefix = \"app_\""), "{wrong}: {output}");
    }
}

#[test]
fn hosts_with_other_files_show_another_digest() {
    let host = host();
    memory(&host);
    let digest = || {
        run(&host);
        let all = shown(&host);
        let mut found = all.keys().filter(|(family, _)| family == "roundsman_config_digest");
        let digest = found.next().map(|(_, labels)| labels["sha256"].clone()).expect("a digest");
        assert!(digest.len() == 64 && found.next().is_none(), "{all:?}");
        digest
    };
    let first = digest();
    assert_eq!(digest(), first, "nothing has changed");
    let every = host.path("etc/conf.d/memory.toml");
    let text = fs::read_to_string(&every).expect("the drop-in");
    host.drop_in("memory", &text.replace("1m", "2m"));
    let second = digest();
    host.drop_in("more", "# nothing\n");
    let third = digest();
    assert!(second != first && third != second && third != first, "{first} {second} {third}");
    fs::remove_file(host.path("etc/conf.d/more.toml")).expect("removed");
    host.drop_in("memory", &text);
    assert_eq!(digest(), first, "what it was");
}

#[test]
fn an_output_that_cannot_be_written_is_told_and_costs_nothing_else() {
    let host = host();
    memory(&host);
    let gone = host.path("gone/all.prom");
    host.drop_in("second", &format!("[output.second]\nformat = \"prometheus\"\npath = \"{}\"\n", gone.display()));
    let told = format!(
        "output second: the directory {} does not exist; make it, or set `path` of [output.second] to a file elsewhere",
        host.path("gone").display()
    );
    let output = run(&host);
    assert_eq!((output.code, output.stderr.as_str()), (74, format!("{told}\n").as_str()), "{output}");
    // The output that could be written says so.
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

/// Has mount(8) do it, for a test that is apart.
#[track_caller]
fn mount(args: &[&str], path: &Path) {
    let done = Command::new("mount").args(args).arg(path).status();
    assert!(done.expect("mount(8)").success(), "mounting {args:?} at {}", path.display());
}

#[test]
fn a_full_file_system_leaves_the_file_of_before_and_no_litter() {
    if !apart("a_full_file_system_leaves_the_file_of_before_and_no_litter") {
        return;
    }
    let host = host();
    memory(&host);
    for (options, filler) in [("size=16k,mode=755", vec![0; 1 << 20]), ("nr_inodes=3,mode=755", Vec::new())] {
        mount(&["-t", "tmpfs", "-o", options, "tmpfs"], &host.path("out"));
        assert_eq!(run(&host).code, 0);
        let before = fs::read_to_string(host.path("out/all.prom")).expect("the output");
        // Full of bytes, or of files: what does not fit is what fills it.
        let _ = fs::write(host.path("out/filler"), &filler);
        let output = run(&host);
        let says = "is full (No space left on device";
        assert!(
            output.code == 74 && output.stderr.contains(says) && output.stderr.starts_with("output prometheus: "),
            "{output}"
        );
        assert_eq!(fs::read_to_string(host.path("out/all.prom")).expect("the output"), before);
        assert!(!names(&host.path("out")).contains(&"all.prom.tmp".to_owned()), "litter");
        assert!(host.log().lines().last().is_some_and(|line| line.contains(says)), "{}", host.log());
        let output = run(&host);
        assert_eq!((output.code, output.stderr.as_str()), (74, ""), "no news: {output}");
        // Room again.
        fs::remove_file(host.path("out/filler")).expect("removed");
        let output = run(&host);
        assert!(output.code == 0 && output.stderr.starts_with("over: output "), "{output}");
        assert_ne!(fs::read_to_string(host.path("out/all.prom")).expect("the output"), before);
    }
}

/// A round by cron under strace, which keeps to the calls on the output, its temporary file and its directory; and the
/// lines of calls that it wrote.
#[track_caller]
fn traced(host: &Host, options: &[&str]) -> (i32, Vec<String>) {
    let (out, trace) = (host.path("out"), host.path("trace"));
    let mut strace = Command::new("strace");
    strace.arg("-o").arg(&trace);
    for path in [out.clone(), out.join("all.prom"), out.join("all.prom.tmp"), "all.prom.tmp".into()] {
        strace.arg("-P").arg(path);
    }
    let status = strace
        .args(options)
        .arg(program())
        .args(["run", "--cron", "--all"])
        .env("ROUNDSMAN_CONFIG", host.path("etc/roundsman.toml"))
        .stderr(Stdio::null())
        .status()
        .expect("strace");
    let trace = fs::read_to_string(&trace).expect("a trace");
    // Other lines tell of signals.
    let calls = trace.lines().filter(|line| line.contains('(')).map(str::to_owned).collect();
    (status.code().expect("an exit"), calls)
}

#[test]
fn what_is_shown_is_on_the_disk_before_it_is_shown() {
    let host = host();
    memory(&host);
    let (code, calls) = traced(&host, &["-e", "signal=none"]);
    let names: Vec<&str> =
        calls.iter().filter_map(|line| line.split('(').next()).filter(|name| *name != "close").collect();
    let all = ["openat2", "newfstatat", "unlinkat", "openat", "fchmod", "write", "fsync", "renameat", "fsync"];
    assert_eq!((code, names), (0, all.to_vec()), "{calls:?}");
    assert!(calls[4].contains(", 0644)"), "{}", calls[4]);
}

#[test]
fn whichever_call_fails_the_file_is_whole_and_the_fault_is_told() {
    let host = host();
    memory(&host);
    assert_eq!(run(&host).code, 0);
    let path = host.path("out/all.prom");
    let mut before = fs::read_to_string(&path).expect("the output");
    for call in ["openat2", "unlinkat", "openat", "fchmod", "write", "fsync", "renameat"] {
        let (code, calls) = traced(&host, &["-e", &format!("inject={call}:error=EIO")]);
        assert_eq!(code, 74, "{call}: {calls:?}");
        assert!(calls.iter().any(|line| line.contains("INJECTED")), "{call}: {calls:?}");
        assert_eq!(fs::read_to_string(&path).expect("the output"), before, "{call}");
        assert_eq!(names(&host.path("out")), [".kept", "all.prom"], "{call}");
    }
    assert_eq!(host.log().matches("(os error 5); mend that").count(), 1, "{}", host.log());
    for call in ["openat2", "openat", "write", "fsync"] {
        let (code, calls) = traced(&host, &["-e", &format!("inject={call}:error=EINTR:when=1")]);
        assert!(calls.iter().any(|line| line.contains("INJECTED")), "{call}: {calls:?}");
        let now = fs::read_to_string(&path).expect("the output");
        assert!(code == 0 && now != before, "{call}: {calls:?}");
        before = now;
    }
}

#[test]
fn a_round_killed_at_any_instant_leaves_a_whole_file() {
    let host = host();
    memory(&host);
    // The first one compiles.
    assert_eq!(run(&host).code, 0);
    let start = Instant::now();
    assert_eq!(run(&host).code, 0);
    // About the end of a round, where the writing is. Each round corrects it: one measurement may be far off.
    let mut near_its_end = start.elapsed();
    let program = program();
    let (mut ended, mut killed) = (0, 0);
    for step in 0..60 {
        let mut round = Command::new(&program)
            .args(["run", "--cron", "--all"])
            .env_clear()
            .env("ROUNDSMAN_CONFIG", host.path("etc/roundsman.toml"))
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a round");
        std::thread::sleep(near_its_end);
        if round.try_wait().expect("a child").is_some() {
            ended += 1;
            near_its_end = near_its_end * 4 / 5;
        } else {
            killed += 1;
            near_its_end = near_its_end * 21 / 20;
        }
        // Of one that has ended there is nothing to kill.
        let _ = round.kill();
        round.wait().expect("its end");
        let text = fs::read_to_string(host.path("out/all.prom")).expect("the output");
        assert_eq!(of(&samples(&text), "state", "memory"), Some(0.0), "after {step}: {text}");
    }
    assert!(killed > 10 && ended > 5, "{killed} killed, {ended} ended before");
    let output = run(&host);
    assert_eq!(output.code, 0, "{output}");
    assert_eq!(names(&host.path("out")), [".kept", "all.prom"]);
}

/// A writer there waits for ever, and cannot be killed; the rounds after it do everything else.
#[test]
fn an_output_that_hangs_costs_the_other_rounds_nothing_else() {
    if !apart("an_output_that_hangs_costs_the_other_rounds_nothing_else") {
        return;
    }
    let host = host();
    memory(&host);
    let out = host.path("out");
    let silent = Silent::mount(&out);
    let log = |word: &str| host.log().matches(word).count();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| run(&host));
        let end = Instant::now() + Duration::from_secs(60);
        while log(" OK memory ") == 0 {
            assert!(Instant::now() < end, "no first outcome");
            std::thread::sleep(Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_millis(300));
        let second = run(&host);
        let says = "has been writing the outputs for 2 s";
        assert!(second.code == 74 && second.stderr.contains(says), "{second}");
        assert_eq!(log(" OK memory "), 2, "{}", host.log());
        drop(silent);
        first.join().expect("the first round");
    });
    let output = run(&host);
    assert!(output.code == 0 && output.stderr.starts_with("over: output "), "{output}");
    assert_eq!(of(&shown(&host), "state", "memory"), Some(0.0));
}
