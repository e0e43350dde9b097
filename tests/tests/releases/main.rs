//! Releases of components, signed by the real minisign: installed, upgraded, taken back; and each way to be given a wrong one.
#![expect(clippy::disallowed_methods, reason = "minisign and skopeo are programs")]

mod tricks;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use roundsman_tests::component::describes;
use roundsman_tests::publisher::{publisher, sign, text, tool};
use roundsman_tests::{Host, Output, apart};
use serde_json::json;

/// A host, and publishers who keep their keys elsewhere.
struct Site {
    host: Host,
}

/// A component that says that it is `disk`, of a version, with more keys of its descriptor.
fn disk(version: &str, more: serde_json::Value) -> Vec<u8> {
    let mut descriptor = json!({ "name": "disk", "version": version, "summary": "a test", "free_metrics": true });
    descriptor.as_object_mut().expect("a table").extend(more.as_object().expect("a table").clone());
    describes(&descriptor.to_string())
}

impl Site {
    fn new() -> Self {
        let site = Self { host: Host::new() };
        site.publisher("acme");
        site.trust("acme", "");
        site
    }

    fn run(&self, args: &[&str]) -> Output {
        self.host.run(args)
    }

    /// Makes a key pair, of which nothing is trusted.
    fn publisher(&self, name: &str) {
        publisher(&self.host, name);
    }

    fn trust(&self, name: &str, more: &str) -> PathBuf {
        let key = fs::read_to_string(self.host.path(&format!("keys/{name}.pub"))).expect("a key");
        self.host.file(&format!("etc/keys.d/{name}.pub"), key + more)
    }

    /// A file in a mirror, signed by a publisher with this comment.
    fn publish(&self, file: &str, bytes: &[u8], by: &str, comment: &str) -> String {
        let path = self.host.file(&format!("mirror/{file}"), bytes);
        sign(&self.host, &path, by, comment);
        format!("file://{}", path.display())
    }

    fn disk(&self, version: &str) -> String {
        self.publish("disk.wasm", &disk(version, json!({})), "acme", &format!("roundsman name=disk version={version}"))
    }

    fn lock(&self) -> String {
        fs::read_to_string(self.host.path("etc/versions.lock")).unwrap_or_default()
    }

    /// Files of components that are kept.
    fn kept(&self) -> usize {
        let listed = fs::read_dir(self.host.path("state/components")).into_iter().flatten();
        listed
            .filter(|entry| entry.as_ref().expect("an entry").path().extension().is_some_and(|it| it == "wasm"))
            .count()
    }

    /// Asserts that a release is refused with these words, and that nothing of it stays.
    #[track_caller]
    fn refuses(&self, reference: &str, said: &str) {
        let (lock, kept) = (self.lock(), self.kept());
        let output = self.run(&["install", reference]);
        assert_eq!(output.code, 65, "{output}");
        assert!(output.stderr.contains(said), "{said}: {output}");
        assert_eq!((self.lock(), self.kept()), (lock, kept), "{output}");
    }
}

const CHECK: &str = "[check.mine]\nwasm = \"disk\"\nevery = \"1m\"\n";

#[test]
fn a_release_is_installed_upgraded_and_taken_back() {
    let site = Site::new();
    site.host.drop_in("mine", CHECK);
    let before = site.run(&["check", "mine"]);
    assert!(before.code == 3 && before.stdout.contains("no release of `disk` is pinned"), "{before}");

    let reference = site.disk("1.4.0");
    let dry = site.run(&["install", "--dry-run", &reference]);
    assert!(dry.code == 0 && dry.stdout.contains("disk 1.4.0 of acme\n"), "{dry}");
    assert_eq!((site.lock(), site.kept()), (String::new(), 0), "nothing is kept");
    let installed = site.run(&["install", &reference]);
    assert_eq!(installed.code, 0, "{installed}");
    assert!(installed.stdout.contains("[check.disk]\nwasm = \"disk\"\n"), "{installed}");
    assert_eq!(site.run(&["check", "mine"]).code, 0);
    assert_eq!(site.run(&["upgrade"]).stdout, "disk 1.4.0 is the newest\n");

    site.disk("1.10.0");
    assert!(site.run(&["list", "--outdated"]).stdout.contains("1.10.0"));
    let checked = site.run(&["upgrade", "--check"]);
    assert!(checked.code == 0 && checked.stdout.starts_with("disk 1.4.0 -> 1.10.0 of acme\n"), "{checked}");
    assert!(site.lock().contains("\"1.4.0\""));
    assert_eq!(site.run(&["upgrade", "disk"]).code, 0);
    assert!(site.lock().contains("\"1.10.0\"") && site.kept() == 2, "{}", site.lock());
    assert_eq!(site.run(&["check", "mine", "--format", "json"]).json()["component"]["version"], "1.10.0");

    // Offline: where it came from is gone.
    fs::remove_dir_all(site.host.path("mirror")).expect("removed");
    let back = site.run(&["rollback", "disk"]);
    assert_eq!((back.code, back.stdout.as_str()), (0, "disk 1.4.0\n"), "{back}");
    assert_eq!(site.run(&["check", "mine", "--format", "json"]).json()["component"]["version"], "1.4.0");
    assert_eq!(site.run(&["rollback", "disk"]).code, 65, "nothing is before it");
    let list = site.run(&["list"]).stdout;
    let row: Vec<&str> = list.lines().nth(1).expect("a row").split_whitespace().collect();
    assert_eq!((row[..4].to_vec(), row[5]), (vec!["disk", "1.4.0", "acme", "-"], "mine"), "{list}");

    let used = site.run(&["remove", "disk"]);
    assert!(used.code == 65 && used.stderr.contains("used by mine"), "{used}");
    fs::remove_file(site.host.path("etc/conf.d/mine.toml")).expect("removed");
    assert_eq!(site.run(&["remove", "disk"]).code, 0);
    assert_eq!((site.kept(), site.run(&["remove", "disk"]).code), (0, 64));
}

#[test]
fn an_upgrade_shows_what_is_new_and_stops_where_a_check_would_be_denied() {
    let site = Site::new();
    let option = |key: &str| json!({ "key": key, "help": "a test", "type": "text" });
    let need = |path: &str| json!({ "capability": "files", "pattern": path, "reason": "a test" });
    let publish = |version: &str, more| {
        let comment = format!("roundsman name=disk version={version}");
        site.publish("disk.wasm", &disk(version, more), "acme", &comment)
    };
    let old = json!({ "options": [option("old"), option("kept")], "needs": [need("/proc/loadavg")] });
    assert_eq!(site.run(&["install", &publish("1.0.0", old)]).code, 0);
    let check = |config: &str, files: &str| {
        site.host.drop_in(
            "mine",
            &format!("{CHECK}[check.mine.config]\n{config}\n[check.mine.grant]\nfiles = [\"/proc/loadavg\"{files}]\n"),
        );
    };
    check("old = \"x\"", "");
    publish("1.1.0", json!({ "options": [option("kept")], "needs": [need("/proc/loadavg"), need("/etc/hostname")] }));
    let refused = site.run(&["upgrade"]);
    assert_eq!(refused.code, 65, "{refused}");
    for line in ["  + needs files /etc/hostname\n", "  - option old\n"] {
        assert!(refused.stdout.contains(line), "{line}: {refused}");
    }
    for said in ["`disk` stays 1.0.0", "[check.mine.config] has `old`", "newly needs: files /etc/hostname"] {
        assert!(refused.stderr.contains(said), "{said}: {refused}");
    }
    assert!(site.lock().contains("\"1.0.0\""), "{}", site.lock());
    // No grant was written; the operator does that, or not.
    check("kept = \"x\"", ", \"/etc/hostname\"");
    let upgraded = site.run(&["upgrade"]);
    assert_eq!(upgraded.code, 0, "{upgraded}");
    assert!(site.lock().contains("\"1.1.0\""));
}

// D01, D02, D03
#[test]
fn what_no_trusted_key_has_signed_as_it_is_is_refused() {
    let site = Site::new();
    site.publisher("mallory");
    let comment = "roundsman name=disk version=1.0.0";
    let good = disk("1.0.0", json!({}));
    let reference = site.publish("disk.wasm", &good, "mallory", comment);
    site.refuses(&reference, "none of the keys in");
    // A signature that is cut, at each length, or not there.
    site.publish("disk.wasm", &good, "acme", comment);
    let file = site.host.path("mirror/disk.wasm.minisig");
    let signature = fs::read_to_string(&file).expect("a signature");
    for length in (0..signature.trim_end().len()).step_by(23) {
        fs::write(&file, &signature[..length]).expect("written");
        let output = site.run(&["verify", text(&site.host.path("mirror/disk.wasm"))]);
        assert_eq!(output.code, 65, "{length}: {output}");
    }
    fs::remove_file(&file).expect("removed");
    site.refuses(&reference, "its signature ");
    // The comment says another version than was signed.
    fs::write(&file, signature.replace("version=1.0.0", "version=9.0.0")).expect("written");
    site.refuses(&reference, "does not hold");
    fs::write(&file, &signature).expect("written");
    // One bit, one byte less, one section more.
    for changed in [flipped(&good), good[..good.len() - 1].to_vec(), [&good[..], &[0, 2, 1, b'x']].concat()] {
        fs::write(site.host.path("mirror/disk.wasm"), changed).expect("written");
        site.refuses(&reference, "does not hold");
    }
    fs::write(site.host.path("mirror/disk.wasm"), &good).expect("written");
    let secret = site.host.path("keys/acme.key");
    tool(
        "minisign",
        &["-S", "-l", "-s", text(&secret), "-t", comment, "-m", text(&site.host.path("mirror/disk.wasm"))],
    );
    site.refuses(&reference, "not prehashed");
    // And what was not changed is taken.
    site.publish("disk.wasm", &good, "acme", comment);
    assert_eq!(site.run(&["install", &reference]).code, 0);
}

fn flipped(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    bytes
}

// D04
#[test]
fn a_component_is_what_was_signed_whatever_its_file_is_called() {
    let site = Site::new();
    let bytes = disk("1.0.0", json!({}));
    site.refuses(
        &site.publish("ssl.wasm", &bytes, "acme", "roundsman name=ssl version=1.0.0"),
        "says that it is `disk` 1.0.0",
    );
    site.refuses(
        &site.publish("ssl.wasm", &bytes, "acme", "roundsman name=disk version=2.0.0"),
        "says that it is `disk` 1.0.0",
    );
    site.refuses(&site.publish("ssl.wasm", &bytes, "acme", "timestamp:1\tfile:ssl.wasm"), "its signed comment is");
    let renamed = site.publish("ssl.wasm", &bytes, "acme", "roundsman name=disk version=1.0.0");
    assert_eq!(site.run(&["install", &renamed]).code, 0);
    assert!(site.lock().contains("\n[disk]\n") && !site.lock().contains("[ssl]"), "{}", site.lock());
    // A name of one's own does not replace another component.
    let own = site.run(&["install", &renamed, "--as", "acme-disk"]);
    assert!(own.code == 0 && site.lock().contains("[acme-disk]\nname = \"disk\"\n"), "{own}");
    // A key may be for some names only.
    site.trust("acme", "names: ssl, acme-*\n");
    site.refuses(&renamed, "may not sign `disk`: its key is for ssl, acme-*");
}

// D05, D06
#[test]
fn an_older_release_is_taken_by_rollback_and_by_a_reviewed_lock_alone() {
    let site = Site::new();
    assert_eq!(site.run(&["install", &site.disk("1.1.0")]).code, 0);
    let reviewed = site.lock();
    let old = fs::read(site.host.path("mirror/disk.wasm")).expect("bytes");
    site.disk("1.2.0");
    assert_eq!(site.run(&["upgrade"]).code, 0);
    let reference = site.disk("1.1.0");
    site.refuses(&reference, "older than 1.2.0");
    assert_eq!(site.run(&["upgrade"]).code, 65);
    assert_eq!(fs::read(site.host.path("mirror/disk.wasm")).expect("bytes"), old);
    site.host.file("etc/versions.lock", &reviewed);
    let locked = site.run(&["install", "--locked"]);
    assert_eq!((locked.code, locked.stdout.as_str()), (0, "kept       disk 1.1.0\n"), "{locked}");
    // Elsewhere the same lock fetches it, and refuses another file at its place.
    let elsewhere = Site::new();
    fs::copy(site.host.path("etc/keys.d/acme.pub"), elsewhere.host.path("etc/keys.d/acme.pub")).expect("copied");
    elsewhere.host.file("etc/versions.lock", &reviewed);
    let locked = elsewhere.run(&["install", "--locked"]);
    assert_eq!((locked.code, locked.stdout.as_str()), (0, "installed  disk 1.1.0\n"), "{locked}");
    fs::remove_dir_all(elsewhere.host.path("state")).expect("removed");
    site.disk("1.3.0");
    let other = elsewhere.run(&["install", "--locked"]);
    assert!(other.code == 65 && other.stderr.contains("not what versions.lock pins for `disk`"), "{other}");
    assert_eq!(elsewhere.kept(), 0);
    assert_eq!(elsewhere.lock(), reviewed, "it is never written");
}

#[test]
fn a_lock_that_is_shipped_holds_when_all_of_it_is_here_and_goes_back_without_a_network() {
    let site = Site::new();
    site.host.drop_in("mine", CHECK);
    let runs = |version: &str| {
        let run = site.run(&["check", "mine", "--format", "json"]);
        assert_eq!((run.code, run.json()["component"]["version"].clone()), (0, json!(version)), "{run}");
    };
    let locks: Vec<PathBuf> = ["1.0.0", "1.1.0"]
        .map(|version| {
            let elsewhere = Site::new();
            fs::copy(site.host.path("etc/keys.d/acme.pub"), elsewhere.host.path("etc/keys.d/acme.pub"))
                .expect("copied");
            let bytes = disk(version, json!({}));
            let comment = format!("roundsman name=disk version={version}");
            let reference = site.publish(&format!("{version}/disk.wasm"), &bytes, "acme", &comment);
            assert_eq!(elsewhere.run(&["install", &reference]).code, 0);
            site.host.file(&format!("etc/shipped/{version}.lock"), elsewhere.lock())
        })
        .into();
    let [old, new] = &locks[..] else { panic!("two locks") };
    let ship = |lock: &Path| site.run(&["install", "--locked", text(lock)]);
    assert_eq!(ship(old).stdout, "installed  disk 1.0.0\n");
    assert_eq!(ship(old).stdout, "kept       disk 1.0.0\n");
    runs("1.0.0");
    // One release of it cannot be had: nothing of it holds, and no mark is moved.
    let reviewed = fs::read_to_string(new).expect("a lock");
    let other =
        "[other]\nversion = \"1.0.0\"\nsha256 = \"DIGEST\"\nkey = \"acme\"\nref = \"file:///nowhere/disk.wasm\"\n";
    let other = other.replace("DIGEST", &"0".repeat(64));
    let half = site.host.file("etc/shipped/half.lock", reviewed.clone() + &other);
    let refused = ship(&half);
    assert!(refused.code == 65 && refused.stderr.contains("nowhere/disk.wasm"), "{refused}");
    assert_eq!((site.lock(), site.kept()), (fs::read_to_string(old).expect("a lock"), 1));
    runs("1.0.0");
    let dry = site.run(&["install", "--dry-run", "--locked", text(new)]);
    assert_eq!((dry.code, dry.stdout.as_str(), site.kept()), (0, "missing    disk 1.1.0\n", 1), "{dry}");
    assert_eq!(ship(new).stdout, "installed  disk 1.1.0\n");
    runs("1.1.0");
    // The mirror is gone, and the way back is open; so is the one that takes all of it back.
    fs::remove_dir_all(site.host.path("mirror")).expect("removed");
    assert_eq!(ship(old).stdout, "restored   disk 1.0.0\n");
    runs("1.0.0");
    let none = site.host.file("etc/shipped/none.lock", "");
    assert_eq!(ship(&none).stdout, "removed    disk 1.0.0\n");
    assert_eq!(site.run(&["check", "mine"]).code, 3);
    assert_eq!(ship(new).stdout, "restored   disk 1.1.0\n");
    runs("1.1.0");

    let missing = ship(&site.host.path("etc/shipped/never.lock"));
    assert!(missing.code == 78 && missing.stderr.contains("there is no such file"), "{missing}");
    fs::set_permissions(old, fs::Permissions::from_mode(0o666)).expect("a mode");
    assert_eq!(ship(old).code, 78, "others could choose what runs");
}

// D07
#[test]
fn a_release_whose_last_day_has_passed_is_told_or_refused() {
    let site = Site::new();
    site.host.drop_in("mine", CHECK);
    let comment = "roundsman name=disk version=1.0.0 not-after=2020-02-29";
    let reference = site.publish("disk.wasm", &disk("1.0.0", json!({})), "acme", comment);
    let installed = site.run(&["install", &reference]);
    assert!(installed.code == 0 && installed.stderr.contains("warning: the publisher stood for `disk`"), "{installed}");
    let round = site.run(&["run"]);
    assert!(round.code == 0 && round.stdout.contains("OK       mine"), "{round}");
    let itself = site.run(&["status", "roundsman"]);
    assert!(itself.code == 1 && itself.stdout.contains("until 2020-02-29"), "{itself}");
    site.host.main("[install]\nexpired = \"refuse\"\n");
    site.refuses(&reference, "[install] expired is \"refuse\"");
}

// D08, D09
#[test]
fn keys_change_and_are_nobody_elses() {
    let site = Site::new();
    let reference = site.disk("1.0.0");
    assert_eq!(site.run(&["install", &reference]).code, 0);
    site.publisher("acme-2027");
    let key = site.trust("acme-2027", "");
    let newer = site.publish("newer.wasm", &disk("1.1.0", json!({})), "acme-2027", "roundsman name=disk version=1.1.0");
    assert_eq!(site.run(&["install", &newer]).code, 0);
    fs::remove_file(site.host.path("etc/keys.d/acme.pub")).expect("removed");
    site.refuses(&reference, "none of the keys in");
    assert_eq!(site.run(&["rollback", "disk"]).code, 65, "what the old key signed counts no more");
    assert_eq!(site.run(&["verify"]).code, 0);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o666)).expect("a mode");
    let open = site.run(&["install", &newer]);
    assert!(open.code == 78 && open.stderr.contains("chmod go-w "), "{open}");
    fs::remove_file(&key).expect("removed");
    site.refuses(&newer, "as there is none: install -m 0644");
    symlink("/dev/zero", &key).expect("a link");
    assert_eq!(site.run(&["install", &newer]).code, 78);
}

// D10, D11
#[test]
fn what_runs_is_what_was_verified() {
    let site = Site::new();
    site.host.drop_in("mine", CHECK);
    let reference = site.disk("1.0.0");
    let wrong = site.run(&["install", &reference, "--sha256", &"0".repeat(64)]);
    assert_eq!(wrong.code, 65, "{wrong}");
    assert_eq!(site.run(&["install", &reference]).code, 0);
    assert_eq!(site.run(&["verify"]).code, 0);
    let mut listed = fs::read_dir(site.host.path("state/components")).expect("components");
    let component = listed.find_map(|entry| {
        let path = entry.expect("an entry").path();
        path.extension().is_some_and(|ending| ending == "wasm").then_some(path)
    });
    let component = component.expect("a component");
    fs::write(&component, disk("1.0.1", json!({}))).expect("swapped");
    let swapped = site.run(&["check", "mine"]);
    assert!(swapped.code == 3 && swapped.stdout.contains("is not the pinned component"), "{swapped}");
    let verified = site.run(&["verify"]);
    assert!(verified.code == 65 && verified.stderr.contains("does not hold"), "{verified}");
    // The lock mends it.
    assert_eq!(site.run(&["install", "--locked"]).code, 0);
    assert_eq!(site.run(&["check", "mine"]).code, 0);
}

#[test]
fn a_lock_that_is_wrong_is_a_refused_file_and_takes_its_checks_alone() {
    let site = Site::new();
    site.host.drop_in("mine", CHECK);
    site.host.drop_in(
        "good",
        "[check.good]\nwasm = \"command.wasm\"\nevery = \"1m\"\n[[check.good.grant.command]]\nargv = [\"/bin/true\"]\n",
    );
    site.host.file("etc/versions.lock", "[disk]\nversion = 1\n");
    let round = site.run(&["run"]);
    assert!(round.code == 78 && round.stderr.contains("versions.lock"), "{round}");
    assert!(round.stdout.contains("OK       good") && round.stdout.contains("UNKNOWN  mine"), "{round}");
    let lock = site.host.file("etc/versions.lock", "");
    fs::set_permissions(&lock, fs::Permissions::from_mode(0o666)).expect("a mode");
    assert_eq!(site.run(&["install", &site.disk("1.0.0")]).code, 78, "others could choose what runs");
}

#[test]
fn what_has_no_end_and_what_is_too_large_is_not_read() {
    let site = Site::new();
    site.refuses("file:///dev/zero", "no regular file");
    let reference = site.disk("1.0.0");
    let file = fs::OpenOptions::new().write(true).open(site.host.path("mirror/disk.wasm")).expect("a file");
    file.set_len(64 << 20).expect("a hole");
    site.refuses(&reference, "is larger than 33554432 bytes");
    site.disk("1.0.0");
    let signature = site.host.path("mirror/disk.wasm.minisig");
    fs::remove_file(&signature).expect("removed");
    tool("mkfifo", &[text(&signature)]);
    site.refuses(&reference, "no regular file");
}

#[test]
fn two_at_once_wait_for_each_other_and_one_that_waits_too_long_says_so() {
    let site = Site::new();
    let first = site.disk("1.0.0");
    let second = describes(&json!({ "name": "other", "version": "1.0.0", "summary": "a test" }).to_string());
    let second = site.publish("other.wasm", &second, "acme", "roundsman name=other version=1.0.0");
    let mut children: Vec<_> =
        [&first, &second].map(|one| site.host.command(&[]).args(["install", one]).spawn().expect("started")).into();
    for child in &mut children {
        assert!(child.wait().expect("its end").success());
    }
    assert!(site.lock().contains("[disk]") && site.lock().contains("[other]"), "{}", site.lock());
    let held = fs::File::open(site.host.path("state/components/lock")).expect("the lock");
    held.lock().expect("held");
    let late = site.run(&["install", &first]);
    assert!(late.code == 75 && late.stderr.contains("try again"), "{late}");
}

#[test]
fn a_full_disk_leaves_what_held() {
    if !apart("a_full_disk_leaves_what_held") {
        return;
    }
    let site = Site::new();
    assert_eq!(site.run(&["install", &site.disk("1.0.0")]).code, 0);
    let lock = site.lock();
    let more = json!({ "summary": "x".repeat(8000) });
    let newer = site.publish("disk.wasm", &disk("1.1.0", more), "acme", "roundsman name=disk version=1.1.0");
    let shelf = site.host.path("state/components");
    let kept: Vec<_> = fs::read_dir(&shelf).expect("components").map(|entry| entry.expect("an entry").path()).collect();
    let aside = site.host.path("aside");
    fs::create_dir(&aside).expect("a directory");
    tool("cp", &["-a", &format!("{}/.", shelf.display()), text(&aside)]);
    tool("mount", &["-t", "tmpfs", "-o", "size=64k,mode=0750", "none", text(&shelf)]);
    tool("cp", &["-a", &format!("{}/.", aside.display()), text(&shelf)]);
    let filler = shelf.join("filler");
    let _ = fs::write(&filler, vec![0; 1 << 20]);
    let full = site.run(&["install", &newer]);
    assert_eq!(full.code, 74, "{full}");
    assert_eq!(site.lock(), lock);
    let names = |path: &Path| fs::read_dir(path).expect("components").count();
    assert_eq!(names(&shelf), kept.len() + 1, "no litter");
    assert_eq!(site.run(&["verify"]).code, 0);
    fs::remove_file(filler).expect("removed");
    assert_eq!(site.run(&["install", &newer]).code, 0);
    tool("umount", &[text(&shelf)]);
}

/// Each file is put into its place by a rename: the command is killed at the first, at the second, and so on until it ends.
#[test]
fn killed_at_each_step_the_old_release_holds_or_the_new_one() {
    let site = Site::new();
    site.host.drop_in("mine", CHECK);
    let mut version = 0;
    assert_eq!(site.run(&["install", &site.disk("1.0.0")]).code, 0);
    let mut ended = false;
    for step in 1..40 {
        version += 1;
        let reference = site.disk(&format!("1.{version}.0"));
        let inject = format!("inject=/^renameat:signal=KILL:when={step}");
        let strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=/^renameat", "-e", &inject];
        let output = site.host.command(&strace).args(["install", &reference]).output().expect("strace");
        let verified = site.run(&["verify"]);
        assert_eq!(verified.code, 0, "step {step}: {verified}\n{}", site.lock());
        assert_eq!(site.run(&["check", "mine"]).code, 0, "step {step}");
        if output.status.success() {
            ended = true;
            assert!(step > 4, "four files at least are replaced");
            break;
        }
        assert_eq!(site.run(&["install", &reference]).code, 0, "step {step}: it goes on from there");
        assert!(site.lock().contains(&format!("\"1.{version}.0\"")), "{}", site.lock());
    }
    assert!(ended, "it never came to its end");
}

#[test]
fn a_layout_that_skopeo_wrote_is_read_without_a_network() {
    let site = Site::new();
    let bytes = disk("1.0.0", json!({}));
    site.publish("disk.wasm", &bytes, "acme", "roundsman name=disk version=1.0.0");
    let signature = fs::read_to_string(site.host.path("mirror/disk.wasm.minisig")).expect("a signature");
    let blob = |content: &[u8]| {
        let file = site.host.file("blob", content);
        let output = Command::new("sha256sum").arg(&file).output().expect("sha256sum");
        let digest = String::from_utf8_lossy(&output.stdout).split(' ').next().expect("a digest").to_owned();
        site.host.file(&format!("made/blobs/sha256/{digest}"), content);
        (format!("sha256:{digest}"), content.len())
    };
    let (layer, size) = blob(&bytes);
    let (config, config_size) = blob(br#"{"architecture":"wasm","os":"wasip2"}"#);
    let manifest = json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": { "mediaType": "application/vnd.wasm.config.v0+json", "digest": config, "size": config_size },
        "layers": [{ "mediaType": "application/wasm", "digest": layer, "size": size }],
        "annotations": { "roundsman.minisig": signature },
    });
    let (manifest, manifest_size) = blob(manifest.to_string().as_bytes());
    let index = json!({ "schemaVersion": 2, "manifests": [{ "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": manifest, "size": manifest_size, "annotations": { "org.opencontainers.image.ref.name": "made" } }] });
    site.host.file("made/index.json", index.to_string());
    site.host.file("made/oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#);
    let (from, to) = (
        format!("oci:{}:made", site.host.path("made").display()),
        format!("oci:{}:disk-1.0.0", site.host.path("layout").display()),
    );
    tool("skopeo", &["--insecure-policy", "copy", &from, &to]);
    let missing = to.replace("disk-1.0.0", "disk-2.0.0");
    site.refuses(&missing, "there is no such tag; there are: disk-1.0.0");
    let installed = site.run(&["install", &to]);
    assert_eq!(installed.code, 0, "{installed}");
    assert!(site.lock().contains(&to), "{}", site.lock());
    // A layout that lies about digests.
    let digest = layer.strip_prefix("sha256:").expect("a digest");
    fs::write(site.host.path("layout/blobs/sha256").join(digest), disk("9.0.0", json!({}))).expect("written");
    site.refuses(&to, "has another digest");
}
