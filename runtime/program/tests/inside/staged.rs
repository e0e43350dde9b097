//! A round in which chosen workers do something else than their work, beside others that are honest.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use roundsman::isolation::Isolation;
use roundsman::round::concurrency::Concurrency;
use roundsman::round::executor::{Recompile, RunContext, carry_out};
use roundsman::round::run_outcome::{Answered, Goal, RunOutcome};
use roundsman_config::ComponentPath;
use roundsman_config::{Config, Places, load};
use roundsman_contract::Outcome;
use roundsman_contract::calls::tape::Taping;
use roundsman_contract::report::{Failure, FailureKind};
use roundsman_contract::subject::CheckSubject;
use roundsman_sandbox::worker::engine::Layout;
use roundsman_sandbox::worker::key::CodeKey;
use roundsman_sandbox::worker::{ExportAnswer, Job, Mapped};
use roundsman_sandbox::zygote::Zygote;
use roundsman_sandbox::zygote::work::{Honest, Work};
use roundsman_store::components::cache::Cache;
use roundsman_store::locks::Locks;
use roundsman_tests::component;
use tempfile::TempDir;

/// Act of the worker of a check; it gets its only socket and, to do it honestly in the end, its work.
pub type Act = Box<dyn Fn(&File, &dyn Fn() -> i32) -> i32>;
/// Act of a compile worker, with the descriptor for the code and the channel.
pub type Lie = Box<dyn Fn(&File, &File) -> i32>;

type Change = fn(&mut CheckSubject);

/// The component of every honest check: it makes one call of its broker, and reports.
const HONEST: &str = "logs";

pub struct Staged {
    pub directory: TempDir,
    pub isolation: Isolation,
    config: Config,
    subjects: Vec<CheckSubject>,
    /// Changes to checks that are made once the zygote is there.
    learnt: Vec<(String, Change)>,
    workers: BTreeMap<String, Act>,
    compilers: BTreeMap<String, Lie>,
}

struct Acts {
    honest: Honest,
    workers: BTreeMap<String, Act>,
    /// By the name of the component's file.
    compilers: BTreeMap<String, Lie>,
}

impl Staged {
    pub fn new() -> Self {
        let directory = tempfile::Builder::new().prefix("roundsman-inside-").tempdir().unwrap();
        std::fs::set_permissions(directory.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let main = directory.path().join("roundsman.toml");
        let state = directory.path().join("state");
        let text = format!("[paths]\nstate = \"{}\"\n", state.display());
        std::fs::write(&main, text).unwrap();
        let config = load(&Places::beside(&main).unwrap(), 0).unwrap_or_else(|error| panic!("{error}"));
        std::fs::create_dir(&state).unwrap();
        let isolation = Isolation::decide(&config.run, &state).unwrap();
        assert!(isolation.layers.seccomp && isolation.layers.landlock && isolation.users.is_some(), "{isolation:?}");
        let (workers, compilers) = (BTreeMap::new(), BTreeMap::new());
        Self { directory, isolation, config, subjects: Vec::new(), learnt: Vec::new(), workers, compilers }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Adds a check of the honest component, which `change` may give grants and limits.
    pub fn check(&mut self, name: &str, change: impl FnOnce(&mut CheckSubject)) {
        self.check_of(name, HONEST, component::wat(HONEST), change);
    }

    /// Adds a check of a component, whose file has this name.
    pub fn check_of(&mut self, name: &str, file: &str, bytes: Vec<u8>, change: impl FnOnce(&mut CheckSubject)) {
        let path = self.path(&format!("{file}.wasm"));
        if !path.exists() {
            std::fs::write(&path, signed(bytes, file)).unwrap();
        }
        let mut subject = CheckSubject {
            name: name.to_owned(),
            component: ComponentPath::At(path),
            sha256: None,
            group: None,
            options: "{}".to_owned(),
            limits: Rc::default(),
            tape: Taping::None,
            shown: false,
            grants: Rc::default(),
            secrets: Rc::default(),
            state: BTreeMap::new(),
            only_if: Vec::new(),
            hanging: Vec::new(),
            buffers: self.config.run.shares(),
        };
        change(&mut subject);
        self.subjects.push(subject);
    }

    /// Changes a check that is there.
    pub fn change(&mut self, name: &str, change: Change) {
        change(named(&mut self.subjects, name));
    }

    /// Works as [`Staged::change`], but as a round does it that reads configuration and state: after its zygote was forked.
    pub fn learn(&mut self, name: &str, change: Change) {
        self.learnt.push((name.to_owned(), change));
    }

    /// Has the worker of this check do something else.
    pub fn act(&mut self, name: &str, act: impl Fn(&File, &dyn Fn() -> i32) -> i32 + 'static) {
        self.workers.insert(name.to_owned(), Box::new(act));
    }

    /// Has the compile worker of this file do something else.
    pub fn lie(&mut self, file: &str, lie: impl Fn(&File, &File) -> i32 + 'static) {
        self.compilers.insert(file.to_owned(), Box::new(lie));
    }

    pub fn compile_limits(&mut self, time: Duration, memory: u64) {
        self.config.compile.time = time;
        self.config.compile.memory = memory;
    }

    /// Does the round, and compiles everything.
    pub fn run(self) -> Ran {
        self.run_with(|_| Cache::default())
    }

    /// Does the round.
    pub fn run_with(self, cache: impl FnOnce(&Zygote) -> Cache) -> Ran {
        let (workers, compilers) = (self.workers, self.compilers);
        let zygote = Zygote::of(|| Acts { honest: Honest::new(Layout::of_this_process()), workers, compilers });
        let mut cache = cache(&zygote);
        let mut subjects = self.subjects;
        let count = subjects.len();
        for (name, change) in self.learnt {
            change(named(&mut subjects, &name));
        }
        let context = RunContext {
            isolation: &self.isolation,
            zygote: &zygote,
            compile: &self.config.compile,
            retry: Recompile::GivenUpStaysSo,
            directories: &[],
            root: Path::new("/"),
            concurrency: Concurrency { locks: &Locks::apart(), parallel: 4, groups: &BTreeMap::new() },
            deadline: Instant::now() + Duration::from_secs(100),
            keeps_zygote: false,
            interrupt: None,
            accept: &|_, _| Ok(()),
        };
        let mut all = Vec::new();
        carry_out(subjects, Goal::Run, &context, &mut cache, &mut all).unwrap();
        assert_eq!(cache.close(&|| None).lines, [""; 0]);
        let mut outcomes = BTreeMap::new();
        for one in all {
            assert!(outcomes.insert(one.name.clone(), one).is_none(), "a check that ended twice");
        }
        assert_eq!(outcomes.len(), count, "every check ends once");
        Ran { outcomes, _directory: self.directory }
    }
}

fn named<'s>(subjects: &'s mut [CheckSubject], name: &str) -> &'s mut CheckSubject {
    subjects.iter_mut().find(|subject| subject.name == name).expect("a check of this name")
}

/// Returns the component with the name of its file in a section of its own: a compile worker is told nothing else of it.
pub fn signed(component: Vec<u8>, file: &str) -> Vec<u8> {
    let section = signature(file);
    let length = u8::try_from(section.len()).ok().filter(|length| *length < 0x80).expect("a short name");
    [component, vec![0, length], section].concat()
}

/// Returns the content of a custom section: its name, here `file`, and what it holds.
fn signature(file: &str) -> Vec<u8> {
    [b"\x04file", file.as_bytes()].concat()
}

impl Work for Acts {
    fn key(&self) -> Option<CodeKey> {
        self.honest.key()
    }

    fn compile(&self, component: &[u8], code: &File, channel: &File) -> i32 {
        let lie = self.compilers.iter().find(|(file, _)| component.ends_with(&signature(file)));
        lie.map_or_else(|| self.honest.compile(component, code, channel), |(_, lie)| lie(code, channel))
    }

    fn ask(&self, job: &Job, code: &Mapped, channel: &File) -> i32 {
        self.honest.ask(job, code, channel)
    }

    fn check(&self, job: &Job, code: &Mapped, broker: &Arc<File>) -> i32 {
        let honest = || self.honest.check(job, code, broker);
        self.workers.get(&job.check).map_or_else(honest, |act| act(broker, &honest))
    }
}

/// A round that was done.
pub struct Ran {
    pub outcomes: BTreeMap<String, RunOutcome>,
    _directory: TempDir,
}

impl Ran {
    /// The checks whose names begin so; there are some.
    fn named<'a>(&'a self, start: &'a str) -> impl Iterator<Item = &'a RunOutcome> {
        assert!(self.outcomes.keys().any(|name| name.starts_with(start)), "there is no {start}");
        self.outcomes.values().filter(move |run_outcome| run_outcome.name.starts_with(start))
    }

    /// Every check of the honest component whose name begins so reported, by way of its broker.
    #[track_caller]
    pub fn assert_honest(&self, start: &str) {
        for run_outcome in self.named(start) {
            let outcome = self.outcome(&run_outcome.name);
            assert_eq!(outcome.summary, "was here", "{run_outcome:?}");
            let said: Vec<_> = run_outcome.trace.log.iter().map(|line| line.message.as_str()).collect();
            assert_eq!(said, ["was here"], "{run_outcome:?}");
        }
    }

    #[track_caller]
    pub fn outcome(&self, name: &str) -> &Outcome {
        match &self.outcomes[name].result {
            Ok(Answered::Said(ExportAnswer::Outcome(outcome))) => outcome,
            other => panic!("{name} did not report: {other:?}"),
        }
    }

    #[track_caller]
    pub fn failure(&self, name: &str) -> &Failure {
        match &self.outcomes[name].result {
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
