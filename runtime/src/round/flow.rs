//! Carries out all checks: each component compiled and asked once, then each check run, as many at a time as allowed.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::carried::{Answered, Carried, Component, Goal, Sink};
use super::pool::{Ended, Pool, Task};
use super::seats::{Room, Seat, Seats};
use super::{heard, start};
use crate::components::bytes::{self, Looked, Wanted};
use crate::components::cache::{self, About, Cache, Kept, Within};
use crate::config::{CompileLimits, Limits};
use crate::contract::Descriptor;
use crate::isolation::Isolation;
use crate::judge::descriptor;
use crate::process::interrupt::Interrupt;
use crate::process::mark::kill_orphans;
use crate::process::memfd::Memfd;
use crate::process::pidfd::Exit;
use crate::process::slot::Slot;
use crate::report::{Failure, FailureKind, Usage};
use crate::subject::Subject;
use crate::worker::{Answer, Call, Code, Job};
use crate::zygote::{SpawnError, Who, Zygote};

/// More than the ends of all tasks take once they are told to.
const LONGEST_END: Duration = Duration::from_secs(60);
/// How soon a seat that another round has is asked for again.
const SEAT_PATIENCE: Duration = Duration::from_millis(100);

/// What all checks of a round share.
pub struct Terms<'t> {
    pub isolation: &'t Isolation,
    /// Whom the locked processes are forked by.
    pub zygote: &'t Zygote,
    pub compile: &'t CompileLimits,
    pub retry: Retry,
    /// Where components named without a slash are.
    pub directories: &'t [std::path::PathBuf],
    /// Where files are read from: `/`, or a tree of recorded ones.
    pub root: &'t Path,
    pub seats: Seats<'t>,
    pub deadline: Instant,
    /// Signals that end the round before its deadline.
    pub interrupt: Option<&'t Interrupt>,
    /// Judges a component that has described itself before a check of it is run.
    pub accept: &'t dyn Fn(&Subject, &Descriptor) -> Result<(), Failure>,
}

/// What is done with a component that could not be compiled before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// No endless retries: it fails as it did.
    GivenUpStaysSo,
    /// Somebody asked for it by hand.
    Again,
}

/// What a component's file promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Prospect {
    Kept,
    ToCompile,
}

/// One thing to do; the numbers are places in [`Flow::components`] and [`Flow::subjects`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// Opening the code that is kept. No process does it.
    Load(usize),
    Compile(usize),
    Describe(usize),
    Ask(usize),
}

struct Flow<'t> {
    terms: &'t Terms<'t>,
    cache: &'t mut Cache,
    goal: Goal,
    subjects: Vec<Subject>,
    /// Of each subject, which one it uses.
    component_of: Vec<usize>,
    components: Vec<Loaded>,
    queue: VecDeque<Step>,
    pool: Pool<Step>,
    /// What the steps under way have taken.
    seated: BTreeMap<Step, Seated<'t>>,
    /// The signal that ended the round.
    interrupted: Option<i32>,
    /// Nothing is begun any more.
    ending: bool,
    /// Slots of workers that could not be killed.
    held: Vec<Slot>,
}

/// The seats of one step, given back when it has ended.
struct Seated<'t> {
    _host: Seat<'t>,
    /// Of its group, or among those that compile.
    _other: Room<'t>,
}

/// A component on its way.
#[derive(Default)]
struct Loaded {
    /// Those that use it.
    subjects: Vec<usize>,
    /// How many of them have not ended.
    left: usize,
    /// Its file, once it was judged.
    file: Option<Looked>,
    sha256: String,
    size: u64,
    imports: Vec<String>,
    /// What the compile worker writes to.
    writing: Option<Memfd>,
    code: Option<Code>,
    descriptor: Option<Rc<Descriptor>>,
}

/// Carries out `goal` for every subject and hands each to `sink` as soon as it has ended; all of them are, whatever
/// happens to the others. Returns the signal that ended it early, if one did.
///
/// # Errors
/// The kernel refuses to poll; nothing can be watched then.
pub fn carry_out(
    subjects: Vec<Subject>,
    goal: Goal,
    terms: &Terms<'_>,
    cache: &mut Cache,
    sink: &mut dyn Sink,
) -> io::Result<Option<i32>> {
    let mut flow = Flow::new(subjects, goal, terms, cache);
    flow.look(sink);
    let mut deadline = terms.deadline;
    loop {
        let waits = flow.fill(sink);
        if flow.pool.is_empty() && flow.queue.is_empty() {
            return Ok(flow.interrupted);
        }
        let again = waits.then(|| Instant::now() + SEAT_PATIENCE);
        let until = [sink.wakes_at(), again].into_iter().flatten().fold(deadline, Instant::min);
        // Once is enough: one that comes again would only wake the end that is under way.
        let interrupt = terms.interrupt.filter(|_| flow.interrupted.is_none());
        let ended = flow.pool.next(until, interrupt)?;
        flow.interrupted = flow.interrupted.or_else(|| interrupt.and_then(Interrupt::received));
        if flow.interrupted.is_some() || Instant::now() >= deadline {
            flow.ending = true;
            flow.pool.end_all();
            flow.leave_the_rest(sink);
            // Every task has been told to end and is abandoned where it does not.
            deadline = Instant::now() + LONGEST_END;
        }
        if let Some(ended) = ended {
            flow.advance(ended, sink);
        }
        if sink.wakes_at().is_some_and(|at| Instant::now() >= at) {
            sink.wake();
        }
    }
}

impl<'t> Flow<'t> {
    fn new(subjects: Vec<Subject>, goal: Goal, terms: &'t Terms<'t>, cache: &'t mut Cache) -> Self {
        let (mut components, mut component_of, mut known) = (Vec::new(), Vec::new(), BTreeMap::new());
        for (number, subject) in subjects.iter().enumerate() {
            let component = *known.entry((&subject.component, &subject.sha256)).or_insert_with(|| {
                components.push(Loaded::default());
                components.len() - 1
            });
            components[component].subjects.push(number);
            components[component].left += 1;
            component_of.push(component);
        }
        Self {
            terms,
            cache,
            goal,
            subjects,
            component_of,
            components,
            queue: VecDeque::new(),
            pool: Pool::default(),
            seated: BTreeMap::new(),
            interrupted: None,
            ending: false,
            held: Vec::new(),
        }
    }

    /// Judges the file of each component, without opening it. What is kept comes first, so that no check that could run
    /// waits for a compilation.
    fn look(&mut self, sink: &mut dyn Sink) {
        let mut compile = Vec::new();
        for number in 0..self.components.len() {
            match self.judge(number) {
                Ok(Prospect::Kept) => self.queue.push_back(Step::Load(number)),
                Ok(Prospect::ToCompile) => compile.push(Step::Compile(number)),
                Err(failure) => self.fail(Step::Compile(number), &failure, sink),
            }
        }
        self.queue.extend(compile);
    }

    fn judge(&mut self, number: usize) -> Result<Prospect, Failure> {
        let looked = self.cache.look(self.wanted(number))?;
        let given_up = self.cache.given_up(&looked, &self.within(number));
        if let Some(failure) = given_up.filter(|_| self.terms.retry == Retry::GivenUpStaysSo) {
            return Err(failure);
        }
        let prospect = match self.cache.digest(&looked) {
            Some(sha256) if self.cache.keeps(sha256) => {
                self.components[number].sha256 = sha256.to_owned();
                Prospect::Kept
            }
            _ => Prospect::ToCompile,
        };
        self.cache.name(&looked);
        self.components[number].size = looked.identity.size;
        self.components[number].file = Some(looked);
        Ok(prospect)
    }

    fn wanted(&self, number: usize) -> Wanted<'_> {
        let subject = &self.subjects[self.components[number].subjects[0]];
        let uid = rustix::process::geteuid().as_raw();
        let pin = subject.sha256.as_deref();
        Wanted { component: &subject.component, directories: self.terms.directories, pin, uid }
    }

    /// The limits that a component is compiled and described within.
    fn within(&self, number: usize) -> Within {
        let (_, limits) = self.describing(number);
        let (run_memory, run_fuel, run_timeout) = (limits.memory, limits.fuel, limits.timeout);
        let CompileLimits { time, memory, .. } = *self.terms.compile;
        Within { time, memory, run_memory, run_fuel, run_timeout }
    }

    /// Starts what is next, as long as there is room, and says whether something waits for room that others have.
    fn fill(&mut self, sink: &mut dyn Sink) -> bool {
        if self.ending {
            self.leave_the_rest(sink);
        }
        while !self.queue.is_empty() {
            let Some((at, seated)) = self.seat() else { return true };
            let Some(step) = self.queue.remove(at) else { break };
            match self.start(step, sink) {
                Ok(Some(task)) => {
                    self.seated.insert(step, seated);
                    self.pool.add(task);
                }
                Ok(None) => {}
                Err(failure) => {
                    drop(seated);
                    self.fail(step, &failure, sink);
                }
            }
        }
        false
    }

    /// The first step that there is room for: a full group holds up none but its own.
    fn seat(&self) -> Option<(usize, Seated<'t>)> {
        let host = self.terms.seats.host()?;
        let (at, other) = self.queue.iter().enumerate().find_map(|(at, step)| match self.room(*step) {
            Room::Full => None,
            room => Some((at, room)),
        })?;
        Some((at, Seated { _host: host, _other: other }))
    }

    fn room(&self, step: Step) -> Room<'t> {
        match step {
            Step::Ask(number) if self.goal == Goal::Run => match &self.subjects[number].group {
                Some(group) => self.terms.seats.group(group),
                None => Room::Unbounded,
            },
            // Code is opened when one of its checks can run: descriptors grow with `parallel`, not with checks.
            Step::Load(number) => {
                let mut rooms = self.components[number].subjects.iter().map(|subject| self.room(Step::Ask(*subject)));
                if rooms.any(|room| !matches!(room, Room::Full)) { Room::Unbounded } else { Room::Full }
            }
            Step::Compile(_) => self.terms.seats.compiling(),
            Step::Ask(_) | Step::Describe(_) => Room::Unbounded,
        }
    }

    /// Begins a step; nothing where it is done already.
    fn start(&mut self, step: Step, sink: &mut dyn Sink) -> Result<Option<Task<Step>>, Failure> {
        let terms = self.terms;
        match step {
            Step::Load(number) => {
                match self.cache.find(&self.components[number].sha256) {
                    Some(kept) => self.load(number, kept, sink),
                    None => self.queue.push_back(Step::Compile(number)),
                }
                Ok(None)
            }
            Step::Compile(number) => self.compile(number, sink),
            Step::Describe(number) => {
                let (check, limits) = self.describing(number);
                self.question(step, number, &Job { check, call: Call::Describe, limits }).map(Some)
            }
            Step::Ask(number) => {
                let component = self.component_of[number];
                let subject = &self.subjects[number];
                if self.goal == Goal::Validate {
                    let call = Call::Validate(subject.options.clone());
                    let job = Job { check: subject.name.clone(), call, limits: subject.limits.clone() };
                    return self.question(step, component, &job).map(Some);
                }
                let code = self.code(component)?;
                let (root, by) = (terms.root, (terms.zygote, self.last_worker()));
                let started = start::check(terms.isolation, by, step, code, subject, root, terms.deadline);
                started.map(Some).map_err(|error| not_started(&error))
            }
        }
    }

    /// Who works for a check that is about to run. All checks that wait are in the queue, and those under way want no
    /// other worker; what is compiled or described makes one wait later.
    fn last_worker(&self) -> Who {
        let only_checks = self.pool.keys().all(|step| matches!(step, Step::Ask(_)));
        // A round, which can be interrupted, keeps its zygote to the end: one fork among those of all its checks.
        let alone = self.terms.interrupt.is_none();
        if alone && self.queue.is_empty() && only_checks { Who::Zygote } else { Who::Forked }
    }

    /// For whom a component is described, and within which limits: the widest of its checks.
    fn describing(&self, number: usize) -> (String, Limits) {
        let subjects = || self.components[number].subjects.iter().map(|subject| &self.subjects[*subject]);
        let check = subjects().next().map(|subject| subject.name.clone()).unwrap_or_default();
        let widest = |mut widest: Limits, limits: &Limits| {
            widest.memory = widest.memory.max(limits.memory);
            widest.fuel = widest.fuel.max(limits.fuel);
            widest.timeout = widest.timeout.max(limits.timeout);
            widest
        };
        (check, subjects().map(|subject| &subject.limits).fold(Limits::default(), widest))
    }

    /// Reads a component, and compiles it unless its code is there: the file may be an old one that was touched.
    fn compile(&mut self, number: usize, sink: &mut dyn Sink) -> Result<Option<Task<Step>>, Failure> {
        let terms = self.terms;
        let read = cache::now();
        let verified = bytes::read(self.wanted(number), terms.compile.component)?;
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
            start::compilation(terms.isolation, terms.zygote, Step::Compile(number), &verified, terms.compile);
        let (task, code) = started.map_err(|error| not_started(&error))?;
        self.components[number].writing = Some(code);
        Ok(Some(task))
    }

    /// Takes what is kept of a component.
    fn load(&mut self, number: usize, kept: Kept, sink: &mut dyn Sink) {
        let Kept { code, about: About { descriptor, imports } } = kept;
        let loaded = &mut self.components[number];
        (loaded.code, loaded.imports) = (Some(code), imports);
        self.accept(number, descriptor, Duration::ZERO, sink);
    }

    fn question(&self, step: Step, component: usize, job: &Job) -> Result<Task<Step>, Failure> {
        let code = self.code(component)?;
        start::question(self.terms.isolation, self.terms.zygote, step, code, job).map_err(|error| not_started(&error))
    }

    fn code(&self, component: usize) -> Result<&Code, Failure> {
        let missing = || Failure::new(FailureKind::Internal, "a check came before the code of its component");
        self.components[component].code.as_ref().ok_or_else(missing)
    }

    /// Takes what a step said, and what follows from it.
    fn advance(&mut self, mut ended: Ended<Step>, sink: &mut dyn Sink) {
        let step = ended.key;
        self.seated.remove(&step);
        if matches!(ended.fate.broker, Some(Exit::Signal(_))) {
            // It could not end what its commands left behind.
            kill_orphans();
        }
        if ended.fate.worker.is_none() {
            // It hangs, and still has that uid: no other worker of this round gets it.
            self.held.extend(ended.slot.take());
        }
        // A check that has reported, or ran to the deadline, has shown something; one that a signal ended, or that was
        // not compiled by then, has not.
        let by_signal = self.interrupted.is_some() && !ended.fate.left_well();
        if by_signal || (self.ending && !matches!(step, Step::Ask(_))) {
            self.lose(step, &ended);
            return self.leave(step, sink);
        }
        let result = match step {
            // No process does it.
            Step::Load(_) => Ok(()),
            Step::Compile(number) => self.compiled(number, &ended),
            Step::Describe(number) => self.described(number, &ended, sink),
            Step::Ask(number) => {
                sink.take(self.answered(number, &ended));
                self.forget(number);
                Ok(())
            }
        };
        if let Err(failure) = result {
            self.remember(step, &failure);
            self.fail(step, &failure, sink);
        }
    }

    /// A compilation that the round's deadline ended is lost as one is that a limit of its own ended; that of a signal is
    /// not.
    fn lose(&mut self, step: Step, ended: &Ended<Step>) {
        if ended.fate.by_round && self.interrupted.is_none() {
            let late = "the round was over before the component was compiled (run.deadline)";
            self.remember(step, &Failure::new(FailureKind::Timeout, late));
        }
    }

    /// Remembers what is wrong with a component, so that later rounds need not find out.
    fn remember(&mut self, step: Step, failure: &Failure) {
        if let Step::Compile(number) | Step::Describe(number) = step
            && let Some(file) = &self.components[number].file
        {
            let within = self.within(number);
            self.cache.fail(file, failure, within);
        }
    }

    /// Gives the code back after the last check that uses it: memory grows with `parallel`, not with checks.
    fn forget(&mut self, subject: usize) {
        let number = self.component_of[subject];
        let loaded = &mut self.components[number];
        loaded.left -= 1;
        if loaded.left == 0 {
            loaded.code = None;
        }
    }

    fn compiled(&mut self, number: usize, ended: &Ended<Step>) -> Result<(), Failure> {
        let imports = heard::imports(self.terms.compile, ended)?;
        let loaded = &mut self.components[number];
        loaded.imports = imports;
        let sealed = loaded.writing.take().ok_or(std::io::ErrorKind::NotFound.into()).and_then(Memfd::seal);
        let code = sealed.and_then(Code::sealed);
        loaded.code =
            Some(code.map_err(|error| Failure::new(FailureKind::Internal, format!("sealing the code: {error}")))?);
        // Before other compilations: a check that can run does not wait for them.
        self.queue.push_front(Step::Describe(number));
        Ok(())
    }

    fn described(&mut self, number: usize, ended: &Ended<Step>, sink: &mut dyn Sink) -> Result<(), Failure> {
        let (check, limits) = self.describing(number);
        let (answer, _) = heard::last_word(&check, &limits, ended)?;
        let Answer::Descriptor(descriptor) = answer else { return Err(other_answer()) };
        // Before anything of it is kept or shown.
        descriptor::check(&descriptor)?;
        let loaded = &self.components[number];
        if let Some(code) = &loaded.code {
            let about = About { descriptor: descriptor.clone(), imports: loaded.imports.clone() };
            self.cache.keep(&loaded.sha256, code, &about);
        }
        self.accept(number, descriptor, ended.duration, sink);
        Ok(())
    }

    /// What follows for its checks from what a component says of itself.
    fn accept(&mut self, number: usize, descriptor: Descriptor, duration: Duration, sink: &mut dyn Sink) {
        let descriptor = Rc::new(descriptor);
        self.components[number].descriptor = Some(Rc::clone(&descriptor));
        // From the last to the first, as each goes before those that are there: they begin in the order of the plan.
        for subject in self.components[number].subjects.clone().into_iter().rev() {
            if let Err(failure) = (self.terms.accept)(&self.subjects[subject], &descriptor) {
                sink.take(self.failed(subject, failure));
                self.forget(subject);
            } else if self.goal == Goal::Describe {
                let said = Answered::Said(Answer::Descriptor((*descriptor).clone()));
                sink.take(Carried { result: Ok(said), duration, ..self.blank(subject) });
                self.forget(subject);
            } else {
                self.queue.push_front(Step::Ask(subject));
            }
        }
    }

    fn answered(&self, number: usize, ended: &Ended<Step>) -> Carried {
        let subject = &self.subjects[number];
        let blank = Carried { duration: ended.duration, started: started(ended), ..self.blank(number) };
        match self.goal {
            Goal::Validate => heard::of_worker(subject, ended, blank),
            Goal::Describe | Goal::Run => heard::of_broker(subject, ended, blank),
        }
    }

    /// Ends every check that depends on a step that failed.
    fn fail(&mut self, step: Step, failure: &Failure, sink: &mut dyn Sink) {
        for subject in self.give_up(step) {
            sink.take(self.failed(subject, failure.clone()));
        }
    }

    /// Lets go of what a step needed, and says which checks depended on it.
    fn give_up(&mut self, step: Step) -> Vec<usize> {
        match step {
            Step::Load(number) | Step::Compile(number) | Step::Describe(number) => {
                let loaded = &mut self.components[number];
                (loaded.writing, loaded.code) = (None, None);
                loaded.subjects.clone()
            }
            Step::Ask(number) => {
                self.forget(number);
                vec![number]
            }
        }
    }

    fn failed(&self, subject: usize, failure: Failure) -> Carried {
        Carried { result: Err(failure), ..self.blank(subject) }
    }

    /// What waits is not begun.
    fn leave_the_rest(&mut self, sink: &mut dyn Sink) {
        for step in std::mem::take(&mut self.queue) {
            self.leave(step, sink);
        }
    }

    /// Whatever depends on a step stays due.
    fn leave(&mut self, step: Step, sink: &mut dyn Sink) {
        for subject in self.give_up(step) {
            sink.take(Carried { result: Ok(Answered::NotReached), ..self.blank(subject) });
        }
    }

    /// A subject of which nothing is known yet.
    fn blank(&self, subject: usize) -> Carried {
        let loaded = &self.components[self.component_of[subject]];
        let component = loaded.descriptor.clone().map(|descriptor| Component {
            descriptor,
            sha256: loaded.sha256.clone(),
            size: loaded.size,
            imports: loaded.imports.clone(),
        });
        Carried {
            name: self.subjects[subject].name.clone(),
            component,
            result: Err(other_answer()),
            denials: Vec::new(),
            log: Vec::new(),
            log_dropped: 0,
            usage: Usage::default(),
            state: None,
            hanging: Vec::new(),
            started: jiff::Timestamp::now(),
            duration: Duration::ZERO,
        }
    }
}

fn started(ended: &Ended<Step>) -> jiff::Timestamp {
    jiff::SignedDuration::try_from(ended.duration)
        .ok()
        .and_then(|duration| jiff::Timestamp::now().checked_sub(duration).ok())
        .unwrap_or_else(jiff::Timestamp::now)
}

fn not_started(error: &SpawnError) -> Failure {
    let kind = match error {
        SpawnError::Gone(_) => FailureKind::Internal,
        SpawnError::System(_) => FailureKind::Io,
    };
    Failure::new(kind, format!("starting its processes: {error}"))
}

fn other_answer() -> Failure {
    Failure::new(FailureKind::Internal, "the worker answered something else than asked")
}
