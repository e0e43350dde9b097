//! A command of one check reaches nothing of the worker of another check that runs at the same time (B31).

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use roundsman_tests::component::check;
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

/// Whoever has the uid of a worker or a broker could signal it. `/etc/passwd` is another in a mount namespace of this run.
#[test]
fn no_account_of_a_grant_has_a_uid_of_runs() {
    let host = Host::new();
    let accounts = fs::read_to_string("/etc/passwd").expect("accounts");
    let passwd = host.file("passwd", format!("{accounts}shared:x:60723:60723::/:/bin/sh\n"));
    let script = format!("mount --bind '{}' /etc/passwd && exec \"$@\"", passwd.display());
    let through = ["unshare", "--mount", "sh", "-c", &script, "sh"];
    let (command, load) = (check("command"), check("load"));
    host.drop_in(
        "both",
        &format!(
            "[check.command]\nwasm = \"{}\"\nevery = \"1m\"\n[[check.command.grant.command]]\nargv = [\"/bin/true\"]\n\
             user = \"shared\"\n[check.reader]\nwasm = \"{}\"\nevery = \"1m\"\n[check.reader.grant]\nuser = \"shared\"\n\
             files = [\"/proc/loadavg\", \"/sys/devices/system/cpu/online\"]\n",
            command.display(),
            load.display()
        ),
    );
    let why = "the account `shared` has the uid 60723, which is one of the 400 from 60720 on";
    let lints = host.run_through(&through, ["validate"]);
    assert!(
        lints.stdout.contains(&format!("checks `command` and `reader`: its grant's user: {why}"))
            && lints.stdout.contains("usermod --uid"),
        "{lints}"
    );
    for name in ["command", "reader"] {
        let output = host.run_through(&through, ["check", name]);
        assert!(output.code == 3 && output.stdout.starts_with("UNKNOWN: denied: "), "{output}");
        assert!(output.stdout.contains(why), "{output}");
    }
    host.main(
        "[delivery]\nuser = \"shared\"\n[output.hook]\nformat = \"webhook\"\nurl = \"http://127.0.0.1:9/\"\n\
         [output.program]\nformat = \"webhook\"\ncommand = { argv = [\"/bin/true\"], user = \"shared\" }\n",
    );
    let lints = host.run_through(&through, ["validate"]).stdout;
    assert!(lints.contains(&format!("output `hook`: delivery.user: {why}")), "{lints}");
    assert!(lints.contains(&format!("output `program`: its command's user: {why}")), "{lints}");
    for name in ["hook", "program"] {
        let output = host.run_through(&through, ["send", "--test", name]);
        assert!(output.code != 0 && format!("{output}").contains(why), "{output}");
    }
    host.main("[run]\nuser = \"shared\"\n");
    let round = host.run_through(&through, ["run"]);
    assert!(round.code == 70 && round.stderr.contains(why), "{round}");
    let doctor = host.run_through(&through, ["doctor"]);
    assert!(doctor.code == 69 && doctor.stdout.contains(why), "{doctor}");
}
