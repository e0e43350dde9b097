//! A component by itself: no configuration, default limits, and nothing granted but what the command line says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::print;
use crate::isolation::Isolation;
use crate::round::cached;
use crate::round::concurrency::Concurrency;
use crate::round::executor::{Recompile, RunContext, carry_out};
use crate::round::run_outcome::{Goal, RunOutcome, Sink};
use roundsman_config::{ComponentPath, Config, Places, defaults, status_settings};
use roundsman_contract::Descriptor;
use roundsman_contract::calls::seen::CallEvent;
use roundsman_contract::calls::tape::Taping;
use roundsman_contract::report::{Failure, FailureKind};
use roundsman_contract::subject::CheckSubject;
use roundsman_grants::escape;
use roundsman_os::process::interrupt::Interrupt;
use roundsman_os::process::signals;
use roundsman_sandbox::zygote::Zygote;
use roundsman_store::components::bytes::stem;
use roundsman_store::locks::Locks;
use roundsman_store::run_marker::RunMarker;
use roundsman_verdict::judge::message_lines::told_further;

/// Account that reads files and runs commands if no grant names a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultAccount {
    /// Whoever called the program: what is granted on a command line is granted by the one who typed it.
    Itself,
    /// The account of `run.user`, for a component by itself: what is granted was asked for by who wrote it.
    Learning,
    /// The account of `run.user`.
    Configured,
}

/// Returns the file as a check that has its name. A bare name that is no file here is looked up in `paths.checks`.
pub(crate) fn subject(file: &Path) -> CheckSubject {
    let is_bare = !file.as_os_str().as_encoded_bytes().contains(&b'/');
    let component = match file.to_str() {
        Some(name) if is_bare && file.symlink_metadata().is_err() => ComponentPath::Named(name.to_owned()),
        _ => ComponentPath::At(std::path::absolute(file).unwrap_or_else(|_| file.to_owned())),
    };
    CheckSubject {
        name: stem(file),
        component,
        sha256: None,
        group: None,
        options: "{}".to_owned(),
        limits: Rc::default(),
        grants: Rc::default(),
        secrets: Rc::default(),
        state: BTreeMap::new(),
        only_if: Vec::new(),
        hanging: Vec::new(),
        buffers: defaults(&Places::system()).run.shares(),
        tape: Taping::None,
        shown: false,
    }
}

/// Asks one file.
///
/// # Errors
/// A fault of the runtime or of the host.
pub(crate) fn ask(zygote: &Zygote, file: &Path, goal: Goal, places: &Places) -> anyhow::Result<RunOutcome> {
    let subject = subject(file);
    let config = config(places, &subject.component);
    one(zygote, subject, goal, &config, Path::new("/"), &|_, _| Ok(()), DefaultAccount::Itself)
}

/// Returns the defaults; for a component that is looked up, with the directories that the main file names, where it can be
/// read.
pub fn config(places: &Places, component: &ComponentPath) -> Config {
    let mut config = defaults(places);
    if let ComponentPath::Named(_) = component
        && let Ok(settings) = status_settings(places, rustix::process::geteuid().as_raw())
    {
        config.paths.checks = settings.paths.checks;
    }
    config
}

/// Carries out one subject.
///
/// # Errors
/// A fault of the runtime or of the host.
pub fn one(
    zygote: &Zygote,
    subject: CheckSubject,
    goal: Goal,
    config: &Config,
    root: &Path,
    accept: &dyn Fn(&CheckSubject, &Descriptor) -> Result<(), Failure>,
    caller: DefaultAccount,
) -> anyhow::Result<RunOutcome> {
    let all = several(zygote, vec![subject], goal, config, root, accept, caller)?;
    all.into_iter().next().context("a check was asked and nothing came back")
}

/// Carries out some subjects, out of a round: with no deadline but their own.
///
/// # Errors
/// A fault of the runtime or of the host.
pub(crate) fn several(
    zygote: &Zygote,
    subjects: Vec<CheckSubject>,
    goal: Goal,
    config: &Config,
    root: &Path,
    accept: &dyn Fn(&CheckSubject, &Descriptor) -> Result<(), Failure>,
    caller: DefaultAccount,
) -> anyhow::Result<Vec<RunOutcome>> {
    /// Longer than any compilation and run; each has limits of its own.
    const FOREVER: Duration = Duration::from_secs(86_400);
    let mut isolation = Isolation::decide(&config.run, &config.paths.state)?;
    if let (DefaultAccount::Itself, Some(users)) = (caller, &mut isolation.users) {
        users.default = None;
    }
    // Who runs a check may be killed as any plugin is. A signal that asks ends it with all that it started; after one that does
    // not ask, the next round does, by this note.
    let runs_commands = goal == Goal::Run && subjects.iter().any(|subject| !subject.grants.commands.is_empty());
    let interrupt = if runs_commands { Interrupt::watch().ok() } else { None };
    let noted = runs_commands && config.paths.state.is_dir();
    let marker = noted.then(|| RunMarker::note(&config.paths.state));
    let directories: &[PathBuf] = &config.paths.checks;
    let context = RunContext {
        isolation: &isolation,
        zygote,
        compile: &config.compile,
        retry: Recompile::GivenUpStaysSo,
        directories,
        root,
        concurrency: Concurrency { locks: &Locks::apart(), parallel: config.run.parallel, groups: &BTreeMap::new() },
        deadline: Instant::now() + FOREVER,
        keeps_zygote: false,
        interrupt: interrupt.as_ref(),
        accept,
    };
    let mut all = Watched::default();
    // A file by itself is named by no configuration, though it finds its cache in one.
    let by = if caller == DefaultAccount::Configured { &config.paths.state } else { Path::new("") };
    let mut cache = cached::open(config, by, zygote);
    let signal = carry_out(subjects, goal, &context, &mut cache, &mut all).context("watching the processes")?;
    drop(marker);
    if let Some(signal) = signal {
        bail!("{} came before the check had ended: it is ended, with what it had started", signals::name(signal));
    }
    // What a plugin prints is its verdict: `doctor` and a round tell of the cache.
    drop(cache.close(&|| None));
    Ok(all.0)
}

/// Outcomes of what was asked. Calls are shown to whoever looks on.
#[derive(Default)]
struct Watched(Vec<RunOutcome>);

impl Sink for Watched {
    fn take(&mut self, outcome: RunOutcome) {
        self.0.push(outcome);
    }

    fn seen(&mut self, call: &CallEvent) {
        print::complain(&call.line());
    }
}

/// Returns a failure in lines: kind and message, then what mends it, and where in the component it was.
pub fn told(failure: &Failure) -> String {
    let hint: String = told_further(failure).map(|line| format!("\n{}", escape::line(&line))).collect();
    let kind = match failure.kind {
        FailureKind::Invalid => String::new(),
        kind => format!("{}: ", kind.word()),
    };
    format!("{kind}{failure}{hint}")
}

/// Returns the message with the component's file before it, unless the message names it.
pub(crate) fn told_of(file: &str, failure: &Failure) -> String {
    let told = told(failure);
    let names_it = told.lines().next().is_some_and(|first| first.contains(file));
    if names_it { told } else { format!("{file}: {told}") }
}
