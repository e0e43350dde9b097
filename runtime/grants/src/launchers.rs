//! Programs that run other programs, by name: interpreters their script, wrappers a program with its arguments. It is the one
//! list of them: a broker finds by it what a granted program becomes, and the lint what its arguments may make of it.

/// An interpreter and its options, as far as they tell which argument is a script or a text that is run. Options in letters
/// stand one behind the other; each list has those letters.
#[derive(Debug)]
pub struct Interpreter {
    pub names: &'static [&'static str],
    /// The text behind it is run.
    pub text: &'static str,
    /// Whether it runs what it reads from its standard input.
    pub reads_programs: bool,
    /// The rest, attached or not, is the program itself, or does not come from a file.
    pub inline: &'static str,
    /// It has a value: attached, or the next argument.
    pub valued: &'static str,
    /// It may have a value, which is attached.
    pub attached: &'static str,
    /// Its value is a script.
    pub file: &'static str,
    /// Whole words whose next argument is their value.
    pub valued_words: &'static [&'static str],
    /// Whole words whose next argument is a script.
    pub file_words: &'static [&'static str],
    /// Whether the first argument that is no option is a script.
    pub positional: bool,
}

const NONE: Interpreter = Interpreter {
    names: &[],
    text: "",
    reads_programs: true,
    inline: "",
    valued: "",
    attached: "",
    file: "",
    valued_words: &[],
    file_words: &[],
    positional: true,
};

pub const INTERPRETERS: &[Interpreter] = &[
    Interpreter {
        names: &["sh", "ash", "bash", "dash", "ksh", "mksh", "posh", "rbash", "yash", "zsh", "csh", "tcsh", "fish"],
        text: "c",
        inline: "cs",
        valued: "oO",
        valued_words: &["--rcfile", "--init-file", "+o", "+O"],
        ..NONE
    },
    Interpreter {
        names: &["python", "pypy"],
        text: "c",
        inline: "cm",
        valued: "WX",
        valued_words: &["--check-hash-based-pycs"],
        ..NONE
    },
    Interpreter { names: &["perl"], text: "eE", inline: "eE", valued: "I", attached: "0CDFMVilmx", ..NONE },
    Interpreter { names: &["ruby"], text: "e", inline: "e", valued: "CEIr", attached: "0FKTWix", ..NONE },
    Interpreter {
        names: &["php"],
        text: "r",
        inline: "rBRE",
        valued: "cdgz",
        file: "fF",
        file_words: &["--file"],
        ..NONE
    },
    Interpreter {
        names: &["node", "nodejs", "bun"],
        text: "ep",
        inline: "ep",
        valued_words: &["--eval", "--print", "--title", "--env-file"],
        file_words: &["-r", "--require", "--import"],
        ..NONE
    },
    Interpreter { names: &["lua", "luajit"], text: "e", valued: "el", ..NONE },
    Interpreter { names: &["expect"], text: "c", valued: "c", file: "f", ..NONE },
    Interpreter { names: &["guile"], text: "c", ..NONE },
    Interpreter { names: &["Rscript"], text: "e", ..NONE },
    Interpreter { names: &["julia"], text: "eE", ..NONE },
    Interpreter { names: &["pwsh"], text: "cC", ..NONE },
    Interpreter {
        names: &["tclsh", "wish", "deno", "elixir", "gjs", "jruby", "jython", "micropython", "ocaml", "octave"],
        ..NONE
    },
    Interpreter { names: &["dotnet", "escript", "groovy", "mono", "run-parts"], reads_programs: false, ..NONE },
    Interpreter {
        names: &["java"],
        reads_programs: false,
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
    Interpreter {
        names: &["sed"],
        reads_programs: false,
        valued: "el",
        file: "f",
        file_words: &["--file"],
        positional: false,
        ..NONE
    },
    Interpreter {
        names: &["make", "gmake"],
        reads_programs: false,
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

/// Programs that run another one with its arguments, after they have changed something for it.
const WRAPPERS: [&str; 69] = [
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
    "faketime",
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
    "proot",
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
    "torsocks",
    "toybox",
    "unbuffer",
    "unshare",
    "valgrind",
    "watch",
    "xargs",
    "xvfb-run",
];

/// Finds an interpreter by its name without version.
#[must_use]
pub fn interpreter(name: &str) -> Option<&'static Interpreter> {
    INTERPRETERS.iter().find(|interpreter| interpreter.names.contains(&name))
}

/// Tells whether a program of this name, without its version, runs another one.
#[must_use]
pub fn is_wrapper(name: &str) -> bool {
    WRAPPERS.contains(&name)
}

/// Tells whether a program is the loader of others, as `/lib64/ld-linux-x86-64.so.2` is, which runs the one that it is given.
#[must_use]
pub fn is_loader(program: &str) -> bool {
    let name = base_name(program);
    ["ld.so", "ld64.so"].iter().any(|loader| name.starts_with(loader))
        || name.starts_with("ld-") && name.contains(".so")
}

/// Names a program without its version: `/usr/bin/python3.13` is a `python`.
#[must_use]
pub fn family(program: &str) -> &str {
    base_name(program).trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-')
}

fn base_name(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_in_two_rows() {
        let mut names: Vec<&str> = INTERPRETERS.iter().flat_map(|row| row.names).chain(&WRAPPERS).copied().collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn programs_are_found_whatever_their_version() {
        assert_eq!(interpreter(family("/usr/bin/python3.13")).unwrap().text, "c");
        assert!(is_wrapper(family("/usr/bin/timeout")) && !is_wrapper("df") && interpreter("df").is_none());
        for loader in ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1", "/lib64/ld64.so.2"] {
            assert!(is_loader(loader), "{loader}");
        }
        assert!(!is_loader("/usr/bin/ld") && !is_loader("/usr/bin/ldd"));
    }
}
