//! The job that this program replaces: a listing, the memory, and a file of 100 MB, read by one script from one crontab.
//! There, the job that met the memory limit took the later ones down.
#![expect(clippy::disallowed_methods, reason = "a program that measures another")]

use std::process::Command;

use roundsman_tests::{Host, built, program};
use serde_json::Value;

/// The names in the order of a round: with one run at a time, the failing check is first, second or last.
const ORDERS: [[&str; 3]; 3] = [["a", "b", "c"], ["b", "a", "c"], ["c", "a", "b"]];

/// A host with the three jobs, `further` among the keys of the third; `size` is that of its file in bytes.
fn host([big, listing, meminfo]: [&str; 3], size: u64, further: &str) -> Host {
    let host = Host::new();
    host.main("[run]\nparallel = 1\n");
    let file = host.file("big.bin", "");
    std::fs::OpenOptions::new().write(true).open(&file).expect("a file").set_len(size).expect("a sparse file");
    let job = |name: &str, argv: &str| {
        format!(
            "[check.{name}]\nwasm = \"command.wasm\"\nevery = \"5m\"\n[[check.{name}.grant.command]]\nargv = {argv}\n"
        )
    };
    host.drop_in("listing", &job(listing, r#"["/bin/ls", "-lh"]"#));
    host.drop_in("meminfo", &job(meminfo, r#"["/bin/cat", "/proc/meminfo"]"#));
    let argv = format!(r#"["/bin/cat", "{}"]"#, file.display());
    host.drop_in("big", &(job(big, &argv) + &further.replace("NAME", big)));
    host
}

/// One round, and the reports by name.
#[track_caller]
fn round(host: &Host) -> impl Fn(&str) -> Value {
    let output = host.run(["run", "--all", "--format", "json"]);
    assert_eq!(output.code, 0, "{output}");
    let reports = output.json_lines();
    move |name| {
        reports.iter().find(|report| report["check"] == name).unwrap_or_else(|| panic!("no {name}: {output}")).clone()
    }
}

#[track_caller]
fn assert_the_others_complete(report: &impl Fn(&str) -> Value, listing: &str, meminfo: &str) {
    for (name, line) in [(listing, "proc"), (meminfo, "MemTotal:")] {
        let report = report(name);
        assert_eq!(report["status"], "ok", "{report}");
        let details = report["details"].as_array().expect("details");
        assert!(details.iter().any(|detail| detail.as_str().is_some_and(|text| text.contains(line))), "{report}");
    }
}

#[test]
fn the_big_file_is_over_the_output_limit_and_the_others_complete() {
    for order @ [big, listing, meminfo] in ORDERS {
        let host = host(order, 100 << 20, "");
        let report = round(&host);
        assert_the_others_complete(&report, listing, meminfo);
        let failed = report(big);
        assert_eq!(failed["failure"]["kind"], "limit", "{failed}");
        let said = failed["failure"].to_string();
        assert!(said.contains("output") && said.contains("1MiB"), "the limit, its key and its value: {failed}");
    }
}

#[test]
fn with_more_output_allowed_the_memory_limit_holds() {
    let further = "output = \"200MiB\"\n[check.NAME.limits]\noutput = \"200MiB\"\n";
    for order @ [big, listing, meminfo] in ORDERS {
        let host = host(order, 150 << 20, further);
        let report = round(&host);
        assert_the_others_complete(&report, listing, meminfo);
        let failed = report(big);
        assert_eq!(failed["failure"]["kind"], "limit", "{failed}");
        let said = failed["failure"].to_string();
        assert!(said.contains("memory") && said.contains("128MiB"), "the limit, its key and its value: {failed}");
    }
}

#[test]
fn each_outcome_is_appended_to_the_log() {
    let host = host(ORDERS[0], 100 << 20, "");
    drop(round(&host));
    drop(round(&host));
    let log = host.log();
    for name in ORDERS[0] {
        let lines = log.lines().filter(|line| line.split(' ').nth(2) == Some(name)).count();
        assert_eq!(lines, 2, "of {name}: {log}");
    }
}

#[test]
fn no_process_of_the_round_passes_200_mib_and_nothing_is_left_in_tmp() {
    let further = "output = \"200MiB\"\n[check.NAME.limits]\noutput = \"200MiB\"\n";
    let host = host(ORDERS[0], 150 << 20, further);
    // In a directory of temporary files of its own, as other tests use the common one meanwhile.
    let tmp = host.path("tmp");
    std::fs::create_dir(&tmp).expect("a directory");
    // The largest of all processes that were waited for, through all generations.
    let watcher = "import resource, subprocess, sys\n\
                   code = subprocess.run(sys.argv[1:]).returncode\n\
                   print('largest', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n\
                   sys.exit(code)\n";
    let output = Command::new(built("python/bin/python", "test"))
        .args(["-c", watcher])
        .arg(program())
        .args(["run", "--all", "--config"])
        .arg(host.path("etc/roundsman.toml"))
        .env("TMPDIR", &tmp)
        .output()
        .expect("python starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("limits.memory of 128MiB"), "the big file was read: {said}");
    let largest = said.lines().find_map(|line| line.strip_prefix("largest "));
    let largest = largest.unwrap_or_else(|| panic!("no line of the largest process: {said}"));
    let kib: u64 = largest.parse().expect("KiB");
    assert!(kib < 200 << 10, "a process had {kib} KiB");
    assert_eq!(std::fs::read_dir(&tmp).expect("a directory").count(), 0, "left in the directory of temporary files");
}
