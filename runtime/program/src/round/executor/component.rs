//! One component, from its file to the checks that it is ready for: looked at, loaded or compiled, described.

use std::rc::Rc;
use std::time::Duration;

use tracing::debug;

use super::{Executor, Recompile, Step, StepEnd, Task, not_started, other_answer};
use crate::round::run_outcome::{Answered, Goal, RunOutcome, Sink};
use crate::round::{decode, start};
use roundsman_config::{CompileLimits, Limits};
use roundsman_contract::Descriptor;
use roundsman_contract::report::{Failure, FailureKind};
use roundsman_grants::escape;
use roundsman_os::process::memfd::Memfd;
use roundsman_os::process::starved;
use roundsman_sandbox::worker::{Code, ExportAnswer};
use roundsman_store::components::bytes::{self, Looked, NamedComponent};
use roundsman_store::components::cache::{self, About, CachedCode, Within};
use roundsman_verdict::judge::{ComponentId, descriptor};

/// Prospect of a component, by its file alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Prospect {
    Cached,
    ToCompile,
}
/// A component on its way.
#[derive(Default)]
pub(super) struct Loaded {
    /// Those that use it.
    pub(super) subjects: Vec<usize>,
    /// How many of them have not ended.
    pub(super) left: usize,
    /// Its file, once it was judged.
    file: Option<Looked>,
    pub(super) sha256: String,
    pub(super) size: u64,
    pub(super) imports: Vec<String>,
    /// What the compile worker writes to.
    pub(super) writing: Option<Memfd>,
    pub(super) code: Option<Code>,
    /// Its descriptor, whole, and the part that verdicts carry.
    pub(super) described: Option<(Rc<Descriptor>, Rc<ComponentId>)>,
}

impl Executor<'_> {
    /// Judges the file of each component, without opening it. What is kept comes first, so that no check that could run
    /// waits for a compilation; then what is small, so that what compiles in a moment does not wait for what takes long.
    pub(super) fn look(&mut self, sink: &mut dyn Sink) {
        let mut compile = Vec::new();
        for number in 0..self.components.len() {
            match self.judge(number) {
                Ok(Prospect::Cached) => self.queue.push_back(Step::Load(number)),
                Ok(Prospect::ToCompile) => compile.push(number),
                Err(failure) => self.fail(Step::Compile(number), &failure, sink),
            }
        }
        compile.sort_by_key(|number| self.components[*number].size);
        self.queue.extend(compile.into_iter().map(Step::Compile));
    }

    fn judge(&mut self, number: usize) -> Result<Prospect, Failure> {
        let looked = self.cache.look(self.wanted(number))?;
        let given_up = self.cache.given_up(&looked, &self.within(number));
        if let Some(failure) = given_up.filter(|_| self.context.retry == Recompile::GivenUpStaysSo) {
            return Err(failure);
        }
        let prospect = match self.cache.digest(&looked) {
            Some(sha256) if self.cache.keeps(sha256) => {
                self.components[number].sha256 = sha256.to_owned();
                Prospect::Cached
            }
            _ => Prospect::ToCompile,
        };
        self.cache.name(&looked);
        self.components[number].size = looked.identity.size;
        self.components[number].file = Some(looked);
        Ok(prospect)
    }

    fn wanted(&self, number: usize) -> NamedComponent<'_> {
        let subject = &self.subjects[self.components[number].subjects[0]];
        let uid = rustix::process::geteuid().as_raw();
        let pin = subject.sha256.as_deref();
        NamedComponent { component: &subject.component, directories: self.context.directories, pin, uid }
    }

    /// Returns the limits that a component is compiled and described within.
    fn within(&self, number: usize) -> Within {
        let (_, limits) = self.describing(number);
        let (run_memory, run_fuel, run_timeout) = (limits.memory, limits.fuel, limits.timeout);
        let CompileLimits { time, memory, .. } = *self.context.compile;
        Within { time, memory, run_memory, run_fuel, run_timeout }
    }

    /// Returns the subject that a component is described for: its limits are the widest of all its checks.
    pub(super) fn describing(&self, number: usize) -> (String, Rc<Limits>) {
        let subjects = || self.components[number].subjects.iter().map(|subject| &self.subjects[*subject]);
        let check = subjects().next().map(|subject| subject.name.clone()).unwrap_or_default();
        let widest = |mut widest: Limits, limits: &Limits| {
            widest.memory = widest.memory.max(limits.memory);
            widest.fuel = widest.fuel.max(limits.fuel);
            widest.timeout = widest.timeout.max(limits.timeout);
            widest
        };
        (check, Rc::new(subjects().map(|subject| &*subject.limits).fold(Limits::default(), widest)))
    }

    /// Reads a component, and compiles it unless its code is there: the file may be an old one that was touched.
    pub(super) fn compile(&mut self, number: usize, sink: &mut dyn Sink) -> Result<Option<Task<Step>>, Failure> {
        let context = self.context;
        let read = cache::now();
        let verified = bytes::read(self.wanted(number), context.compile.component)?;
        debug!(component = ?self.wanted(number).component, sha256 = verified.sha256, "read a component: no code was known");
        let loaded = &mut self.components[number];
        loaded.sha256.clone_from(&verified.sha256);
        loaded.size = verified.bytes.len() as u64;
        if let Some(file) = &loaded.file {
            self.cache.learn(file, &verified, read);
        }
        if let Some(kept) = self.cache.find(&verified.sha256) {
            self.load(number, kept, sink);
            return Ok(None);
        }
        let started =
            start::compilation(context.isolation, context.zygote, Step::Compile(number), &verified, context.compile);
        let (task, code) = started.map_err(|error| not_started(&error))?;
        self.components[number].writing = Some(code);
        Ok(Some(task))
    }

    /// Takes what is kept of a component.
    pub(super) fn load(&mut self, number: usize, kept: CachedCode, sink: &mut dyn Sink) {
        let CachedCode { code, about: About { descriptor, imports } } = kept;
        let loaded = &mut self.components[number];
        (loaded.code, loaded.imports) = (Some(code), imports);
        self.accept(number, descriptor, Duration::ZERO, sink);
    }

    /// A compilation that the round's deadline ended is lost as one is that a limit of its own ended; that of a signal is
    /// not.
    pub(super) fn lose(&mut self, step: Step, ended: &StepEnd<Step>) {
        if ended.reason.by_round && self.interrupted.is_none() {
            let late = "the round was over before the component was compiled (run.deadline)";
            self.remember(step, &Failure::new(FailureKind::Timeout, late));
        }
    }

    /// Remembers what is wrong with a component, so that later rounds need not find out.
    pub(super) fn remember(&mut self, step: Step, failure: &Failure) {
        if let Step::Compile(number) | Step::Describe(number) = step
            && let Some(file) = &self.components[number].file
        {
            let within = self.within(number);
            self.cache.fail(file, failure, within);
        }
    }

    pub(super) fn compiled(&mut self, number: usize, ended: &StepEnd<Step>) -> Result<(), Failure> {
        let imports = decode::imports(self.context.compile, ended).map_err(|failure| self.named(number, failure))?;
        let loaded = &mut self.components[number];
        loaded.imports = imports;
        let sealed = loaded.writing.take().ok_or(std::io::ErrorKind::NotFound.into()).and_then(Memfd::seal);
        let code = sealed.and_then(Code::sealed);
        loaded.code = Some(code.map_err(|error| {
            Failure::new(FailureKind::Internal, format!("sealing the code: {}", starved::shown(&error)))
        })?);
        // Before other compilations: a check that can run does not wait for them.
        self.queue.push_front(Step::Describe(number));
        Ok(())
    }

    /// Returns the failure of what is no check, with the file that it is about.
    fn named(&self, number: usize, failure: Failure) -> Failure {
        match &self.components[number].file {
            Some(file) if failure.kind == FailureKind::Invalid => {
                Failure { message: format!("{}: {}", escape::path(&file.path), failure.message), ..failure }
            }
            _ => failure,
        }
    }

    pub(super) fn described(
        &mut self,
        number: usize,
        ended: &StepEnd<Step>,
        sink: &mut dyn Sink,
    ) -> Result<(), Failure> {
        let (check, limits) = self.describing(number);
        let (answer, _) = decode::last_word(&check, &limits, ended)?;
        let ExportAnswer::Descriptor(descriptor) = answer else { return Err(other_answer()) };
        // Before anything of it is kept or shown.
        descriptor::check(&descriptor).map_err(|failure| self.named(number, failure))?;
        let loaded = &self.components[number];
        if let Some(code) = &loaded.code {
            let about = About { descriptor: descriptor.clone(), imports: loaded.imports.clone() };
            self.cache.keep(&loaded.sha256, code, &about);
        }
        self.accept(number, descriptor, ended.duration, sink);
        Ok(())
    }

    /// Accepts the descriptor of a component, or ends its checks with the reason why not.
    fn accept(&mut self, number: usize, descriptor: Descriptor, duration: Duration, sink: &mut dyn Sink) {
        let descriptor = Rc::new(descriptor);
        let loaded = &mut self.components[number];
        let id = Rc::new(ComponentId::of(&descriptor, &loaded.sha256));
        loaded.described = Some((Rc::clone(&descriptor), id));
        // From the last to the first, as each goes before those that are there: they begin in the order of the plan.
        for subject in self.components[number].subjects.clone().into_iter().rev() {
            if let Err(failure) = (self.context.accept)(&self.subjects[subject], &descriptor) {
                sink.take(self.failed(subject, failure));
                self.forget(subject);
            } else if self.goal == Goal::Describe {
                let said = Answered::Said(ExportAnswer::Descriptor((*descriptor).clone()));
                sink.take(RunOutcome { result: Ok(said), duration, ..self.blank(subject) });
                self.forget(subject);
            } else {
                self.queue.push_front(Step::Ask(subject));
            }
        }
    }
}
