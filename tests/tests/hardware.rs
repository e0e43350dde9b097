//! Checks of hardware as they ship, on this host: what it lacks is a recorded tree of files, or a program that prints what the
//! real one printed elsewhere.

#![expect(clippy::disallowed_methods, reason = "volumes are made with the programs that make them")]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use roundsman_tests::document::{blocks, read};
use roundsman_tests::{Host, Output, root};
use serde_json::Value;

/// Returns the drop-in that a check's page shows, for a host that need not have what `only_if` asks for.
fn drop_in(check: &str) -> String {
    let page = read(&format!("checks/{check}/README.md"));
    let block = blocks(&page).into_iter().find(|block| block.mark == "toml drop-in" || block.mark == "toml");
    let text = block.expect("a drop-in").text;
    text.lines().filter(|line| !line.starts_with("only_if")).map(|line| format!("{line}\n")).collect()
}

/// Returns the files of a recorded table below a directory of this host: a path, a tab and the content in each line.
fn record(host: &Host, below: &str, table: &str) {
    let table = fs::read_to_string(root().join(table)).expect("a record");
    for line in table.lines() {
        let (path, text) = line.split_once('\t').expect("a tab");
        host.file(&format!("{below}/{path}"), format!("{text}\n"));
    }
}

fn run(host: &Host, check: &str, toml: &str) -> Output {
    host.drop_in(check, toml);
    let recorded = host.file("recorded/empty", "");
    let below = recorded.parent().expect("a directory").to_str().expect("a path in UTF-8").to_owned();
    host.run(["check", check, "--root", &below, "--keep-state", "--format", "json"])
}

/// Returns the subcheck whose first label has this value.
fn part<'a>(report: &'a Value, label: &str) -> &'a Value {
    let is = |it: &&Value| it["labels"].as_object().is_some_and(|labels| labels.values().any(|value| value == label));
    let all = report["subchecks"].as_array().expect("subchecks");
    all.iter().find(is).unwrap_or_else(|| panic!("no {label} in {report}"))
}

#[test]
fn sensors_of_a_recorded_server() {
    let host = Host::new();
    record(&host, "recorded/sys/devices/chips", "checks/sensors/tests/chips");
    record(&host, "recorded/sys/class/thermal", "checks/sensors/tests/zones");
    fs::remove_dir_all(host.path("recorded/sys/class/thermal/thermal_zone2")).expect("a zone without a value");
    let class = host.path("recorded/sys/class/hwmon");
    fs::create_dir(&class).expect("a directory");
    for (chip, device) in [("hwmon1", "platform/coretemp.0"), ("hwmon2", "pci0000:00/0000:02:00.0/nvme/nvme0")] {
        let place = host.path(&format!("recorded/sys/devices/{device}"));
        fs::create_dir_all(&place).expect("a device");
        fs::rename(host.path(&format!("recorded/sys/devices/chips/{chip}")), place.join(chip)).expect("a chip");
        symlink(format!("../../devices/{device}/{chip}"), class.join(chip)).expect("a link");
    }
    let toml = drop_in("sensors");
    let report = run(&host, "sensors", &toml).json();
    assert_eq!(report["status"], "ok", "{report}");
    assert_eq!(part(&report, "coretemp.0/Package id 0")["text"], "61.0 °C, max 84, critical 100");
    assert_eq!(part(&report, "nvme-0000:02:00.0/Composite")["status"], "ok");
    // Its own limit decides, and the operator's in its place.
    host.file("recorded/sys/devices/platform/coretemp.0/hwmon1/temp2_input", "100001\n");
    let report = run(&host, "sensors", &toml).json();
    assert_eq!(
        (&report["status"], &part(&report, "coretemp.0/Core 0")["status"]),
        (&"critical".into(), &"critical".into())
    );
    let never = toml.replace("temperature = [", "temperature = [\n  { where = { sensor = \"coretemp*\" } },");
    assert_eq!(run(&host, "sensors", &never).json()["status"], "ok");
}

#[test]
fn sensors_of_this_host_are_told_whatever_it_has() {
    let host = Host::new();
    host.drop_in("sensors", &drop_in("sensors").replace("expected      = [\"coretemp.0/Package id 0\"]\n", ""));
    let report = host.run(["check", "sensors", "--format", "json"]).json();
    assert_eq!(report["failure"], Value::Null, "{report}");
    let has_some = fs::read_dir("/sys/class/hwmon").is_ok_and(|mut all| all.next().is_some());
    assert!(has_some || report["summary"] == "no sensors", "{report}");
}

#[test]
fn errors_of_memory_on_a_recorded_server() {
    let host = Host::new();
    record(&host, "recorded/sys/devices/system/edac/mc", "checks/ecc/tests/controllers");
    let report = run(&host, "ecc", &drop_in("ecc")).json();
    assert_eq!(
        (&report["status"], &report["summary"]),
        (&"ok".into(), &"5 modules at 2 memory controllers, 2 expected".into())
    );
    host.file("recorded/sys/devices/system/edac/mc/mc0/dimm1/dimm_ue_count", "1\n");
    let report = run(&host, "ecc", &drop_in("ecc")).json();
    assert_eq!(
        (&report["status"], &part(&report, "mc0 CPU1_DIMM_A2")["status"]),
        (&"critical".into(), &"critical".into())
    );
    // This host, or any whose driver is not loaded, knows nothing, and says so.
    let bare = Host::new();
    bare.drop_in("ecc", &drop_in("ecc").replace("expected = 2\n", ""));
    if fs::metadata("/sys/devices/system/edac/mc/mc0").is_err() {
        bare.run(["check", "ecc", "--format", "json"]).assert_failure("check", &["load the EDAC driver"]);
    }
}

/// Returns the drop-in of a check whose command prints a recorded file, in place of the one that asks hardware.
fn printing(check: &str, argv: &str, record: &str) -> String {
    let toml = drop_in(check);
    let line =
        toml.lines().find(|line| line.starts_with("argv") && line.contains(argv)).expect("the command").to_owned();
    let file = root().join(format!("checks/{check}/tests/{record}"));
    toml.replace(&line, &format!("argv = [\"/bin/cat\", {}]", Value::from(file.to_str().expect("a path in UTF-8"))))
}

#[test]
fn paths_of_a_recorded_host() {
    let host = Host::new();
    let config = "paths    = 4\nexpected = [\"mpatha\", \"mpathb\"]\n";
    let toml = |record: &str| printing("multipath", "multipathd", record).replace(config, "single = [\"0QEMU*\"]\n");
    let report = run(&host, "multipath", &toml("maps")).json();
    assert_eq!(
        (&report["status"], &report["summary"]),
        (&"ok".into(), &"3 maps, 4 of 4 paths work".into()),
        "{report}"
    );
    let report = run(&host, "multipath", &toml("maps-failed")).json();
    assert_eq!(part(&report, "35000c50012345678")["text"], "1 of 2 paths work, sdd failed (faulty)");
    assert_eq!(report["status"], "critical");
}

/// Runs a program that makes what a test looks at.
#[track_caller]
fn make(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}: `make test` installs it"));
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// A file of this size as a block device, until it is dropped.
struct Loop(String);

impl Loop {
    fn new(host: &Host, name: &str, size: u64) -> Self {
        let file = host.file(name, "");
        fs::File::options().write(true).open(&file).and_then(|it| it.set_len(size)).expect("a sparse file");
        Self(make("losetup", &["--find", "--show", text(&file)]))
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        let _ = Command::new("losetup").args(["--detach", &self.0]).status();
    }
}

/// Returns a drop-in of `volumes` that runs these commands as root.
fn volumes(commands: &[&[&str]]) -> String {
    let mut toml =
        "[check.volumes]\nwasm = \"volumes.wasm\"\nevery = \"5m\"\nlimits = { timeout = \"30s\" }\n".to_owned();
    for argv in commands {
        let argv: Vec<String> = argv.iter().map(|word| Value::from(*word).to_string()).collect();
        toml.push_str(&format!("[[check.volumes.grant.command]]\nargv = [{}]\nuser = \"root\"\n", argv.join(", ")));
    }
    toml
}

#[test]
fn volumes_of_lvm() {
    let host = Host::new();
    let devices = [Loop::new(&host, "pv1", 64 << 20), Loop::new(&host, "pv2", 64 << 20)];
    // Metadata only: not every kernel that the tests run on has device-mapper.
    let filter = devices.iter().map(|it| format!("\"a|^{}$|\"", it.0)).collect::<Vec<_>>().join(", ");
    let settings = format!(
        "global {{ activation=0 }} devices {{ use_devicesfile=0 filter=[{filter}, \"r|.*|\"] }} backup {{ backup=0 archive=0 }}"
    );
    let lvm = |args: &[&str]| make(args[0], &[&["--config", &settings], &args[1..]].concat());
    lvm(&["vgcreate", "roundsman0", &devices[0].0, &devices[1].0]);
    lvm(&["lvcreate", "-an", "-Zn", "-Wn", "-n", "root", "-L", "8M", "roundsman0"]);
    let fields = "vg_name,lv_name,lv_attr,lv_size,data_percent,metadata_percent,copy_percent,lv_health_status";
    let lvs =
        ["/usr/sbin/lvs", "--config", &settings, "--reportformat", "json", "--units", "b", "--nosuffix", "-o", fields];
    let fields = "vg_name,vg_size,vg_free,vg_missing_pv_count";
    let vgs =
        ["/usr/sbin/vgs", "--config", &settings, "--reportformat", "json", "--units", "b", "--nosuffix", "-o", fields];
    host.drop_in("volumes", &volumes(&[&lvs, &vgs]));
    let report = host.run(["check", "volumes", "--format", "json"]).json();
    assert_eq!((&report["status"], &report["summary"]), (&"ok".into(), &"2 volumes".into()), "{report}");
    assert_eq!(part(&report, "lvm/roundsman0/root")["text"], "8.0 MiB");
    assert!(part(&report, "lvm/roundsman0")["text"].as_str().is_some_and(|text| text.ends_with(" free")), "{report}");

    // A disk that is gone.
    drop(devices);
    let report = host.run(["check", "volumes", "--format", "json"]).json();
    assert_eq!(report["summary"], "0 volumes", "{report}");
}

#[test]
fn devices_of_btrfs() {
    let host = Host::new();
    let device = Loop::new(&host, "btrfs", 120 << 20);
    make("mkfs.btrfs", &["-q", &device.0]);
    let mount = host.file("mnt/x", "").parent().expect("a directory").to_owned();
    make("mount", &[&device.0, text(&mount)]);
    let stats = ["/usr/bin/btrfs", "--format", "json", "device", "stats", text(&mount)];
    let df = ["/usr/bin/btrfs", "--format", "json", "filesystem", "df", text(&mount)];
    host.drop_in("volumes", &volumes(&[&stats, &df, &["/usr/sbin/zpool", "status", "-p"]]));
    let report = host.run(["check", "volumes", "--format", "json"]);
    make("umount", &[text(&mount)]);
    let report = report.json();
    let label = format!("btrfs{}", mount.display());
    let told = part(&report, &label);
    assert_eq!(told["status"], "ok", "{report}");
    assert!(told["text"].as_str().is_some_and(|text| text.starts_with("no errors, Data ")), "{report}");
    // A program that the host lacks is a part of its own.
    if !Path::new("/usr/sbin/zpool").exists() {
        assert_eq!(part(&report, "/usr/sbin/zpool status -p")["status"], "unknown", "{report}");
    }
}

/// Returns a program of this name that prints a recorded file, whatever it is asked.
fn program(host: &Host, name: &str, record: &str) -> String {
    let file = root().join(record);
    let path = host.file(&format!("bin/{name}"), format!("#!/bin/sh\nexec cat '{}'\n", file.display()));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a mode");
    text(&path).to_owned()
}

#[test]
fn pools_of_zfs_as_its_program_tells_them() {
    let host = Host::new();
    let zpool = program(&host, "zpool", "checks/volumes/tests/zpool-status");
    host.drop_in("volumes", &volumes(&[&[&zpool, "status", "-p"]]));
    let report = host.run(["check", "volumes", "--format", "json"]).json();
    assert_eq!(
        (&part(&report, "zfs/tank")["status"], &part(&report, "zfs/old")["status"]),
        (&"warning".into(), &"critical".into())
    );
}

#[test]
fn a_controller_as_its_program_tells_it() {
    let host = Host::new();
    let storcli = program(&host, "storcli64", "checks/storage_controller/tests/storcli-call");
    let toml = drop_in("storage_controller").replace("/opt/MegaRAID/storcli/storcli64", &storcli);
    host.drop_in("storage_controller", &toml);
    let report = host.run(["check", "storage_controller", "--format", "json"]).json();
    assert_eq!(report["status"], "critical", "{report}");
    assert_eq!(part(&report, "c0/volume 238")["text"], "RAID6 Dgrd");
    assert_eq!(
        (&part(&report, "c0/disk 252:1")["status"], &part(&report, "c0/battery")["status"]),
        (&"warning".into(), &"ok".into())
    );
}

#[test]
fn sensors_of_a_management_controller() {
    let host = Host::new();
    let ipmitool = program(&host, "ipmitool", "checks/ipmi/tests/sdr");
    host.drop_in(
        "ipmi",
        &format!("[check.ipmi]\nwasm = \"ipmi.wasm\"\nevery = \"5m\"\n[[check.ipmi.grant.command]]\nargv = [\"{ipmitool}\", \"sdr\", \"elist\"]\nuser = \"root\"\n"),
    );
    let report = host.run(["check", "ipmi", "--format", "json"]).json();
    assert_eq!((&report["status"], &report["summary"]), (&"critical".into(), &"6 sensors".into()), "{report}");
    assert_eq!(part(&report, "FAN1")["text"], "0 RPM");
}

#[test]
fn mounts_of_nfs_on_this_host() {
    let host = Host::new();
    host.drop_in("nfs", &drop_in("nfs").replace("expected = [\"/home\"]", "expected = [\"/nonexistent\"]"));
    let report = host.run(["check", "nfs", "--format", "json"]).json();
    assert_eq!(part(&report, "/nonexistent")["text"], "not mounted", "{report}");
    // Its counts can be read by root, whether there is such a mount or not.
    let all = report["subchecks"].as_array().expect("subchecks");
    assert!(!all.iter().any(|it| it["labels"]["part"] == "statistics"), "{report}");
}
