//! The contract grows without a break: components of later versions on this host, and those that were recorded.
//!
//! `tests/frozen` holds components as they were handed out. Until release 0.1.0 they are recorded anew when the contract
//! changes, by `make record`; from then on never: `scripts/release freeze` has written their digests there.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use roundsman_tests::component::{self, World, imports_all};
use roundsman_tests::{Host, check, root};

/// What a component imports in each language, as its tools make it: of Rust what is used, of Python and JavaScript all of their
/// world, used or not.
const WORLDS: [(&str, &str); 3] = [
    ("every-function", "package test:all; world all { include roundsman:check/check@0.1.0; }"),
    (
        "python",
        "package test:py; world py { include roundsman:check/base@0.1.0; import roundsman:check/files@0.1.0; \
         import roundsman:check/commands@0.1.0; }",
    ),
    (
        "javascript",
        "package test:js; world js { include roundsman:check/base@0.1.0; import roundsman:check/files@0.1.0; \
         import roundsman:check/clock@0.1.0; import roundsman:check/state@0.1.0; }",
    ),
];
const RUST: &str = "rust";

fn frozen(name: &str) -> PathBuf {
    root().join(format!("tests/frozen/{name}.wasm"))
}

/// The file that says that contract and components are released, if there is one.
fn recorded_for_good(folder: &Path) -> Option<PathBuf> {
    let mut files = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    files.find(|path| path.extension().is_some_and(|ending| ending == "sha256"))
}

#[test]
fn what_is_recorded_for_good_is_seen() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(recorded_for_good(folder.path()), None);
    let digests = folder.path().join("contract-0.1.0.sha256");
    fs::write(&digests, "").expect("written");
    assert_eq!(recorded_for_good(folder.path()), Some(digests));
}

#[test]
fn recorded_components_run() {
    if std::env::var_os("RECORD").is_some() {
        assert_eq!(
            recorded_for_good(&root().join("tests/frozen")),
            None,
            "a component of it that no longer runs is a break"
        );
        for (name, world) in WORLDS {
            fs::write(frozen(name), imports_all(world).expect("a component")).expect("a file");
        }
        fs::copy(check("memory"), frozen(RUST)).expect("a file");
    }
    let host = Host::new();
    for (name, _) in WORLDS {
        let output = host.check(&frozen(name), &[]);
        assert_eq!(output.code, 0, "{name}, until release 0.1.0 recorded by `make record`: {output}");
        assert_eq!(output.json()["summary"], "it lives", "{name}: {output}");
    }
    let output = host.check(&frozen(RUST), &["--allow-file", "/proc/meminfo"]);
    assert!(output.json()["failure"].is_null(), "{RUST}, until release 0.1.0 recorded by `make record`: {output}");
    let named = output.json()["metrics"].to_string();
    assert!(named.contains("used_percent"), "{output}");
}

#[test]
fn the_recorded_ones_import_what_their_languages_do() {
    let imports = |name: &str| {
        let host = Host::new();
        let output = host.run(["inspect", "--format", "json", frozen(name).to_str().expect("a path")]);
        output.json()["imports"].to_string()
    };
    let every = imports("every-function");
    for interface in ["files", "commands", "logging", "clock", "state"] {
        assert!(every.contains(&format!("roundsman:check/{interface}@")), "{interface} is not among {every}");
    }
    assert!(!imports("python").contains("check/state@") && !imports("javascript").contains("check/commands@"));
    assert!(!imports(RUST).contains("check/commands@"));
}

#[test]
fn a_capability_that_is_lacking_is_named_before_anything_is_compiled() {
    let host = Host::new();
    // As large as one in Python is: compiling it takes a minute, a refusal no time.
    let mut large = component::network("0.1.1");
    large.extend(custom_section(18 << 20));
    let path = host.file("asks-network.wasm", large);
    let started = Instant::now();
    let output = host.check(&path, &[]);
    let took = started.elapsed();
    output.assert_failure(
        "invalid",
        &["needs network (roundsman:check/network@0.1.1), which roundsman", "it has files, commands"],
    );
    assert!(took < Duration::from_secs(5), "it took {took:?}");
}

/// A section of zeros that nothing reads.
fn custom_section(length: u32) -> Vec<u8> {
    let mut section = vec![0];
    let mut rest = length;
    while rest > 0x7f {
        section.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    section.push(rest as u8);
    section.resize(section.len() + length as usize, 0);
    section
}

#[test]
fn a_component_of_a_later_version_that_uses_nothing_of_it_runs() {
    let host = Host::new();
    let contract = "/// Asks other hosts.\ninterface network { ping: func(host: string) -> bool; }\n";
    let later = component::wat_for("speaks-later", &World { version: "0.1.1", contract, ..World::default() });
    let later = host.file("later.wasm", later);
    let output = host.check(&later, &[]);
    output.assert_failure("io", &["the queue is full."]);

    let later = later.to_str().expect("a path in UTF-8");
    let page = host.run(["inspect", later]).stdout;
    for told in
        ["peer  ip_address", "network {\"host\":\"example.org\",\"port\":25}", "options[0].shape", "metrics[0].origin"]
    {
        assert!(page.contains(told), "{told} is not in:\n{page}");
    }
}

#[test]
fn a_component_from_before_the_exports_had_a_version_is_told_so() {
    let world = "package test:old; world old { use roundsman:check/types@0.1.0.{outcome, failure}; \
                 export describe: func() -> string; export validate: func(config: string) -> string; \
                 export run: func(config: string) -> result<outcome, failure>; }";
    let old =
        component::assemble("", &World { packages: &[world], bare: true, ..World::default() }).expect("a component");
    let host = Host::new();
    let output = host.check(&host.file("old.wasm", old), &[]);
    output.assert_failure(
        "invalid",
        &["before release 0.1.0", "`describe`, `validate` and `run` by themselves", "build it again"],
    );
}

#[test]
fn a_part_that_failed_hides_no_other_and_is_never_ok() {
    let host = Host::new();
    let guest = roundsman_tests::guest("says");
    let settings = [
        "summary=\"2 parts\"",
        "subchecks=[{ labels = [[\"item\", \"a\"]], status = \"ok\", text = \"\", failure = \"it does not answer\" }, \
         { labels = [[\"item\", \"b\"]], status = \"ok\", text = \"as ever\" }]",
    ];
    let settings: Vec<&str> = settings.iter().flat_map(|setting| ["--set", setting]).collect();
    let output = host.check(&guest, &settings);
    assert_eq!(output.code, 3, "{output}");
    let report = output.json();
    let [failed, other] = [&report["subchecks"][0], &report["subchecks"][1]];
    assert_eq!((&failed["status"], &failed["text"]), (&"unknown".into(), &"it does not answer".into()));
    assert_eq!((&failed["failure"]["kind"], &other["status"]), (&"check".into(), &"ok".into()));
    assert!(other.get("failure").is_none() && report["failure"].is_null(), "{output}");
}
