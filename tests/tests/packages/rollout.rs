//! The Ansible role of `examples/ansible`, played by ansible-core against a host of its own.

use std::fs;
use std::path::Path;

use roundsman_tests::component::{describes, traps};
use roundsman_tests::publisher::{publisher, sign};
use roundsman_tests::{Host, Output, alone, root};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::manager::DEBIAN;
use crate::scratch::Scratch;
use crate::{NEWER, VERSION, packed};

/// Two hosts of an inventory that are this one: what the first was given, the second has.
const INVENTORY: &str = "[canary]\nfirst\n[servers]\nsecond\n[all:vars]\nansible_connection=local\nansible_become=false\n\
    ansible_python_interpreter=/usr/bin/python3\n";

/// A check that runs what the lock pins.
const CHECK: &str = "[check.probe]\nwasm = \"probe\"\nevery = \"1m\"\n";

/// A host that is managed, and a publisher elsewhere.
struct Site {
    scratch: Scratch,
    publisher: Host,
}

impl Site {
    fn new() -> Self {
        let site = Self { scratch: Scratch::new(), publisher: Host::new() };
        fs::create_dir_all(site.scratch.path("dev/shm")).expect("a directory");
        fs::create_dir_all(site.scratch.path("srv")).expect("a directory");
        let copied = copy_folder(&root().join("examples/ansible"), &site.scratch.path("srv/site"));
        assert!(copied > 8, "{copied} files of the example");
        site.file("inventory.ini", INVENTORY);
        site.file("files/roundsman.toml", "[run]\nsplay = \"0s\"\n");
        site.file("templates/probe.toml.j2", CHECK);
        publisher(&site.publisher, "acme");
        let key = fs::read_to_string(site.publisher.path("keys/acme.pub")).expect("a key");
        site.file("files/acme.pub", &key);
        site
    }

    fn file(&self, name: &str, text: &str) {
        let path = self.scratch.path("srv/site").join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a directory");
        fs::write(path, text).expect("written");
    }

    /// Puts a release into a mirror, and a lock that pins it beside the playbook.
    fn release(&self, version: &str, component: fn(&str) -> Vec<u8>) {
        let said = json!({ "name": "probe", "version": version, "summary": "a test", "free_metrics": true });
        let bytes = component(&said.to_string());
        let file = self.publisher.file("signed/probe.wasm", &bytes);
        sign(&self.publisher, &file, "acme", &format!("roundsman name=probe version={version}"));
        let mirror = self.scratch.path("srv/mirror").join(version);
        fs::create_dir_all(&mirror).expect("a directory");
        for name in ["probe.wasm", "probe.wasm.minisig"] {
            fs::copy(self.publisher.path("signed").join(name), mirror.join(name)).expect("copied");
        }
        let sha256: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let place = format!("file:///srv/mirror/{version}/probe.wasm");
        let pin =
            format!("[probe]\nversion = \"{version}\"\nsha256 = \"{sha256}\"\nkey = \"acme\"\nref = \"{place}\"\n");
        self.file(&format!("files/{version}.lock"), &pin);
    }

    /// Plays the playbook with a package and a lock, against hosts of the inventory.
    fn play(&self, package: &str, lock: &str, hosts: &str) -> Output {
        let variables = json!({
            "roundsman_package": format!("/packages/{}", (DEBIAN.file)(package)),
            "roundsman_main": "files/roundsman.toml",
            "roundsman_keys": ["files/acme.pub"],
            "roundsman_drop_ins": ["templates/fleet.toml.j2", "templates/probe.toml.j2"],
            "roundsman_lock": format!("files/{lock}.lock"),
        });
        self.file("play.json", &variables.to_string());
        self.scratch.run(&format!(
            "cd /srv/site && HOME=/root LC_ALL=C.UTF-8 ansible-playbook site.yml --limit {hosts} --extra-vars @play.json"
        ))
    }

    /// Returns the version of the package, of what is pinned, and of what the check ran last.
    fn versions(&self) -> [String; 3] {
        let package = self.scratch.succeeds("dpkg-query --show --showformat='${Version}' roundsman");
        let list = self.scratch.succeeds("roundsman list");
        let pinned = list.lines().nth(1).and_then(|row| row.split_whitespace().nth(1)).unwrap_or_default().to_owned();
        let shown = self.scratch.succeeds("roundsman check probe --format json");
        let shown: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
        [package, pinned, shown["component"]["version"].as_str().unwrap_or_default().to_owned()]
    }
}

/// Copies a folder, and returns how many files it has.
fn copy_folder(from: &Path, to: &Path) -> usize {
    fs::create_dir(to).expect("a new directory");
    let mut copied = 0;
    for entry in fs::read_dir(from).expect("a listing") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copied += copy_folder(&path, &target);
        } else {
            fs::copy(&path, target).expect("copied");
            copied += 1;
        }
    }
    copied
}

#[test]
fn ansible_installs_configures_pins_stops_and_goes_back() {
    packed();
    if !alone("rollout::ansible_installs_configures_pins_stops_and_goes_back") {
        return;
    }
    let site = Site::new();
    site.release("1.0.0", describes);
    site.release("1.1.0", describes);
    site.release("1.2.0", traps);
    let first = site.play(VERSION, "1.0.0", "all");
    assert_eq!(first.code, 0, "{first}");
    let recap = |output: &Output, host: &str| {
        let line = output.stdout.lines().rev().find(|line| line.starts_with(host)).unwrap_or_default().to_owned();
        line.split_whitespace().filter(|word| word.contains('=')).collect::<Vec<_>>().join(" ")
    };
    // The second host is the same one: there is nothing left to do.
    assert!(!recap(&first, "first").contains("changed=0"), "{first}");
    assert!(recap(&first, "second").contains("changed=0"), "{first}");
    let old = [format!("{VERSION}-1"), "1.0.0".to_owned(), "1.0.0".to_owned()];
    assert_eq!(site.versions(), old);
    let disk = site.scratch.succeeds("roundsman config disk");
    assert!(disk.contains("every = \"5m\""), "{disk}");

    assert_eq!(site.play(NEWER, "1.1.0", "canary").code, 0);
    let new = [format!("{NEWER}-1"), "1.1.0".to_owned(), "1.1.0".to_owned()];
    assert_eq!(site.versions(), new);

    // One that traps is taken back at the first host, and no other gets it.
    let stopped = site.play(NEWER, "1.2.0", "all");
    let said = |output: &Output, text: &str| output.stdout.contains(text);
    assert!(stopped.code != 0 && said(&stopped, "The releases were taken back"), "{stopped}");
    assert!(said(&stopped, "No check fails that did not fail before: probe"), "{stopped}");
    assert!(said(&stopped, "PLAY [A few first]") && !said(&stopped, "PLAY [Then all others]"), "{stopped}");
    assert_eq!(site.versions(), new);

    // A drop-in that is wrong does not come to hold.
    site.file("templates/probe.toml.j2", &CHECK.replace("every", "evry"));
    let wrong = site.play(NEWER, "1.1.0", "canary");
    assert!(wrong.code != 0 && said(&wrong, "unknown key `evry`") && said(&wrong, "No release was changed"), "{wrong}");
    assert_eq!(site.scratch.read("etc/roundsman/conf.d/probe.toml"), CHECK);
    assert_eq!(site.versions(), new);

    // All of it goes back, without the mirror.
    fs::remove_dir_all(site.scratch.path("srv/mirror")).expect("removed");
    site.file("templates/probe.toml.j2", CHECK);
    let back = site.play(VERSION, "1.0.0", "canary");
    assert_eq!(back.code, 0, "{back}");
    assert_eq!(site.versions(), old);
}
