//! Loading of a configuration from its files, each judged alone.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use tracing::debug;

use super::assemble::{Given, Wrong, assemble};
use super::effective::Effective;
use super::fields::Problems;
use super::file::{CheckTable, DropIn, MainFile, OverrideTable, Text};
use super::keys::KeyRole;
use super::lock::VersionsLock;
use super::origins::Origins;
use super::outputs::outputs;
use super::parse::{self, in_order};
use super::places::Places;
use super::read::{self, ConfigReadError};
use super::resolve::{Draft, ResolvedFile, judge_override};
use super::settings::{Settings, settings};
use super::{Config, StatusSettings};
use roundsman_os::safe_path::{OwnerRule, SafePathError, shown};

/// Reason why there is no configuration at all.
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

/// Returns the same with more drop-ins, as if they stood in the last directory of drop-ins: each hides a file of its name
/// there. Whoever may own a candidate is not judged while it lies elsewhere.
///
/// # Errors
/// As [`load`].
pub fn load_with_candidates(places: &Places, candidates: &[PathBuf], uid: u32) -> Result<Config, MainFileError> {
    Ok(files(places, candidates, uid)?.assembled(places))
}

/// Returns the configuration with where each key of it was written.
///
/// # Errors
/// As [`load`].
pub fn effective(places: &Places, uid: u32) -> Result<Effective, MainFileError> {
    let files = files(places, &[], uid)?;
    let (origins, limits) = (Origins::of(&files.given), files.settings.limits.clone());
    Ok(Effective { config: files.assembled(places), limits, origins })
}

/// Each file, judged alone.
struct Files {
    settings: Settings,
    /// The main file, then drop-ins in the order of their names.
    given: Vec<Given>,
    wrong: Vec<Wrong>,
    lock: VersionsLock,
}

impl Files {
    fn assembled(self, places: &Places) -> Config {
        let sources = std::iter::once(&places.main).chain(&places.layers).cloned().collect();
        let strangers = places.layers.iter().flat_map(|layer| strangers(layer)).collect();
        let digest = digest(&self.given);
        let assembled = assemble(self.settings, self.given, self.wrong, &knows_zone);
        let mut config = Config { sources, strangers, digest, ..assembled };
        self.lock.apply(&mut config);
        config.lock = self.lock;
        debug!(main = ?places.main, checks = config.checks.len(), refused = config.refused.len(), "read the configuration");
        config
    }
}

/// Digests the files that hold, by name and text: hosts with the same files have the same. Only where an output could show it.
fn digest(given: &[Given]) -> Option<String> {
    if given.iter().all(|file| file.outputs.is_empty()) {
        return None;
    }
    let mut all = Sha256::new();
    for Given { file, text, .. } in given {
        for part in [file.file_name().unwrap_or_default().as_encoded_bytes(), text.as_bytes()] {
            // With its length, so that no text of one file passes for another file.
            all.update((part.len() as u64).to_le_bytes());
            all.update(part);
        }
    }
    Some(format!("{:x}", all.finalize()))
}

fn files(places: &Places, candidates: &[PathBuf], uid: u32) -> Result<Files, MainFileError> {
    let rule = OwnerRule::OwnedBy(uid);
    let text = read::text(&places.main, rule).map_err(|error| unreadable_main(&places.main, &error))?;
    let (settings, main) = main_file(&places.main, text, places)?;
    let (mut given, mut wrong) = (vec![main], Vec::new());
    for (file, rule) in drop_ins(places, candidates, rule, &mut wrong) {
        match drop_in(&file, rule, &settings) {
            Ok(file) => given.push(file),
            Err(file) => wrong.push(file),
        }
    }
    // A check that names a release is UNKNOWN then, and the others run.
    let lock = VersionsLock::read(&places.lock(), uid).unwrap_or_else(|why| {
        wrong.push(Wrong::named_in("", &places.lock(), vec![why]));
        VersionsLock::default()
    });
    Ok(Files { settings, given, wrong, lock })
}

/// Reads from the main file alone what `status` needs: for users who may not read the drop-ins.
///
/// # Errors
/// As [`load`].
pub fn status_settings(places: &Places, uid: u32) -> Result<StatusSettings, MainFileError> {
    let text =
        read::text(&places.main, OwnerRule::OwnedBy(uid)).map_err(|error| unreadable_main(&places.main, &error))?;
    let settings = main_file(&places.main, text, places)?.0;
    Ok(StatusSettings {
        paths: settings.paths,
        paused: settings.run.paused,
        host: settings.host,
        texts: settings.texts,
    })
}

/// Returns the configuration that an empty main file gives: for a component by itself.
#[must_use]
pub fn defaults(places: &Places) -> Config {
    assemble(of_an_empty_file(places), Vec::new(), Vec::new(), &knows_zone)
}

/// Returns the settings of an empty main file, which cannot be wrong.
fn of_an_empty_file(places: &Places) -> Settings {
    let source = ResolvedFile::new(&places.main, "");
    settings(&MainFile::default(), &source, &places.standard, &knows_zone, &mut Vec::new())
}

fn unreadable_main(main: &Path, error: &ConfigReadError) -> MainFileError {
    match error {
        ConfigReadError::Path(SafePathError::Missing(part)) if main.starts_with(part) => {
            MainFileError::Missing(main.to_owned())
        }
        error => MainFileError::Wrong(vec![error.to_string()]),
    }
}

fn main_file(file: &Path, text: String, places: &Places) -> Result<(Settings, Given), MainFileError> {
    let source = ResolvedFile::new(file, &text);
    let wrong = |problems: Problems| {
        MainFileError::Wrong(in_order(problems).iter().map(|problem| problem.render(file, &text)).collect())
    };
    let mut tables: MainFile = parse::parse(&text, KeyRole::Main).map_err(wrong)?;
    let mut problems = Problems::new();
    let settings = settings(&tables, &source, &places.standard, &knows_zone, &mut problems);
    let (checks, overrides) = (std::mem::take(&mut tables.check), std::mem::take(&mut tables.overrides));
    let (outputs, receivers) = (settings.outputs.clone(), settings.receivers.clone());
    let mut given = Given { file: file.to_owned(), outputs, receivers, ..Given::default() };
    given.checks(checks, overrides, &source, &settings, &mut problems);
    if !problems.is_empty() {
        return Err(wrong(problems));
    }
    given.text = text;
    Ok((settings, given))
}

fn drop_in(file: &Path, rule: OwnerRule, settings: &Settings) -> Result<Given, Wrong> {
    let text = read::text(file, rule).map_err(|error| match &error {
        ConfigReadError::NotUtf8 { lossy, .. } => Wrong::named_in(lossy, file, vec![error.to_string()]),
        // Otherwise a user who could write the file would choose names here, and take other files' checks down.
        ConfigReadError::Path(SafePathError::Missing(target)) if target != file => {
            let why = format!(
                "{} leads to {}, which does not exist: mend the link, or remove it",
                shown(file),
                shown(target)
            );
            Wrong::named_in("", file, vec![why])
        }
        ConfigReadError::Path(_)
        | ConfigReadError::Io { .. }
        | ConfigReadError::TooLarge(_)
        | ConfigReadError::Changing(_) => Wrong::named_in("", file, vec![error.to_string()]),
    })?;
    match judged(file, &text, settings) {
        Ok(given) => Ok(Given { text, ..given }),
        Err(problems) => {
            let told = problems.iter().map(|problem| problem.render(file, &text)).collect();
            Err(Wrong::named_in(&text, file, told))
        }
    }
}

/// Returns what a drop-in gives, or all that is wrong with it.
fn judged(file: &Path, text: &str, settings: &Settings) -> Result<Given, Problems> {
    let source = ResolvedFile::new(file, text);
    let mut problems = Problems::new();
    let mut given = Given { file: file.to_owned(), ..Given::default() };
    let tables = parse::parse::<DropIn>(text, KeyRole::DropIn)?;
    (given.outputs, given.receivers) = outputs(&tables.output, &source, &mut problems);
    given.checks(tables.check, tables.overrides, &source, settings, &mut problems);
    if problems.is_empty() { Ok(given) } else { Err(in_order(problems)) }
}

/// Returns what is wrong with the text of a drop-in beside an empty main file.
#[must_use]
pub fn faults(text: &str, places: &Places) -> Vec<String> {
    let found = judged(Path::new(""), text, &of_an_empty_file(places)).err().unwrap_or_default();
    found.into_iter().map(|problem| problem.reason).collect()
}

impl Given {
    /// Resolves the checks of a file, and judges its overrides.
    fn checks(
        &mut self,
        checks: BTreeMap<Text, CheckTable>,
        overrides: BTreeMap<Text, OverrideTable>,
        source: &ResolvedFile<'_>,
        settings: &Settings,
        problems: &mut Problems,
    ) {
        let rules = settings.rules(&knows_zone);
        for (name, table) in checks {
            self.checks.extend(Draft::of(&name, table, source, &settings.defaults, &rules, problems));
        }
        for (name, table) in overrides {
            judge_override(&name, &table, source, &rules, problems);
            self.overrides.push((name, table));
        }
    }
}

fn knows_zone(name: &str) -> bool {
    jiff::tz::db().get(name).is_ok()
}

/// Returns the drop-ins that hold, in the order of their file names.
fn drop_ins(
    places: &Places,
    candidates: &[PathBuf],
    rule: OwnerRule,
    refused: &mut Vec<Wrong>,
) -> Vec<(PathBuf, OwnerRule)> {
    let mut by_name: BTreeMap<OsString, PathBuf> = BTreeMap::new();
    for layer in &places.layers {
        read::settle(layer);
        match list(layer) {
            Ok(files) => by_name.extend(files),
            Err(error) => {
                let reason = format!("{} cannot be listed, so no drop-in in it holds: {error}", shown(layer));
                refused.push(Wrong::named_in("", layer, vec![reason]));
            }
        }
    }
    let mut files: Vec<(PathBuf, OwnerRule)> = Vec::new();
    for candidate in candidates {
        // Where the working directory is gone, a relative path is told to be missing when it is read.
        let candidate = std::path::absolute(candidate).unwrap_or_else(|_| candidate.clone());
        if candidate == places.main {
            continue;
        }
        let replaced = candidate.file_name().and_then(|name| by_name.remove(name));
        let rule = if replaced.as_ref() == Some(&candidate) { rule } else { OwnerRule::Lifted };
        files.push((candidate, rule));
    }
    files.extend(by_name.into_values().map(|file| (file, rule)));
    files.sort_by(|(a, _), (b, _)| a.file_name().cmp(&b.file_name()));
    files
}

/// Lists `*.toml` of a directory, as a shell lists them: hidden files are left alone. No directory is an empty one.
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

/// Endings of files that package managers and editors leave beside one that they replace.
const LEFT_BEHIND: [&str; 7] = [".rpmnew", ".rpmsave", ".rpmorig", ".dpkg-", ".ucf-", ".pacnew", "~"];

/// Returns files of a directory that somebody may take for drop-ins, by their names.
fn strangers(directory: &Path) -> Vec<PathBuf> {
    let names = fs::read_dir(directory).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.file_name()));
    let is_one = |name: &OsString| is_stranger(&name.to_string_lossy()) || holds_drop_ins(&directory.join(name));
    let mut strangers: Vec<PathBuf> = names.filter(is_one).map(|name| directory.join(name)).collect();
    strangers.sort();
    strangers
}

/// Tells whether it is a directory with drop-ins in it, which nobody reads. One that is named as a drop-in is an error already.
fn holds_drop_ins(path: &Path) -> bool {
    path.extension().is_none_or(|extension| extension != "toml") && list(path).is_ok_and(|found| !found.is_empty())
}

fn is_stranger(name: &str) -> bool {
    let lower = name.to_lowercase();
    let others = [".conf", ".cfg", ".ini", ".tml", ".yaml", ".yml", ".json"];
    let looks_so = lower.contains("toml") || others.iter().any(|ending| lower.ends_with(ending));
    let is_read = name.ends_with(".toml") && !name.starts_with('.');
    // `.#` begins the lock that Emacs holds while a file is edited.
    looks_so && !is_read && !name.starts_with(".#") && !LEFT_BEHIND.iter().any(|left| name.contains(left))
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
