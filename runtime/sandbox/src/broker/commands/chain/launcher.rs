//! Programs that run what their arguments name: interpreters their script, wrappers a program.

use std::path::Path;

/// Program that another one runs by its arguments.
#[derive(Debug, PartialEq, Eq)]
pub enum Launched {
    /// Files that it reads as programs, by their paths.
    Scripts(Vec<String>),
    /// As `env` reads them.
    ByEnv,
    /// A program with its arguments, somewhere among them.
    Wrapped,
}

/// The options of an interpreter, as far as they tell which argument is a script. Options in letters stand one behind the
/// other; each list has those letters.
struct Interpreter {
    names: &'static [&'static str],
    /// The rest, attached or not, is the program itself, or does not come from a file.
    inline: &'static str,
    /// It has a value: attached, or the next argument.
    valued: &'static str,
    /// It may have a value, which is attached.
    attached: &'static str,
    /// Its value is a script.
    file: &'static str,
    /// Whole words whose next argument is their value.
    valued_words: &'static [&'static str],
    /// Whole words whose next argument is a script.
    file_words: &'static [&'static str],
    /// Whether the first argument that is no option is a script.
    positional: bool,
}

const NONE: Interpreter = Interpreter {
    names: &[],
    inline: "",
    valued: "",
    attached: "",
    file: "",
    valued_words: &[],
    file_words: &[],
    positional: true,
};

const INTERPRETERS: &[Interpreter] = &[
    Interpreter {
        names: &["sh", "ash", "bash", "dash", "ksh", "mksh", "yash", "zsh", "csh", "tcsh", "fish"],
        inline: "cs",
        valued: "oO",
        valued_words: &["--rcfile", "--init-file", "+o", "+O"],
        ..NONE
    },
    Interpreter {
        names: &["python", "pypy"],
        inline: "cm",
        valued: "WX",
        valued_words: &["--check-hash-based-pycs"],
        ..NONE
    },
    Interpreter { names: &["perl"], inline: "eE", valued: "I", attached: "0CDFMVilmx", ..NONE },
    Interpreter { names: &["ruby"], inline: "e", valued: "CEIr", attached: "0FKTWix", ..NONE },
    Interpreter { names: &["php"], inline: "rBRE", valued: "cdgz", file: "fF", file_words: &["--file"], ..NONE },
    Interpreter {
        names: &["node", "nodejs", "bun"],
        inline: "ep",
        valued_words: &["--eval", "--print", "--title", "--env-file"],
        file_words: &["-r", "--require", "--import"],
        ..NONE
    },
    Interpreter { names: &["lua", "luajit"], valued: "el", ..NONE },
    Interpreter { names: &["expect"], valued: "c", file: "f", ..NONE },
    Interpreter {
        names: &[
            "tclsh",
            "wish",
            "guile",
            "Rscript",
            "deno",
            "dotnet",
            "escript",
            "elixir",
            "gjs",
            "groovy",
            "julia",
            "jruby",
            "jython",
            "micropython",
            "mono",
            "ocaml",
            "octave",
            "pwsh",
            "run-parts",
        ],
        ..NONE
    },
    Interpreter {
        names: &["java"],
        valued_words: &["-cp", "-classpath", "--class-path", "-p", "--module-path", "-m", "--module"],
        file_words: &["-jar"],
        positional: false,
        ..NONE
    },
    Interpreter {
        names: &["awk", "gawk", "mawk", "nawk"],
        valued: "vF",
        file: "fEi",
        file_words: &["--file", "--exec", "--include"],
        positional: false,
        ..NONE
    },
    Interpreter { names: &["sed"], valued: "el", file: "f", file_words: &["--file"], positional: false, ..NONE },
    Interpreter {
        names: &["make", "gmake"],
        file: "f",
        file_words: &["--file", "--makefile"],
        positional: false,
        ..NONE
    },
    Interpreter {
        names: &["psql"],
        valued: "cdhpUvPLoT",
        file: "f",
        file_words: &["--file"],
        positional: false,
        ..NONE
    },
];

/// Programs that run another, with its arguments, for which they change something.
const WRAPPERS: [&str; 65] = [
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
    "daemonize",
    "dbus-run-session",
    "doas",
    "dumb-init",
    "eatmydata",
    "envdir",
    "fakeroot",
    "find",
    "firejail",
    "flock",
    "gdb",
    "gosu",
    "ionice",
    "ip",
    "linux",
    "ltrace",
    "nice",
    "nohup",
    "nsenter",
    "numactl",
    "parallel",
    "perf",
    "pkexec",
    "prlimit",
    "proxychains",
    "run-one",
    "runcon",
    "runuser",
    "script",
    "setarch",
    "setpriv",
    "setsid",
    "setuidgid",
    "sg",
    "softlimit",
    "start-stop-daemon",
    "stdbuf",
    "strace",
    "su",
    "su-exec",
    "sudo",
    "systemd-cat",
    "systemd-inhibit",
    "systemd-run",
    "taskset",
    "time",
    "timeout",
    "tini",
    "toybox",
    "unbuffer",
    "unshare",
    "valgrind",
    "watch",
    "xargs",
];

/// Finds the program that a launcher of this name runs with these arguments; `None` if it is not known as a launcher.
pub(crate) fn launched(program: &Path, arguments: &[String]) -> Option<Launched> {
    let family = family(program.to_str()?);
    if family == "env" {
        return Some(Launched::ByEnv);
    }
    if WRAPPERS.contains(&family) || is_loader(program) {
        return Some(Launched::Wrapped);
    }
    let interpreter = INTERPRETERS.iter().find(|interpreter| interpreter.names.contains(&family))?;
    Some(Launched::Scripts(interpreter.scripts(arguments)))
}

/// Tells whether a program is the loader of others, as `/lib64/ld-linux-x86-64.so.2` is, which runs the one that it is given.
fn is_loader(program: &Path) -> bool {
    let name = program.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name == "ld.so" || name.starts_with("ld-") && name.contains(".so")
}

/// Names a program without its version: `/usr/bin/python3.13` is a `python`.
pub(crate) fn family(program: &str) -> &str {
    let name = program.rsplit('/').next().unwrap_or(program);
    name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-')
}

impl Interpreter {
    fn scripts(&self, arguments: &[String]) -> Vec<String> {
        let mut scripts = Vec::new();
        let mut left = arguments.iter();
        while let Some(argument) = left.next() {
            let (word, attached) = match argument.split_once('=') {
                Some((word, value)) if word.starts_with("--") => (word, Some(value.to_owned())),
                _ => (argument.as_str(), None),
            };
            if self.file_words.contains(&word) {
                scripts.extend(attached.or_else(|| left.next().cloned()));
                // Behind `java -jar FILE` are that one's arguments.
                if word == "-jar" {
                    break;
                }
            } else if self.valued_words.contains(&word) {
                attached.or_else(|| left.next().cloned());
            } else if word == "--" {
                scripts.extend(left.next().filter(|_| self.positional).cloned());
                break;
            } else if word.starts_with("--") || word.starts_with('+') {
            } else if word.len() > 1 && word.starts_with('-') {
                match self.letters(&argument[1..]) {
                    Letters::Plain => {}
                    Letters::Inline => break,
                    Letters::TakeValue => drop(left.next()),
                    Letters::Script(script) => scripts.extend(script.or_else(|| left.next().cloned())),
                }
            } else {
                scripts.extend(Some(argument).filter(|argument| self.positional && *argument != "-").cloned());
                break;
            }
        }
        scripts
    }

    fn letters(&self, cluster: &str) -> Letters {
        for (at, letter) in cluster.char_indices() {
            let rest = &cluster[at + letter.len_utf8()..];
            if self.inline.contains(letter) {
                return Letters::Inline;
            }
            if self.file.contains(letter) {
                return Letters::Script(Some(rest.to_owned()).filter(|rest| !rest.is_empty()));
            }
            if self.valued.contains(letter) {
                return if rest.is_empty() { Letters::TakeValue } else { Letters::Plain };
            }
            if self.attached.contains(letter) {
                return Letters::Plain;
            }
        }
        Letters::Plain
    }
}

/// Effect of a cluster of letters on the arguments after it.
enum Letters {
    Plain,
    Inline,
    TakeValue,
    /// This is a script, or the next argument is.
    Script(Option<String>),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scripts(argv: &[&str]) -> Vec<String> {
        let arguments: Vec<String> = argv[1..].iter().map(|text| (*text).to_owned()).collect();
        match launched(Path::new(argv[0]), &arguments) {
            Some(Launched::Scripts(scripts)) => scripts,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_script_is_found_among_the_options() {
        let nothing: [&str; 0] = [];
        for (argv, expected) in [
            (&["/usr/bin/python3", "/opt/x.py", "/data"][..], &["/opt/x.py"][..]),
            (&["/usr/bin/python3.13", "-W", "ignore", "-u", "x.py"], &["x.py"]),
            (&["/usr/bin/python3", "-Wignore", "-B", "--", "-x.py"], &["-x.py"]),
            (&["/usr/bin/python3", "-c", "print()", "/data"], &nothing),
            (&["/usr/bin/python3", "-Bm", "http.server"], &nothing),
            (&["/usr/bin/python3", "-"], &nothing),
            (&["/bin/sh", "/opt/x", "-c"], &["/opt/x"]),
            (&["/bin/bash", "-o", "pipefail", "+o", "nounset", "-e", "/opt/x"], &["/opt/x"]),
            (&["/bin/bash", "--rcfile", "/etc/rc", "--norc", "/opt/x"], &["/opt/x"]),
            (&["/bin/sh", "-euc", "exec /opt/x"], &nothing),
            (&["/usr/bin/perl", "-Mwarnings::register", "-T", "/opt/x.pl"], &["/opt/x.pl"]),
            (&["/usr/bin/perl", "-I", "/lib", "-wne", "print", "/data"], &nothing),
            (&["/usr/bin/ruby", "-r", "json", "/opt/x.rb"], &["/opt/x.rb"]),
            (&["/usr/bin/php8.2", "-d", "a=b", "-f", "/opt/x.php"], &["/opt/x.php"]),
            (&["/usr/bin/node", "--require", "/opt/a.js", "/opt/b.js"], &["/opt/a.js", "/opt/b.js"]),
            (&["/usr/bin/lua5.4", "-e", "x=1", "/opt/x.lua"], &["/opt/x.lua"]),
            (&["/usr/bin/java", "-Xmx64m", "-cp", "/lib", "-jar", "/opt/x.jar", "/data"], &["/opt/x.jar"]),
            (&["/usr/bin/awk", "-f", "/opt/a.awk", "-F:", "-f/opt/b.awk", "/data"], &["/opt/a.awk", "/opt/b.awk"]),
            (&["/usr/bin/awk", "{print}", "/data"], &nothing),
            (&["/usr/bin/sed", "--file=/opt/x.sed", "/data"], &["/opt/x.sed"]),
            (&["/usr/bin/psql", "-U", "f", "-Atf", "/opt/x.sql"], &["/opt/x.sql"]),
        ] {
            assert_eq!(scripts(argv), expected, "{argv:?}");
        }
    }

    #[test]
    fn others_run_nothing_or_another_program() {
        assert_eq!(launched(Path::new("/bin/df"), &[]), None);
        assert_eq!(launched(Path::new("/usr/bin/env"), &[]), Some(Launched::ByEnv));
        for wrapper in
            ["/usr/bin/timeout", "/usr/bin/systemd-run", "/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1"]
        {
            assert_eq!(launched(Path::new(wrapper), &[]), Some(Launched::Wrapped), "{wrapper}");
        }
    }
}
