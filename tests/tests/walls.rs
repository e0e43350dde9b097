//! The crates below `runtime/` stand in one order, and each has only those of other people that its place allows.
#![expect(clippy::disallowed_methods, reason = "Cargo is asked for the dependencies")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use roundsman_tests::root;
use serde_json::Value;

/// The crates, each above those that it may depend on.
const ORDER: [&str; 11] = [
    "roundsman",
    "roundsman-store",
    "roundsman-config",
    "roundsman-sandbox",
    "roundsman-verdict",
    "roundsman-contract",
    "roundsman-os",
    "roundsman-net",
    "roundsman-grants",
    "roundsman-order",
    "roundsman-perfdata",
];

/// Crates of other people that reach something, and ours that may depend on them.
const REACHING: [(&str, &[&str]); 13] = [
    ("wasmtime", &["roundsman-sandbox"]),
    ("wasmtime-wasi", &["roundsman-sandbox"]),
    ("tokio", &["roundsman-sandbox"]),
    ("rustls", &["roundsman-net"]),
    ("httparse", &["roundsman-net"]),
    ("anyhow", &["roundsman"]),
    ("clap", &["roundsman"]),
    ("tracing-subscriber", &["roundsman"]),
    ("dlmalloc", &["roundsman"]),
    ("landlock", &["roundsman-os", "roundsman-sandbox"]),
    ("seccompiler", &["roundsman-os", "roundsman-sandbox", "roundsman-net"]),
    ("libc", &["roundsman-os", "roundsman-sandbox", "roundsman-store", "roundsman-net", "roundsman"]),
    (
        "rustix",
        &["roundsman-os", "roundsman-sandbox", "roundsman-store", "roundsman-config", "roundsman-net", "roundsman"],
    ),
];

/// Asks Cargo for the ordinary dependencies of each crate below `runtime/`, by its name.
fn direct_dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--locked", "--format-version", "1", "--filter-platform"])
        .arg(format!("{}-unknown-linux-musl", std::env::consts::ARCH))
        .current_dir(root())
        .output()
        .expect("Cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let all: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let below = root().join("runtime").display().to_string();
    let ours = |package: &&Value| package["manifest_path"].as_str().is_some_and(|path| path.starts_with(&below));
    let of = |package: &Value| {
        let direct = package["dependencies"].as_array().expect("a list").iter();
        let ordinary = direct.filter(|dependency| dependency["kind"].is_null());
        ordinary.filter_map(|dependency| dependency["name"].as_str().map(str::to_owned)).collect()
    };
    let packages = all["packages"].as_array().expect("a list").iter().filter(ours);
    packages.map(|package| (package["name"].as_str().expect("a name").to_owned(), of(package))).collect()
}

#[test]
fn each_crate_depends_only_on_those_below_it() {
    let all = direct_dependencies();
    let (judged, there): (BTreeSet<&str>, BTreeSet<&str>) = (ORDER.into(), all.keys().map(String::as_str).collect());
    assert_eq!(judged, there, "each crate below runtime/ has its place in ORDER");
    for (place, name) in ORDER.iter().enumerate() {
        let direct = all.get(*name).unwrap_or_else(|| panic!("there is no crate `{name}`"));
        for above in &ORDER[..=place] {
            assert!(!direct.contains(*above), "`{name}` depends on `{above}`, which stands above it");
        }
    }
    assert!(all["roundsman"].contains("roundsman-sandbox") && !all["roundsman-config"].contains("roundsman-sandbox"));
}

#[test]
fn what_reaches_something_is_where_it_belongs() {
    let all = direct_dependencies();
    for (crate_, allowed) in REACHING {
        let having: Vec<&String> =
            all.iter().filter(|(_, direct)| direct.contains(crate_)).map(|(name, _)| name).collect();
        assert!(!having.is_empty(), "nobody depends on `{crate_}`: take it out of the list");
        for name in having {
            assert!(allowed.contains(&name.as_str()), "`{name}` may not depend on `{crate_}`");
        }
    }
}

/// Clippy reads one file for a crate: that of verdicts repeats all that is forbidden everywhere.
#[test]
fn what_is_forbidden_everywhere_is_forbidden_to_verdicts() {
    let forbidden = |file: &str| {
        let text = fs::read_to_string(root().join(file)).expect("a file");
        let table: toml::Table = text.parse().expect("TOML");
        table["disallowed-methods"].as_array().expect("a list").clone()
    };
    let (everywhere, verdicts) = (forbidden("clippy.toml"), forbidden("runtime/verdict/clippy.toml"));
    for entry in everywhere {
        assert!(verdicts.contains(&entry), "{entry} is missing in runtime/verdict/clippy.toml");
    }
}

#[test]
fn verdicts_know_no_system() {
    let direct = &direct_dependencies()["roundsman-verdict"];
    let known: BTreeSet<&str> = [
        "base64",
        "croner",
        "jiff",
        "roundsman-contract",
        "roundsman-grants",
        "roundsman-order",
        "roundsman-perfdata",
        "serde",
        "serde_json",
        "sha2",
        "thiserror",
        "unicode-width",
    ]
    .into();
    let other: Vec<&String> = direct.iter().filter(|name| !known.contains(name.as_str())).collect();
    assert!(other.is_empty(), "a verdict is computed from what it is given: why does it need {other:?}?");
}
