//! Assembly of one configuration from files that were each judged alone: names that two files claim, overrides, outputs.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::fields::Problems;
use super::file::{OverrideTable, Text};
use super::layered::KeyRules;
use super::parse;
use super::resolve::{Draft, ResolvedFile};
use super::settings::Settings;
use super::spans::FileProblem;
use super::{Config, IdleOverride, Origin, OutputSettings, Receiver, RefusedFile, claims, receiver};
use roundsman_os::safe_path::shown;

/// Content of a file that has no error.
#[derive(Debug, Default)]
pub struct Given {
    pub file: PathBuf,
    pub text: String,
    pub checks: Vec<Draft>,
    pub overrides: Vec<(Text, OverrideTable)>,
    pub outputs: Vec<OutputSettings>,
    pub receivers: Vec<Receiver>,
}

/// A file with an error.
#[derive(Debug)]
pub struct Wrong {
    pub refused: RefusedFile,
    /// Checks that it would have changed.
    changes: Vec<String>,
    /// Outputs that it would have given.
    pub outputs: Vec<String>,
    /// Files that its text names as a secret.
    secrets: Vec<String>,
}

impl Wrong {
    /// Names and secrets are those in its text, as far as it can be read.
    pub(crate) fn named_in(text: &str, file: &Path, problems: Vec<String>) -> Self {
        let checks = parse::names(text, "check");
        Self {
            refused: RefusedFile { file: file.to_owned(), checks, problems },
            changes: parse::names(text, "override"),
            outputs: parse::names(text, "output"),
            secrets: parse::secrets(text),
        }
    }
}

/// Returns the configuration that files give; the main file comes first, drop-ins in the order of their names.
pub(crate) fn assemble(
    settings: Settings,
    files: Vec<Given>,
    wrong: Vec<Wrong>,
    knows_zone: &dyn Fn(&str) -> bool,
) -> Config {
    let rules = settings.rules(knows_zone);
    let secrets = secrets(&files, &wrong);
    let mut faults = Vec::new();
    let (outputs, receivers) = claims::outputs(&settings, &files, &wrong, &mut faults);
    let (changed, mut refused): (Vec<_>, Vec<_>) = wrong.into_iter().map(|w| (w.changes, w.refused)).unzip();
    let (mut checks, changes) = unique(files, &mut refused);
    for (wrong, names) in refused.iter_mut().zip(changed) {
        wrong.checks.extend(names.into_iter().filter(|name| checks.remove(name).is_some()));
    }
    refused.extend(faults);
    let idle_overrides = change(&mut checks, &changes, &rules, &mut refused);
    refused.sort_by(|a, b| a.file.cmp(&b.file));
    let checks = checks.into_iter().filter_map(|(name, draft)| Some((name, draft.resolve(&rules)?))).collect();
    let Settings { paths, run, compile, log, host, texts, install, history, groups, delivery, .. } = settings;
    Config {
        paths,
        run,
        compile,
        log,
        host,
        texts,
        install,
        lock: super::VersionsLock::default(),
        digest: None,
        history,
        groups,
        outputs,
        receivers,
        delivery,
        checks,
        secrets,
        refused,
        idle_overrides,
        strangers: Vec::new(),
        sources: Vec::new(),
    }
}

/// Returns what every grant names as a secret, whether its check holds or not: a mistake in one file is no reason to show what
/// it is about to the checks of others.
fn secrets(files: &[Given], wrong: &[Wrong]) -> Rc<[String]> {
    let receivers = files.iter().flat_map(|given| &given.receivers).flat_map(receiver::secrets);
    let given = files.iter().flat_map(|given| &given.checks).flat_map(Draft::secrets).chain(receivers);
    let given = given.filter_map(|path| path.to_str()).map(str::to_owned);
    given.chain(wrong.iter().flat_map(|wrong| wrong.secrets.clone())).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The overrides of one file, with what is needed to tell of them.
struct Changes {
    file: PathBuf,
    text: String,
    overrides: Vec<(Text, OverrideTable)>,
}

/// Returns the checks that only one file defines. A name that several files define is refused in all of them.
fn unique(files: Vec<Given>, refused: &mut Vec<RefusedFile>) -> (BTreeMap<String, Draft>, Vec<Changes>) {
    // By name the files, each as a message shows it: with the line, where that is known.
    let mut claims: BTreeMap<String, BTreeMap<PathBuf, String>> = BTreeMap::new();
    for wrong in refused.iter() {
        for name in &wrong.checks {
            claims.entry(name.clone()).or_default().insert(wrong.file.clone(), shown(&wrong.file));
        }
    }
    for check in files.iter().flat_map(|given| &given.checks) {
        claims.entry(check.name.clone()).or_default().insert(check.origin.file.clone(), place(&check.origin));
    }
    let (mut unique, mut changes) = (BTreeMap::new(), Vec::new());
    for Given { file, text, checks, overrides, .. } in files {
        let mut twice = RefusedFile { file: file.clone(), checks: Vec::new(), problems: Vec::new() };
        for check in checks {
            let other = claims.get(&check.name).into_iter().flatten().find(|(other, _)| **other != file);
            match other {
                None => {
                    unique.insert(check.name.clone(), check);
                }
                Some((_, other)) => {
                    twice.problems.push(taken_twice(&check.name, check.span, other).render(&file, &text));
                    twice.checks.push(check.name);
                }
            }
        }
        if !twice.checks.is_empty() {
            refused.push(twice);
        }
        changes.push(Changes { file, text, overrides });
    }
    (unique, changes)
}

/// Returns a place of a file, as messages name it.
pub fn place(origin: &Origin) -> String {
    format!("{}:{}", shown(&origin.file), origin.line)
}

fn taken_twice(name: &str, span: Range<usize>, other: &str) -> FileProblem {
    FileProblem::new(span, format!("`{name}` is also in {other}: neither holds")).with_help(
        "take one of the two out; to replace a file of a package, give yours the same file name; to change single \
         keys, write [override.NAME]",
    )
}

/// Applies the overrides, file after file, so that the last one wins. Returns those of no check. A check that does not
/// fit its override does not hold: neither what the one file says nor what both say is what was meant.
fn change(
    checks: &mut BTreeMap<String, Draft>,
    changes: &[Changes],
    rules: &KeyRules<'_>,
    refused: &mut Vec<RefusedFile>,
) -> Vec<IdleOverride> {
    let mut idle = Vec::new();
    for Changes { file, text, overrides } in changes {
        let source = ResolvedFile::new(file, text);
        for (name, table) in overrides {
            let origin = source.origin(&name.span());
            let name = name.get_ref();
            let Some(check) = checks.get_mut(name) else {
                if !refused.iter().any(|wrong| wrong.checks.contains(name)) {
                    idle.push(IdleOverride { name: name.clone(), origin });
                }
                continue;
            };
            let mut problems = Problems::new();
            check.change(table, &source, rules, &mut problems);
            if !problems.is_empty() {
                checks.remove(name);
                let problems = problems.iter().map(|problem| problem.render(file, text)).collect();
                refused.push(RefusedFile { file: file.clone(), checks: vec![name.clone()], problems });
            }
        }
    }
    idle
}
