//! A release, from what was built to what a host installs of it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use roundsman_tests::publisher::{publisher, text, tool};
use roundsman_tests::{Host, program, root};

use crate::VERSION;

fn release(top: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(top.join("scripts/release"));
    command.args(args).env("LEVEL", "1").env("PROGRAM", program()).env("MAINTAINER", "Test <test@example.org>");
    command.output().expect("the script")
}

#[test]
fn what_stands_in_the_way_of_a_release_is_named() {
    let top = tempfile::tempdir().expect("a directory");
    let top = top.path();
    let git = |args: &[&str]| {
        let who = ["-c", "user.name=test", "-c", "user.email=test@example", "-C", text(top)];
        tool("git", &[&who[..], args].concat());
    };
    fs::create_dir(top.join("scripts")).expect("a directory");
    fs::copy(root().join("scripts/release"), top.join("scripts/release")).expect("copied");
    for folder in ["wit", "tests/frozen"] {
        fs::create_dir_all(top.join(folder)).expect("a directory");
    }
    fs::write(top.join("wit/world.wit"), "package roundsman:check@0.1.0;\n").expect("written");
    fs::write(top.join("tests/frozen/rust.wasm"), "a component").expect("written");
    fs::write(top.join("Makefile"), "record:\n\techo recorded >tests/frozen/python.wasm\n").expect("written");
    fs::write(top.join("Cargo.toml"), "version = \"0.3.0\"\n").expect("written");
    fs::write(top.join("CHANGELOG.md"), "## [0.3.0] - not released yet\n").expect("written");
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "-m", "first"]);
    let checked = || {
        let output = release(top, &["check"]);
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (good, said) = checked();
    assert!(!good && said.contains("no line `## [0.3.0] - YYYY-MM-DD`") && !said.contains("changes"), "{said}");
    fs::write(top.join("CHANGELOG.md"), "## [0.3.0] - 2027-01-31\n").expect("written");
    let (good, said) = checked();
    assert!(!good && said.contains("the tree has changes") && !said.contains("CHANGELOG"), "{said}");
    // The contract: recorded once, and then as it was.
    assert!(said.contains("contract 0.1.0 is not recorded for good: scripts/release freeze"), "{said}");
    assert!(release(top, &["freeze"]).status.success());
    let again = release(top, &["freeze"]);
    assert!(!again.status.success() && String::from_utf8_lossy(&again.stderr).contains("takes another version"));
    let digests = fs::read_to_string(top.join("tests/frozen/contract-0.1.0.sha256")).expect("the digests");
    for name in ["wit/world.wit", "tests/frozen/rust.wasm", "tests/frozen/python.wasm"] {
        assert!(digests.contains(&format!("  {name}\n")), "{name}: {digests}");
    }
    git(&["add", "."]);
    git(&["commit", "--quiet", "--all", "-m", "second"]);
    git(&["tag", "v0.3.0"]);
    assert_eq!(checked(), (true, String::new()));
    let nobody = Command::new(top.join("scripts/release")).arg("check").env_remove("MAINTAINER").output();
    let nobody = nobody.expect("the script");
    assert!(!nobody.status.success() && String::from_utf8_lossy(&nobody.stderr).contains("nobody answers"));
    fs::write(top.join("tests/frozen/rust.wasm"), "another").expect("written");
    let (good, said) = checked();
    assert!(!good && said.contains("is not what it was: tests/frozen/rust.wasm: FAILED"), "{said}");
    fs::write(top.join("tests/frozen/rust.wasm"), "a component").expect("written");
    git(&["commit", "--quiet", "--allow-empty", "-m", "third"]);
    let (good, said) = checked();
    assert!(!good && said.contains("v0.3.0 is another commit"), "{said}");
}

#[test]
fn what_is_handed_out_is_summed_up_signed_and_installed() {
    let host = Host::new();
    let into = host.path("handed-out");
    let gathered = release(&root(), &["gather", text(&program()), text(&into)]);
    assert!(gathered.status.success(), "{}", String::from_utf8_lossy(&gathered.stderr));
    publisher(&host, "roundsman");
    let signed = release(&root(), &["sign", text(&host.path("keys/roundsman.key")), "2199-12-31", text(&into)]);
    assert!(signed.status.success(), "{}", String::from_utf8_lossy(&signed.stderr));

    let public = host.path("keys/roundsman.pub");
    let sums = into.join("SHA256SUMS");
    tool("minisign", &["-V", "-q", "-p", text(&public), "-m", text(&sums)]);
    let compared = Command::new("sha256sum").args(["--check", "--quiet", "SHA256SUMS"]).current_dir(&into).output();
    let compared = compared.expect("sha256sum");
    assert!(compared.status.success(), "{}", String::from_utf8_lossy(&compared.stdout));
    let listed = fs::read_to_string(sums).expect("the sums");
    for ending in [".deb", ".rpm", ".tar.gz", "checks/disk.wasm", "sbom.cdx.json", "THIRD-PARTY.txt"] {
        assert!(listed.lines().any(|line| line.ends_with(ending)), "{ending}: {listed}");
    }
    let sbom: serde_json::Value =
        serde_json::from_slice(&fs::read(into.join("sbom.cdx.json")).expect("the list")).expect("JSON");
    assert_eq!(sbom["bomFormat"], "CycloneDX");

    host.file("etc/keys.d/roundsman.pub", fs::read(&public).expect("a key"));
    let installed = host.run(["install", &format!("file://{}", into.join("checks/disk.wasm").display())]);
    assert_eq!(installed.code, 0, "{installed}");
    let first = installed.stdout.lines().next().unwrap_or_default();
    assert_eq!(first, format!("disk {VERSION} of roundsman, until 2199-12-31"));
    let verified = host.run(["verify", text(&into.join("checks/memory.wasm"))]);
    assert_eq!(verified.code, 0, "{verified}");
}
