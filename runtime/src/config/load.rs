//! From the files of a configuration to the configuration, each file judged alone.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::fields::Problems;
use super::file::{CheckTable, DropIn, MainFile, Text};
use super::keys::Role;
use super::parse::{self, in_order};
use super::places::Places;
use super::read::{self, ReadError};
use super::resolve::{Source, check};
use super::safe_path::{Rule, SafePathError, shown};
use super::settings::{Settings, settings};
use super::spans::Problem;
use super::{Check, Config, Origin, Refused};

/// Why there is no configuration at all.
#[derive(Debug, thiserror::Error)]
pub enum MainFileError {
    #[error(
        "no configuration: {file} does not exist\n  = an empty file takes every default: install -D -m 0644 /dev/null {file}",
        file = shown(.0)
    )]
    Missing(PathBuf),
    /// Faults of the main file, each as printed.
    #[error("{}", .0.join("\n"))]
    Wrong(Vec<String>),
}

/// Reads and resolves a configuration. Drop-ins with an error are in [`Config::refused`]; only the main file can stop it.
///
/// `uid` is the acting user: besides root, the only one who may own and write the files.
///
/// # Errors
/// [`MainFileError`] where the main file is missing, unsafe, or wrong.
pub fn load(places: &Places, uid: u32) -> Result<Config, MainFileError> {
    load_with_candidates(places, &[], uid)
}

/// The same with more drop-ins, as if they stood in the last directory of drop-ins: each hides a file of its name there.
/// Whoever may own a candidate is not judged while it lies elsewhere.
///
/// # Errors
/// As [`load`].
pub fn load_with_candidates(places: &Places, candidates: &[PathBuf], uid: u32) -> Result<Config, MainFileError> {
    let rule = Rule::OwnedBy(uid);
    let text = read::text(&places.main, rule).map_err(|error| unreadable_main(&places.main, &error))?;
    let source = Source { file: &places.main, text: &text };
    let (settings, main_checks) = main_file(&source, places).map_err(|problems| {
        MainFileError::Wrong(problems.iter().map(|problem| problem.render(&places.main, &text)).collect())
    })?;

    let mut refused = Vec::new();
    let mut files = vec![Loaded { file: places.main.clone(), text: text.clone(), checks: main_checks }];
    for (file, rule) in drop_ins(places, candidates, rule, &mut refused) {
        match drop_in(&file, rule, &settings) {
            Ok(loaded) => files.push(loaded),
            Err(wrong) => refused.push(wrong),
        }
    }
    let checks = unique(files, &mut refused);
    let Settings { paths, run, compile, log, defaults: _ } = settings;
    Ok(Config { paths, run, compile, log, groups: BTreeMap::new(), outputs: Vec::new(), checks, refused })
}

/// The configuration that an empty main file gives: for a component by itself.
#[must_use]
pub fn defaults(places: &Places) -> Config {
    let directory = places.main.parent().unwrap_or(Path::new("/"));
    // Nothing is written, so nothing can be wrong.
    let settings = settings(&MainFile::default(), directory, &places.standard, &|_| true, &mut Vec::new());
    let Settings { paths, run, compile, log, defaults: _ } = settings;
    Config {
        paths,
        run,
        compile,
        log,
        groups: BTreeMap::new(),
        outputs: Vec::new(),
        checks: BTreeMap::new(),
        refused: Vec::new(),
    }
}

/// A file without an error.
struct Loaded {
    file: PathBuf,
    text: String,
    checks: Vec<Named>,
}

/// A check with the place of its name.
struct Named {
    check: Check,
    span: Range<usize>,
}

fn unreadable_main(main: &Path, error: &ReadError) -> MainFileError {
    match error {
        ReadError::Path(SafePathError::Missing(part)) if main.starts_with(part) => {
            MainFileError::Missing(main.to_owned())
        }
        error => MainFileError::Wrong(vec![error.to_string()]),
    }
}

fn main_file(source: &Source<'_>, places: &Places) -> Result<(Settings, Vec<Named>), Problems> {
    let mut file: MainFile = parse::parse(source.text, Role::Main)?;
    let mut problems = Problems::new();
    let settings = settings(&file, source.directory(), &places.standard, &knows_zone, &mut problems);
    let checks = checks(std::mem::take(&mut file.check), source, &settings, &mut problems);
    if problems.is_empty() { Ok((settings, checks)) } else { Err(in_order(problems)) }
}

fn drop_in(file: &Path, rule: Rule, settings: &Settings) -> Result<Loaded, Refused> {
    let text = read::text(file, rule).map_err(|error| {
        let checks = match &error {
            ReadError::NotUtf8 { lossy, .. } => parse::check_names(lossy),
            // Whoever could write the file would otherwise choose names here, and take other files' checks down.
            ReadError::Path(_) | ReadError::Io { .. } | ReadError::TooLarge(_) => Vec::new(),
        };
        Refused { file: file.to_owned(), checks, problems: vec![error.to_string()] }
    })?;
    let source = Source { file, text: &text };
    let mut problems = Problems::new();
    let checks = match parse::parse::<DropIn>(&text, Role::DropIn) {
        Ok(parsed) => checks(parsed.check, &source, settings, &mut problems),
        Err(wrong) => {
            problems = wrong;
            Vec::new()
        }
    };
    if problems.is_empty() {
        return Ok(Loaded { file: file.to_owned(), text, checks });
    }
    Err(Refused {
        file: file.to_owned(),
        checks: parse::check_names(&text),
        problems: in_order(problems).iter().map(|problem| problem.render(file, &text)).collect(),
    })
}

fn checks(
    tables: BTreeMap<Text, CheckTable>,
    source: &Source<'_>,
    settings: &Settings,
    problems: &mut Problems,
) -> Vec<Named> {
    let mut resolved = Vec::new();
    for (name, table) in tables {
        let check = check(&name, table, source, settings, &knows_zone, problems);
        resolved.extend(check.map(|check| Named { check, span: name.span() }));
    }
    resolved
}

fn knows_zone(name: &str) -> bool {
    jiff::tz::db().get(name).is_ok()
}

/// The drop-ins that hold, in the order of their file names.
fn drop_ins(places: &Places, candidates: &[PathBuf], rule: Rule, refused: &mut Vec<Refused>) -> Vec<(PathBuf, Rule)> {
    let mut by_name: BTreeMap<OsString, PathBuf> = BTreeMap::new();
    for layer in &places.layers {
        match list(layer) {
            Ok(files) => by_name.extend(files),
            Err(error) => {
                let reason = format!("{} cannot be listed, so no drop-in in it holds: {error}", shown(layer));
                refused.push(Refused { file: layer.clone(), checks: Vec::new(), problems: vec![reason] });
            }
        }
    }
    let mut files: Vec<(PathBuf, Rule)> = Vec::new();
    for candidate in candidates {
        // Where the working directory is gone, a relative path is told to be missing when it is read.
        let candidate = std::path::absolute(candidate).unwrap_or_else(|_| candidate.clone());
        if candidate == places.main {
            continue;
        }
        let replaced = candidate.file_name().and_then(|name| by_name.remove(name));
        let rule = if replaced.as_ref() == Some(&candidate) { rule } else { Rule::Lifted };
        files.push((candidate, rule));
    }
    files.extend(by_name.into_values().map(|file| (file, rule)));
    files.sort_by(|(a, _), (b, _)| a.file_name().cmp(&b.file_name()));
    files
}

/// `*.toml` of a directory, as a shell lists them: hidden files are left alone. No directory is an empty one.
fn list(directory: &Path) -> io::Result<Vec<(OsString, PathBuf)>> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let hidden = path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
        if !hidden && path.extension().is_some_and(|extension| extension == "toml") {
            files.extend(path.file_name().map(|name| (name.to_owned(), path.clone())));
        }
    }
    Ok(files)
}

/// The checks whose name stands in one file only. Of the others none holds: which one was meant is not for us to say.
fn unique(files: Vec<Loaded>, refused: &mut Vec<Refused>) -> BTreeMap<String, Check> {
    // By name the files, each as a message shows it: with the line, where that is known.
    let mut claims: BTreeMap<String, BTreeMap<PathBuf, String>> = BTreeMap::new();
    for wrong in refused.iter() {
        for name in &wrong.checks {
            claims.entry(name.clone()).or_default().insert(wrong.file.clone(), shown(&wrong.file));
        }
    }
    for Named { check, .. } in files.iter().flat_map(|loaded| &loaded.checks) {
        let Origin { file, line } = &check.origin;
        let place = format!("{}:{line}", shown(file));
        claims.entry(check.name.clone()).or_default().insert(file.clone(), place);
    }
    let mut unique = BTreeMap::new();
    for Loaded { file, text, checks } in files {
        let mut twice = Refused { file: file.clone(), checks: Vec::new(), problems: Vec::new() };
        for Named { check, span } in checks {
            let other = claims.get(&check.name).into_iter().flatten().find(|(other, _)| **other != file);
            match other {
                None => {
                    unique.insert(check.name.clone(), check);
                }
                Some((_, other)) => {
                    twice.problems.push(taken_twice(&check.name, span, other).render(&file, &text));
                    twice.checks.push(check.name);
                }
            }
        }
        if !twice.checks.is_empty() {
            refused.push(twice);
        }
    }
    refused.sort_by(|a, b| a.file.cmp(&b.file));
    unique
}

fn taken_twice(name: &str, span: Range<usize>, other: &str) -> Problem {
    Problem::new(span, format!("`{name}` is also in {other}: neither holds"))
        .with_help("take one of the two out; to replace a file of a package, give yours the same file name")
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
