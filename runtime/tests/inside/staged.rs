//! A round in which chosen workers do something else than their work, beside others that are honest.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use roundsman::components::bytes::Verified;
use roundsman::config::{ComponentPath, Limits};
use roundsman::config::{Config, Places, load};
use roundsman::contract::Outcome;
use roundsman::grants::Grants;
use roundsman::isolation::Isolation;
use roundsman::report::{Failure, FailureKind};
use roundsman::round::carried::{Answered, Carried, Goal};
use roundsman::round::flow::{Terms, carry_out};
use roundsman::round::seats::Seats;
use roundsman::round::work::{Honest, Work};
use roundsman::store::locks::Locks;
use roundsman::subject::Subject;
use roundsman::worker::{Answer, Code, Job};
use roundsman_tests::component;
use tempfile::TempDir;

/// What the worker of a check does; it gets its only socket and, to do it honestly in the end, its work.
pub type Act = Box<dyn Fn(&File, &dyn Fn() -> i32) -> i32>;
/// What a compile worker does with the descriptor for the code and the channel.
pub type Lie = Box<dyn Fn(&Verified, &File, &File) -> i32>;

/// The component of every honest check: it makes one call of its broker, and reports.
const HONEST: &str = "logs";

pub struct Staged {
    pub directory: TempDir,
    pub isolation: Isolation,
    config: Config,
    subjects: Vec<Subject>,
    acts: Acts,
}

struct Acts {
    honest: Honest,
    workers: BTreeMap<String, Act>,
    compilers: BTreeMap<String, Lie>,
}

impl Staged {
    pub fn new() -> Self {
        let directory = tempfile::Builder::new().prefix("roundsman-inside-").tempdir().unwrap();
        std::fs::set_permissions(directory.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let main = directory.path().join("roundsman.toml");
        // Scenes run beside each other, and each has a directory of slots of its own.
        let uid = 1_000_000 + 2048 * (std::process::id() % 100_000);
        let state = directory.path().join("state");
        let text = format!("[run]\nworker_uid = {uid}\n[paths]\nstate = \"{}\"\n", state.display());
        std::fs::write(&main, text).unwrap();
        let config = load(&Places::beside(&main).unwrap(), 0).unwrap_or_else(|error| panic!("{error}"));
        std::fs::create_dir(&state).unwrap();
        let isolation = Isolation::decide(&config.run, &state).unwrap();
        assert!(isolation.layers.seccomp && isolation.layers.landlock && isolation.users.is_some(), "{isolation:?}");
        let acts = Acts { honest: Honest(isolation.layout), workers: BTreeMap::new(), compilers: BTreeMap::new() };
        Self { directory, isolation, config, subjects: Vec::new(), acts }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Adds a check of the honest component, which `change` may give grants and limits.
    pub fn check(&mut self, name: &str, change: impl FnOnce(&mut Subject)) {
        self.check_of(name, HONEST, component::wat(HONEST), change);
    }

    /// Adds a check of a component, whose file has this name.
    pub fn check_of(&mut self, name: &str, file: &str, bytes: Vec<u8>, change: impl FnOnce(&mut Subject)) {
        let path = self.path(&format!("{file}.wasm"));
        if !path.exists() {
            std::fs::write(&path, bytes).unwrap();
        }
        let mut subject = Subject {
            name: name.to_owned(),
            component: ComponentPath::At(path),
            sha256: None,
            group: None,
            options: "{}".to_owned(),
            limits: Limits::default(),
            grants: Grants::default(),
            state: BTreeMap::new(),
            only_if: Vec::new(),
            hanging: Vec::new(),
        };
        change(&mut subject);
        self.subjects.push(subject);
    }

    /// Has the worker of this check do something else.
    pub fn act(&mut self, name: &str, act: impl Fn(&File, &dyn Fn() -> i32) -> i32 + 'static) {
        self.acts.workers.insert(name.to_owned(), Box::new(act));
    }

    /// Has the compile worker of this file do something else.
    pub fn lie(&mut self, file: &str, lie: impl Fn(&Verified, &File, &File) -> i32 + 'static) {
        self.acts.compilers.insert(format!("{file}.wasm"), Box::new(lie));
    }

    pub fn compile_limits(&mut self, time: Duration, memory: u64) {
        self.config.compile.time = time;
        self.config.compile.memory = memory;
    }

    /// Does the round.
    pub fn run(mut self) -> Ran {
        let subjects = std::mem::take(&mut self.subjects);
        let count = subjects.len();
        let terms = Terms {
            isolation: &self.isolation,
            work: &self.acts,
            compile: &self.config.compile,
            directories: &[],
            root: Path::new("/"),
            seats: Seats { locks: &Locks::apart(), parallel: 4, groups: &BTreeMap::new() },
            deadline: Instant::now() + Duration::from_secs(100),
            interrupt: None,
            accept: &|_, _| Ok(()),
        };
        let mut all = Vec::new();
        carry_out(subjects, Goal::Run, &terms, &mut all).unwrap();
        let mut carried = BTreeMap::new();
        for one in all {
            assert!(carried.insert(one.name.clone(), one).is_none(), "a check that ended twice");
        }
        assert_eq!(carried.len(), count, "every check ends once");
        Ran { carried, _directory: self.directory }
    }
}

impl Work for Acts {
    fn compile(&self, verified: &Verified, code: &File, channel: &File) -> i32 {
        let honest = || self.honest.compile(verified, code, channel);
        let name = verified.path.file_name().unwrap().to_str().unwrap();
        self.compilers.get(name).map_or_else(honest, |lie| lie(verified, code, channel))
    }

    fn ask(&self, job: &Job, code: &Code, channel: &File) -> i32 {
        self.honest.ask(job, code, channel)
    }

    fn check(&self, job: &Job, code: &Code, broker: &Rc<File>) -> i32 {
        let honest = || self.honest.check(job, code, broker);
        self.workers.get(&job.check).map_or_else(honest, |act| act(broker, &honest))
    }
}

/// A round that was done.
pub struct Ran {
    pub carried: BTreeMap<String, Carried>,
    _directory: TempDir,
}

impl Ran {
    /// The checks whose names begin so; there are some.
    fn named<'a>(&'a self, start: &'a str) -> impl Iterator<Item = &'a Carried> {
        assert!(self.carried.keys().any(|name| name.starts_with(start)), "there is no {start}");
        self.carried.values().filter(move |carried| carried.name.starts_with(start))
    }

    /// Every check of the honest component whose name begins so reported, by way of its broker.
    #[track_caller]
    pub fn assert_honest(&self, start: &str) {
        for carried in self.named(start) {
            let outcome = self.outcome(&carried.name);
            assert_eq!(outcome.summary, "was here", "{carried:?}");
            let said: Vec<_> = carried.log.iter().map(|line| line.message.as_str()).collect();
            assert_eq!(said, ["was here"], "{carried:?}");
        }
    }

    #[track_caller]
    pub fn outcome(&self, name: &str) -> &Outcome {
        match &self.carried[name].result {
            Ok(Answered::Said(Answer::Outcome(outcome))) => outcome,
            other => panic!("{name} did not report: {other:?}"),
        }
    }

    #[track_caller]
    pub fn failure(&self, name: &str) -> &Failure {
        match &self.carried[name].result {
            Err(failure) => failure,
            Ok(answered) => panic!("{name} did not fail: {answered:?}"),
        }
    }

    /// The check failed so, with these parts in its message.
    #[track_caller]
    pub fn assert_failure(&self, name: &str, kind: FailureKind, parts: &[&str]) {
        let failure = self.failure(name);
        let good = failure.kind == kind && parts.iter().all(|part| failure.message.contains(part));
        assert!(good, "{name}: {failure:?} instead of {kind:?} with {parts:?}");
    }
}
