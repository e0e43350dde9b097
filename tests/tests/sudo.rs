//! An agent that may call one command as root, through sudo itself: configured checks, and nothing else of the host.
#![expect(clippy::disallowed_methods, reason = "mounts and sudo are commands")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use roundsman_tests::component::{check, guest};
use roundsman_tests::{Host, Output, apart, program, root};

/// The user of the agent: one that every Debian has.
const AGENT: &str = "nobody";

/// `/etc` of a host of its own, with the sudoers file that ships and a configuration below it.
struct Agent {
    host: Host,
}

impl Agent {
    fn new() -> Self {
        let host = Host::new();
        // In a mount namespace of this test: what is written below /etc is gone with it.
        run("mount", &["-t", "tmpfs", "none", host.file("over/.keep", "").parent().unwrap().to_str().unwrap()]);
        for part in ["over/upper", "over/work"] {
            fs::create_dir(host.path(part)).expect("a directory");
        }
        let layers = format!("lowerdir=/etc,upperdir={0}/over/upper,workdir={0}/over/work", host.path("").display());
        run("mount", &["-t", "overlay", "none", "-o", &layers, "/etc"]);
        let copy = host.path("roundsman");
        fs::copy(program(), &copy).expect("a copy of the program");
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).expect("a mode");
        let shipped = fs::read_to_string(root().join("dist/sudoers.d/roundsman")).expect("the file that ships");
        let rule =
            shipped.replace("/usr/bin/roundsman", copy.to_str().unwrap()).replace("nagios ", &format!("{AGENT} "));
        assert_ne!(rule, shipped);
        let file = Path::new("/etc/sudoers.d/roundsman");
        fs::write(file, rule).expect("a file of sudoers");
        fs::set_permissions(file, fs::Permissions::from_mode(0o440)).expect("a mode");
        run("visudo", &["-c"]);
        fs::create_dir_all("/etc/roundsman/conf.d").expect("a directory");
        for directory in ["/etc/roundsman", "/etc/roundsman/conf.d"] {
            fs::set_permissions(directory, fs::Permissions::from_mode(0o755)).expect("a mode");
        }
        let main = fs::read_to_string(host.path("etc/roundsman.toml")).expect("a main file");
        fs::write("/etc/roundsman/roundsman.toml", main).expect("a main file");
        Self { host }
    }

    fn drop_in(&self, name: &str, text: &str) {
        fs::write(format!("/etc/roundsman/conf.d/{name}.toml"), text).expect("a drop-in");
    }

    /// As the agent calls it; `env` are variables that sudo is asked to keep.
    fn sudo(&self, env: &[&str], args: &[&str]) -> Output {
        let copy = self.host.path("roundsman");
        let as_agent = ["--reuid=65534", "--regid=65534", "--clear-groups", "sudo", "-n"];
        let output = Command::new("setpriv").args(as_agent).args(env).arg(copy).args(args).output().expect("setpriv");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Output {
            code: output.status.code().expect("an exit code"),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }
}

#[track_caller]
fn run(program: &str, args: &[&str]) {
    let output = Command::new(program).args(args).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn an_agent_runs_configured_checks_through_sudo_and_nothing_else() {
    if !apart("an_agent_runs_configured_checks_through_sudo_and_nothing_else") {
        return;
    }
    let agent = Agent::new();
    agent.drop_in(
        "memory",
        "[check.memory]\nwasm = \"memory.wasm\"\nevery = \"1m\"\ngrant.files = [\"/proc/meminfo\"]\n",
    );
    agent.drop_in(
        "root",
        &format!(
            "[check.root]\nwasm = \"{}\"\nevery = \"1m\"\n[check.root.config]\nask = [{{ command = [\"/usr/bin/id\", \"-un\"] }}]\n\
             [[check.root.grant.command]]\nargv = [\"/usr/bin/id\", \"-un\"]\nuser = \"root\"\n",
            guest("probe").display()
        ),
    );
    let memory = agent.sudo(&[], &["plugin-check", "memory"]);
    assert!(memory.code == 0 && memory.stdout.starts_with("OK: ") && memory.stdout.contains(" | "), "{memory}");
    let root = agent.sudo(&[], &["plugin-check", "root"]);
    assert!(root.code == 0 && root.stdout.contains("out root"), "it runs as root's rounds run it: {root}");
    assert!(!agent.host.path("state/private").exists(), "nothing is kept");

    // What sudo itself refuses: it asks for a password, which -n forbids.
    let component = check("command").display().to_string();
    for args in [
        &["check", "memory"][..],
        &["check", &*component, "--allow-command", "/usr/bin/id"],
        &["run"],
        &["status"],
        &["--config", "/tmp/x", "plugin-check", "memory"],
        &["--user", "plugin-check", "memory"],
        &["plugin-check"],
    ] {
        let refused = agent.sudo(&[], args);
        assert!(refused.code == 1 && refused.stderr.contains("sudo: "), "{args:?}: {refused}");
    }

    // What gets by sudo, and is refused here.
    let other = agent.host.path("etc/roundsman.toml").display().to_string();
    for args in [
        &["plugin-check", "memory", "--config", &*other][..],
        &["plugin-check", "--config", &*other, "memory"],
        &["plugin-check", &*format!("--config={other}"), "memory"],
        &["plugin-check", "memory", "--user"],
        &["plugin-check", "memory", "--set", "x=1"],
        &["plugin-check", "memory", "--timeout", "1s"],
        &["plugin-check", "memory", "--root", "/tmp"],
        &["plugin-check", "memory", "--keep-state"],
        &["plugin-check", "memory", "--allow-command", "/usr/bin/id"],
        &["plugin-check", "memory", "--format", "json"],
        &["plugin-check", "memory", "root"],
        &["plugin-check", &*component],
        &["plugin-check", "../memory"],
        &["plugin-check", "--", "--config"],
        &["plugin-check", ""],
    ] {
        let refused = agent.sudo(&[], args);
        assert!(refused.code == 3 && refused.stdout.starts_with("UNKNOWN: "), "{args:?}: {refused}");
    }
}

/// Where the file of sudoers lets variables through, they are refused all the same.
#[test]
fn variables_that_sudo_keeps_are_refused() {
    if !apart("variables_that_sudo_keeps_are_refused") {
        return;
    }
    let agent = Agent::new();
    agent.drop_in(
        "memory",
        "[check.memory]\nwasm = \"memory.wasm\"\nevery = \"1m\"\ngrant.files = [\"/proc/meminfo\"]\n",
    );
    let kept = format!("Defaults!{} setenv\n", agent.host.path("roundsman").display());
    fs::write("/etc/sudoers.d/kept", kept).expect("a file of sudoers");
    fs::set_permissions("/etc/sudoers.d/kept", fs::Permissions::from_mode(0o440)).expect("a mode");
    assert_eq!(agent.sudo(&["A=b"], &["plugin-check", "memory"]).code, 0, "variables pass");
    for (variable, name) in [("ROUNDSMAN_CONFIG=/tmp/x", "ROUNDSMAN_CONFIG"), ("ROUNDSMAN_LOG=debug", "ROUNDSMAN_LOG")]
    {
        let refused = agent.sudo(&[variable], &["plugin-check", "memory"]);
        assert!(refused.code == 3 && refused.stdout.contains(name), "{variable}: {refused}");
        assert!(refused.stdout.starts_with("UNKNOWN: ") && refused.stderr.is_empty(), "{variable}: {refused}");
    }
    let empty = agent.sudo(&["ROUNDSMAN_CONFIG="], &["plugin-check", "memory"]);
    assert!(empty.code == 3 && empty.stdout.starts_with("UNKNOWN: "), "{empty}");
}

/// It keeps nothing, so that a check that remembers would be OK at each call.
#[test]
fn a_check_that_remembers_is_unknown_and_says_so() {
    if !apart("a_check_that_remembers_is_unknown_and_says_so") {
        return;
    }
    let agent = Agent::new();
    let log = agent.host.file("app.log", "all is well\n");
    agent.drop_in(
        "log",
        &format!(
            "[check.log]\nwasm = \"log.wasm\"\nevery = \"1m\"\n[check.log.config]\npaths = [\"{0}\"]\n\
             critical = [\"error\"]\n[check.log.grant]\nfiles = [\"{0}\"]\n",
            log.display()
        ),
    );
    for _ in 0..2 {
        let output = agent.sudo(&[], &["plugin-check", "log"]);
        assert!(output.code == 3 && output.stdout.contains("keeps nothing from run to run"), "{output}");
        assert!(output.stdout.contains("roundsman status log"), "{output}");
    }
}
