//! `check`: one run now, as a monitoring plugin.

mod not_proven;
mod typed;

use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::bail;
use clap::ValueEnum;

use super::learn::{self, Learning};
use super::taped::{self, RunRecorder};
use super::{allow, exit, print, standalone, watch};
use crate::round::host::named;
use crate::round::run_outcome::Goal;
use crate::round::subject::subject;
use crate::round::verdict::{accept, lost, rules, verdict};
use not_proven::{always_first, without_past, without_rounds};
use roundsman_config::{Check, Config, Places, load, status_settings};
use roundsman_contract::Status;
use roundsman_contract::subject::CheckSubject;
use roundsman_sandbox::zygote::Zygote;
use roundsman_store::memory::Memory;
use roundsman_store::private::Private;
use roundsman_store::state::Store;
use roundsman_verdict::judge::thresholds::Thresholds;
use roundsman_verdict::judge::{JudgeRules, State, Verdict};
use roundsman_verdict::outputs::{json, nagios, text};
use typed::{changed, timeout, typed_thresholds, with_options};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// A check of the configuration, or a component's file (with a slash, or ending in .wasm)
    #[arg(value_name = "NAME|FILE.wasm")]
    check: String,
    /// Set an option of the component: a TOML value, else text; a dot in KEY leads into a table
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// WARNING outside of this range
    #[arg(short, long, value_name = "METRIC{LABEL=GLOB}=RANGE")]
    warning: Vec<String>,
    /// CRITICAL outside of this range
    #[arg(short, long, value_name = "METRIC{LABEL=GLOB}=RANGE")]
    critical: Vec<String>,
    /// Longest time of the run by the clock, such as 30s
    #[arg(short, long)]
    timeout: Option<String>,
    #[command(flatten)]
    allowed: allow::Args,
    /// Read files from beneath this directory instead of /
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Store the state that the check keeps for its next run (a check of the configuration only)
    #[arg(long)]
    keep_state: bool,
    #[command(flatten)]
    taped: taped::Args,
    /// Run it again whenever its component or its configuration changes, until Ctrl-C
    #[arg(long, conflicts_with_all = ["record", "learn"])]
    watch: bool,
    /// Run with what the component says it needs, once that is allowed, and print the smallest grant that the run used
    #[arg(long, conflicts_with_all = ["format", "max_output", "keep_state"])]
    learn: bool,
    /// With --learn: allow what the component needs without being asked
    #[arg(long, requires = "learn")]
    yes: bool,
    /// How to print the outcome
    #[arg(long, value_enum, default_value_t = Format::Nagios)]
    format: Format,
    /// Longest output of format nagios, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = nagios::DEFAULT_MAX_OUTPUT)]
    max_output: usize,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Nagios,
    Text,
    Json,
}

impl Args {
    /// Returns the word that names the check.
    #[must_use]
    pub fn check(&self) -> &str {
        &self.check
    }

    /// Tells whether that is a component's file, and no check of the configuration.
    #[must_use]
    pub(crate) fn names_a_file(&self) -> bool {
        names_a_file(&self.check)
    }
}

/// Tells whether a word names a component's file, and no check of the configuration.
#[must_use]
pub(crate) fn names_a_file(word: &str) -> bool {
    word.contains('/') || word.ends_with(".wasm")
}

/// Runs it once, or again and again where that is wanted.
pub fn check(args: &Args, places: &Places) -> u8 {
    if args.watch { watch::watch(args, places) } else { once(args, places) }
}

/// Runs the command: exit 0 to 3 after the status; whatever goes wrong is UNKNOWN, with a line on stdout that says what.
pub(crate) fn once(args: &Args, places: &Places) -> u8 {
    match run(&Zygote::start(), args, places) {
        Ok(CheckRun { verdict, learned: Some(page) }) => {
            if print::page(&page) == 0 {
                code(&verdict)
            } else {
                exit::UNKNOWN
            }
        }
        Ok(CheckRun { verdict, learned: None }) => {
            let look = super::run::look();
            let printed = match args.format {
                Format::Nagios => print::page(&nagios::encode(&verdict, args.max_output)),
                Format::Text => print::coloured(&text::one(&verdict, look), look),
                Format::Json => {
                    // A file by itself needs no configuration.
                    let settings = status_settings(places, rustix::process::geteuid().as_raw());
                    let host = settings.map(|settings| settings.host);
                    print::page(&(json::encode(&verdict, named(&host.unwrap_or_default())) + "\n"))
                }
            };
            if printed == 0 { code(&verdict) } else { exit::UNKNOWN }
        }
        Err(error) => super::unknown(&format!("{error:#}")),
    }
}

/// Returns the exit code of a plugin that says this.
pub fn code(verdict: &Verdict) -> u8 {
    match (verdict.status, verdict.state) {
        (Some(Status::Ok), _) | (None, State::NotApplicable) => 0,
        (Some(Status::Warning), _) => 1,
        (Some(Status::Critical), _) => 2,
        (Some(Status::Unknown) | None, _) => exit::UNKNOWN,
    }
}

/// One run, judged.
struct CheckRun {
    verdict: Verdict,
    /// The page of `--learn`.
    learned: Option<String>,
}

impl CheckRun {
    /// Puts the verdict before what was learnt.
    fn of(verdict: Verdict, learnt: Option<String>) -> Self {
        let learned = learnt.map(|learnt| learn::headed(&verdict, &learnt));
        Self { verdict, learned }
    }
}

fn run(zygote: &Zygote, args: &Args, places: &Places) -> anyhow::Result<CheckRun> {
    let typed = typed_thresholds(args)?;
    let root = args.root.as_deref().unwrap_or(Path::new("/"));
    if args.names_a_file() {
        return by_itself(zygote, args, places, typed, root);
    }
    let config = load(places, rustix::process::geteuid().as_raw())?;
    let Some(check) = config.checks.get(&args.check) else {
        return not_there(&args.check, &config).map(|verdict| CheckRun::of(verdict, None));
    };
    let check = changed(args, check, typed)?;
    configured(zygote, args, &config, &check, root)
}

/// Runs a component's file by itself: with defaults, what the command line grants, and the caller's own rights.
fn by_itself(
    zygote: &Zygote,
    args: &Args,
    places: &Places,
    typed: Thresholds,
    root: &Path,
) -> anyhow::Result<CheckRun> {
    if args.keep_state {
        bail!("--keep-state is for a check of the configuration: a file has no state to keep");
    }
    let mut subject = standalone::subject(Path::new(&args.check));
    subject.grants = Rc::new(args.allowed.grants()?);
    subject.options = with_options(args, serde_json::Map::new())?;
    Rc::make_mut(&mut subject.limits).timeout = timeout(args)?.unwrap_or(subject.limits.timeout);
    let (name, limits) = (subject.name.clone(), subject.limits.clone());
    let config = standalone::config(places, &subject.component);
    let caller = if args.learn { standalone::DefaultAccount::Learning } else { standalone::DefaultAccount::Itself };
    let learning = learning(zygote, args, &mut subject, &config, caller)?;
    let taped = RunRecorder::of(&args.taped, &mut subject)?;
    let rules = JudgeRules {
        check: &name,
        thresholds: &typed,
        on_failure: Status::Unknown,
        severity: &std::collections::BTreeMap::new(),
        limits: &limits,
        labels: &std::collections::BTreeMap::new(),
        interval: None,
    };
    let judge = |subject: &CheckSubject, descriptor: &_| accept(subject, descriptor, &typed);
    let mut run_outcome = standalone::one(zygote, subject, Goal::Run, &config, root, &judge, caller)?;
    let learnt = learning.map(|learning| learning.learnt(&run_outcome, root));
    taped.told(&mut run_outcome);
    let remembers = run_outcome.trace.state.is_some();
    let verdict = verdict(&rules, run_outcome);
    let verdict = if remembers { always_first(verdict) } else { verdict };
    Ok(CheckRun::of(verdict, learnt))
}

/// Begins what `--learn` asks for.
fn learning(
    zygote: &Zygote,
    args: &Args,
    subject: &mut CheckSubject,
    config: &Config,
    caller: standalone::DefaultAccount,
) -> anyhow::Result<Option<Learning>> {
    args.learn.then(|| Learning::begin(zygote, subject, config, caller, args.yes)).transpose()
}

fn configured(zygote: &Zygote, args: &Args, config: &Config, check: &Check, root: &Path) -> anyhow::Result<CheckRun> {
    let store = Store::open(&config.paths.state);
    // Without its past a check still tells the present, unless that is all that it is about.
    let (kept, unread) = match store
        .as_ref()
        .map_err(ToString::to_string)
        .and_then(|store| store.read_private().map_err(|error| error.to_string()))
    {
        Ok(kept) => (kept, None),
        Err(error) => (Private::default(), Some(error)),
    };
    let mut subject = subject(check, &kept, config);
    let has_past = !subject.state.is_empty();
    let learning = learning(zygote, args, &mut subject, config, standalone::DefaultAccount::Configured)?;
    let taped = RunRecorder::of(&args.taped, &mut subject)?;
    let judge = |subject: &CheckSubject, descriptor: &_| accept(subject, descriptor, &check.thresholds);
    let mut run_outcome =
        standalone::one(zygote, subject, Goal::Run, config, root, &judge, standalone::DefaultAccount::Configured)?;
    let learnt = learning.map(|learning| learning.learnt(&run_outcome, root));
    taped.told(&mut run_outcome);
    let state = run_outcome.trace.state.take();
    let verdict = verdict(&rules(check), run_outcome);
    let verdict = match unread {
        _ if state.is_none() => verdict,
        Some(error) => without_past(verdict, &error),
        None if !has_past && !args.keep_state => without_rounds(verdict),
        None => verdict,
    };
    if let Some(state) = state.filter(|_| args.keep_state && verdict.failure.is_none()) {
        let keep = |memory: &mut Memory| memory.private.checks.entry(check.name.clone()).or_default().set_state(state);
        store?.change(keep)?.written?;
    }
    Ok(CheckRun::of(verdict, learnt))
}

/// Answers for a name that is no check's: of a file that was refused, or a mistake.
pub(crate) fn not_there(name: &str, config: &Config) -> anyhow::Result<Verdict> {
    if let Some(refused) = config.refused.iter().find(|refused| refused.checks.iter().any(|check| check == name)) {
        return Ok(lost(name, refused, jiff::Timestamp::now()));
    }
    let known: Vec<&str> = config.checks.keys().map(String::as_str).collect();
    bail!("there is no check `{name}`{}", super::nearest_known(name, &known))
}
