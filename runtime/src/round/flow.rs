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
use crate::components::bytes::{self, Verified};
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
use crate::zygote::{SpawnError, Zygote};

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

/// One thing to do; the numbers are places in [`Flow::components`] and [`Flow::subjects`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Compile(usize),
    Describe(usize),
    Ask(usize),
}

struct Flow<'t> {
    terms: &'t Terms<'t>,
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
    _group: Room<'t>,
}

/// A component on its way.
#[derive(Default)]
struct Loaded {
    /// Those that use it.
    subjects: Vec<usize>,
    /// How many of them have not ended.
    left: usize,
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
    sink: &mut dyn Sink,
) -> io::Result<Option<i32>> {
    let mut flow = Flow::new(subjects, goal, terms);
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
    fn new(subjects: Vec<Subject>, goal: Goal, terms: &'t Terms<'t>) -> Self {
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
        let queue = (0..components.len()).map(Step::Compile).collect();
        Self {
            terms,
            goal,
            subjects,
            component_of,
            components,
            queue,
            pool: Pool::default(),
            seated: BTreeMap::new(),
            interrupted: None,
            ending: false,
            held: Vec::new(),
        }
    }

    /// Starts what is next, as long as there is room, and says whether something waits for room that others have.
    fn fill(&mut self, sink: &mut dyn Sink) -> bool {
        if self.ending {
            self.leave_the_rest(sink);
        }
        while !self.queue.is_empty() {
            let Some((at, seated)) = self.seat() else { return true };
            let Some(step) = self.queue.remove(at) else { break };
            match self.start(step) {
                Ok(task) => {
                    self.seated.insert(step, seated);
                    self.pool.add(task);
                }
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
        let (at, group) = self.queue.iter().enumerate().find_map(|(at, step)| match self.room(*step) {
            Room::Full => None,
            room => Some((at, room)),
        })?;
        Some((at, Seated { _host: host, _group: group }))
    }

    fn room(&self, step: Step) -> Room<'t> {
        match step {
            Step::Ask(number) if self.goal == Goal::Run => match &self.subjects[number].group {
                Some(group) => self.terms.seats.group(group),
                None => Room::Unbounded,
            },
            Step::Ask(_) | Step::Compile(_) | Step::Describe(_) => Room::Unbounded,
        }
    }

    fn start(&mut self, step: Step) -> Result<Task<Step>, Failure> {
        let terms = self.terms;
        match step {
            Step::Compile(number) => {
                let verified = self.read(number)?;
                let started = start::compilation(terms.isolation, terms.zygote, step, &verified, terms.compile);
                let (task, code) = started.map_err(|error| not_started(&error))?;
                self.components[number].writing = Some(code);
                Ok(task)
            }
            Step::Describe(number) => {
                let (check, limits) = self.describing(number);
                self.question(step, number, &Job { check, call: Call::Describe, limits })
            }
            Step::Ask(number) => {
                let component = self.component_of[number];
                let subject = &self.subjects[number];
                if self.goal == Goal::Validate {
                    let call = Call::Validate(subject.options.clone());
                    let job = Job { check: subject.name.clone(), call, limits: subject.limits.clone() };
                    return self.question(step, component, &job);
                }
                let code = self.code(component)?;
                start::check(terms.isolation, terms.zygote, step, code, subject, terms.root, terms.deadline)
                    .map_err(|error| not_started(&error))
            }
        }
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

    fn read(&mut self, number: usize) -> Result<Verified, Failure> {
        let loaded = &mut self.components[number];
        let subject = &self.subjects[loaded.subjects[0]];
        let largest = self.terms.compile.component;
        let uid = rustix::process::geteuid().as_raw();
        let pin = subject.sha256.as_deref();
        let verified = bytes::read(&subject.component, self.terms.directories, pin, largest, uid)?;
        loaded.sha256.clone_from(&verified.sha256);
        loaded.size = verified.bytes.len() as u64;
        Ok(verified)
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
            return self.leave(step, sink);
        }
        let result = match step {
            Step::Compile(number) => self.compiled(number, &ended),
            Step::Describe(number) => self.described(number, &ended, sink),
            Step::Ask(number) => {
                sink.take(self.answered(number, &ended));
                self.forget(number);
                Ok(())
            }
        };
        if let Err(failure) = result {
            self.fail(step, &failure, sink);
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
        self.components[number].descriptor = Some(Rc::new(descriptor.clone()));
        // From the last to the first, as each goes before those that are there: they begin in the order of the plan.
        for subject in self.components[number].subjects.clone().into_iter().rev() {
            if let Err(failure) = (self.terms.accept)(&self.subjects[subject], &descriptor) {
                sink.take(self.failed(subject, failure));
                self.forget(subject);
            } else if self.goal == Goal::Describe {
                let said = Answered::Said(Answer::Descriptor(descriptor.clone()));
                sink.take(Carried { result: Ok(said), duration: ended.duration, ..self.blank(subject) });
            } else {
                self.queue.push_front(Step::Ask(subject));
            }
        }
        Ok(())
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
            Step::Compile(number) | Step::Describe(number) => {
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
