//! The packages as files: judged by the programs of distributions, packed again, looked through.

use std::fs;
use std::path::Path;
use std::process::Command;

use roundsman_tests::{Host, root};

use crate::manager::{DEBIAN, FEDORA};
use crate::scratch::run;
use crate::{VERSION, pack, packed};

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

/// Each component of the package has a drop-in among its examples, and each of these is one that holds.
#[test]
fn each_check_that_ships_has_a_drop_in_among_the_examples() {
    let made = packed();
    let tree = tempfile::tempdir().expect("a temporary directory");
    run("dpkg-deb", &["-x", made.join((DEBIAN.file)(VERSION)).to_str().unwrap(), tree.path().to_str().unwrap()]);
    let host = Host::new();
    let examples = tree.path().join("usr/share/doc/roundsman/examples");
    let mut looked_at = 0;
    for component in fs::read_dir(tree.path().join("usr/lib/roundsman/checks")).expect("components") {
        let component = component.expect("an entry").path();
        let name = component.file_stem().expect("a name").to_string_lossy().into_owned();
        let example = examples.join(format!("checks/{name}.toml"));
        let text = fs::read_to_string(&example).unwrap_or_else(|error| panic!("{}: {error}", example.display()));
        assert!(text.contains(&format!("\"{name}.wasm\"")), "{name}: {text}");
        let judged = host.run(["validate", "--strict", "--offline", example.to_str().expect("a path in UTF-8")]);
        assert_eq!(judged.code, 0, "{name}: {judged}");
        looked_at += 1;
    }
    assert!(looked_at > 30, "{looked_at} checks");
    let icinga = fs::read_to_string(examples.join("icinga2/roundsman.conf")).expect("commands of Icinga");
    assert!(icinga.starts_with("object CheckCommand \"roundsman\" {\n") && icinga.ends_with("}\n"), "{icinga}");
    for file in
        ["zabbix/roundsman.yaml", "prometheus/alerts.yml", "prometheus/rollout.yml", "sudoers", "ansible/site.yml"]
    {
        assert!(examples.join(file).is_file(), "{file}");
    }
}
