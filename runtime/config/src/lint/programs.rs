//! Programs that run more than themselves: what their arguments say, what they read, or a text that is granted with them.

use roundsman_grants::launchers::{family, interpreter, is_loader, is_wrapper};
use roundsman_grants::{CommandGrant, StdinGrant};

/// Programs besides interpreters and wrappers that have a language of their own, or run a program in one of their options: whoever
/// chooses an argument of theirs runs what he likes. From GTFOBins (<https://gtfobins.github.io>, "command" and "shell"), those
/// found on servers.
const ALSO_HAND_ON: [&str; 24] = [
    "curl",
    "docker",
    "ed",
    "emacs",
    "env",
    "git",
    "kubectl",
    "less",
    "lxc-attach",
    "lxc-execute",
    "machinectl",
    "man",
    "more",
    "mysql",
    "podman",
    "rsync",
    "runsv",
    "socat",
    "sqlite",
    "ssh",
    "systemctl",
    "tar",
    "tcpdump",
    "vim",
];

/// Programs besides interpreters that read from their standard input what to run.
const ALSO_READ_PROGRAMS: [&str; 5] = ["busybox", "ed", "gdb", "mysql", "xargs"];

/// Programs besides interpreters with the letters of the options behind which a text is run.
const ALSO_RUN_A_TEXT: [(&str, &str); 6] =
    [("env", "S"), ("flock", "c"), ("runuser", "c"), ("script", "c"), ("sg", "c"), ("su", "c")];

/// Marks of a call of another program in awk; a `|` by itself is most often one of a regular expression.
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
    if hands_on(family)
        && let Some(free) = free
    {
        lints.push((
            format!("`{program}` runs what its arguments name, and the component may choose `{free}`"),
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
    if reads_programs(family) && grant.stdin == StdinGrant::Component {
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
    let starts_others =
        argv.first().is_some_and(|program| hands_on(family(program)) || family(program) == "ip" || is_loader(program));
    let places = if starts_others { argv.len() } else { 1 };
    argv.iter().enumerate().take(places).find_map(|(at, word)| {
        let given = &argv[at + 1..];
        let name = family(word);
        let by_option =
            letters(name).and_then(|letters| options(name, given).find(|option| has_letter_of(option, letters)));
        let by_look = || {
            let (_, looks) = ARGUMENT_IS_A_TEXT.into_iter().find(|(of, _)| *of == name)?;
            given.iter().map(String::as_str).find(|argument| looks.iter().any(|look| argument.contains(look)))
        };
        Some((word.as_str(), by_option.or_else(by_look)?))
    })
}

/// Tells whether the arguments of a program say what it runs. `ip` runs programs in `netns exec` and `vrf exec` alone: what
/// else it is granted for takes names of devices.
fn hands_on(name: &str) -> bool {
    let starts_another = is_wrapper(name) && name != "ip";
    starts_another || interpreter(name).is_some() || ALSO_HAND_ON.contains(&name)
}

fn reads_programs(name: &str) -> bool {
    interpreter(name).is_some_and(|interpreter| interpreter.reads_programs) || ALSO_READ_PROGRAMS.contains(&name)
}

/// Returns the letters of the options of a program behind which a text is run; `None` if it has none.
fn letters(name: &str) -> Option<&'static str> {
    let of_interpreter = interpreter(name).map(|interpreter| interpreter.text).filter(|letters| !letters.is_empty());
    of_interpreter.or_else(|| ALSO_RUN_A_TEXT.into_iter().find(|(of, _)| *of == name).map(|(_, letters)| letters))
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
