//! A line of a shell as the words of an argv, where it is no more than that. What a shell would do beyond is refused: there
//! is none here.

/// Advice for a line that needs a shell.
pub(crate) const SCRIPT: &str = "put this into a script of root's and grant that";

/// A word of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// An argument, without its quotes.
    Argument(String),
    /// Output that goes elsewhere, as it stands: `>> log`, `2>&1`.
    Redirection(String),
    /// `;` or `&&` behind `ulimit`.
    Next,
}

/// Splits a line into words, without a shell.
///
/// # Errors
/// The error says what a shell would do with the line, and what to do instead.
pub fn words(line: &str) -> Result<Vec<Word>, String> {
    let mut rest = line.trim();
    let mut words = Vec::new();
    while !rest.is_empty() {
        if let Some((redirection, behind)) = redirection(rest)? {
            words.push(Word::Redirection(redirection));
            rest = behind.trim_start();
            continue;
        }
        // Between a limit of the shell and its command.
        let next = rest.strip_prefix("&&").or_else(|| rest.strip_prefix(';'));
        if let Some(behind) = next.filter(|_| is_limit(&words)) {
            words.push(Word::Next);
            rest = behind.trim_start();
            continue;
        }
        let (word, behind) = word(rest)?;
        words.push(Word::Argument(word));
        rest = behind.trim_start();
    }
    Ok(words)
}

fn is_limit(words: &[Word]) -> bool {
    matches!(words, [Word::Argument(ulimit), Word::Argument(_), Word::Argument(_)] if ulimit == "ulimit")
}

/// Returns a redirection at the start of a text: its own text and what follows it.
fn redirection(text: &str) -> Result<Option<(String, &str)>, String> {
    let digits = text.len() - text.trim_start_matches(|it: char| it.is_ascii_digit()).len();
    let (operator, target) = match &text[digits..] {
        rest if rest.starts_with(">>") => (">>", &rest[2..]),
        rest if rest.starts_with(">&") => (">&", &rest[2..]),
        rest if rest.starts_with('>') => (">", &rest[1..]),
        rest if digits == 0 && rest.starts_with("&>") => ("&>", &rest[2..]),
        rest if digits == 0 && rest.starts_with("</dev/null") => ("<", &rest[1..]),
        _ => return Ok(None),
    };
    let target = target.trim_start();
    let (file, behind) = word(target)?;
    let dropped = operator == ">>" || operator == "<" || file == "/dev/null" || (operator == ">&" && is_number(&file));
    if !dropped || file.is_empty() {
        return Err(refused(&format!("{operator} {file} writes a file")));
    }
    let length = text.len() - behind.len();
    Ok(Some((text[..length].trim_end().to_owned(), behind)))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns the word at the start of a text, without its quotes, and what follows it.
fn word(text: &str) -> Result<(String, &str), String> {
    let mut word = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            ' ' | '\t' => return Ok((word, &text[at..])),
            '\'' => quoted(&mut characters, &mut word)?,
            '"' => double_quoted(&mut characters, &mut word)?,
            '\\' => match characters.next() {
                Some((_, escaped)) => word.push(escaped),
                None => return Err("it ends in a backslash: the line that follows would belong to it".to_owned()),
            },
            // Where a word ends that a redirection or the next command follows at once: `2>&1`, `ulimit -v 1;`.
            '>' | ';' if !word.is_empty() => return Ok((word, &text[at..])),
            other => {
                plain(other, at, text)?;
                word.push(other);
            }
        }
    }
    Ok((word, ""))
}

fn quoted(characters: &mut std::str::CharIndices<'_>, word: &mut String) -> Result<(), String> {
    for (_, character) in characters {
        match character {
            '\'' => return Ok(()),
            other => word.push(other),
        }
    }
    Err("a quote is not closed".to_owned())
}

fn double_quoted(characters: &mut std::str::CharIndices<'_>, word: &mut String) -> Result<(), String> {
    while let Some((_, character)) = characters.next() {
        match character {
            '"' => return Ok(()),
            '$' => return Err(expansion(characters.as_str())),
            '`' => return Err(refused("`…` is a command in a command")),
            '\\' => match characters.next() {
                Some((_, escaped @ ('"' | '\\' | '$' | '`'))) => word.push(escaped),
                Some((_, other)) => word.extend(['\\', other]),
                None => break,
            },
            other => word.push(other),
        }
    }
    Err("a quote is not closed".to_owned())
}

/// Refuses a character that means something to a shell.
fn plain(character: char, at: usize, text: &str) -> Result<(), String> {
    let rest = &text[at..];
    let what = match character {
        '$' => return Err(expansion(&rest[1..])),
        '`' => "`…` is a command in a command".to_owned(),
        '|' if rest.starts_with("||") => "|| begins another command".to_owned(),
        '|' => "| is a pipe".to_owned(),
        '&' if rest.starts_with("&&") => "&& begins another command".to_owned(),
        '&' => "& leaves it in the background".to_owned(),
        ';' => "; begins another command".to_owned(),
        '<' | '>' => format!("{character} is a redirection"),
        '(' | ')' => "( ) is a shell of its own".to_owned(),
        '*' | '?' | '[' => format!("{character} is a pattern of file names"),
        '{' if rest.contains(['}']) && rest.contains([',', '.']) => "{ } are several words".to_owned(),
        '~' if at == 0 => "~ is a home directory".to_owned(),
        '#' if at == 0 => "# begins a comment".to_owned(),
        _ => return Ok(()),
    };
    Err(refused(&what))
}

/// Names what a `$` begins, by the text after it.
fn expansion(behind: &str) -> String {
    if behind.starts_with('(') {
        return refused("$(…) is a command in a command");
    }
    let name: String = behind.chars().take_while(|it| it.is_alphanumeric() || "_{".contains(*it)).collect();
    refused(&format!("${name} is a variable of a shell"))
}

fn refused(what: &str) -> String {
    format!("{what}: {SCRIPT}")
}
