//! The checks of a host, run by the program on this host's own kernel and with its own tools; where the hardware is not to be had,
//! on what was recorded of it.
#![expect(
    clippy::disallowed_methods,
    reason = "the tools that a check asks are started, and what it says is compared with theirs"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command};

use roundsman_tests::{Host, Output, document, program, root};
use serde_json::Value;

/// The tables `files` and `metadata` that the drop-in of a check's page grants.
fn grants(name: &str) -> String {
    let page = document::read(&format!("checks/{name}/README.md"));
    let (_, section) = page.split_once("\n## Drop-in").expect("a section \"Drop-in\"");
    let table: toml::Table = document::blocks(section).remove(0).text.parse().expect("TOML");
    let grant = &table["check"][name]["grant"];
    let of = |key: &str| grant.get(key).map(|patterns| format!("{key} = {patterns}\n")).unwrap_or_default();
    of("files") + &of("metadata")
}

/// Writes a drop-in of a check with these options, and what its page or `grant` grants.
fn configure(host: &Host, name: &str, config: &str, grant: &str) {
    host.drop_in(
        name,
        &format!(
            "[check.{name}]\nwasm = \"{name}.wasm\"\nevery = \"1m\"\n[check.{name}.config]\n{config}\n\
             [check.{name}.grant]\n{grant}\n"
        ),
    );
}

/// Runs a check with these options and the grants of its page; it remembers what it saw.
fn run(host: &Host, name: &str, config: &str) -> Output {
    configure(host, name, config, &grants(name));
    host.run(["check", name, "--keep-state", "--format", "json"])
}

/// Runs it twice, so that the second run has rates.
fn run_twice(host: &Host, name: &str, config: &str) -> Value {
    run(host, name, config);
    std::thread::sleep(std::time::Duration::from_millis(300));
    run(host, name, config).json()
}

/// A grant of one command.
fn command(name: &str, argv: &[&str]) -> String {
    format!("[[check.{name}.grant.command]]\nargv = {argv:?}\n")
}

fn value(report: &Value, name: &str, labels: &Value) -> Option<f64> {
    let metrics = report["metrics"].as_array().unwrap_or_else(|| panic!("metrics: {report}"));
    let found = metrics.iter().find(|it| it["name"] == name && (labels.is_null() || it["labels"] == *labels));
    found.and_then(|it| it["value"].as_f64())
}

fn subcheck<'a>(report: &'a Value, label: &str, thing: &str) -> &'a Value {
    let all = report["subchecks"].as_array().unwrap_or_else(|| panic!("subchecks: {report}"));
    all.iter().find(|it| it["labels"][label] == thing).unwrap_or_else(|| panic!("no {label} {thing}: {report}"))
}

/// Processes that a test started, ended with it.
struct Running(Vec<Child>);

impl Drop for Running {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn processes_of_a_group_are_counted_and_their_absence_is_critical() {
    let host = Host::new();
    let sleep = |_| Command::new("/bin/sleep").arg("4242.25").spawn().expect("coreutils' sleep");
    let running = Running((0..3).map(sleep).collect());
    let group = "groups = [{ name = \"sleepers\", cmdline = \"*sleep 4242.25\", expected = 3 }]\nopen_files = true";
    let sleepers = || {
        configure(&host, "processes", group, &(grants("processes") + "metadata = [\"/proc/[0-9]*/fd\"]\n"));
        host.run(["check", "processes", "--format", "json"])
    };
    let report = sleepers().json();
    let label = serde_json::json!({ "group": "sleepers" });
    assert_eq!(value(&report, "processes", &label), Some(3.0), "{report}");
    assert!(value(&report, "rss", &label).is_some_and(|it| it > 100_000.0), "{report}");
    assert_eq!(subcheck(&report, "group", "sleepers")["status"], "ok");
    let all = fs::read_dir("/proc").expect("/proc");
    let all =
        all.filter(|it| it.as_ref().is_ok_and(|it| it.file_name().to_string_lossy().parse::<u32>().is_ok())).count();
    let told = value(&report, "all", &Value::Null).zip(value(&report, "kernel_threads", &Value::Null));
    let told = told.map(|(ours, kernel)| ours + kernel).expect("both");
    assert!((told - all as f64).abs() < 100.0, "{told} told, {all} in /proc");
    drop(running);
    let output = sleepers();
    assert_eq!(
        (output.code, &subcheck(&output.json(), "group", "sleepers")["status"]),
        (2, &"critical".into()),
        "{output}"
    );
}

#[test]
fn interfaces_disks_and_cpus_of_this_kernel_are_told_with_their_rates() {
    let host = Host::new();
    let netif = run_twice(&host, "netif", "ignore = []");
    let lo = serde_json::json!({ "interface": "lo" });
    assert_eq!(value(&netif, "up", &lo), Some(1.0), "{netif}");
    assert!(value(&netif, "received_rate", &lo).is_some_and(|it| it >= 0.0), "{netif}");
    let absent = run(&host, "netif", "expected = [\"no-such-if\"]");
    assert_eq!(
        (absent.code, &subcheck(&absent.json(), "interface", "no-such-if")["status"]),
        (2, &"critical".into()),
        "{absent}"
    );

    let diskio = run_twice(&host, "diskio", "ignore = []");
    let disks = fs::read_dir("/sys/block").expect("/sys/block").count();
    assert_eq!(diskio["subchecks"].as_array().map(Vec::len), Some(disks), "whole disks, and no partitions: {diskio}");

    let cpu = run_twice(&host, "cpu", "");
    let used = value(&cpu, "used_percent", &Value::Null).unwrap_or_else(|| panic!("{cpu}"));
    assert!((0.0..=100.0).contains(&used), "{cpu}");
    let parts = ["user_percent", "system_percent"].map(|name| value(&cpu, name, &Value::Null).expect("a share"));
    assert!((parts[0] + parts[1] - used).abs() < 0.01, "{cpu}");
}

#[test]
fn the_kernel_and_its_limits_are_told() {
    let host = Host::new();
    let kernel = run(&host, "kernel", "").json();
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").expect("a release");
    assert!(
        kernel["summary"].as_str().is_some_and(|it| it.starts_with(&format!("Linux {}", release.trim()))),
        "{kernel}"
    );
    let uptime = fs::read_to_string("/proc/uptime").expect("an uptime");
    let uptime: f64 = uptime.split('.').next().and_then(|it| it.parse().ok()).expect("seconds");
    let told = value(&kernel, "uptime", &Value::Null).expect("an uptime");
    assert!((uptime - told).abs() < 30.0, "{told} told, {uptime} in /proc");

    let limits = run(&host, "limits", "").json();
    let most = fs::read_to_string("/proc/sys/kernel/pid_max").expect("a limit");
    let pids = serde_json::json!({ "limit": "pids" });
    assert_eq!(value(&limits, "limit", &pids), most.trim().parse().ok(), "{limits}");
    assert!(value(&limits, "used", &pids).is_some_and(|it| it > 1.0), "{limits}");
}

/// A host whose files are those of a recorded table below a directory.
fn recorded(host: &Host, below: &str, table: &str) {
    for line in table.lines() {
        let (path, text) = line.split_once('\t').expect("a path and a text");
        host.file(&format!("recorded/{below}/{path}"), format!("{text}\n"));
    }
}

#[test]
fn an_array_and_a_bond_that_lost_a_part_alarm() {
    let host = Host::new();
    recorded(&host, "sys/block", &document::read("checks/mdraid/tests/failed.sys"));
    host.file("recorded/proc/mdstat", document::read("checks/mdraid/tests/failed.mdstat"));
    host.file("recorded/proc/net/bonding/bond0", document::read("checks/bonding/tests/one-down"));
    let below = host.path("recorded").display().to_string();
    let of_record = |name: &str| {
        configure(&host, name, "", &grants(name));
        host.run(["check", name, "--root", &below, "--format", "json"])
    };
    let mdraid = of_record("mdraid");
    assert_eq!(mdraid.code, 2, "{mdraid}");
    let array = subcheck(&mdraid.json(), "array", "md0")["text"].clone();
    assert_eq!(array, "raid1 of 2 disks, clean, 1 missing, faulty: vdb");
    let bonding = of_record("bonding");
    assert_eq!((bonding.code, bonding.json()["summary"].clone()), (1, "1 bond, 1 of 2 links up".into()), "{bonding}");
    // And on this host itself, whatever it has.
    for name in ["mdraid", "bonding"] {
        let output = run(&host, name, "");
        assert!(output.json()["failure"].is_null(), "{output}");
    }
}

#[test]
fn a_certificate_alarms_before_it_ends() {
    let host = Host::new();
    let path = host.file("own.pem", "");
    let path = path.to_str().expect("a path in UTF-8");
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "10"])
        .args(["-subj", "/CN=host.example.org", "-keyout", "/dev/null", "-out", path])
        .output()
        .expect("openssl: `make test` installs it");
    assert!(made.status.success(), "{made:?}");
    let files = format!("files = [\"{path}\"]");
    configure(&host, "certificate", &files, &files);
    let output = host.run(["check", "certificate", "--format", "json"]);
    assert_eq!(output.code, 1, "less than 14 days, and more than 7: {output}");
    let days = value(&output.json(), "time_left", &Value::Null).expect("a time") / 86_400.0;
    assert!((9.9..=10.0).contains(&days), "{output}");
}

/// A tool of Debian that was unpacked, as its package would start a service.
fn unpacked(package: &str, path: &str) -> String {
    let path = root().join("target/debian").join(package).join(path);
    assert!(path.exists(), "no {}: run `make test`", path.display());
    path.display().to_string()
}

#[test]
fn smartctl_itself_and_what_it_printed_of_disks_are_read() {
    let host = Host::new();
    let smartctl = unpacked("smartmontools", "usr/sbin/smartctl");
    let ask = |smartctl: &str| {
        let grant = command("smart", &[smartctl, "--json=c", "-x", "-n", "standby", "/dev/null"]);
        configure(&host, "smart", "disks = [{ device = \"/dev/null\" }]", &grant);
        host.run(["check", "smart", "--format", "json"])
    };
    let real = ask(&smartctl);
    let said = subcheck(&real.json(), "disk", "/dev/null")["text"].clone();
    assert!(
        said.as_str().is_some_and(|it| it.contains("exit code 1: /dev/null: Unable to detect device type")),
        "{real}"
    );

    // A disk that says that it fails, as no host of tests has one.
    let failing = document::read("checks/smart/tests/ata.json").replace("\"passed\":true", "\"passed\":false");
    host.file("ata.json", failing);
    let script = host.file("smartctl", format!("#!/bin/sh\ncat {}\nexit 8\n", host.path("ata.json").display()));
    fs::set_permissions(&script, PermissionsExt::from_mode(0o755)).expect("a mode");
    let output = ask(script.to_str().expect("a path in UTF-8"));
    assert_eq!(
        (output.code, &subcheck(&output.json(), "disk", "ATA0001")["status"]),
        (2, &"critical".into()),
        "{output}"
    );
}

/// Runs a script in a network, a tree of processes and mounts of its own, and returns what the check printed into `output`.
fn apart(host: &Host, script: &str) -> Value {
    let script = host.file("apart.sh", script);
    let done = Command::new("timeout")
        .args([
            "-s",
            "KILL",
            "90",
            "unshare",
            "--net",
            "--mount",
            "--pid",
            "--fork",
            "--cgroup",
            "--mount-proc",
            "/bin/sh",
        ])
        .arg(script)
        .env("ROUNDSMAN_CONFIG", host.path("etc/roundsman.toml"))
        .env("PROGRAM", program())
        .env("HERE", host.path(""))
        .output()
        .expect("util-linux' unshare");
    let output = fs::read_to_string(host.path("output")).unwrap_or_default();
    serde_json::from_str(&output).unwrap_or_else(|error| panic!("{error} in {output:?}: {done:?}"))
}

#[test]
fn chrony_tells_of_a_clock_that_follows_a_source() {
    let host = Host::new();
    let (chronyd, chronyc) = (unpacked("chrony", "usr/sbin/chronyd"), unpacked("chrony", "usr/bin/chronyc"));
    host.file(
        "server.conf",
        "port 11123\ncmdport 0\nbindcmdaddress /\nlocal stratum 3\nallow 127.0.0.1\npidfile /run/s.pid\n",
    );
    host.file(
        "client.conf",
        "server 127.0.0.1 port 11123 iburst minpoll 0 maxpoll 0\nport 0\nbindcmdaddress /\npidfile /run/c.pid\n",
    );
    let commands = ["tracking", "sources"].map(|what| command("timesync", &[&chronyc, "-n", "-c", what])).concat();
    configure(&host, "timesync", "expected = 1", &commands);
    let script = format!(
        "set -e\nmount -t tmpfs run /run\nip link set lo up\n\
         '{chronyd}' -x -u root -f \"$HERE/server.conf\"\n'{chronyd}' -x -u root -f \"$HERE/client.conf\"\n\
         for i in $(seq 100); do '{chronyc}' -n -c tracking | grep -q Normal && break; sleep 0.2; done\n\
         \"$PROGRAM\" check timesync --format json > \"$HERE/output\"\n"
    );
    let report = apart(&host, &script);
    assert_eq!(
        (&report["status"], value(&report, "synchronised", &Value::Null)),
        (&"ok".into(), Some(1.0)),
        "{report}"
    );
    assert!(value(&report, "offset", &Value::Null).is_some_and(|it| it.abs() < 0.1), "{report}");
    assert_eq!(value(&report, "source_stratum", &serde_json::json!({ "source": "127.0.0.1" })), Some(3.0), "{report}");
}

/// Boots systemd as the first process of a container that has three units: one fails, one works, one begins again and again.
#[test]
fn systemd_tells_of_its_units() {
    let host = Host::new();
    assert!(Path::new("/lib/systemd/systemd").exists(), "no systemd: run `make test`");
    let unit =
        |name: &str, text: &str| host.file(&format!("units/{name}"), format!("[Unit]\nDefaultDependencies=no\n{text}"));
    unit("fails.service", "[Service]\nExecStart=/bin/false\n");
    unit("works.service", "[Service]\nExecStart=/bin/sleep 1000\n");
    unit("again.service", "StartLimitIntervalSec=0\n[Service]\nRestart=always\nRestartSec=100\nExecStart=/bin/false\n");
    unit("done.service", "[Service]\nType=oneshot\nExecStart=/bin/true\n");
    unit("done.timer", "[Timer]\nOnActiveSec=1s\nAccuracySec=1ms\n");
    unit("all.target", "Wants=fails.service works.service again.service done.timer report.service\n");
    let list = ["/usr/bin/systemctl", "list-units", "--all", "--plain", "--no-legend", "--full", "--output=json"];
    // The container has no D-Bus: root alone asks systemd without.
    let as_root = command("systemd", &list) + "user = \"root\"\n";
    configure(&host, "systemd", "expected = [\"works\", \"again\", \"never\"]", &as_root);
    let show = [
        "/usr/bin/systemctl",
        "show",
        "--all",
        "--property=Id,Unit,ActiveState,Result,ExecMainStatus,ExecMainStartTimestamp,ExecMainExitTimestamp",
        "--",
        "*.timer",
        "*.service",
    ];
    let as_root = command("jobs", &show) + "user = \"root\"\n";
    configure(&host, "jobs", "timers = [\"done.timer\"]", &(grants("jobs") + &as_root));
    let here = host.path("").display().to_string();
    let report = format!(
        "sleep 3\nexport ROUNDSMAN_CONFIG={here}/etc/roundsman.toml\n\
         '{program}' check jobs --format json > {here}/jobs\n'{program}' check systemd --format json > {here}/output\n\
         systemctl poweroff --force --force\n",
        program = program().display(),
    );
    let report = host.file("report.sh", report);
    unit("report.service", &format!("[Service]\nType=oneshot\nExecStart=/bin/sh {}\n", report.display()));
    let script = "set -e\nmount --make-rprivate /\nmount -t tmpfs run /run\nmount --bind \"$HERE/units\" /etc/systemd/system\n\
                  mount -t tmpfs none /usr/lib/systemd/system-generators\nmount -t tmpfs cg /sys/fs/cgroup\n\
                  mount -t cgroup2 none /sys/fs/cgroup\n\
                  container=test exec /lib/systemd/systemd --system --unit=all.target --show-status=no --log-target=null\n";
    let report = apart(&host, script);
    let of = |unit: &str| subcheck(&report, "unit", unit);
    assert_eq!(
        (&report["status"], &of("fails.service")["status"]),
        (&"critical".into(), &"critical".into()),
        "{report}"
    );
    assert_eq!(of("works.service")["text"], "active (running)");
    assert_eq!(of("again.service")["text"], "activating (auto-restart)");
    assert_eq!(of("never.service")["status"], "critical");
    let jobs = fs::read_to_string(host.path("jobs")).expect("what the check of jobs printed");
    let jobs: Value = serde_json::from_str(&jobs).unwrap_or_else(|error| panic!("{error}: {jobs}"));
    let done = subcheck(&jobs, "job", "done.timer");
    let said = done["text"].as_str().expect("a text");
    assert!(said.starts_with("succeeded ") && said.ends_with("exit code 0, took 0 s"), "{jobs}");
    assert!(
        value(&jobs, "success_age", &serde_json::json!({ "job": "done.timer" })).is_some_and(|it| it < 60.0),
        "{jobs}"
    );
}

/// A process of root's that watches directories, in a tree of processes of its own: root may look into no others in a container.
#[test]
fn watches_of_inotify_are_counted() {
    let host = Host::new();
    let page = document::read("checks/limits/README.md");
    let drop_in =
        document::blocks(&page).into_iter().find(|it| it.text.contains("[check.inotify]")).expect("a drop-in");
    host.drop_in("inotify", &drop_in.text);
    let script = "import ctypes,os\nlib=ctypes.CDLL(None)\nfor i in range(2):\n  fd=lib.inotify_init1(0)\n\
                  \x20 for name in sorted(os.listdir('/proc/self'))[:20]:\n\
                  \x20   assert lib.inotify_add_watch(fd,('/proc/self/'+name).encode(),2)>0\n\
                  open('ready','w').close()\nimport time\ntime.sleep(60)\n";
    let watch = host.file("watch.py", script);
    let report = apart(
        &host,
        &format!(
            "set -e\ncd \"$HERE\"\npython3 '{}' &\nfor i in $(seq 100); do [ -e ready ] && break; sleep 0.1; done\n\
             \"$PROGRAM\" check inotify --format json > \"$HERE/output\" || true\nkill $!\n",
            watch.display()
        ),
    );
    let used = |limit: &str| value(&report, "used", &serde_json::json!({ "limit": limit }));
    assert_eq!((used("inotify_instances"), used("inotify_watches")), (Some(2.0), Some(40.0)), "{report}");
}
