//! What is written to a terminal, a mail or a file passes one of the gates that escape it: no other source prints, and none shows
//! the name of a file as it is.

use std::fs;
use std::path::{Path, PathBuf};

use roundsman_tests::root;

/// Sources that may: the gates themselves, the bar of `compile`, and what processes of a run say to the pipe that its round reads.
const GATES: [&str; 5] = [
    "program/src/cli/print.rs",
    "program/src/cli/diagnostics.rs",
    "program/src/cli/compile.rs",
    "sandbox/src/zygote/work.rs",
    "os/src/process/fork.rs",
];

/// Ways around them.
const WAYS: [&str; 6] = [".display()", "stdout().", "stderr().", "io::stderr(),", "println!(", "eprint!("];

fn sources(directory: &Path, all: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a directory of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, all);
        } else {
            all.push(path);
        }
    }
}

#[test]
fn nothing_is_printed_and_no_name_is_shown_but_through_the_gates() {
    let top = root().join("runtime");
    let mut all = Vec::new();
    for member in fs::read_dir(&top).expect("the crates") {
        let member = member.expect("an entry").path();
        // A sender answers on its standard output, and shows nobody a file.
        if !member.ends_with("net") {
            sources(&member.join("src"), &mut all);
        }
    }
    let mut seen = 0;
    for file in all {
        let name = file.strip_prefix(&top).expect("a source").display().to_string();
        if name.ends_with("_tests.rs") || name.contains("tests/") || GATES.contains(&name.as_str()) {
            continue;
        }
        let text = fs::read_to_string(&file).expect("a text");
        let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        for way in WAYS {
            assert!(!text.contains(way), "runtime/{name} has `{way}`: use escape::path, or what cli/print.rs offers");
        }
        seen += 1;
    }
    assert!(seen > 150, "{seen} sources were looked at");
}
