//! The main file's tables but its checks: defaults applied, rules across fields judged.

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use toml::Spanned;

use super::fields::{
    Problems, above_zero, account, at_least, beside, duration, literal_path, log_file, plain, time, word,
};
use super::file::{
    CompileTable, DeliveryTable, InstallTable, LimitsTable, LogTable, MainFile, PathsTable, RunTable, Text, TextsTable,
};
use super::host::host;
use super::layered::{KeyRules, LayeredCheck};
use super::limits::{limits, within_deadline};
use super::outputs::outputs;
use super::resolve::ResolvedFile;
use super::schedule::zone_named;
use super::spans::FileProblem;
use super::values::Count;
use super::{
    CompileLimits, DEFAULT_USER, DeliverySettings, HostSettings, InstallSettings, Layer, Limits, LogFormat,
    LogSettings, OutputSettings, Paths, Paused, Receiver, RecordWhen, RunSettings, SLOW, TextSettings, name,
};
use roundsman_os::process::slot::SLOTS;
use roundsman_os::process::user::SUBSTITUTE;
use roundsman_verdict::history::HISTORY;

/// Runs at a time: each is a few processes with up to `limits.memory` each, and two uids of its own.
const MOST_PARALLEL: u64 = SLOTS as u64;

/// Seats of the group of slow checks, where `[groups]` does not say: they leave the others half of `parallel`.
const SLOW_SEATS: usize = 2;

/// A history that holds less than that keeps no day of a host in trouble.
const LEAST_HISTORY: u64 = 64 << 10;

/// Settings of the main file besides its checks.
#[derive(Debug)]
pub struct Settings {
    pub paths: Paths,
    pub run: RunSettings,
    pub compile: CompileLimits,
    pub log: LogSettings,
    pub host: HostSettings,
    pub texts: TextSettings,
    pub install: InstallSettings,
    /// Bytes of the history.
    pub history: u64,
    pub groups: BTreeMap<String, usize>,
    pub outputs: Vec<OutputSettings>,
    pub receivers: Vec<Receiver>,
    pub delivery: DeliverySettings,
    pub limits: Rc<Limits>,
    /// What holds of a check before its own table.
    pub defaults: LayeredCheck,
}

impl Settings {
    /// Returns what the keys of checks are judged against.
    pub(crate) fn rules<'a>(&'a self, knows_zone: &'a dyn Fn(&str) -> bool) -> KeyRules<'a> {
        KeyRules { tick: self.run.tick, deadline: self.run.deadline, groups: &self.groups, knows_zone }
    }
}

/// Default paths of the runtime's own files.
#[derive(Debug, Clone)]
pub struct StandardPaths {
    pub paths: Paths,
    pub log: std::path::PathBuf,
}

/// Resolves the main file's settings; relative paths start where the file lies.
pub fn settings(
    file: &MainFile,
    source: &ResolvedFile<'_>,
    standard: &StandardPaths,
    knows_zone: &dyn Fn(&str) -> bool,
    problems: &mut Problems,
) -> Settings {
    let directory = source.directory();
    let run = run(&file.run, problems);
    let base = limits(&file.limits, &Rc::default(), problems);
    deadline_fits(&file.limits, &file.run, &base, run.deadline, problems);
    let mut settings = Settings {
        paths: paths(&file.paths, directory, &standard.paths, problems),
        compile: compile(&file.compile, problems),
        log: log(&file.log, directory, &standard.log, problems),
        host: host(&file.host, problems),
        texts: texts(&file.texts, knows_zone, problems),
        install: install(&file.install, problems),
        history: file.history.size.as_ref().and_then(|size| at_least(size, LEAST_HISTORY, problems)).unwrap_or(HISTORY),
        groups: groups(&file.groups, problems),
        outputs: Vec::new(),
        receivers: Vec::new(),
        delivery: delivery(&file.delivery, problems),
        defaults: LayeredCheck::standard(base.clone()),
        limits: base,
        run,
    };
    (settings.outputs, settings.receivers) = outputs(&file.output, source, problems);
    settings.defaults = settings.defaults.with(&file.defaults.shared(), &settings.rules(knows_zone), problems);
    settings
}

fn install(table: &InstallTable, problems: &mut Problems) -> InstallSettings {
    let words = [("warn", false), ("refuse", true)];
    let written = table.expired.as_ref().and_then(|written| word(written, &words, problems));
    InstallSettings {
        refuses_expired: written.unwrap_or_default(),
        ca: table.ca.as_ref().and_then(|ca| literal_path(ca, problems)).map(Into::into),
        proxy: table.proxy.as_ref().and_then(|proxy| plain(proxy, problems)),
        auth: table.auth.as_ref().and_then(|auth| literal_path(auth, problems)).map(Into::into),
    }
}

fn texts(table: &TextsTable, knows_zone: &dyn Fn(&str) -> bool, problems: &mut Problems) -> TextSettings {
    let timezone = table.timezone.as_ref().and_then(|written| zone_named(written, knows_zone, problems));
    TextSettings { timezone }
}

/// Account that delivers if the main file names none.
pub const DEFAULT_SENDER: &str = "roundsman-net";

/// Bytes of values that wait for receivers: of a hundred checks, some hours.
const KEPT: u64 = 64 << 20;
const LEAST_KEPT: u64 = 1 << 20;

fn delivery(table: &DeliveryTable, problems: &mut Problems) -> DeliverySettings {
    DeliverySettings {
        deadline: table.deadline.as_ref().and_then(|t| time(t, problems)).unwrap_or(Duration::from_secs(20)),
        user: table.user.as_ref().and_then(|u| account(u, problems)).unwrap_or_else(|| DEFAULT_SENDER.to_owned()),
        keep: table.keep.as_ref().and_then(|size| at_least(size, LEAST_KEPT, problems)).unwrap_or(KEPT),
    }
}

/// Returns the groups with their caps; `slow` is there without being written.
fn groups(table: &BTreeMap<Text, Spanned<Count>>, problems: &mut Problems) -> BTreeMap<String, usize> {
    let mut groups = BTreeMap::from([(SLOW.to_owned(), SLOW_SEATS)]);
    for (name, written) in table {
        let cap = written.get_ref().0;
        if !name::is_valid(name.get_ref()) {
            let reason = format!("`{}` is no name for a group", name.get_ref());
            problems.push(FileProblem::new(name.span(), reason).with_help(name::RULE));
        }
        if !(1..=MOST_PARALLEL).contains(&cap) {
            problems.push(FileProblem::new(written.span(), format!("{cap} is not between 1 and {MOST_PARALLEL}")));
        }
        groups.insert(name.get_ref().clone(), usize::try_from(cap).unwrap_or(1));
    }
    groups
}

fn paths(table: &PathsTable, directory: &Path, standard: &Paths, problems: &mut Problems) -> Paths {
    let mut one = |written| beside(directory, written, problems);
    Paths {
        state: table.state.as_ref().and_then(&mut one).unwrap_or_else(|| standard.state.clone()),
        cache: table.cache.as_ref().and_then(&mut one).unwrap_or_else(|| standard.cache.clone()),
        checks: match &table.checks {
            Some(list) => list.iter().filter_map(one).collect(),
            None => standard.checks.clone(),
        },
    }
}

fn run(table: &RunTable, problems: &mut Problems) -> RunSettings {
    let parallel = table.parallel.as_ref().map_or(4, |written| {
        let number = written.get_ref().0;
        if !(1..=MOST_PARALLEL).contains(&number) {
            let reason = format!("{number} is not between 1 and {MOST_PARALLEL}");
            let help = format!("each run has two uids of its own, of which this host has {}", 2 * SLOTS);
            problems.push(FileProblem::new(written.span(), reason).with_help(help));
        }
        number.clamp(1, MOST_PARALLEL)
    });
    let words = [("seccomp", Layer::Seccomp), ("uid", Layer::Uid), ("landlock", Layer::Landlock)];
    RunSettings {
        tick: table.tick.as_ref().and_then(|t| time(t, problems)).unwrap_or(Duration::from_secs(60)),
        parallel: usize::try_from(parallel).unwrap_or(1),
        deadline: table.deadline.as_ref().and_then(|t| time(t, problems)),
        splay: table.splay.as_ref().and_then(|t| duration(t, problems)).unwrap_or(Duration::from_secs(20)),
        user: table.user.as_ref().and_then(|u| account(u, problems)).unwrap_or_else(|| DEFAULT_USER.to_owned()),
        worker_uid: worker_uid(table, problems),
        buffers: table.buffers.as_ref().and_then(|bytes| above_zero(bytes, problems)).unwrap_or(256 << 20),
        paused: table
            .paused
            .as_ref()
            .and_then(|written| word(written, &[("ok", Paused::Ok), ("last", Paused::Last)], problems))
            .unwrap_or_default(),
        record: table
            .record
            .as_ref()
            .and_then(|written| {
                word(written, &[RecordWhen::Never, RecordWhen::OnProblem].map(|it| (it.word(), it)), problems)
            })
            .unwrap_or_default(),
        require: table.require.as_ref().map(|list| list.iter().filter_map(|l| word(l, &words, problems)).collect()),
    }
}

/// From systemd's "Users, Groups, UIDs and GIDs on systemd Systems": up to 60705 are accounts, homes and greeters, from
/// 61184 on services with `DynamicUser`, and 65534 is nobody.
fn worker_uid(table: &RunTable, problems: &mut Problems) -> u32 {
    const STANDARD: u32 = 60_720;
    const AFTER_FREE: u32 = 61_184;
    const FREE_AGAIN: u32 = 65_536;
    let Some(written) = &table.worker_uid else { return STANDARD };
    let Count(number) = *written.get_ref();
    let first = u32::try_from(number).ok();
    // The largest uid stands for "no change" in setuid(2).
    let after = first.and_then(|first| first.checked_add(2 * SLOTS)).filter(|after| *after < u32::MAX);
    let is_free = |first, after| first >= FREE_AGAIN || (first >= STANDARD && after <= AFTER_FREE);
    let problem = match (first, after) {
        (Some(first), Some(after)) if is_free(first, after) && first.is_multiple_of(2) => return first,
        (Some(first), Some(after)) if is_free(first, after) => {
            let reason =
                format!("{first} is odd: a run has an even uid and the next, so that rows that overlap part no pair");
            FileProblem::new(written.span(), reason).with_help(format!("worker_uid = {}", first - 1))
        }
        _ => {
            let reason = format!(
                "of the {} uids from {number} on, two for each run on this host, some may be another's: accounts and systemd \
                 have those up to 60705 and from {AFTER_FREE} to 65535, and {SUBSTITUTE} is for who has no account",
                2 * SLOTS
            );
            let help = format!(
                "worker_uid = {STANDARD} is the default; else an even number from {FREE_AGAIN} on, of no account"
            );
            FileProblem::new(written.span(), reason).with_help(help)
        }
    };
    problems.push(problem);
    STANDARD
}

/// The timeout that holds for all checks against the explicit deadline: shown where one of them is written.
fn deadline_fits(
    written: &LimitsTable,
    run: &RunTable,
    base: &Limits,
    deadline: Option<Duration>,
    problems: &mut Problems,
) {
    if let Some(timeout) = &written.timeout {
        within_deadline(timeout, deadline, problems);
    } else if let (Some(at), Some(deadline)) = (&run.deadline, deadline)
        && base.timeout > deadline
    {
        let reason =
            format!("`{}` is shorter than the timeout of a run, {:?} (limits.timeout)", at.get_ref().0, base.timeout);
        problems
            .push(FileProblem::new(at.span(), reason).with_help("raise this, or write a shorter timeout in [limits]"));
    }
}

fn compile(table: &CompileTable, problems: &mut Problems) -> CompileLimits {
    let mut bytes = |written: &Option<_>| written.as_ref().and_then(|written| above_zero(written, problems));
    let (memory, component) = (bytes(&table.memory).unwrap_or(1 << 30), bytes(&table.component).unwrap_or(32 << 20));
    let time = table.time.as_ref().and_then(|t| time(t, problems)).unwrap_or(Duration::from_secs(60));
    CompileLimits { time, memory, component }
}

fn log(table: &LogTable, directory: &Path, standard: &Path, problems: &mut Problems) -> LogSettings {
    let words = [("text", LogFormat::Text), ("json", LogFormat::Json)];
    let file = table.file.as_ref().and_then(|file| log_file(directory, file, problems));
    LogSettings {
        file: file.unwrap_or_else(|| standard.to_owned()),
        format: table.format.as_ref().and_then(|format| word(format, &words, problems)).unwrap_or(LogFormat::Text),
        commands: table.commands,
    }
}
