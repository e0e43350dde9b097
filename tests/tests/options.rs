//! Help, manual page and docs/commands.md name the same commands and options.

use std::collections::{BTreeMap, BTreeSet};

use roundsman_tests::Host;
use roundsman_tests::document::{read, table};

/// Those of every command.
const GLOBAL: [&str; 4] = ["--config", "--help", "--user", "--version"];

fn stdout(args: &[&str]) -> String {
    let output = Host::new().run(args);
    assert_eq!(output.code, 0, "{output}");
    output.stdout
}

/// The options in a text, long and short: `--format`, `-w`.
fn options(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    let is_option = |word: &&str| {
        let name = word.trim_start_matches('-');
        let dashes = word.len() - name.len();
        (dashes == 2 || dashes == 1 && name.len() == 1) && name.starts_with(|c: char| c.is_ascii_alphabetic())
    };
    words.filter(is_option).map(str::to_owned).collect()
}

/// The options that a page of help lists: those at the beginnings of its lines.
fn listed(help: &str) -> BTreeSet<String> {
    let (_, below) = help.split_once("\nOptions:\n").expect("a list of options");
    let lines = below.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    lines.flat_map(|line| options(line.split("  ").next().unwrap_or_default())).collect()
}

/// The options of each command, without those of all.
fn commands() -> BTreeMap<String, BTreeSet<String>> {
    let help = stdout(&["--help"]);
    let (_, list) = help.split_once("\nCommands:\n").expect("a list of commands");
    let lines = list.lines().take_while(|line| !line.is_empty());
    // A description that goes on in a second line is further in.
    let names = lines.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
    let all: BTreeMap<_, _> = names
        .map(|name| {
            let of_all = |option: &String| GLOBAL.contains(&option.as_str()) || option == "-h" || option == "-V";
            let own: BTreeSet<String> =
                listed(&stdout(&[name, "--help"])).into_iter().filter(|option| !of_all(option)).collect();
            (name.to_owned(), own)
        })
        .collect();
    assert!(all.len() > 5 && all["check"].contains("--allow-file") && all["check"].contains("-w"), "{all:?}");
    all
}

#[test]
fn the_page_lists_each_command_with_its_options_and_no_others() {
    let page = read("docs/commands.md");
    let rows = table(&page, &["command", "does"]);
    let shown: BTreeMap<String, BTreeSet<String>> = rows
        .iter()
        .map(|row| {
            let name = row[0].trim_matches('`').split_whitespace().nth(1).expect("a command").to_owned();
            (name, options(&row[0]))
        })
        .collect();
    assert_eq!(shown, commands());
    for option in GLOBAL {
        assert!(page.contains(&format!("`{option}")), "{option}");
    }
}

/// Those of a monitoring plugin have their own, which a sentence below the table says.
#[test]
fn each_command_has_its_exit_codes_in_the_table_and_says_64_of_an_option_that_is_none() {
    let page = read("docs/commands.md");
    let heading = page.lines().find(|line| line.starts_with("| exit code | of ")).expect("the table");
    let listed: BTreeSet<&str> = heading.split('`').skip(1).step_by(2).collect();
    let all = commands();
    let as_plugin: BTreeSet<&str> = all.keys().map(String::as_str).filter(|name| !listed.contains(name)).collect();
    assert_eq!(as_plugin, BTreeSet::from(["check", "plugin-check"]));
    assert!(page.contains("`check`, `plugin-check` and `status NAME` exit as a monitoring plugin does"), "{page}");
    assert!(listed.iter().all(|name| all.contains_key(*name)), "{listed:?}");
    for name in all.keys() {
        let output = Host::new().run([name, "--no-such-option"]);
        assert_eq!(output.code, if as_plugin.contains(name.as_str()) { 3 } else { 64 }, "{name}: {output}");
        assert!(format!("{output}").contains("--no-such-option"), "{name}: {output}");
    }
}

#[test]
fn the_manual_page_has_a_section_for_each_command_with_its_options() {
    // Without what roff writes for fonts, and before a hyphen.
    let page = ["\\fB", "\\fI", "\\fR", "\\"].iter().fold(stdout(&["man"]), |page, escape| page.replace(escape, ""));
    let sections: Vec<&str> = page.split(".SH \"ROUNDSMAN ").collect();
    for (name, options_of_it) in commands() {
        let heading = format!("{}\"", name.to_uppercase());
        let section = sections.iter().find(|section| section.starts_with(&heading));
        let section = section.unwrap_or_else(|| panic!("no section for {name}"));
        let missing: Vec<_> = options_of_it.difference(&options(section)).cloned().collect();
        assert!(missing.is_empty(), "{name}: {missing:?} not in\n{section}");
    }
}

#[test]
fn each_option_says_what_it_does() {
    for name in commands().keys() {
        let help = stdout(&[name, "--help"]);
        let (_, below) = help.split_once("\nOptions:\n").expect("a list of options");
        let mut lines = below.lines().peekable();
        while let Some(line) = lines.next() {
            let own = line.trim_start();
            if !own.starts_with('-') {
                continue;
            }
            let beside = own.split_once("  ").map(|(_, text)| text.trim()).unwrap_or_default();
            let said = if beside.is_empty() { lines.peek().map_or("", |next| next.trim()) } else { beside };
            assert!(said.starts_with(|c: char| c.is_ascii_uppercase()), "{name}: {line}");
        }
    }
}

/// An option of one command, which is told of when that is called.
#[test]
fn the_script_of_each_shell_completes_the_options_of_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(stdout(&["completions", shell]).contains("max-output"), "{shell}");
    }
}
