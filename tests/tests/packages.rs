//! The packages, in a root directory of their own: a copy of this host's in which everything that is written is gone afterwards.
#![expect(clippy::disallowed_methods, reason = "package managers are programs")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;
use std::time::{Duration, Instant};

use roundsman_tests::{Output, alone, program, root};
use tempfile::TempDir;

/// Folder in which the packages are made, below `target`; each test copies them.
const MADE: &str = "target/packages-of-tests";
/// The version that is packed besides the one that is.
const NEWER: &str = "0.1.1";
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Packs the program that the tests were built with under two versions, once for all tests; a test that is played again in
/// namespaces of its own finds them.
fn packed() -> PathBuf {
    static ONCE: Once = Once::new();
    let into = root().join(MADE);
    if std::env::var_os("ROUNDSMAN_TEST_APART").is_none() {
        ONCE.call_once(|| {
            let _ = fs::remove_dir_all(&into);
            [VERSION, NEWER].iter().for_each(|version| pack(version, &into));
        });
    }
    into
}

fn pack(version: &str, into: &Path) {
    let output = Command::new(root().join("scripts/packages"))
        .arg(program())
        .arg(version)
        .arg(into)
        // What takes longest is of no interest here.
        .env("LEVEL", "1")
        .output()
        .expect("the script");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// All of a host but the kernel's settings, which are this machine's.
#[track_caller]
fn assert_content(doctor: &str) {
    let lacking: Vec<&str> =
        doctor.lines().filter(|line| line.starts_with("lacking ") || line.starts_with("fatal ")).collect();
    assert!(lacking.iter().all(|line| line.starts_with("lacking  links ")), "{doctor}");
    assert!(doctor.lines().any(|line| line.starts_with("ok       user ")), "{doctor}");
}

/// Another root directory over this host's, for processes that see no others.
struct Scratch {
    dir: TempDir,
}

impl Scratch {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let scratch = Self { dir };
        let over = scratch.dir.path().join("over");
        fs::create_dir(&over).expect("a directory");
        run("mount", &["-t", "tmpfs", "none", over.to_str().unwrap()]);
        for part in ["upper", "work", "root"] {
            fs::create_dir(over.join(part)).expect("a directory");
        }
        let layers = format!("lowerdir=/,upperdir={0}/upper,workdir={0}/work", over.display());
        let top = scratch.path("");
        run("mount", &["-t", "overlay", "none", "-o", &layers, top.to_str().unwrap()]);
        for part in ["run", "tmp", "dev", "packages"] {
            fs::create_dir_all(scratch.path(part)).expect("a directory");
            run("mount", &["-t", "tmpfs", "none", scratch.path(part).to_str().unwrap()]);
        }
        run("mount", &["-t", "sysfs", "-o", "ro", "none", scratch.path("sys").to_str().unwrap()]);
        // Devices of its own: nothing that is done here reaches those of this host.
        for (name, minor) in [("null", "3"), ("zero", "5"), ("full", "7"), ("random", "8"), ("urandom", "9")] {
            run("mknod", &["-m", "666", scratch.path("dev").join(name).to_str().unwrap(), "c", "1", minor]);
        }
        std::os::unix::fs::symlink("/proc/self/fd", scratch.path("dev/fd")).expect("a link");
        for file in fs::read_dir(root().join(MADE)).expect("packages") {
            let file = file.expect("an entry");
            fs::copy(file.path(), scratch.path("packages").join(file.file_name())).expect("copied");
        }
        // Whatever else this host has of the program.
        for part in ["etc/roundsman", "usr/lib/roundsman", "var/lib/roundsman", "var/cache/roundsman"] {
            let _ = fs::remove_dir_all(scratch.path(part));
        }
        for part in ["usr/bin/roundsman", "etc/cron.d/roundsman", "var/log/roundsman.log"] {
            let _ = fs::remove_file(scratch.path(part));
        }
        scratch
    }

    fn path(&self, part: &str) -> PathBuf {
        self.dir.path().join("over/root").join(part.trim_start_matches('/'))
    }

    fn read(&self, part: &str) -> String {
        fs::read_to_string(self.path(part)).unwrap_or_else(|error| panic!("{part}: {error}"))
    }

    /// A command for that root, as the first process of all that it sees.
    fn command(&self, line: &str) -> Command {
        let mut command = Command::new("unshare");
        let top = format!("--root={}", self.path("").display());
        command.args(["--pid", "--fork", "--kill-child", "--mount-proc", &top, "/bin/sh", "-c", line]);
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("DEBIAN_FRONTEND", "noninteractive");
        command
    }

    fn run(&self, line: &str) -> Output {
        let output = self.command(line).output().expect("unshare(1)");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let code = output.status.code().unwrap_or_else(|| panic!("{line}: {}", output.status));
        Output { code, stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    #[track_caller]
    fn succeeds(&self, line: &str) -> String {
        let output = self.run(line);
        assert_eq!(output.code, 0, "{line}: {output}");
        output.stdout
    }

    /// Has a real cron daemon run until a round has written the log, and returns its lines.
    fn cron_runs_a_round(&self) -> String {
        let before = fs::read_to_string(self.path("/var/log/roundsman.log")).unwrap_or_default();
        let mut cron = self.command("exec cron -f").spawn().expect("cron");
        let begun = Instant::now();
        let lines = loop {
            let log = fs::read_to_string(self.path("/var/log/roundsman.log")).unwrap_or_default();
            let new = log.strip_prefix(&before).unwrap_or(&log).to_owned();
            if ["disk", "load", "memory"].iter().all(|name| new.contains(&format!(" {name} state_type="))) {
                break new;
            }
            assert!(begun.elapsed() < Duration::from_secs(100), "no round in time: {log}");
            std::thread::sleep(Duration::from_millis(200));
        };
        // The round that wrote them may still be storing.
        std::thread::sleep(Duration::from_secs(2));
        cron.kill().expect("killed");
        cron.wait().expect("its end");
        lines
    }
}

/// Nothing is removed through a mount.
impl Drop for Scratch {
    fn drop(&mut self) {
        let over = self.dir.path().join("over");
        if !Command::new("umount").arg("--recursive").arg("--lazy").arg(over).status().is_ok_and(|end| end.success()) {
            self.dir.disable_cleanup(true);
        }
    }
}

fn run(program: &str, args: &[&str]) {
    let output = Command::new(program).args(args).output().expect(program);
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A package manager: how it installs a file, whatever version is there, how it removes, and the names of the packages.
struct Manager {
    install: &'static str,
    remove: &'static str,
    purge: Option<&'static str>,
    file: fn(&str) -> String,
}

const DEBIAN: Manager = Manager {
    install: "dpkg --force-confdef --force-confold --install",
    remove: "dpkg --remove roundsman",
    purge: Some("dpkg --purge roundsman"),
    file: |version| {
        format!("roundsman_{version}-1_{}.deb", if cfg!(target_arch = "x86_64") { "amd64" } else { "arm64" })
    },
};

// The database of rpm knows no package here, and so nothing that ours needs.
const FEDORA: Manager = Manager {
    install: "rpm --upgrade --oldpackage --replacepkgs --nodeps",
    remove: "rpm --erase roundsman",
    purge: None,
    file: |version| format!("roundsman-{version}-1.{}.rpm", std::env::consts::ARCH),
};

impl Manager {
    fn install(&self, scratch: &Scratch, version: &str) {
        scratch.succeeds(&format!("{} /packages/{}", self.install, (self.file)(version)));
        let said = scratch.succeeds("zcat /usr/share/man/man1/roundsman-doctor.1.gz >/dev/null && roundsman --version");
        assert!(said.starts_with("roundsman "), "{said}");
    }

    /// Installs, runs, upgrades, goes back, removes; twice, as the second time finds what the first one left.
    fn lives(&self, scratch: &Scratch) {
        for time in 0..2 {
            self.install(scratch, VERSION);
            let doctor = scratch.succeeds("roundsman doctor");
            assert_content(&doctor);
            assert!(doctor.contains("cron starts rounds: /etc/cron.d/roundsman"), "{doctor}");
            assert_eq!(scratch.succeeds("roundsman validate --strict"), "3 checks, 0 errors, 0 lints\n");
            // A choice of the operator, which no version takes back.
            let main = scratch.path("etc/roundsman/roundsman.toml");
            fs::write(&main, "[run]\nsplay = \"0s\"\n").expect("written");
            if time == 0 {
                let lines = scratch.cron_runs_a_round();
                assert!(!lines.contains("UNKNOWN"), "{lines}");
                // What the postinst compiled is what the round ran.
                assert!(fs::read_dir(scratch.path("var/cache/roundsman")).expect("the cache").count() > 3);
            } else {
                let line = scratch.read("etc/cron.d/roundsman");
                let line = line.lines().find_map(|line| line.strip_prefix("* * * * * root ")).expect("the line");
                assert_eq!(scratch.succeeds(line), "");
            }
            let silenced =
                "roundsman pause disk --for 2d --reason ordered && roundsman ack load --reason known --sticky";
            let acknowledged = scratch.run(silenced);
            let told = |scratch: &Scratch| scratch.succeeds("roundsman status disk");
            assert!(told(scratch).contains("ordered"), "{acknowledged}");
            let state = scratch.read("var/lib/roundsman/results");
            for version in [NEWER, VERSION] {
                self.install(scratch, version);
                assert_eq!(scratch.read("var/lib/roundsman/results"), state, "installing runs nothing");
                assert!(told(scratch).contains("ordered"), "{version}");
                assert_eq!(fs::read_to_string(&main).expect("the main file"), "[run]\nsplay = \"0s\"\n");
                assert_eq!(scratch.succeeds("roundsman run --cron"), "");
                assert!(scratch.read("var/log/roundsman.log").lines().count() > 3);
                fs::write(scratch.path("var/lib/roundsman/results"), &state).expect("as before");
            }
            scratch.succeeds("logrotate --force --state /tmp/logrotate /etc/logrotate.d/roundsman");
            assert_eq!(scratch.succeeds("stat -c '%a %U:%G' /var/log/roundsman.log"), "640 root:roundsman\n");
            self.goes(scratch);
        }
    }

    /// Removes the package: cron's line, where it stays, is silent; a purge leaves what the operator wrote.
    fn goes(&self, scratch: &Scratch) {
        fs::write(scratch.path("etc/roundsman/conf.d/mine.toml"), "").expect("written");
        scratch.succeeds(self.remove);
        assert!(!scratch.path("usr/bin/roundsman").exists() && scratch.path("var/lib/roundsman/results").exists());
        let Some(purge) = self.purge else { return };
        let line = scratch.read("etc/cron.d/roundsman");
        let line = line.lines().find_map(|line| line.strip_prefix("* * * * * root ")).expect("the line");
        assert_eq!(scratch.succeeds(line), "", "silent after the removal");
        scratch.succeeds(purge);
        for gone in [
            "var/lib/roundsman",
            "var/cache/roundsman",
            "var/log/roundsman.log",
            "etc/cron.d/roundsman",
            "usr/lib/roundsman",
        ] {
            assert!(!scratch.path(gone).exists(), "{gone}");
        }
        assert!(scratch.path("etc/roundsman/conf.d/mine.toml").exists());
    }
}

#[test]
fn the_debian_package_installs_runs_upgrades_goes_back_and_goes() {
    packed();
    if !alone("the_debian_package_installs_runs_upgrades_goes_back_and_goes") {
        return;
    }
    let scratch = Scratch::new();
    DEBIAN.lives(&scratch);
}

#[test]
fn the_rpm_installs_runs_upgrades_goes_back_and_goes() {
    packed();
    if !alone("the_rpm_installs_runs_upgrades_goes_back_and_goes") {
        return;
    }
    FEDORA.lives(&Scratch::new());
}

#[test]
fn without_cron_the_timer_is_enabled_and_its_line_does_a_round() {
    packed();
    if !alone("without_cron_the_timer_is_enabled_and_its_line_does_a_round") {
        return;
    }
    for manager in [DEBIAN, FEDORA] {
        let scratch = Scratch::new();
        fs::remove_file(scratch.path("usr/sbin/cron")).expect("this host has cron");
        manager.install(&scratch, VERSION);
        let doctor = scratch.succeeds("roundsman doctor");
        assert!(doctor.contains("ok       starts    roundsman.timer starts rounds\n"), "{doctor}");
        assert_content(&doctor);
        let verified = scratch.run("systemd-analyze verify /usr/lib/systemd/system/roundsman.timer");
        assert!(verified.code == 0 && !verified.stderr.contains("roundsman"), "{verified}");
        let unit = scratch.read("usr/lib/systemd/system/roundsman.service");
        let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).expect("its line");
        fs::write(scratch.path("etc/roundsman/roundsman.toml"), "[run]\nsplay = \"0s\"\n").expect("written");
        assert_eq!(scratch.succeeds(start), "");
        let log = scratch.read("var/log/roundsman.log");
        assert!(log.contains(" disk state_type=") && !log.contains("UNKNOWN"), "{log}");
        // Cron comes: both would start rounds.
        fs::write(scratch.path("usr/sbin/cron"), "").expect("written");
        assert!(scratch.succeeds("roundsman doctor").contains("both start rounds"));
        scratch.succeeds("systemctl disable roundsman.timer");
        fs::remove_file(scratch.path("usr/sbin/cron")).expect("removed");
        assert!(scratch.succeeds("roundsman doctor").contains("nothing starts rounds"));
        // An upgrade leaves the choice of the operator.
        manager.install(&scratch, VERSION);
        assert!(scratch.succeeds("roundsman doctor").contains("nothing starts rounds"));
    }
}

/// Runs a program that judges a package, and expects it to have nothing to say.
#[track_caller]
fn judges(program: &str, args: &[&str], package: &Path) {
    let output = Command::new(program).args(args).arg(package).output().expect("`make test` installs it");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {said}");
}

#[test]
fn lintian_and_rpmlint_have_nothing_to_say() {
    let made = packed();
    judges("lintian", &["--allow-root", "--fail-on", "error,warning"], &made.join((DEBIAN.file)(VERSION)));
    let reasons = root().join("dist/package/rpmlint.toml");
    judges("rpmlint", &["-c", reasons.to_str().expect("a path in UTF-8")], &made.join((FEDORA.file)(VERSION)));
}

#[test]
fn packed_again_elsewhere_it_is_the_same_to_the_last_byte() {
    let made = packed();
    let again = tempfile::tempdir().expect("a temporary directory");
    pack(VERSION, again.path());
    let mut compared = 0;
    for file in fs::read_dir(again.path()).expect("packages") {
        let name = file.expect("an entry").file_name();
        let bytes = |folder: &Path| fs::read(folder.join(&name)).expect("a package");
        assert!(bytes(again.path()) == bytes(&made), "{name:?} differs");
        compared += 1;
    }
    assert_eq!(compared, 3);
}

/// Where it was built is nobody's business, and would make two builds differ.
#[test]
fn no_file_of_the_package_names_a_folder_of_the_building_machine() {
    let made = packed();
    let tree = tempfile::tempdir().expect("a temporary directory");
    run("dpkg-deb", &["-R", made.join((DEBIAN.file)(VERSION)).to_str().unwrap(), tree.path().to_str().unwrap()]);
    let home = std::env::var("CARGO_HOME").or_else(|_| std::env::var("HOME").map(|home| home + "/.cargo"));
    let places = [root().display().to_string(), home.expect("a home"), "/.rustup/".to_owned()];
    let (mut waiting, mut looked_at) = (vec![tree.path().to_owned()], 0);
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(fs::read_dir(&path).expect("a listing").map(|entry| entry.expect("an entry").path()));
            continue;
        }
        let packed = path.extension().is_some_and(|ending| ending == "gz");
        let shown = Command::new(if packed { "zcat" } else { "cat" }).arg(&path).output().expect("a file").stdout;
        for place in &places {
            let found = shown.windows(place.len()).any(|part| part == place.as_bytes());
            assert!(!found, "{} names {place}", path.display());
        }
        looked_at += 1;
    }
    assert!(looked_at > 50, "{looked_at} files");
}

/// Without the marks of comments, the main file that ships is one that holds, and it has every key.
#[test]
fn the_main_file_that_ships_shows_every_key_and_so_does_its_manual_page() {
    let text =
        fs::read_to_string(root().join("dist/package/root/etc/roundsman/roundsman.toml")).expect("the main file");
    assert!(text.lines().all(|line| line.is_empty() || line.starts_with('#')), "nothing holds that is not the default");
    let written: String = text
        .lines()
        .filter(|line| !line.starts_with("# "))
        .map(|line| format!("{}\n", line.trim_start_matches('#')))
        .collect();
    let host = roundsman_tests::Host::new();
    let file = host.file("etc/all/roundsman.toml", &written);
    let output = host.run(["validate", "--strict", "--offline", "--config", file.to_str().expect("a path in UTF-8")]);
    assert_eq!((output.code, output.stdout.as_str()), (0, "0 checks, 0 errors, 0 lints\n"), "{output}");

    let manual =
        fs::read_to_string(root().join("dist/package/root/usr/share/man/man5/roundsman.toml.5")).expect("the page");
    let tables = [
        "paths", "run", "compile", "log", "host", "texts", "limits", "output.a", "delivery", "history", "install",
        "defaults",
    ];
    let checks = ["check.a", "check.a.grant", "check.a.grant.command"];
    for table in tables.iter().chain(&checks) {
        let list = *table == "check.a.grant.command";
        let heading = if list { format!("[[{table}]]") } else { format!("[{table}]") };
        let host = roundsman_tests::Host::new();
        let file = host.file("etc/all/roundsman.toml", format!("{heading}\nzzzzzzzzzzzz = 1\n"));
        let output = host.run(["validate", "--config", file.to_str().expect("a path in UTF-8")]);
        let told = format!("{}{}", output.stdout, output.stderr);
        let known = told
            .lines()
            .find_map(|line| line.split_once("known keys: "))
            .unwrap_or_else(|| panic!("{table}: {told}"))
            .1;
        let section = if *table == "defaults" {
            "[check.NAME]".to_owned()
        } else {
            heading.replace("check.a", "check.NAME").replace("output.a", "output.NAME")
        };
        let (_, section) =
            manual.split_once(&format!(".SH \"{section}\"\n")).unwrap_or_else(|| panic!("no section {section}"));
        let section = section.split(".SH ").next().unwrap_or_default();
        for key in known.split(", ") {
            assert!(section.contains(&format!("\n.B {key}\n")), "{table}: no `{key}` in {section}");
            // `limits` is a table of its own, and no digest is that of every check.
            if !table.starts_with("check") && *table != "output.a" {
                assert!(
                    written.contains(&format!("\n{key} "))
                        || *table == "defaults" && written.contains(key)
                        || ["limits", "sha256"].contains(&key),
                    "{table}: no `{key}`"
                );
            }
        }
    }
}

/// As `roundsman man` says, each command has a page, which man(1) takes without a word.
#[test]
fn each_command_has_a_page_without_a_warning() {
    let host = roundsman_tests::Host::new();
    let whole = host.run(["man"]).stdout;
    let commands: Vec<String> = whole
        .lines()
        .filter_map(|line| Some(line.strip_prefix(".SH \"ROUNDSMAN ")?.trim_end_matches('"').to_lowercase()))
        .collect();
    assert!(commands.len() > 15, "{commands:?}");
    let page =
        fs::read_to_string(root().join("dist/package/root/usr/share/man/man5/roundsman.toml.5")).expect("the page");
    let pages = commands.iter().map(|name| host.run(["man", name]).stdout).chain([whole, page]);
    for (number, page) in pages.enumerate() {
        let file = host.file(&format!("{number}.1"), &page);
        let output =
            Command::new("man").args(["--warnings", "-E", "UTF-8", "-l", "-Tutf8"]).arg(&file).output().expect("man");
        assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(!output.stdout.is_empty());
    }
    let unknown = host.run(["man", "pauze"]);
    assert!(unknown.code == 64 && unknown.stderr.contains("did you mean `pause`"), "{unknown}");
}
