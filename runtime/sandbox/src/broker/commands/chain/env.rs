//! Arguments of `env`: its own options, the words of `-S`, variables, then a program.

/// A call of `env`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct EnvCall {
    /// The program by name or path, then its arguments; empty where it only prints.
    pub argv: Vec<String>,
    /// `PATH` as the program is looked for, where the call changes it.
    pub search: Option<String>,
    /// Directory in which it is run.
    pub directory: Option<String>,
}

/// `PATH` of execvp(3) without the variable.
const WITHOUT_A_VARIABLE: &str = "/bin:/usr/bin";
/// Options without a value; those with one that may only be attached are among them.
const PLAIN: [&str; 8] = [
    "--ignore-environment",
    "--null",
    "--debug",
    "--list-signal-handling",
    "--block-signal",
    "--default-signal",
    "--ignore-signal",
    "-",
];

/// Reads the arguments of `env` (GNU coreutils; others have fewer).
///
/// # Errors
/// An option that is not known here, or words that depend on the environment: what is run cannot be told.
pub(crate) fn call(arguments: &[String]) -> Result<EnvCall, String> {
    let mut left: Vec<String> = arguments.iter().rev().cloned().collect();
    let mut call = EnvCall::default();
    while let Some(argument) = left.pop() {
        let (name, value) = match argument.strip_prefix("--") {
            Some("") => break,
            Some(_) => match argument.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (argument.clone(), None),
            },
            None if argument.len() > 1 && argument.starts_with('-') => letter(&argument, &mut left)?,
            None if argument == "-" => (argument.clone(), None),
            None => {
                left.push(argument);
                break;
            }
        };
        option(&name, value, &mut left, &mut call)?;
    }
    while let Some(argument) = left.pop() {
        match argument.split_once('=') {
            Some(("PATH", value)) => call.search = Some(value.to_owned()),
            Some((name, _)) if !name.is_empty() => {}
            _ => {
                left.push(argument);
                break;
            }
        }
    }
    left.reverse();
    call.argv = left;
    Ok(call)
}

/// Returns the first letter of a cluster as a long option, with its value; the other letters go back.
fn letter(cluster: &str, left: &mut Vec<String>) -> Result<(String, Option<String>), String> {
    let mut letters = cluster[1..].chars();
    let first = letters.next().unwrap_or_default();
    let rest = letters.as_str();
    let long = match first {
        'i' => "--ignore-environment",
        '0' => "--null",
        'v' => "--debug",
        'u' => "--unset",
        'C' => "--chdir",
        'S' => "--split-string",
        'a' => "--argv0",
        other => return Err(format!("`env` is given the option `-{other}`, which is not known here")),
    };
    if matches!(first, 'i' | '0' | 'v') {
        if !rest.is_empty() {
            left.push(format!("-{rest}"));
        }
        return Ok((long.to_owned(), None));
    }
    Ok((long.to_owned(), Some(rest.to_owned()).filter(|rest| !rest.is_empty())))
}

fn option(name: &str, value: Option<String>, left: &mut Vec<String>, call: &mut EnvCall) -> Result<(), String> {
    let mut needed =
        |value: Option<String>| value.or_else(|| left.pop()).ok_or(format!("`env {name}` lacks its value"));
    match name {
        "--ignore-environment" | "-" => call.search = Some(WITHOUT_A_VARIABLE.to_owned()),
        "--unset" => {
            if needed(value)? == "PATH" {
                call.search = Some(WITHOUT_A_VARIABLE.to_owned());
            }
        }
        "--chdir" => call.directory = Some(needed(value)?),
        "--argv0" => drop(needed(value)?),
        "--split-string" => {
            let words = split(&needed(value)?)?;
            left.extend(words.into_iter().rev());
        }
        plain if PLAIN.contains(&plain) => {}
        other => return Err(format!("`env` is given the option `{other}`, which is not known here")),
    }
    Ok(())
}

/// Returns the words of `-S`, as env(1) tells: quotes, backslashes, `#`.
fn split(text: &str) -> Result<Vec<String>, String> {
    let mut words: Vec<String> = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            ('$', None | Some('"')) => {
                return Err(format!("`env -S` expands a variable in `{text}`: write its value"));
            }
            ('\'' | '"', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (letter, Some(open)) if letter == open => quote = None,
            ('\\', _) => {
                let next = letters.next().ok_or_else(|| format!("`{text}` ends with a backslash"))?;
                match escaped(next, quote, text)? {
                    Escaped::Letter(letter) => word.get_or_insert_default().push(letter),
                    Escaped::Blank => words.extend(word.take()),
                    Escaped::End => break,
                }
            }
            ('#', None) if word.is_none() => break,
            (letter, None) if letter.is_ascii_whitespace() => words.extend(word.take()),
            (letter, _) => word.get_or_insert_default().push(letter),
        }
    }
    if quote.is_some() {
        return Err(format!("`{text}` has a quote that is not closed"));
    }
    words.extend(word);
    Ok(words)
}

enum Escaped {
    Letter(char),
    /// Between two words.
    Blank,
    /// Nothing counts from here on.
    End,
}

fn escaped(letter: char, quote: Option<char>, text: &str) -> Result<Escaped, String> {
    if quote == Some('\'') && !matches!(letter, '\\' | '\'') {
        return Err(format!("`{text}` has a backslash in single quotes: leave the quotes out"));
    }
    Ok(match (letter, quote) {
        ('_', None) => Escaped::Blank,
        ('_', _) => Escaped::Letter(' '),
        ('c', None) => Escaped::End,
        ('n', _) => Escaped::Letter('\n'),
        ('t', _) => Escaped::Letter('\t'),
        ('r', _) => Escaped::Letter('\r'),
        ('f', _) => Escaped::Letter('\u{c}'),
        ('v', _) => Escaped::Letter('\u{b}'),
        ('\\' | '\'' | '"' | '#' | '$', _) => Escaped::Letter(letter),
        (other, _) => return Err(format!("`{text}` has `\\{other}`, which `env -S` does not know")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(arguments: &[&str]) -> Result<EnvCall, String> {
        call(&arguments.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    }

    fn argv(arguments: &[&str]) -> Vec<String> {
        called(arguments).unwrap().argv
    }

    #[test]
    fn options_and_variables_come_before_the_program() {
        assert_eq!(argv(&["python3", "-u", "/x"]), ["python3", "-u", "/x"]);
        assert_eq!(argv(&["-i", "-u", "X", "--unset=Y", "A=b", "C=", "p", "D=e"]), ["p", "D=e"]);
        assert_eq!(argv(&["-iv", "--", "p"]), ["p"]);
        assert_eq!(argv(&["--ignore-signal=TERM", "--block-signal", "-a", "zero", "p"]), ["p"]);
        assert_eq!(argv(&["-"]), <[&str; 0]>::default());
        assert!(called(&["-Z", "p"]).is_err() && called(&["--new", "p"]).is_err() && called(&["-u"]).is_err());
    }

    #[test]
    fn the_search_path_is_the_one_that_the_program_is_found_by() {
        assert_eq!(called(&["p"]).unwrap().search, None);
        assert_eq!(called(&["PATH=/evil", "p"]).unwrap().search.as_deref(), Some("/evil"));
        assert_eq!(called(&["-i", "p"]).unwrap().search.as_deref(), Some(WITHOUT_A_VARIABLE));
        assert_eq!(called(&["-i", "PATH=/a:/b", "p"]).unwrap().search.as_deref(), Some("/a:/b"));
        assert_eq!(called(&["-uPATH", "p"]).unwrap().search.as_deref(), Some(WITHOUT_A_VARIABLE));
        assert_eq!(called(&["-C", "/d", "p"]).unwrap().directory.as_deref(), Some("/d"));
        assert_eq!(called(&["--chdir=/d", "p"]).unwrap().directory.as_deref(), Some("/d"));
    }

    #[test]
    fn a_string_is_split_as_env_does() {
        assert_eq!(argv(&["-S python3 -u", "/x"]), ["python3", "-u", "/x"]);
        assert_eq!(argv(&["-vS", "A=1 'p q' \"r\\ts\" t\\_u # v", "/x"]), ["p q", "r\ts", "t", "u", "/x"]);
        assert_eq!(argv(&["--split-string=-i p \\c q"]), ["p"]);
        assert_eq!(argv(&["-S", "'' p"]), ["", "p"]);
        for unclear in ["${HOME}/p", "'p", "p\\", "p\\z"] {
            assert!(called(&["-S", unclear]).is_err(), "{unclear}");
        }
    }

    /// The program itself says the same.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "the real env is asked")]
    fn env_itself_splits_so() {
        for text in ["a 'b c' \"d\\te\" f\\_g # h", "a\\#b x#y", "''", "a \\c b", "'it\\'s' \"\\$1\""] {
            let output = std::process::Command::new("/usr/bin/env")
                .args([&format!("-S printf %s\\\\n {text}")])
                .output()
                .expect("env is there");
            let said = String::from_utf8(output.stdout).unwrap();
            let words = split(text).unwrap();
            // printf prints one empty line for no word at all.
            let expected: String =
                if words.is_empty() { "\n".to_owned() } else { words.iter().map(|word| format!("{word}\n")).collect() };
            assert_eq!(said, expected, "{text}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
}
