//! Last words of a component on standard error before it gave up, as one line: the exception or panic with its place.

/// Composes the line; `None` if nothing was written.
pub(crate) fn compose(lines: &[String]) -> Option<String> {
    let lines: Vec<&str> = lines.iter().map(String::as_str).filter(|line| !line.trim().is_empty()).collect();
    let known = python(&lines).or_else(|| rust(&lines)).or_else(|| javascript(&lines));
    known.or_else(|| lines.last().map(|line| line.trim().to_owned()))
}

/// Tells whether what was written is a traceback of Python, which names functions and lines itself.
pub(crate) fn is_of_python(lines: &[String]) -> bool {
    python(&lines.iter().map(String::as_str).collect::<Vec<_>>()).is_some()
}

/// Returns the exception of a traceback, with the innermost place: `ValueError: bad number (app.py, line 12, in run)`.
fn python(lines: &[&str]) -> Option<String> {
    let place = lines.iter().rposition(|line| line.trim_start().starts_with("File \""))?;
    // Beneath a place its source is shown, indented.
    let exception = lines[place + 1..].iter().skip_while(|line| line.starts_with(' '));
    // What carries Python out gives up after it, with a panic of its own.
    let exception = exception.take_while(|line| !line.starts_with("thread '"));
    let exception = exception.copied().collect::<Vec<_>>().join(" ");
    let (file, rest) = lines[place].trim_start().strip_prefix("File \"")?.split_once('"')?;
    let file = file.rsplit('/').next().unwrap_or(file);
    let exception = if exception.is_empty() { "an exception" } else { &exception };
    Some(format!("{exception} ({file}{rest})"))
}

/// A panic of Rust is two lines: where, and why.
fn rust(lines: &[&str]) -> Option<String> {
    let at = lines.iter().rposition(|line| line.contains("panicked at "))?;
    let (_, place) = lines[at].split_once("panicked at ")?;
    let why = lines[at + 1..].iter().take_while(|line| !line.starts_with("note: "));
    Some(format!("panicked at {place} {}", why.copied().collect::<Vec<_>>().join(" ")).trim_end().to_owned())
}

/// An error of JavaScript stands above its stack, of which the first line is the innermost place: `run@/a/app.js:7:15`.
fn javascript(lines: &[&str]) -> Option<String> {
    let stack = lines.iter().rposition(|line| line.trim() == "Stack:")?;
    let said = lines.get(stack.checked_sub(1)?)?.trim();
    let place = lines.get(stack + 1).and_then(|line| line.trim().split_once('@'));
    Some(match place {
        Some((function, at)) => format!("{said} ({}, in {function})", at.rsplit('/').next().unwrap_or(at)),
        None => said.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn composed(text: &str) -> Option<String> {
        compose(&text.lines().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn an_exception_of_python_has_its_place() {
        let traceback = "Traceback (most recent call last):\n  File \"/home/one/app.py\", line 12, in run\n    \
                         return int(text)\n           ^^^^^^^^^\nValueError: invalid literal\n";
        assert_eq!(composed(traceback).unwrap(), "ValueError: invalid literal (app.py, line 12, in run)");
        assert!(is_of_python(&traceback.lines().map(str::to_owned).collect::<Vec<_>>()));
        assert!(!is_of_python(&["panicked at src/lib.rs:4:9:".to_owned()]));
        let carried = format!("{traceback}\nthread '<unnamed>' (1) panicked at runtime/src/lib.rs:1:2:\nPython threw");
        assert_eq!(composed(&carried).unwrap(), "ValueError: invalid literal (app.py, line 12, in run)");
        let twice = format!(
            "{traceback}\nDuring handling of the above exception, another exception occurred:\n\n\
            Traceback (most recent call last):\n  File \"b.py\", line 3, in f\n    raise KeyError(1)\nKeyError: 1"
        );
        assert_eq!(composed(&twice).unwrap(), "KeyError: 1 (b.py, line 3, in f)");
    }

    #[test]
    fn a_panic_of_rust_has_its_place() {
        let panic = "\nthread 'main' (1) panicked at src/lib.rs:4:9:\nno such disk\nnote: run with `RUST_BACKTRACE=1`";
        assert_eq!(composed(panic).unwrap(), "panicked at src/lib.rs:4:9: no such disk");
    }

    #[test]
    fn an_error_of_javascript_has_its_place() {
        let printed = "can't access property \"x\", y is undefined\nStack:\n  run@/tmp/sources/app.js:7:15\n  more@b.js:1:2\n\n\
                       Redirecting call to abort() to mozalloc_abort\n\n";
        let expected = "can't access property \"x\", y is undefined (app.js:7:15, in run)";
        assert_eq!(composed(printed).unwrap(), expected);
        assert_eq!(composed("no\nStack:\n").unwrap(), "no");
        assert_eq!(composed("Stack:\n").unwrap(), "Stack:");
    }

    #[test]
    fn of_anything_else_the_last_line_is_taken() {
        assert_eq!(composed("one\nassertion failed: x > 0\n\n").unwrap(), "assertion failed: x > 0");
        assert_eq!(composed("\n \n"), None);
        assert_eq!(composed("  File \"\n"), Some("File \"".to_owned()));
    }
}
