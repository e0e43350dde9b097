//! Parser of one file: from its text to the tables as written, with every fault that can be found at once.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeFloat, DeTable, DeValue, Deserializer};

use super::former;
use super::keys::{self, KeyRole};
use super::spans::{FileProblem, line_of};
use roundsman_grants::denial::toml_key;

/// Faults told of one file: who sees twenty mends them before reading on.
pub(crate) const MAX_PROBLEMS: usize = 20;

/// Quotes as word processors and wikis make them of plain ones.
const TYPOGRAPHIC: [char; 9] = ['“', '”', '„', '‘', '’', '‚', '«', '»', '″'];

/// Reads a file's text. serde stops at its first fault: that one is noted, the value taken out, and the rest read again.
///
/// # Errors
/// The first fault of syntax; or, where there is none, all faults of keys and types, in the order of the file.
pub fn parse<T: DeserializeOwned>(text: &str, role: KeyRole) -> Result<T, Vec<FileProblem>> {
    let (mut table, errors) = DeTable::parse_recoverable(text);
    if let Some(first) = errors.iter().min_by_key(|e| e.span().map_or(text.len(), |span| span.start)) {
        // Only the first: what follows is mostly its echo.
        return Err(vec![syntax(text, first)]);
    }
    let mut problems = Vec::new();
    refuse_not_finite(table.get_mut(), &mut problems);
    former::refuse_unnamed_outputs(table.get_mut(), text, &mut problems);
    loop {
        match T::deserialize(Deserializer::from(table.clone())) {
            Ok(file) if problems.is_empty() => return Ok(file),
            Ok(_) => return Err(in_order(problems)),
            Err(error) => {
                let span = error.span().unwrap_or_default();
                let taken = take_out(table.get_mut(), &span);
                // A table without its only key, because that was misspelt and is noted already.
                let echo = is_missing(&error) && problems.iter().any(|p| span.contains(&p.span.start));
                if !echo {
                    problems.push(explain(&error, span, taken.as_ref(), role));
                }
                if taken.is_none() || problems.len() >= MAX_PROBLEMS {
                    return Err(in_order(problems));
                }
            }
        }
    }
}

/// Returns the names of the checks that a text would give, with `table` = `check`, or change, with `override`: its
/// `[check.NAME]` tables, or, where it is no TOML, the names in the headers that can be read line by line.
#[must_use]
pub(crate) fn names(text: &str, table: &str) -> Vec<String> {
    let mut names: Vec<String> = match DeTable::parse(text) {
        Ok(file) => match file.get_ref().get(table).map(Spanned::get_ref) {
            Some(DeValue::Table(checks)) => checks.keys().map(|name| name.get_ref().to_string()).collect(),
            _ => Vec::new(),
        },
        Err(_) => text.lines().filter_map(|line| name_in_header(line, table)).collect(),
    };
    names.retain(|name| super::name::is_valid(name));
    names.sort();
    names.dedup();
    names
}

/// Returns the paths that a text names by `{ file = "/PATH" }`, as grants do secrets; whether it is TOML or not.
#[must_use]
pub fn secrets(text: &str) -> Vec<String> {
    let path = |inner: &str| {
        let value = inner.trim_start().strip_prefix("file")?.trim_start().strip_prefix('=')?.trim_start();
        let quote = value.chars().next().filter(|quote| ['"', '\''].contains(quote))?;
        let (path, _) = value[1..].split_once(quote)?;
        path.starts_with('/').then(|| path.to_owned())
    };
    text.split('{').skip(1).filter_map(path).collect()
}

/// Returns `[check.NAME]`, `[check."NAME"]`, `[[check.NAME.grant.command]]` and the like.
fn name_in_header(line: &str, table: &str) -> Option<String> {
    let inner = line.trim_start_matches('\u{feff}').trim_start().trim_start_matches('[');
    let rest = inner.trim_start().strip_prefix(table)?.trim_start().strip_prefix('.')?.trim_start();
    // A line that only begins like this one is a key, not a header.
    if inner.len() == line.trim_start_matches('\u{feff}').trim_start().len() {
        return None;
    }
    match rest.chars().next()? {
        quote @ ('"' | '\'') => rest[1..].split_once(quote).map(|(name, _)| name.to_owned()),
        _ => rest.split(['.', ']', ' ', '\t']).next().map(str::to_owned),
    }
}

/// Sorts problems by place, each place once, and bounds their number.
pub(crate) fn in_order(mut problems: Vec<FileProblem>) -> Vec<FileProblem> {
    problems.sort_by_key(|p| (p.span.start, p.span.end));
    problems.dedup_by_key(|p| p.span.clone());
    problems.truncate(MAX_PROBLEMS);
    problems
}

fn is_missing(error: &toml::de::Error) -> bool {
    error.message().starts_with("missing field")
}

/// Returns the parser's words where they serve, else what they mean to who writes the file.
fn syntax(text: &str, error: &toml::de::Error) -> FileProblem {
    // A file that ends too early is shown at its end.
    let span = error.span().unwrap_or(text.len()..text.len());
    let message = error.message().replace('\n', ", ");
    let at = text.get(span.clone()).unwrap_or_default().trim();
    let (reason, help) = if message.starts_with("string values must be quoted") && at.is_empty() {
        ("there is no value after `=`".to_owned(), None)
    } else if message.starts_with("string values must be quoted") {
        let plain = at.trim_matches(TYPOGRAPHIC);
        let why = if plain == at {
            "stands without quotes"
        } else {
            "stands in typographic quotes, which TOML does not know"
        };
        (format!("`{at}` {why}"), Some(format!("\"{plain}\"")))
    } else if message.starts_with("invalid basic string, expected `\"`") {
        ("the quotes of this text are not closed".to_owned(), None)
    } else if message.starts_with("invalid basic string, expected non-double-quote visible") {
        ("a control character cannot stand in a text as it is".to_owned(), Some("\\u001b".to_owned()))
    } else if message == "duplicate key" {
        (format!("`{at}` stands here a second time"), first_header(text, span.start))
    } else {
        (message, None)
    };
    FileProblem { span, reason: format!("not TOML: {reason}"), help }
}

/// Returns the place where the header in the line of this byte occurred first.
fn first_header(text: &str, byte: usize) -> Option<String> {
    let line = line_of(text, byte);
    let header = text.lines().nth(line - 1)?.trim();
    let before = text.lines().take(line - 1).position(|earlier| earlier.trim() == header)?;
    header.starts_with('[').then(|| format!("first in line {}; what both say goes under one of them", before + 1))
}

/// `inf` and `nan` are TOML, but no key takes them, and JSON, in which a component gets its options, has no such number.
/// Each is noted, and 0 stands in for it, so that the rest can be read.
fn refuse_not_finite(table: &mut DeTable<'_>, problems: &mut Vec<FileProblem>) {
    table.iter_mut().for_each(|(_, value)| refuse_not_finite_value(value, problems));
}

fn refuse_not_finite_value(value: &mut Spanned<DeValue<'_>>, problems: &mut Vec<FileProblem>) {
    let span = value.span();
    match value.get_mut() {
        DeValue::Float(number) if !number.as_str().parse().is_ok_and(f64::is_finite) => {
            let reason = format!("`{number}` is not a finite number, and no key takes another");
            problems.push(FileProblem::new(span, reason));
            *number = DeFloat::default();
        }
        DeValue::Array(values) => values.iter_mut().for_each(|value| refuse_not_finite_value(value, problems)),
        DeValue::Table(table) => refuse_not_finite(table, problems),
        _ => {}
    }
}

/// Part that was taken out of a file, so that the rest can be read.
struct Taken {
    path: Vec<String>,
    is_table: bool,
}

/// Takes out the entry whose key or value, or an element of whose list, lies at `span`.
fn take_out(table: &mut DeTable<'_>, span: &Range<usize>) -> Option<Taken> {
    let lies_here = |value: &Spanned<DeValue<'_>>| value.span() == *span;
    let found = table.iter().find(|(key, value)| {
        let element = value.get_ref().as_array().is_some_and(|values| values.iter().any(lies_here));
        key.span() == *span || lies_here(value) || element
    });
    if let Some((key, value)) = found {
        let name = key.get_ref().to_string();
        let taken = Taken { path: vec![name.clone()], is_table: value.get_ref().is_table() };
        table.remove(name.as_str());
        return Some(taken);
    }
    let names: Vec<String> = table.keys().map(|key| key.get_ref().to_string()).collect();
    names.into_iter().find_map(|name| {
        let mut taken = take_out_of_value(table.get_mut(name.as_str())?.get_mut(), span)?;
        taken.path.insert(0, name);
        Some(taken)
    })
}

fn take_out_of_value(value: &mut DeValue<'_>, span: &Range<usize>) -> Option<Taken> {
    match value {
        DeValue::Table(table) => take_out(table, span),
        DeValue::Array(values) => values.iter_mut().find_map(|value| take_out_of_value(value.get_mut(), span)),
        _ => None,
    }
}

/// serde's text in the words of the file. Where serde says something else than expected here, its own words stand.
fn explain(error: &toml::de::Error, span: Range<usize>, taken: Option<&Taken>, role: KeyRole) -> FileProblem {
    let message = error.message().trim_end();
    let path = taken.map_or(&[][..], |taken| &taken.path);
    let key = path.last().map_or_else(|| "the file".to_owned(), |key| format!("`{}`", toml_key(key)));
    if let Some(rest) = message.strip_prefix("unknown field `") {
        // ``unknown field `x`, expected one of `a`, `b` ``; the key itself is taken from the file, not from here.
        let known: Vec<&str> =
            rest.rsplit_once("expected").map_or("", |(_, list)| list).split('`').skip(1).step_by(2).collect();
        let verdict = keys::unknown(path, &known, taken.is_some_and(|taken| taken.is_table), role);
        return FileProblem { span, reason: verdict.reason, help: verdict.help };
    }
    let wrong = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "));
    if let Some(wrong) = wrong {
        let wrong = wrong.replacen("map, expected", "a table, expected", 1).replacen(
            "sequence, expected",
            "a list, expected",
            1,
        );
        let wrong =
            wrong.replace("expected a sequence", "expected a list").replace("expected a map", "expected a table");
        return FileProblem::new(span, format!("wrong type for {key}: {wrong}"));
    }
    if let Some(missing) = message.strip_prefix("missing field ") {
        return FileProblem::new(span, format!("{key} lacks the key {missing}"));
    }
    FileProblem::new(span, format!("{key}: {message}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::{DropIn, MainFile};

    fn reasons(text: &str) -> Vec<String> {
        let text_of = |p: FileProblem| format!("{} @ {}", p.reason, &text[p.span]);
        parse::<MainFile>(text, KeyRole::Main).map(|_| ()).unwrap_err().into_iter().map(text_of).collect()
    }

    #[test]
    fn every_fault_is_found_in_the_order_of_the_file() {
        let text = "[run]\ntik = '1m'\nparallel = -1\n[check.a]\nevry = '1m'\nenabled = 'yes'\nonly_if = [1, '/x']\n";
        let found = reasons(text);
        let begin = [
            "unknown key `tik` in `[run]`, nearest is `tick` @ tik",
            "wrong type for `parallel`: integer `-1`, expected a whole number, 0 or more @ -1",
            "unknown key `evry` in `[check.a]`, nearest is `every` @ evry",
            "wrong type for `enabled`: string \"yes\", expected a boolean @ 'yes'",
            "wrong type for `only_if`: integer `1`, expected a string @ 1",
        ];
        assert_eq!(found, begin);
    }

    #[test]
    fn numbers_that_are_not_finite_are_found_wherever_they_stand() {
        let text =
            "[check.a.config]\nx = [1.0, { y = inf }]\nz = -nan\n[check.a.thresholds]\nm = { critical = +inf }\n";
        assert_eq!(reasons(text).len(), 3, "{:?}", reasons(text));
        assert_eq!(reasons("x = 1e999")[1], "`1e999` is not a finite number, and no key takes another @ 1e999");
    }

    #[test]
    fn a_file_full_of_faults_is_told_up_to_a_bound() {
        let text: String = (0..100).map(|n| format!("zzz{n} = 1\n")).collect();
        assert_eq!(reasons(&text).len(), MAX_PROBLEMS);
    }

    #[test]
    fn names_come_from_tables_or_else_from_headers() {
        assert_eq!(names("check.c.wasm = 1\n[check.b]\n[check.a.config]\n[check.'x y']\n", "check"), ["a", "b", "c"]);
        let broken = "\u{feff}[check.a]\nx =\n  [ check . \"b.c\" . grant ]\n[[check.d.grant.command]]\n[checks.e]\ncheck.f = 1\n[check.g";
        assert_eq!(names(broken, "check"), ["a", "b.c", "d", "g"]);
    }

    #[test]
    fn secrets_are_found_in_what_is_no_toml() {
        let broken =
            "x =\nenv = { A = { file = \"/s/a\" }, B = {file='/s/b'} }\nfile = \"/s/c\"\nstdin = { file = \"/s/d";
        assert_eq!(secrets(broken), ["/s/a", "/s/b"]);
    }

    #[test]
    fn no_cut_and_no_flipped_byte_makes_it_panic() {
        let good = include_str!("../../../tests/cases/config/everything/roundsman.toml");
        for at in (0..good.len()).filter(|&at| good.is_char_boundary(at)) {
            let (cut, rest) = good.split_at(at);
            let flipped = format!("{cut}\u{0}{rest}");
            let texts = if at % 9 == 0 { &[cut, rest, &flipped][..] } else { &[cut] };
            for &text in texts {
                for problem in parse::<MainFile>(text, KeyRole::Main).err().into_iter().flatten() {
                    assert!(!problem.render(std::path::Path::new("x"), text).is_empty());
                }
                let _ = parse::<DropIn>(text, KeyRole::DropIn);
                let _ = names(text, "check");
                let _ = secrets(text);
            }
        }
    }
}
