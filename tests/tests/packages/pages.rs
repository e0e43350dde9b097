//! The main file and the manual pages that a package has.

use std::fs;
use std::process::Command;

use roundsman_tests::root;

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
