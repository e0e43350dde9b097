//! README and docs tell the truth: the commands of a page are run on a host of its own, samples are compared, files judged.
#![expect(clippy::disallowed_methods, reason = "the commands of a document are lines of a shell")]

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use roundsman_tests::document::{Shown, all_pages, blocks, commands, marked, only, pages, read, table};
use roundsman_tests::{Host, Output, program, root};
use serde_json::Value;

/// Marks of blocks; each tells which test uses the block. There are no others: each block is checked, or plain text.
const MARKS: [&str; 37] = [
    "console make-run",
    "console",
    "sh install",
    "sh",
    // Done in tests/tests/new.rs.
    "sh author",
    "toml drop-in",
    "toml override",
    "toml main",
    "toml output",
    "toml crate",
    // Checked and tried in tests/tests/alerts.
    "yaml alerts",
    "yaml rollout",
    // Compiled and run by `cargo test --doc`, see guest-sdk/rust/src/lib.rs.
    "rust",
    // Built and run in tests/tests/authoring.rs.
    "rust crate",
    // Followed in tests/tests/raid_controller.rs.
    "sh raid new-rust",
    "rs raid src/lib.rs",
    "rs raid src/tests.rs",
    "toml raid drop-in.toml",
    "sh raid build-rust",
    "sh raid new-python",
    "python raid app.py",
    "python raid tests/test_app.py",
    "sh raid build-python",
    "sh raid try",
    "sh raid install",
    // Run, built and compared in tests/tests/from_scripts.rs.
    "sh before-shell",
    "python after-shell",
    "toml after-shell",
    "python before-plugin",
    "rust after-plugin",
    "toml after-plugin",
    "python before-zipapp utils/command.py",
    "python before-zipapp monitor.py",
    "python after-zipapp",
    "toml after-zipapp",
    // Resolved in tests/tests/contract.rs.
    "wit",
    "text",
];

/// A host on which the commands of a page are run: its `/usr` and `/etc` are below a directory, and the files that
/// checks read are recorded ones.
struct Sandbox {
    host: Host,
}

impl Sandbox {
    fn new() -> Self {
        let host = Host::new();
        host.file(
            "recorded/proc/meminfo",
            std::fs::read(root().join("checks/memory/tests/meminfo-server")).expect("a record"),
        );
        Self { host }
    }

    fn dir(&self) -> String {
        self.host.path("").display().to_string().trim_end_matches('/').to_owned()
    }

    /// Runs a line of a shell there.
    fn run(&self, line: &str) -> Output {
        let dir = self.dir();
        let line = line
            .replace("sudo ", "")
            .replace(" /usr/", &format!(" {dir}/usr/"))
            .replace(" /etc/", &format!(" {dir}/etc/"))
            .replace("target/dist/checks", "target/checks")
            .replace("target/dist/roundsman", &format!("'{}'", program().display()))
            // The account of the real host is not that of this one.
            .replace("roundsman validate", "roundsman validate --offline")
            .replace("roundsman check ", &format!("roundsman check --root {dir}/recorded "));
        let output = Command::new("/bin/sh")
            .args(["-c", &line])
            .env_clear()
            .env("PATH", format!("{dir}/usr/bin:/usr/bin:/bin"))
            .env("ROUNDSMAN_CONFIG", self.host.path("etc/roundsman/roundsman.toml"))
            .current_dir(root())
            .output()
            .expect("a shell");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&dir, "");
        let code = output.status.code().unwrap_or_else(|| panic!("{line}: {}", output.status));
        Output { code, stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// Follows the section "Install".
    fn install(&self) {
        for line in only("sh install").lines() {
            // Other targets of the same recipe, and an account of the real host.
            if line == "make dist" || line.starts_with("sudo useradd --system") {
                continue;
            }
            let output = self.run(line);
            assert_eq!(output.code, 0, "{line}: {output}");
        }
        let dir = self.dir();
        let paths = format!(
            "[paths]\nstate = \"{dir}/state\"\ncache = \"{dir}/cache\"\nchecks = [\"{dir}/usr/lib/roundsman/checks\"]\n\
             [log]\nfile = \"{dir}/roundsman.log\"\n"
        );
        self.host.file("etc/roundsman/roundsman.toml", paths);
        let umask_may_be_any = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(self.host.path("etc/roundsman/conf.d"), umask_may_be_any).expect("a mode");
    }
}

#[test]
fn each_block_is_marked_for_a_test() {
    for page in pages() {
        for block in blocks(&read(&page)) {
            let known = MARKS.contains(&block.mark.as_str()) || block.mark == "cron";
            assert!(known, "{page}: `{}`: {}", block.mark, block.text);
        }
    }
}

#[test]
fn the_commands_do_and_print_what_it_shows() {
    let mut tried = 0;
    for page in pages() {
        // A page of its own is a host of its own: each can be followed without another.
        let shown: Vec<Shown> =
            blocks(&read(&page)).iter().filter(|block| block.mark == "console").flat_map(commands).collect();
        if shown.is_empty() {
            continue;
        }
        let sandbox = Sandbox::new();
        sandbox.install();
        tried += shown.len();
        shown.iter().for_each(|shown| follows(&sandbox, &page, shown));
    }
    assert!(tried > 6, "{tried} commands");
}

/// Runs the command and compares what it prints with what the page shows.
fn follows(sandbox: &Sandbox, page: &str, Shown { command, output }: &Shown) {
    let is = sandbox.run(command);
    assert!(is.code <= 3 && is.stderr.is_empty(), "{page}: {command}: {is}");
    if command.ends_with("roundsman run") {
        assert_eq!(shape(&is.stdout), shape(output), "{page}: {command}");
    } else if command.ends_with("--format json") {
        let sample: Value = serde_json::from_str(output).expect("the sample is JSON");
        assert_eq!(masked(is.json()), masked(sample), "{page}: {command}");
    } else {
        assert_eq!(is.stdout, *output, "{page}: {command}");
    }
}

/// Of what a round prints, what does not depend on the state of the host: the names, and the words of the last line.
fn shape(round: &str) -> (BTreeSet<String>, String) {
    let mut lines: Vec<&str> = round.lines().collect();
    let last = lines.pop().unwrap_or_default();
    let counts =
        last.split(", ").filter(|part| ["warning", "critical", "unknown"].iter().all(|word| !part.contains(word)));
    let words = counts.collect::<Vec<_>>().join(", ").replace(|c: char| c.is_ascii_digit(), "").replace('.', "");
    // Which one is next, and when, is a matter of the host's machine id.
    let words = words.split_once("; next: ").map_or(words.clone(), |(words, _)| format!("{words}; next"));
    let name = |line: &&str| line.split_whitespace().nth(1).unwrap_or_default().to_owned();
    (lines.iter().map(name).collect(), words)
}

/// Without the values that are of one run on one host.
fn masked(mut report: Value) -> Value {
    for key in ["host", "started", "duration_ms", "fuel_used", "memory_peak_bytes"] {
        let value = report.get_mut(key).unwrap_or_else(|| panic!("no `{key}`"));
        assert!(!value.is_null(), "`{key}` has a value in every run");
        *value = Value::Null;
    }
    report["component"]["sha256"] = Value::Null;
    report
}

#[test]
fn make_run_prints_the_lines_that_it_shows() {
    let tmp = tempfile::tempdir().expect("a temporary directory");
    std::fs::set_permissions(tmp.path(), std::fs::Permissions::from_mode(0o755)).expect("a mode");
    let recipe = read("Makefile");
    assert!(recipe.contains("\nrun: ") && recipe.contains("\n\tscripts/run-once\n"), "`make run` is another recipe");
    let output = Command::new(root().join("scripts/run-once")).env("TMPDIR", tmp.path()).output().expect("the script");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let [shown] = &marked("console make-run").iter().flat_map(|(_, block)| commands(block)).collect::<Vec<_>>()[..]
    else {
        panic!("one command is shown");
    };
    assert_eq!(shown.command, "make run");
    assert_eq!(shape(&printed), shape(&shown.output), "{}", String::from_utf8_lossy(&output.stderr));
    let big = |text: &str| {
        let line = text.lines().find(|line| line.contains("bigfile")).expect("a line of bigfile").to_owned();
        // The columns are as wide as the words of the other lines.
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        let (before, after) = line.split_once("/tmp").expect("a directory of temporary files");
        let (_, after) = after.split_once("/tmp/100MB.bin").expect("the file's name");
        format!("{before}{after}")
    };
    assert_eq!(big(&printed), big(&shown.output));
}

#[test]
fn the_drop_ins_and_the_main_file_are_valid() {
    for (page, block) in marked("toml drop-in") {
        let host = Host::new();
        host.drop_in("sample", &block.text);
        // Without a look at this host's programs: it need not have them.
        let output = host.run(["validate", "--strict", "--offline"]);
        assert_eq!(output.code, 0, "{page}: {output}\n{}", block.text);
        assert_eq!(output.stdout, "1 check, 0 errors, 0 lints\n");
    }
    for (_, block) in marked("toml output") {
        let host = Host::new();
        host.drop_in("sample", &block.text);
        let output = host.run(["validate", "--strict", "--offline"]);
        assert_eq!((output.code, output.stdout.as_str()), (0, "0 checks, 0 errors, 0 lints\n"), "{output}");
    }
    for (_, block) in marked("toml override") {
        let host = Host::new();
        host.drop_in(
            "disk",
            "[check.disk]\nwasm = \"disk.wasm\"\nevery = \"5m\"\ngrant = { filesystems = \"mounted\" }\n",
        );
        host.drop_in("over", &block.text);
        let output = host.run(["validate", "--strict", "--offline"]);
        assert_eq!((output.code, output.stdout.as_str()), (0, "1 check, 0 errors, 0 lints\n"), "{output}");
    }
    for (_, block) in marked("toml main") {
        let host = Host::new();
        let file = host.file("etc/sample/roundsman.toml", &block.text);
        let file = file.to_str().expect("a path in UTF-8");
        let output = host.run(["validate", "--strict", "--offline", "--config", file]);
        assert_eq!((output.code, output.stdout.as_str()), (0, "0 checks, 0 errors, 0 lints\n"), "{output}");
    }
}

/// A check, so that a host has one.
const TRUE: &str =
    "[check.true]\nwasm = \"command.wasm\"\nevery = \"1m\"\n[[check.true.grant.command]]\nargv = [\"/bin/true\"]\n";

#[test]
fn the_cron_line_is_one_that_cron_and_the_program_take() {
    let line = only("cron");
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(words[..6], ["*", "*", "*", "*", "*", "root"], "five fields and a user, as /etc/cron.d has them");
    let host = Host::new();
    host.main("[run]\nsplay = \"0s\"\n");
    host.drop_in("true", TRUE);
    assert_eq!(words[6], "roundsman");
    let output = host.run(&words[7..]);
    assert_eq!((output.code, output.stdout.as_str(), output.stderr.as_str()), (0, "", ""), "{output}");
}

#[test]
fn each_link_leads_to_a_file_and_a_heading() {
    let all = all_pages();
    assert!(
        ["README.md", "SECURITY.md", "docs/grants.md", "checks/disk/README.md"]
            .iter()
            .all(|page| all.iter().any(|one| one == page)),
        "{all:?}"
    );
    for page in all {
        let text = read(&page);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("https://") {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let from = Path::new(&page).parent().expect("a folder");
            let target = if file.is_empty() { PathBuf::from(&page) } else { from.join(file) };
            assert!(root().join(&target).exists(), "{page}: {link}");
            if !heading.is_empty() {
                let text = read(target.to_str().expect("a path in UTF-8"));
                assert!(headings(&text).any(|known| known == heading), "{page}: {link}");
            }
        }
    }
}

/// The headings of a page, as links name them.
fn headings(text: &str) -> impl Iterator<Item = String> {
    text.lines().filter(|line| line.starts_with('#')).map(|line| {
        let words = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        words.chars().filter(|c| c.is_alphanumeric() || *c == '-' || *c == '_').collect()
    })
}

#[test]
fn cron_mails_a_fault_when_it_begins_and_when_it_ends() {
    let host = Host::new();
    host.main("[run]\nsplay = \"0s\"\n");
    host.drop_in("true", TRUE);
    let round = || host.run(["run", "--cron"]);
    let broken = host.drop_in("broken", "[check.a\n");
    let first = round();
    assert!(first.code == 78 && first.stderr.contains("broken.toml:1:"), "{first}");
    let second = round();
    assert_eq!((second.code, second.stderr.as_str()), (78, ""), "said once: {second}");
    std::fs::remove_file(broken).expect("a drop-in");
    let third = round();
    let news = first.stderr.lines().next().expect("a line");
    assert_eq!((third.code, third.stderr), (0, format!("over: {news}\n")));
    let fourth = round();
    assert_eq!((fourth.code, fourth.stderr.as_str(), fourth.stdout.as_str()), (0, "", ""), "{fourth}");

    // The two that stop a round are said each time.
    host.main("[run]\nsplay = \"0s\"\ncolour = 1\n");
    for _ in 0..2 {
        let stopped = round();
        assert!(stopped.code == 78 && stopped.stderr.contains("colour"), "{stopped}");
    }
}

#[test]
fn exit_codes_are_those_of_the_table() {
    let rows = table(&read("docs/commands.md"), &["exit code"]);
    let listed: Vec<i32> = rows.iter().map(|row| row[0].parse().expect("a number")).collect();
    assert_eq!(listed, [0, 64, 65, 69, 70, 74, 75, 78]);

    let host = Host::new();
    assert_eq!(host.run(["run"]).code, 0);
    assert_eq!(host.run(["run", "--no-such-option"]).code, 64);
    let text = host.file("text.wasm", "text");
    assert_eq!(host.run(["inspect", text.to_str().expect("a path in UTF-8")]).code, 65);
    host.main("[run]\nrequire = [\"uid\"]\n");
    let as_root = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").expect("/proc")) == 0;
    assert_eq!(host.run(["run"]).code, if as_root { 0 } else { 69 });
    host.main("");
    host.drop_in("a", "[check.a]\nwasm = \"memory.wasm\"\nevery = \"1m\"\n");
    // A directory where the log should be.
    let log = host.path("roundsman.log");
    std::fs::remove_file(&log).expect("the log of the rounds before");
    std::fs::create_dir(&log).expect("a directory");
    assert_eq!(host.run(["run"]).code, 74);
    std::fs::remove_dir(&log).expect("a directory");
    let lock = std::fs::File::options().write(true).create(true).truncate(false).open(host.path("state/state.lock"));
    let lock = lock.expect("the lock of the state");
    lock.lock().expect("locked");
    assert_eq!(host.run(["run"]).code, 75);
    drop(lock);
    host.drop_in("b", "colour = 1\n");
    assert_eq!(host.run(["run"]).code, 78);
}

#[test]
fn inspect_prints_json_that_ends_with_its_line_and_finds_a_component_by_its_name() {
    let host = Host::new();
    for args in [&["inspect", "memory.wasm", "--format", "json"][..], &["doctor", "--format", "json"]] {
        let output = host.run(args.iter().copied());
        assert!(output.stdout.ends_with("}\n"), "{output}");
        assert!(output.json().is_object(), "{output}");
    }
    let found = host.run(["inspect", "memory.wasm"]);
    assert!(found.code == 0 && found.stdout.starts_with("memory "), "{found}");
    let missing = host.run(["inspect", "memry.wasm"]);
    assert!(missing.code == 65 && missing.stderr.contains("`memry.wasm`"), "{missing}");
}

/// One thing that is missing is told once, with the checks that lack it, and the file that is no check is named.
#[test]
fn validate_tells_each_thing_once_and_names_files() {
    let host = Host::new();
    for number in 0..52 {
        let text = format!("[check.c{number:02}]\nwasm = \"missing.wasm\"\nevery = \"1m\"\n");
        host.drop_in(&format!("c{number:02}"), &text);
    }
    let output = host.run(["validate", "--offline"]);
    assert_eq!(output.stdout.matches("there is no component `missing.wasm`").count(), 1, "{output}");
    assert!(output.stdout.contains("checks `c00`, `c01` and 50 more: "), "{output}");
    assert!(output.stdout.ends_with("52 checks, 52 errors, 0 lints\n"), "{output}");
    let host = Host::new();
    let whole = std::fs::read(roundsman_tests::component::check("memory")).expect("a component");
    let cut = host.file("cut.wasm", &whole[..whole.len() / 2]);
    host.drop_in("cut", &format!("[check.cut]\nwasm = \"{}\"\nevery = \"1m\"\n", cut.display()));
    host.file("etc/conf.d/disk.TOML", "");
    host.file("etc/conf.d/disk.toml.rpmnew", "");
    for args in [&["validate", "--offline"][..], &["check", "cut"], &["run", "--all"]] {
        let output = host.run(args.iter().copied());
        assert!(output.stdout.contains(&format!("{}: ", cut.display())), "{output}");
    }
    let output = host.run(["validate", "--offline"]);
    assert!(output.stdout.contains("disk.TOML is not read") && !output.stdout.contains("rpmnew"), "{output}");
    assert!(output.stdout.ends_with("1 check, 1 error, 1 lint\n"), "{output}");
}
