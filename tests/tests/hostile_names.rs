//! What is not ours stays what it is: names and texts of components, files, processes and options that hold newlines, escape
//! sequences, C1 controls, marks of direction, characters of no width and bytes that are no UTF-8, through every subcommand,
//! in every form, on both streams, in the log and in the outputs.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use roundsman_tests::component::{check, guest};
use roundsman_tests::{Host, Output};

/// Lines as ours begin: a hint to paste, a verdict, a line of the log, one of a mail, one of the textfile.
const FORGED: [&str; 6] = [
    "[check.forged.grant]",
    "files = [\"/etc/shadow\"]",
    "OK: forged",
    "over: forged",
    "2026-01-01T00:00:00Z OK forged",
    "roundsman_forged 1",
];

/// A name or text that would forge each of them, clear the terminal, turn the text, and hide a part of it.
fn evil() -> String {
    format!(
        "a\n{}\n\u{1b}[2J\u{9b}31m\u{202e}\u{2066}\u{200b}\u{feff}\u{e0041}\r\u{85}\u{2028}\t\u{7f}z",
        FORGED.join("\n")
    )
}

/// The same as a text of TOML.
fn evil_toml() -> String {
    let quoted: String = evil().chars().map(|character| format!("\\U{:08X}", u32::from(character))).collect();
    format!("\"{quoted}\"")
}

/// A file's name of it, as short as names must be, with bytes that are no UTF-8.
fn evil_file(ending: &str) -> OsString {
    let name =
        [b"\xff\xfe", "\n[check.forged.grant]\nOK: forged\n\u{1b}[2J\u{9b}m\u{202e}\u{200b}".as_bytes()].concat();
    let mut name = OsStr::from_bytes(&name).to_owned();
    name.push(ending);
    name
}

#[track_caller]
fn assert_tame(what: &str, text: &str) {
    let dangerous = |character: &char| {
        (character.is_control() && *character != '\n')
            || matches!(*character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
            || matches!(*character, '\u{fffd}' | '\u{e0000}'..='\u{e0fff}')
    };
    assert_eq!(text.chars().find(dangerous), None, "{what}: {text:?}");
    for forged in FORGED {
        assert!(
            !text.lines().any(|line| line.starts_with(forged)),
            "{what} shows `{forged}` as a line of ours:\n{text}"
        );
    }
}

#[track_caller]
fn tame(what: &str, output: Output) -> Output {
    assert_tame(what, &output.stdout);
    assert_tame(what, &output.stderr);
    output
}

/// Where names of imports, exports and modules are anything that fits into a string: what comes of it is said on stderr.
fn components(host: &Host) -> Vec<PathBuf> {
    let quoted: String = evil().bytes().map(|byte| format!("\\{byte:02x}")).collect();
    let texts = [
        format!("(component (import \"{quoted}\" (func)))"),
        format!("(component (import \"a:b/c\" (instance (export \"{quoted}\" (func)))))"),
        format!("(component (core module (import \"{quoted}\" \"f\" (func))) (core instance (instantiate 0)))"),
        format!("(component (core module) (core instance (instantiate 0 (with \"{quoted}\" (instance)))))"),
        format!(
            "(component (core module (func (export \"{quoted}\"))) (core instance $i (instantiate 0)) (alias core export $i \"{quoted}x\" (core func)))"
        ),
        format!("(component (component) (instance (instantiate 0)) (export \"{quoted}\" (instance 0)))"),
        format!("(module (import \"{quoted}\" \"{quoted}\" (func)))"),
    ];
    let mut files: Vec<PathBuf> = texts
        .iter()
        .enumerate()
        .map(|(at, text)| host.file(&format!("evil/{at}.wasm"), wat::parse_str(text).expect("text of WebAssembly")))
        .collect();
    // A file's name, of something else than a component, and of one.
    for (content, ending) in
        [(b"no component".to_vec(), ".txt.wasm"), (std::fs::read(check("memory")).unwrap(), ".wasm")]
    {
        let path = host.path("evil").join(evil_file(ending));
        std::fs::write(&path, content).expect("a file of any name");
        files.push(path);
    }
    files.push(host.path("evil").join(evil_file(".is-not-there.wasm")));
    files
}

#[test]
fn a_component_with_hostile_names_is_told_of_in_lines_of_ours() {
    let host = Host::new();
    for file in components(&host) {
        let file = file.as_os_str();
        let arg = |text: &'static str| OsStr::new(text);
        for format in ["text", "json", "toml"] {
            let seen = host.run([arg("inspect"), file, arg("--format"), arg(format)]);
            tame(&format!("inspect --format {format}"), seen);
        }
        for format in ["nagios", "text", "json"] {
            tame("check", host.run([arg("check"), file, arg("--format"), arg(format)]));
        }
        tame("compile", host.run([arg("compile"), file]));
    }
}

#[test]
fn a_check_of_a_hostile_component_is_too() {
    let host = Host::new();
    for (at, file) in components(&host).iter().enumerate().filter(|(_, file)| file.exists()) {
        // A name that TOML cannot say is a link's target.
        let link = host.path(&format!("evil/link{at}.wasm"));
        std::os::unix::fs::symlink(file, &link).expect("a link");
        host.drop_in(&format!("c{at}"), &format!("[check.c{at}]\nwasm = \"{}\"\nevery = \"1m\"\n", link.display()));
    }
    for args in
        [&["run", "--all"][..], &["run", "--all", "--format", "json"], &["run", "--cron", "--all"], &["compile"]]
    {
        tame(&args.join(" "), host.run(args.iter().copied()));
    }
    everywhere(&host, "c0");
}

/// What else shows what a round has left.
#[track_caller]
fn everywhere(host: &Host, name: &str) {
    for args in [
        &["status"][..],
        &["status", "--wide"],
        &["status", "--next"],
        &["status", "--format", "json"],
        &["status", name],
        &["status", name, "--format", "text"],
        &["status", name, "--format", "json"],
        &["status", "roundsman"],
        &["status", "roundsman", "--format", "text"],
        &["status", "--problems"],
        &["history"],
        &["history", name],
        &["history", "--format", "json"],
        &["validate"],
        &["validate", "--format", "json"],
        &["config"],
        &["config", name],
        &["doctor"],
        &["doctor", "--format", "json"],
    ] {
        tame(&args.join(" "), host.run(args.iter().copied()));
    }
    assert_tame("the log", &host.log());
    let output = std::fs::read_to_string(host.path("out.prom")).unwrap_or_default();
    assert_tame("the output", &output);
}

/// What is reported: each text of an outcome, and what was asked for, denied and logged.
#[test]
fn what_a_component_reports_begins_no_line_as_ours_do() {
    let host = Host::new();
    let evil = evil_toml();
    let labels = format!("labels = [[\"item\", {evil}]]");
    host.drop_in(
        "says",
        &format!(
            "[check.says]\nwasm = \"{}\"\nevery = \"1m\"\n[check.says.config]\nsummary = {evil}\n\
             details = [{evil}, \"[check.forged.grant]\", \"files = [\\\"/etc/shadow\\\"]\", \"OK: forged\"]\n\
             subchecks = [{{ {labels}, status = \"critical\", text = {evil} }}]\n\
             metrics = [{{ name = \"size\", value = 1, unit = \"bytes\", {labels} }}]\n",
            guest("says").display()
        ),
    );
    let dir = host.path("").display().to_string();
    host.drop_in(
        "asks",
        &format!(
            "[check.asks]\nwasm = \"{}\"\nevery = \"1m\"\n[check.asks.config]\n\
             ask = [{{ read = {evil} }}, {{ read = \"{dir}x\" }}, {{ command = [\"/bin/echo\", {evil}] }}, \
             {{ command = [\"/bin/cat\", {evil}] }}, {{ log = {evil}, level = \"error\" }}]\n\
             [[check.asks.grant.command]]\nargv = [\"/bin/echo\", {evil}]\n\
             env = {{ A = {evil} }}\n\
             [output.prometheus]\nformat = \"prometheus\"\npath = \"{dir}out.prom\"\n",
            guest("probe").display()
        ),
    );
    let round = tame("run", host.run(["run", "--all"]));
    assert_eq!(round.code, 0, "{round}");
    tame("run", host.run(["run", "--all", "--format", "json"]));
    for name in ["says", "asks"] {
        for format in ["nagios", "text", "json"] {
            tame("check", host.run(["check", name, "--format", format]));
        }
        everywhere(&host, name);
    }
    assert!(host.path("out.prom").exists(), "the textfile was written");
    // Acknowledged and paused for such a reason, taped, and played again.
    for (name, format) in [("says", "nagios"), ("asks", "text")] {
        let told = |args: &[&str]| tame(&args.join(" "), host.run(args.iter().copied()));
        told(&["ack", name, "--reason", &self::evil()]);
        told(&["pause", name, "--for", "1h", "--reason", &self::evil()]);
        everywhere(&host, name);
        told(&["resume", name]);
        let tape = host.path(&format!("{name}.tape")).display().to_string();
        told(&["check", name, "--record", &tape, "--verbose", "--format", format]);
        let played = told(&["replay", &tape]);
        assert_eq!(played.code, 0, "{played}");
        told(&["replay", &tape, &guest("panics").display().to_string()]);
    }
    // Passed on, a refusal is the failure itself.
    let dir = format!("ask=[{{ read = {evil} }}]");
    for format in ["nagios", "text", "json"] {
        tame(
            "check",
            host.run([
                "check",
                guest("probe").to_str().unwrap(),
                "--set",
                &dir,
                "--set",
                "pass_on=true",
                "--format",
                format,
            ]),
        );
    }
}

/// A trap's message is the last line that the component logged.
#[test]
fn a_panic_begins_no_line_as_ours_do() {
    let host = Host::new();
    let file = guest("panics").display().to_string();
    for format in ["nagios", "text", "json"] {
        let set = format!("message={}", evil_toml());
        let output = tame("check", host.run(["check", &file, "--set", &set, "--format", format]));
        assert_eq!(output.code, 3, "{output}");
    }
}

/// Drop-ins by any name, with any key and any value: refused in lines of ours, and told of by a round and its mail.
#[test]
fn files_keys_and_values_of_a_configuration_are_shown_as_what_they_are() {
    let host = Host::new();
    let evil = evil_toml();
    let values = [
        format!("[check.a]\nwasm = {evil}\nevery = \"1m\"\n"),
        format!("[check.a]\nwasm = \"memory.wasm\"\nevery = {evil}\n"),
        format!("[check.a]\nwasm = \"memory.wasm\"\ncron = {evil}\n"),
        format!("[check.a]\nwasm = \"memory.wasm\"\nevery = \"1m\"\ntimezone = {evil}\n"),
        format!("[check.a]\nwasm = \"memory.wasm\"\nevery = \"1m\"\ngroup = {evil}\n"),
        format!("[check.a]\nwasm = \"memory.wasm\"\nevery = \"1m\"\nsha256 = {evil}\n"),
        format!("[check.a]\nwasm = \"memory.wasm\"\nevery = \"1m\"\nonly_if = [{evil}]\n"),
        format!("[check.a]\nwasm = \"memory.wasm\"\nevery = \"1m\"\n{evil} = 1\n"),
        format!("[check.{evil}]\nwasm = \"memory.wasm\"\nevery = \"1m\"\n"),
        format!("[override.{evil}]\nevery = \"1m\"\n"),
        format!(
            "[check.a]\nwasm = \"memory.wasm\"\nevery = \"1m\"\n[check.a.thresholds]\n{evil} = {{ warning = 1 }}\n"
        ),
        format!(
            "[check.a]\nwasm = \"memory.wasm\"\nevery = \"1m\"\n[check.a.thresholds]\n\
             used_percent = {{ where = {{ {evil} = {evil} }}, warning = {evil} }}\n"
        ),
        format!("[check.a]\nwasm = \"memory.wasm\"\nevery = \"1m\"\n[check.a.config]\n{evil} = {evil}\n"),
        format!(
            "[check.a]\nwasm = \"memory.wasm\"\nevery = \"1m\"\n[check.a.grant]\nfiles = [{evil}, \"/x{}\"]\n",
            &evil[1..evil.len() - 1]
        ),
        format!(
            "[check.a]\nwasm = \"memory.wasm\"\nevery = \"1m\"\n[check.a.grant]\nuser = {evil}\nfilesystems = [{evil}]\n"
        ),
        format!(
            "[check.a]\nwasm = \"memory.wasm\"\nevery = \"1m\"\n[[check.a.grant.command]]\nargv = [{evil}]\nid = {evil}\n"
        ),
        format!(
            "[check.a]\nwasm = \"memory.wasm\"\nevery = \"1m\"\n[[check.a.grant.command]]\nargv = [\"/bin/sh\", {evil}]\n\
             env = {{ {evil} = {evil} }}\nstdin = {evil}\n"
        ),
        format!(
            "[check.a]\nwasm = \"command.wasm\"\nevery = \"1m\"\n[[check.a.grant.command]]\nargv_pattern = [\"/bin/sh\", {evil}]\n\
             env = {{ A = {evil} }}\nuser = \"nobody-of-that-name\"\n"
        ),
        format!("[output.{evil}]\nformat = {evil}\npath = {evil}\n"),
        format!("[[output]]\n{evil} = {evil}\n[[output]]\nformat = {evil}\n"),
        format!("[output]\nformat = {evil}\n"),
        // As it is, where TOML lets it.
        format!("[check.a]\nwasm = 'x{}.wasm'\nevery = \"1m\"\n", "\u{9b}\u{202e}\u{200b}"),
        format!("# {}\nno TOML\n", "\u{9b}\u{202e}\u{200b}"),
    ];
    for (at, value) in values.into_iter().enumerate() {
        host.file("etc/conf.d/a.toml", &value);
        for args in [
            &["validate"][..],
            &["validate", "--format", "json"],
            &["config"],
            &["config", "a"],
            &["compile"],
            &["check", "a"],
            &["check", "a", "--format", "json"],
            &["run", "--all"],
            &["run", "--cron"],
        ] {
            tame(&format!("{} of\n{value}", args.join(" ")), host.run(args.iter().copied()));
        }
        if at % 4 == 0 {
            everywhere(&host, "a");
        }
    }
}

#[test]
fn names_of_drop_ins_are_too() {
    let host = Host::new();
    for content in ["not TOML", "[check.a]\nwasm = \"memory.wasm\"\nevery = \"1m\"\n", "[override.b]\nevery = \"1m\"\n"]
    {
        let path = host.path("etc/conf.d").join(evil_file(".toml"));
        host.drop_in("x", "");
        std::fs::write(&path, content).expect("a file of any name");
        for args in
            [&["validate"][..], &["config"], &["config", "a"], &["run", "--all"], &["run", "--cron"], &["check", "a"]]
        {
            tame(&format!("{} of {content}", args.join(" ")), host.run(args.iter().copied()));
        }
        tame("validate FILE", host.run([OsStr::new("validate"), path.as_os_str()]));
        everywhere(&host, "a");
    }
}

/// Words of the command line are repeated in what is said of them.
#[test]
fn words_of_the_command_line_are_shown_as_what_they_are() {
    let host = Host::new();
    host.drop_in("memory", "[check.memory]\nwasm = \"memory.wasm\"\nevery = \"1m\"\n");
    let evil = evil();
    let file = check("memory").display().to_string();
    let (value, label) = (format!("--format={evil}"), format!("used_percent{{{evil}={evil}}}={evil}"));
    // Words of a file, too.
    let agents = format!("command[{0}]=/bin/echo {0}\ncommand[x]={0}\n{0}\n", evil.replace('\n', " "));
    let agents = host.file("nrpe.cfg", agents).display().to_string();
    let (new, tape) = (host.path("made").display().to_string(), format!("{}/{evil}", host.path("").display()));
    let calls = [
        &["run", "--only", &*evil][..],
        &["run", &*evil],
        &["run", &*value],
        &[&*evil],
        &["check", &*evil],
        &["check", "memory", "--set", &*evil],
        &["check", "memory", "--set", &*format!("{evil}={evil}")],
        &["check", "memory", "-w", &*evil],
        &["check", "memory", "-c", &*label],
        &["check", "memory", "--timeout", &*evil],
        &["check", "memory", &*value],
        &["check", &*file, "--allow-file", &*evil],
        &["check", &*file, "--allow-filesystem", &*evil],
        &["check", &*file, "--allow-command", &*evil],
        &["check", &*file, "--allow-command-pattern", &*format!("/bin/x '{evil}['")],
        &["check", &*file, "--root", &*evil],
        &["status", &*evil],
        &["status", &*value],
        &["pause", &*evil, "--for", "1h", "--reason", "x"],
        &["pause", "memory", "--for", &*evil, "--reason", "x"],
        &["pause", "memory", "--for", "1h", "--reason", &*evil],
        &["resume", &*evil],
        &["run", "--only", "memory"],
        &["status"],
        &["status", "memory"],
        &["status", "memory", "--format", "text"],
        &["inspect", &*evil],
        &["inspect", &*file, &*value],
        &["validate", &*evil],
        &["config", &*evil],
        &["compile", &*evil],
        &["doctor", &*value],
        &["completions", &*evil],
        &["--config", &*evil, "status"],
        &["--config", &*evil, "check", "a"],
        &["plugin-check", &*evil],
        &["check", "memory", "--record", &*tape],
        &["check", "memory", "--verbose"],
        &["replay", &*evil],
        &["replay", &*file],
        &["ack", &*evil, "--reason", "x"],
        &["ack", "memory", "--until", &*evil, "--reason", "x"],
        &["ack", "memory", "--reason", &*evil],
        &["clear", &*evil],
        &["history", &*evil],
        &["history", "--since", &*evil],
        &["history"],
        &["send", "--test", &*evil],
        &["import", &*evil],
        &["import", &*agents],
        &["import", &*agents, "--every", &*evil],
        &["compare", &*evil],
        &["compare", &*agents],
        &["install", &*evil],
        &["install", &*file, "--as", &*evil, "--sha256", &*evil],
        &["upgrade", &*evil],
        &["rollback", &*evil],
        &["remove", &*evil],
        &["verify", &*evil],
        &["list"],
        &["new", &*evil],
        &["new", &*new, "--language", &*evil],
        &["wit", &*tape],
        &["man", &*evil],
    ];
    for args in calls {
        tame(&format!("{args:?}"), host.run(args.iter().copied()));
    }
    let help = host.run(["--help"]).stdout;
    let named = help.split("Commands:").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("the commands");
    for command in named.lines().filter_map(|line| line.strip_prefix("  ")).filter(|line| !line.starts_with(' ')) {
        let command = command.split(' ').next().expect("a name");
        assert!(calls.iter().any(|args| args.contains(&command)), "nothing hostile is given to `{command}`");
    }
}
