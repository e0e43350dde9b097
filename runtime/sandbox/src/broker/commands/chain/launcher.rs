//! Programs that run what their arguments name: interpreters their script, wrappers a program.

use std::path::Path;

use roundsman_grants::launchers::{Interpreter, family, interpreter, is_loader, is_wrapper};

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

/// Finds the program that a launcher of this name runs with these arguments; `None` if it is not known as a launcher.
pub(crate) fn launched(program: &Path, arguments: &[String]) -> Option<Launched> {
    let program = program.to_str()?;
    let name = family(program);
    if name == "env" {
        return Some(Launched::ByEnv);
    }
    if is_wrapper(name) || is_loader(program) {
        return Some(Launched::Wrapped);
    }
    Some(Launched::Scripts(scripts(interpreter(name)?, arguments)))
}

/// Finds the files that an interpreter reads as programs.
fn scripts(interpreter: &Interpreter, arguments: &[String]) -> Vec<String> {
    let mut scripts = Vec::new();
    let mut left = arguments.iter();
    while let Some(argument) = left.next() {
        let (word, attached) = match argument.split_once('=') {
            Some((word, value)) if word.starts_with("--") => (word, Some(value.to_owned())),
            _ => (argument.as_str(), None),
        };
        if interpreter.file_words.contains(&word) {
            scripts.extend(attached.or_else(|| left.next().cloned()));
            // Behind `java -jar FILE` are that one's arguments.
            if word == "-jar" {
                break;
            }
        } else if interpreter.valued_words.contains(&word) {
            attached.or_else(|| left.next().cloned());
        } else if word == "--" {
            scripts.extend(left.next().filter(|_| interpreter.positional).cloned());
            break;
        } else if word.starts_with("--") || word.starts_with('+') {
        } else if word.len() > 1 && word.starts_with('-') {
            match letters(interpreter, &argument[1..]) {
                Letters::Plain => {}
                Letters::Inline => break,
                Letters::TakeValue => drop(left.next()),
                Letters::Script(script) => scripts.extend(script.or_else(|| left.next().cloned())),
            }
        } else {
            scripts.extend(Some(argument).filter(|argument| interpreter.positional && *argument != "-").cloned());
            break;
        }
    }
    scripts
}

/// Reads options in letters that stand one behind the other.
fn letters(interpreter: &Interpreter, cluster: &str) -> Letters {
    for (at, letter) in cluster.char_indices() {
        let rest = &cluster[at + letter.len_utf8()..];
        if interpreter.inline.contains(letter) {
            return Letters::Inline;
        }
        if interpreter.file.contains(letter) {
            return Letters::Script(Some(rest.to_owned()).filter(|rest| !rest.is_empty()));
        }
        if interpreter.valued.contains(letter) {
            return if rest.is_empty() { Letters::TakeValue } else { Letters::Plain };
        }
        if interpreter.attached.contains(letter) {
            return Letters::Plain;
        }
    }
    Letters::Plain
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

    fn found(argv: &[&str]) -> Vec<String> {
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
            assert_eq!(found(argv), expected, "{argv:?}");
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
