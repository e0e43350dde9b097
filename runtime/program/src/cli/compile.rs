//! `compile`: fills the cache before a round has to.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::run::not_begun;
use super::{exit, print, standalone};
use crate::isolation::Isolation;
use crate::round::cached;
use crate::round::concurrency::Concurrency;
use crate::round::executor::{Recompile, RunContext, carry_out};
use crate::round::run_outcome::{Goal, RunOutcome, Sink};
use crate::round::subject::subject;
use roundsman_config::{ComponentPath, Config, Places};
use roundsman_contract::subject::CheckSubject;
use roundsman_grants::escape;
use roundsman_sandbox::zygote::Zygote;
use roundsman_store::components::cache::CacheSummary;
use roundsman_store::locks::Locks;
use roundsman_store::private::Private;

/// Columns of the bar.
const BAR: usize = 24;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Components; without any, all of the configuration
    #[arg(value_name = "FILE.wasm")]
    file: Vec<PathBuf>,
}

/// Runs the command: exit 0, 74 where the code is not kept, or 65 where a file is no check, or takes more than `[compile]`
/// allows.
pub fn compile(args: &Args, places: &Places) -> u8 {
    let zygote = Zygote::start();
    let config = match super::loaded(places) {
        Ok(config) => config,
        Err(code) => return code,
    };
    config.refused.iter().for_each(|refused| print::complain_page(&refused.problems.join("\n")));
    let subjects: Vec<CheckSubject> = match args.file.as_slice() {
        [] => config.checks.values().map(|check| subject(check, &Private::default(), &config)).collect(),
        files => files.iter().map(|file| standalone::subject(file)).collect(),
    };
    let mut progress = Progress::of(&subjects);
    let closed = match fill(&zygote, subjects, &config, args.file.is_empty(), &mut progress) {
        Ok(closed) => closed,
        Err(error) => {
            progress.clear();
            print::complain(&format!("roundsman compile: {error:#}"));
            return not_begun(&error);
        }
    };
    closed.lines.iter().for_each(|line| print::complain(line));
    match progress {
        _ if !closed.is_kept => exit::NOT_STORED,
        Progress { failed: true, .. } => exit::DATA,
        _ if !config.refused.is_empty() => exit::CONFIG,
        Progress { printed, .. } => printed,
    }
}

/// Compiles what is not kept, `parallel` at a time, and lets go of what no configuration names if these are `all`.
fn fill(
    zygote: &Zygote,
    subjects: Vec<CheckSubject>,
    config: &Config,
    all: bool,
    progress: &mut Progress,
) -> anyhow::Result<CacheSummary> {
    /// Longer than any compilation; each has limits of its own.
    const FOREVER: Duration = Duration::from_secs(86_400);
    let isolation = Isolation::decide(&config.run, &config.paths.state)?;
    let context = RunContext {
        isolation: &isolation,
        zygote,
        compile: &config.compile,
        retry: Recompile::Again,
        directories: &config.paths.checks,
        root: Path::new("/"),
        // One of the seats is not for compilations.
        concurrency: Concurrency {
            locks: &Locks::apart(),
            parallel: config.run.parallel + 1,
            groups: &BTreeMap::new(),
        },
        deadline: Instant::now() + FOREVER,
        keeps_zygote: false,
        interrupt: None,
        accept: &|_, _| Ok(()),
    };
    let by = if all { config.paths.state.as_path() } else { Path::new("") };
    let mut cache = cached::open(config, by, zygote);
    carry_out(subjects, Goal::Describe, &context, &mut cache, progress)?;
    progress.clear();
    if all {
        cache.tidy();
    }
    Ok(cache.close(&|| if all { cached::named(config) } else { None }))
}

/// Progress of the compilation: a line for each component that is done, and below them a bar where there is a terminal.
struct Progress {
    /// The file of each check, by the check's name.
    files: BTreeMap<String, String>,
    done: std::collections::BTreeSet<String>,
    total: usize,
    failed: bool,
    /// 0 where standard output took everything.
    printed: u8,
    bar: bool,
}

impl Progress {
    fn of(subjects: &[CheckSubject]) -> Self {
        let file = |subject: &CheckSubject| match &subject.component {
            ComponentPath::At(path) => escape::path(path),
            ComponentPath::Named(name) => name.clone(),
        };
        let files: BTreeMap<String, String> =
            subjects.iter().map(|subject| (subject.name.clone(), file(subject))).collect();
        let total = files.values().collect::<std::collections::BTreeSet<_>>().len();
        let mut progress = Self {
            files,
            done: std::collections::BTreeSet::new(),
            total,
            failed: false,
            printed: 0,
            bar: std::io::stderr().is_terminal(),
        };
        progress.draw();
        progress
    }

    fn draw(&mut self) {
        if self.bar {
            let full = BAR * self.done.len() / self.total.max(1);
            let bar = format!("{}{}", "█".repeat(full), "░".repeat(BAR - full));
            // A bar that cannot be drawn is none.
            let _ = write!(std::io::stderr(), "\r{bar} {} of {}", self.done.len(), self.total);
        }
    }

    fn clear(&mut self) {
        if self.bar {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

impl Sink for Progress {
    fn take(&mut self, outcome: RunOutcome) {
        let file = self.files.get(&outcome.name).cloned().unwrap_or_default();
        if !self.done.insert(file.clone()) {
            return;
        }
        self.clear();
        match &outcome.result {
            Ok(_) => {
                // What is kept has described itself before.
                let word = if outcome.duration.is_zero() { "kept" } else { "compiled" };
                self.printed = self.printed.max(print::page(&format!("{word:<8}  {}\n", escape::line(&file))));
            }
            Err(failure) => {
                self.failed = true;
                print::complain_page(&standalone::told_of(&escape::line(&file), failure));
            }
        }
        self.draw();
    }
}
