//! Programs that run more than themselves: what their arguments say, what they read, or a text that is granted with them.

use roundsman_grants::{CommandGrant, StdinGrant};

/// Programs that take a language or another program as an argument: whoever chooses an argument of theirs runs what he
/// likes. From GTFOBins (<https://gtfobins.github.io>, "command" and "shell"), those found on servers.
const HANDS_ON: [&str; 58] = [
    "ash",
    "awk",
    "bash",
    "busybox",
    "chroot",
    "csh",
    "curl",
    "dash",
    "docker",
    "ed",
    "emacs",
    "env",
    "expect",
    "find",
    "fish",
    "flock",
    "gawk",
    "gdb",
    "git",
    "ionice",
    "ksh",
    "kubectl",
    "less",
    "lua",
    "make",
    "man",
    "mawk",
    "more",
    "mysql",
    "nawk",
    "nice",
    "node",
    "nohup",
    "nsenter",
    "perl",
    "php",
    "podman",
    "psql",
    "python",
    "rsync",
    "ruby",
    "runuser",
    "sed",
    "setsid",
    "sh",
    "socat",
    "sqlite",
    "ssh",
    "stdbuf",
    "strace",
    "su",
    "sudo",
    "systemctl",
    "tar",
    "tcpdump",
    "timeout",
    "vim",
    "xargs",
];

/// Those that read what to run from their standard input.
const READS_PROGRAMS: [&str; 22] = [
    "ash", "awk", "bash", "busybox", "csh", "dash", "ed", "expect", "fish", "gawk", "gdb", "ksh", "lua", "mysql",
    "node", "perl", "php", "psql", "python", "ruby", "sh", "xargs",
];

/// Interpreters, and the letters of the options behind which a text is run. In one option several letters may stand: `-ec`.
const RUN_A_TEXT: [(&str, &str); 17] = [
    ("ash", "c"),
    ("bash", "c"),
    ("csh", "c"),
    ("dash", "c"),
    ("fish", "c"),
    ("ksh", "c"),
    ("lua", "e"),
    ("node", "ep"),
    ("perl", "eE"),
    ("php", "r"),
    ("python", "c"),
    ("ruby", "e"),
    ("runuser", "c"),
    ("sh", "c"),
    ("su", "c"),
    ("tcsh", "c"),
    ("zsh", "c"),
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
    let starts_others = argv.first().is_some_and(|program| HANDS_ON.contains(&family(program)));
    let places = if starts_others { argv.len() } else { 1 };
    argv.iter().enumerate().take(places).find_map(|(at, word)| {
        let (name, letters) = RUN_A_TEXT.into_iter().find(|(name, _)| *name == family(word))?;
        let option = options(name, &argv[at + 1..]).find(|option| has_letter_of(option, letters))?;
        Some((word.as_str(), option))
    })
}

/// The options of an interpreter: those behind its script are the script's. `su` has the user's name among them.
fn options<'a>(interpreter: &str, arguments: &'a [String]) -> impl Iterator<Item = &'a str> {
    let all = ["su", "runuser"].contains(&interpreter);
    let mut is_value = false;
    arguments.iter().map(String::as_str).take_while(move |word| {
        let goes_on = all || is_value || word.starts_with(['-', '+']);
        // Those with a value of their own: of shells, and of Python.
        is_value = ["-o", "+o", "-O", "+O", "-W", "-X"].contains(word);
        goes_on
    })
}

fn has_letter_of(option: &str, letters: &str) -> bool {
    let is_long = ["--eval", "--print", "--command", "--session-command", "--run"]
        .iter()
        .any(|long| option.strip_prefix(long).is_some_and(|rest| rest.is_empty() || rest.starts_with('=')));
    is_long
        || option
            .strip_prefix('-')
            .is_some_and(|short| !short.starts_with('-') && short.contains(|c| letters.contains(c)))
}

/// `/usr/bin/python3.13` is a `python`.
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
        ] {
            assert_eq!(messages(argv), [""; 0], "{argv:?}");
        }
    }
}
