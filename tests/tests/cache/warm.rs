//! A warm cache is used without a look at the `.wasm`.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::Command;

use roundsman_tests::{built, component};

use crate::started::{SETTLED, entry, host, quiet, round};
use crate::traced::{opened, runs_from_a_file};

#[test]
fn a_warm_round_opens_no_component_and_maps_its_code() {
    let host = host(&[("one", "minimal"), ("two", "logs")]);
    let cold = opened(&host, &["run", "--all"]);
    assert!(cold.contains("one.wasm") && cold.contains("two.wasm"), "the test looks for what is never there");
    std::thread::sleep(SETTLED);
    // The files were young when they were read: once more, and the entries too.
    quiet(&host, "one", "it lives");
    for args in [&["run", "--all"][..], &["check", "one"], &["check", "two"]] {
        let warm = opened(&host, args);
        assert!(!warm.contains(".wasm"), "{args:?}: {warm}");
        assert!(warm.contains(".code"), "{args:?}: {warm}");
        assert!(runs_from_a_file(&warm), "{args:?}: {warm}");
    }
}

#[test]
fn a_file_that_was_touched_is_read_and_not_compiled() {
    let host = host(&[("one", "minimal")]);
    quiet(&host, "one", "it lives");
    let before = fs::metadata(entry(&host)).expect("the entry").ino();
    let file = host.path("checks/one.wasm");
    fs::write(&file, fs::read(&file).expect("the component")).expect("written again");
    quiet(&host, "one", "it lives");
    assert_eq!(fs::metadata(entry(&host)).expect("the entry").ino(), before, "it was written anew");
}

#[test]
fn another_component_in_the_same_place_is_what_runs() {
    let host = host(&[("one", "minimal")]);
    quiet(&host, "one", "it lives");
    host.file("checks/one.wasm", component::wat("logs"));
    quiet(&host, "one", "was here");
    // The code of the first is named by nobody any more.
    entry(&host);
}

#[test]
fn a_component_that_became_writable_or_left_its_pin_is_refused_though_its_code_is_kept() {
    let host = host(&[("one", "minimal")]);
    let (_, reports) = round(&host);
    std::thread::sleep(SETTLED);
    quiet(&host, "one", "it lives");
    let file = host.path("checks/one.wasm");
    let failure = || {
        let (output, reports) = round(&host);
        let failure = &reports["one"]["failure"];
        assert_eq!(failure["kind"], "invalid", "{output}");
        failure["message"].as_str().expect("a message").to_owned()
    };
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).expect("a mode");
    assert!(failure().contains("chmod go-w"), "{}", failure());
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("a mode");
    fs::set_permissions(host.path("checks"), fs::Permissions::from_mode(0o777)).expect("a mode");
    assert!(failure().contains("chmod go-w"), "{}", failure());

    let pinned = |sha256: &str| {
        let text = format!("[check.one]\nwasm = \"{}\"\nevery = \"1m\"\nsha256 = \"{sha256}\"\n", file.display());
        host.drop_in("one", &text);
    };
    pinned(reports["one"]["component"]["sha256"].as_str().expect("a digest"));
    quiet(&host, "one", "it lives");
    std::thread::sleep(SETTLED);
    quiet(&host, "one", "it lives");
    // The file is known by its digest, and not opened.
    pinned(&"0".repeat(64));
    let trace = opened(&host, &["run", "--all"]);
    assert!(!trace.contains("one.wasm"), "{trace}");
    assert!(failure().contains("not the pinned component"), "{}", failure());
}

/// The largest components there will be: an interpreter and its library, 18 MB, which compile into 44.
#[test]
fn a_check_in_python_runs_from_the_cache() {
    let host = host(&[("one", "minimal")]);
    // Python leaves compiled code beside its sources.
    let sources = ["check.py", "meminfo.py"].map(|name| {
        let source = fs::read(Path::new("bench/python").join(name)).expect("a source");
        host.file(&format!("python/{name}"), source)
    });
    let output = Command::new(built("python/bin/componentize-py", "test"))
        .args(["--wit-path", "../wit", "--world", "check", "componentize", "--stub-wasi", "check", "-p"])
        .arg(sources[0].parent().expect("a directory"))
        .arg("-o")
        .arg(host.path("checks/python.wasm"))
        .output()
        .expect("componentize-py starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let grant = "[check.python.grant]\nfiles = [\"/proc/meminfo\"]\n";
    host.drop_in("python", &format!("[check.python]\nwasm = \"python.wasm\"\nevery = \"1m\"\n{grant}"));
    let compiled = host.run(["compile"]);
    assert_eq!((compiled.code, compiled.stderr.as_str()), (0, ""), "{compiled}");

    std::thread::sleep(SETTLED);
    quiet(&host, "one", "it lives");
    let trace = opened(&host, &["run", "--all"]);
    assert!(!trace.contains(".wasm") && trace.contains(".code"), "{trace}");
    let (output, reports) = round(&host);
    let metric = &reports["python"]["metrics"][0];
    assert_eq!(metric["name"], "used_percent", "{output}");
    assert!(metric["value"].as_f64().is_some_and(|used| (0.0..100.0).contains(&used)), "{output}");
}
