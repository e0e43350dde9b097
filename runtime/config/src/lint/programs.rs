//! Programs that run more than themselves: what their arguments say, what they read, or a text that is granted with them.

use roundsman_grants::{CommandGrant, StdinGrant};

/// Programs that take a language or another program as an argument: whoever chooses an argument of theirs runs what he
/// likes. From GTFOBins (<https://gtfobins.github.io>, "command" and "shell"), those found on servers.
const HANDS_ON: [&str; 125] = [
    "Rscript",
    "ash",
    "awk",
    "bash",
    "bun",
    "busybox",
    "bwrap",
    "capsh",
    "catchsegv",
    "cgexec",
    "choom",
    "chpst",
    "chronic",
    "chroot",
    "chrt",
    "cronic",
    "csh",
    "curl",
    "daemonize",
    "dash",
    "dbus-run-session",
    "deno",
    "doas",
    "docker",
    "dumb-init",
    "eatmydata",
    "ed",
    "emacs",
    "env",
    "envdir",
    "expect",
    "fakeroot",
    "faketime",
    "find",
    "firejail",
    "fish",
    "flock",
    "gawk",
    "gdb",
    "git",
    "gosu",
    "guile",
    "ionice",
    "julia",
    "ksh",
    "kubectl",
    "less",
    "linux",
    "ltrace",
    "lua",
    "lxc-attach",
    "lxc-execute",
    "machinectl",
    "make",
    "man",
    "mawk",
    "mksh",
    "more",
    "mysql",
    "nawk",
    "nice",
    "node",
    "nodejs",
    "nohup",
    "nsenter",
    "numactl",
    "octave",
    "parallel",
    "perf",
    "perl",
    "php",
    "pkexec",
    "podman",
    "posh",
    "prlimit",
    "proot",
    "psql",
    "pwsh",
    "pypy",
    "python",
    "rbash",
    "rsync",
    "ruby",
    "runcon",
    "runsv",
    "runuser",
    "script",
    "sed",
    "setarch",
    "setpriv",
    "setsid",
    "sg",
    "sh",
    "socat",
    "softlimit",
    "sqlite",
    "ssh",
    "start-stop-daemon",
    "stdbuf",
    "strace",
    "su",
    "su-exec",
    "sudo",
    "systemctl",
    "systemd-cat",
    "systemd-inhibit",
    "systemd-run",
    "tar",
    "taskset",
    "tclsh",
    "tcpdump",
    "tcsh",
    "time",
    "timeout",
    "tini",
    "torsocks",
    "unshare",
    "valgrind",
    "vim",
    "watch",
    "wish",
    "xargs",
    "xvfb-run",
    "yash",
    "zsh",
];

/// Those that read what to run from their standard input.
const READS_PROGRAMS: [&str; 22] = [
    "ash", "awk", "bash", "busybox", "csh", "dash", "ed", "expect", "fish", "gawk", "gdb", "ksh", "lua", "mysql",
    "node", "perl", "php", "psql", "python", "ruby", "sh", "xargs",
];

/// Interpreters, and the letters of the options behind which a text is run. In one option several letters may stand: `-ec`.
const RUN_A_TEXT: [(&str, &str); 33] = [
    ("Rscript", "e"),
    ("ash", "c"),
    ("bash", "c"),
    ("bun", "ep"),
    ("csh", "c"),
    ("dash", "c"),
    ("env", "S"),
    ("expect", "c"),
    ("fish", "c"),
    ("flock", "c"),
    ("guile", "c"),
    ("julia", "eE"),
    ("ksh", "c"),
    ("lua", "e"),
    ("mksh", "c"),
    ("node", "ep"),
    ("nodejs", "ep"),
    ("perl", "eE"),
    ("php", "r"),
    ("posh", "c"),
    ("pwsh", "cC"),
    ("pypy", "c"),
    ("python", "c"),
    ("rbash", "c"),
    ("ruby", "e"),
    ("runuser", "c"),
    ("script", "c"),
    ("sg", "c"),
    ("sh", "c"),
    ("su", "c"),
    ("tcsh", "c"),
    ("yash", "c"),
    ("zsh", "c"),
];

/// How a call of another program looks in awk; a `|` by itself is most often one of a regular expression.
const AWK: &[&str] = &["system(", "| \"", "|\"", "| getline", "|getline", "|&"];

/// Programs that hand an argument to a shell, here or on another host, or have a language with a call of one; and how such an
/// argument looks.
const ARGUMENT_IS_A_TEXT: [(&str, &[&str]); 11] = [
    ("awk", AWK),
    ("gawk", AWK),
    ("mariadb", &["\\!"]),
    ("mawk", AWK),
    ("mysql", &["\\!"]),
    ("nawk", AWK),
    ("parallel", &["|", ";", "&", "$", "`", "sh -c"]),
    ("psql", &["\\!"]),
    ("sqlite", &[".shell", ".system"]),
    ("ssh", &["|", ";", "&", "$", "`", "sh -c"]),
    ("watch", &["|", ";", "&", "$", "`", "sh -c"]),
];

/// Message and help of each thing found.
pub fn lint(grant: &CommandGrant) -> Vec<(String, String)> {
    let program = grant.argv.program();
    let family = family(program);
    let mut lints = Vec::new();
    let free = grant.argv.free_arguments().next();
    if HANDS_ON.contains(&family)
        && let Some(free) = free
    {
        lints.push((
            format!("`{program}` runs what its arguments say, and the component may choose `{free}`"),
            "spell out every argument, or grant the program that is run in the end".to_owned(),
        ));
    }
    if free.is_none()
        && let Some((interpreter, option)) = text_that_is_run(&grant.argv.written())
    {
        lints.push((
            format!("`{interpreter} {option}` runs a text: whatever that reaches is granted, quotes and `;` included"),
            "put the text into a script that only root can write, and grant that".to_owned(),
        ));
    }
    if READS_PROGRAMS.contains(&family) && grant.stdin == StdinGrant::Component {
        lints.push((
            format!("`{program}` runs what it reads, and the component may write its standard input"),
            "leave `stdin` out, or let a file say what is run: stdin = { file = \"/path\" }".to_owned(),
        ));
    }
    lints
}

/// Finds an interpreter and its option behind which a text stands: the program itself, or one that it starts, as in
/// `env sh -c …`.
fn text_that_is_run(argv: &[String]) -> Option<(&str, &str)> {
    let starts_others = argv
        .first()
        .is_some_and(|program| HANDS_ON.contains(&family(program)) || family(program) == "ip" || is_loader(program));
    let places = if starts_others { argv.len() } else { 1 };
    argv.iter().enumerate().take(places).find_map(|(at, word)| {
        let given = &argv[at + 1..];
        let by_option = RUN_A_TEXT
            .into_iter()
            .find(|(name, _)| *name == family(word))
            .and_then(|(name, letters)| options(name, given).find(|option| has_letter_of(option, letters)));
        let by_look = || {
            let (_, looks) = ARGUMENT_IS_A_TEXT.into_iter().find(|(name, _)| *name == family(word))?;
            given.iter().map(String::as_str).find(|argument| looks.iter().any(|look| argument.contains(look)))
        };
        Some((word.as_str(), by_option.or_else(by_look)?))
    })
}

/// Tells whether this is a loader: `/lib64/ld-linux-x86-64.so.2 PROGRAM` runs PROGRAM.
fn is_loader(program: &str) -> bool {
    let name = program.rsplit('/').next().unwrap_or(program);
    ["ld-linux", "ld-musl", "ld.so", "ld64.so"].iter().any(|loader| name.starts_with(loader))
}

/// Returns the options of an interpreter: those behind its script are the script's. Of `su` they stand around the user's name,
/// of `flock` behind the lock.
fn options<'a>(interpreter: &str, arguments: &'a [String]) -> impl Iterator<Item = &'a str> {
    let mut words = match interpreter {
        "flock" => 1,
        "runuser" | "script" | "sg" | "su" => usize::MAX,
        _ => 0,
    };
    let mut is_value = false;
    arguments.iter().map(String::as_str).take_while(move |word| {
        let is_option = is_value || word.starts_with(['-', '+']);
        let goes_on = is_option || words > 0;
        words = words.saturating_sub(usize::from(!is_option));
        // Those with a value of their own: of shells, and of Python.
        is_value = ["-o", "+o", "-O", "+O", "-W", "-X"].contains(word);
        goes_on
    })
}

fn has_letter_of(option: &str, letters: &str) -> bool {
    let is_long = ["--eval", "--print", "--command", "--session-command", "--run", "--split-string"]
        .iter()
        .any(|long| option.strip_prefix(long).is_some_and(|rest| rest.is_empty() || rest.starts_with('=')));
    is_long
        || option
            .strip_prefix('-')
            .is_some_and(|short| !short.starts_with('-') && short.contains(|c| letters.contains(c)))
}

/// Names a program without its version: `/usr/bin/python3.13` is a `python`.
fn family(program: &str) -> &str {
    let name = program.rsplit('/').next().unwrap_or(program);
    name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-')
}

#[cfg(test)]
mod tests {
    use roundsman_grants::CommandGrant;
    use roundsman_grants::argv::GrantedArgv;

    use super::*;

    fn messages(argv: &[&str]) -> Vec<String> {
        let argv: Vec<String> = argv.iter().map(|word| (*word).to_owned()).collect();
        lint(&CommandGrant::of(GrantedArgv::literal(&argv).unwrap())).into_iter().map(|(message, _)| message).collect()
    }

    #[test]
    fn a_text_that_is_run_is_found_whichever_way_it_is_run() {
        for argv in [
            &["/bin/sh", "-c", "df | tail"][..],
            &["/usr/bin/bash", "-lc", "df"],
            &["/usr/bin/bash", "-o", "pipefail", "-c", "df"],
            &["/usr/bin/env", "LANG=C", "sh", "-c", "df"],
            &["/usr/bin/timeout", "5", "/bin/dash", "-ec", "df"],
            &["/bin/busybox", "sh", "-c", "df"],
            &["/usr/bin/find", "/srv", "-exec", "sh", "-c", "rm {}", ";"],
            &["/usr/bin/python3.13", "-W", "error", "-c", "import os"],
            &["/usr/bin/perl", "-ne", "print"],
            &["/usr/bin/node", "--eval=1"],
            &["/usr/bin/su", "-", "postgres", "-c", "psql"],
            &["/usr/bin/su", "--command=psql", "postgres"],
            &["/usr/bin/systemd-run", "--pipe", "sh", "-c", "df"],
            &["/usr/bin/setpriv", "--reuid=1", "bash", "-c", "df"],
            &["/usr/bin/ip", "netns", "exec", "blue", "sh", "-c", "df"],
            &["/lib64/ld-linux-x86-64.so.2", "/bin/sh", "-c", "df"],
            &["/usr/bin/flock", "/run/x", "-c", "df | tail"],
            &["/usr/bin/script", "-qc", "df | tail", "/dev/null"],
            &["/usr/bin/sg", "adm", "-c", "df"],
            &["/usr/bin/env", "-S", "sh -c df"],
            &["/usr/bin/nodejs", "-e", "1"],
            &["/usr/bin/pwsh", "-Command", "df"],
            &["/usr/bin/ssh", "web1", "df | tail -1"],
            &["/usr/bin/watch", "-n1", "df; uptime"],
            &["/usr/bin/awk", "BEGIN{system(\"id\")}"],
            &["/usr/bin/awk", "{print | \"sh\"}"],
            &["/usr/bin/psql", "-c", "\\! id"],
        ] {
            assert_eq!(messages(argv).len(), 1, "{argv:?}");
        }
        for argv in [
            &["/bin/sh", "/opt/x.sh", "a"][..],
            &["/usr/bin/grep", "-c", "x", "/run/y"],
            &["/usr/bin/pgrep", "bash", "-c"],
            &["/usr/bin/python3", "/opt/x.py", "-c", "a"],
            &["/usr/bin/python3", "-W", "error", "/opt/x.py", "-c"],
            &["/usr/bin/env", "LANG=C", "/usr/bin/df", "-c"],
            &["/usr/bin/find", "/srv", "-name", "x"],
            &["/usr/bin/flock", "/run/x", "/usr/bin/wc", "-c", "/run/y"],
            &["/usr/sbin/ip", "-s", "link", "show", "eth0"],
            &["/usr/bin/systemd-run", "--pipe", "/opt/x", "-c"],
            &["/usr/bin/ssh", "-c", "aes128-ctr", "web1", "uptime"],
            &["/usr/bin/awk", "{print $1}", "/proc/loadavg"],
            &["/usr/bin/awk", "-F|", "/eth0|eth1/ {print $2}", "/proc/net/dev"],
            &["/usr/bin/psql", "-Atc", "select count(*) from pg_stat_activity"],
            &["/usr/bin/logger", "sh", "-c", "x"],
        ] {
            assert_eq!(messages(argv), [""; 0], "{argv:?}");
        }
    }
}
