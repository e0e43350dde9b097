//! A command of one check reaches nothing of the worker of another check that runs at the same time (B31).

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use roundsman_tests::{Host, guest};

/// Its parent is the broker, whose parent is the round, whose children are the workers.
const ATTACK: &str = r#"
attack() {
    kill -0 "$1" 2>/dev/null && echo "$2 signalled"
    command exec 3<>"/proc/$1/mem" 2>/dev/null && echo "$2 memory"
    command exec 4<"/proc/$1/environ" && head -c 1 <&4 >/dev/null 2>&1 && echo "$2 environment"
    timeout 1 strace -qq -o /dev/null -p "$1" 2>/dev/null
    [ $? = 124 ] && echo "$2 traced"
}
workers() {
    for child in $(cat "/proc/$1/task/$1/children"); do
        read -r name <"/proc/$child/comm" && [ "$name" = roundsman-worke ] && echo "$child"
    done
}
sleep 60 &
attack $! own
kill $!
round=$(cut -d ' ' -f 4 "/proc/$PPID/stat")
while [ "$(workers "$round" | wc -l)" -lt 2 ]; do sleep 0.05; done
for worker in $(workers "$round"); do attack "$worker" worker; echo tried; done
touch "$1"
"#;

#[test]
fn a_command_reaches_no_worker() {
    let host = Host::new();
    let wasm = guest("probe").display().to_string();
    let attack = host.file("attack", ATTACK).display().to_string();
    let done = host.file("open/.keep", "").with_file_name("done");
    fs::set_permissions(host.path("open"), Permissions::from_mode(0o1777)).expect("a mode");
    let done = done.display();
    let wait = format!("until test -e {done}; do sleep 0.05; done");
    for (name, argv) in [
        ("attacks", format!("[\"/bin/sh\", \"{attack}\", \"{done}\"]")),
        ("works", format!("[\"/bin/sh\", \"-c\", \"{wait}\"]")),
    ] {
        host.drop_in(
            name,
            &format!(
                "[check.{name}]\nwasm = \"{wasm}\"\nevery = \"1m\"\n[check.{name}.limits]\ntimeout = \"60s\"\n\
                 [check.{name}.config]\nask = [{{ command = {argv} }}]\n[[check.{name}.grant.command]]\nargv = {argv}\n\
                 timeout = \"50s\"\n"
            ),
        );
    }
    let output = host.run(["run", "--format", "json"]);
    let lines = output.json_lines();
    let said = |name: &str| {
        let report = lines.iter().find(|line| line["check"] == name).expect("a report");
        let line = report["details"][0].as_str().unwrap_or_else(|| panic!("{report}"));
        line.rsplit_once("code 0, out ").unwrap_or_else(|| panic!("{line}")).1.to_owned()
    };
    // The own process: that the command may reach it is what the host allows who has its user.
    let yama = fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope").unwrap_or_default();
    let traced = if matches!(yama.trim(), "" | "0") { "own traced\\n" } else { "" };
    let own = format!("own signalled\\nown memory\\nown environment\\n{traced}");
    assert!(said("attacks").starts_with(&format!("{own}tried\\ntried\\n, err ")), "{output}");
    assert!(said("works").starts_with(", err "), "{output}");
}
