//! Carries out all checks: each component compiled and asked once, then each check run, as many at a time as allowed.

mod component;
mod ending;
mod room;
mod run_context;

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::time::{Duration, Instant};

use tracing::debug;

use super::orphans::end_orphans;
use super::pool::{Pool, StepEnd, Task};
use super::run_outcome::{Goal, RunOutcome, Sink};
use super::{decode, start};
use component::Loaded;
use room::Seated;
use roundsman_contract::report::{Failure, FailureKind};
use roundsman_contract::subject::CheckSubject;
use roundsman_contract::surface;
use roundsman_os::process::interrupt::Interrupt;
use roundsman_os::process::pidfd::Exit;
use roundsman_os::process::slot::Slot;
use roundsman_os::process::starved;
use roundsman_sandbox::worker::{Code, ExportCall, Job};
use roundsman_sandbox::zygote::{ForkError, Who};
use roundsman_store::components::cache::Cache;
pub use run_context::{Recompile, RunContext};

/// More than the ends of all tasks take once they are told to.
const LONGEST_END: Duration = Duration::from_secs(60);
/// Time after which a seat that another round has is asked for again.
const SEAT_PATIENCE: Duration = Duration::from_millis(100);

/// One thing to do; the numbers are places in [`Executor::components`] and [`Executor::subjects`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// Opening the code that is kept. No process does it.
    Load(usize),
    Compile(usize),
    Describe(usize),
    Ask(usize),
}

struct Executor<'t> {
    context: &'t RunContext<'t>,
    cache: &'t mut Cache,
    goal: Goal,
    subjects: Vec<CheckSubject>,
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

/// Carries out `goal` for every subject and hands each to `sink` as soon as it has ended; all of them are, whatever
/// happens to the others. Returns the signal that ended it early, if one did.
///
/// # Errors
/// The kernel refuses to poll; nothing can be watched then.
pub fn carry_out(
    subjects: Vec<CheckSubject>,
    goal: Goal,
    context: &RunContext<'_>,
    cache: &mut Cache,
    sink: &mut dyn Sink,
) -> io::Result<Option<i32>> {
    let mut executor = Executor::new(subjects, goal, context, cache);
    executor.look(sink);
    let mut deadline = context.deadline;
    loop {
        let waits = executor.fill(sink);
        if executor.pool.is_empty() && executor.queue.is_empty() {
            return Ok(executor.interrupted);
        }
        let again = waits.then(|| Instant::now() + SEAT_PATIENCE);
        let until = [sink.wakes_at(), again].into_iter().flatten().fold(deadline, Instant::min);
        // Once is enough: one that comes again would only wake the end that is under way.
        let interrupt = context.interrupt.filter(|_| executor.interrupted.is_none());
        let ended = executor.pool.next(until, interrupt, &mut |call| sink.seen(call))?;
        executor.interrupted = executor.interrupted.or_else(|| interrupt.and_then(Interrupt::received));
        if executor.interrupted.is_some() || Instant::now() >= deadline {
            executor.ending = true;
            executor.pool.end_all();
            executor.leave_the_rest(sink);
            // Every task has been told to end and is abandoned where it does not.
            deadline = Instant::now() + LONGEST_END;
        }
        if let Some(ended) = ended {
            executor.advance(ended, sink);
        }
        if sink.wakes_at().is_some_and(|at| Instant::now() >= at) {
            sink.wake();
        }
    }
}

impl<'t> Executor<'t> {
    fn new(subjects: Vec<CheckSubject>, goal: Goal, context: &'t RunContext<'t>, cache: &'t mut Cache) -> Self {
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
            context,
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

    /// Begins a step; nothing where it is done already.
    fn start(&mut self, step: Step, sink: &mut dyn Sink) -> Result<Option<Task<Step>>, Failure> {
        let context = self.context;
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
                self.question(step, number, &Job { check, call: ExportCall::Describe, limits, wasi: self.wasi(number) })
                    .map(Some)
            }
            Step::Ask(number) => {
                let component = self.component_of[number];
                let subject = &self.subjects[number];
                if self.goal == Goal::Validate {
                    let call = ExportCall::Validate(subject.options.clone());
                    let (check, limits) = (subject.name.clone(), subject.limits.clone());
                    let job = Job { check, call, limits, wasi: self.wasi(component) };
                    return self.question(step, component, &job).map(Some);
                }
                let program = start::Program { code: self.code(component)?, wasi: self.wasi(component) };
                let (root, by) = (context.root, (context.zygote, self.last_worker()));
                let started = start::check(context.isolation, by, step, &program, subject, root, context.deadline);
                started.map(Some).map_err(|error| not_started(&error))
            }
        }
    }

    /// Returns the process that works for a check that is about to run: a new worker, or at last the zygote itself. All checks that wait are in the queue, and those under way want no
    /// other worker; what is compiled or described makes one wait later.
    fn last_worker(&self) -> Who {
        let only_checks = self.pool.keys().all(|step| matches!(step, Step::Ask(_)));
        if !self.context.keeps_zygote && self.queue.is_empty() && only_checks { Who::Zygote } else { Who::Forked }
    }

    fn wasi(&self, component: usize) -> bool {
        surface::imports_wasi(&self.components[component].imports)
    }

    fn question(&self, step: Step, component: usize, job: &Job) -> Result<Task<Step>, Failure> {
        let code = self.code(component)?;
        start::question(self.context.isolation, self.context.zygote, step, code, job)
            .map_err(|error| not_started(&error))
    }

    fn code(&self, component: usize) -> Result<&Code, Failure> {
        let missing = || Failure::new(FailureKind::Internal, "a check came before the code of its component");
        self.components[component].code.as_ref().ok_or_else(missing)
    }

    /// Takes what a step said, and what follows from it.
    fn advance(&mut self, mut ended: StepEnd<Step>, sink: &mut dyn Sink) {
        let step = ended.key;
        debug!(?step, checks = ?self.names(step), duration = ?ended.duration, reason = ?ended.reason, "ended");
        self.seated.remove(&step);
        if matches!(ended.reason.broker, Some(Exit::Signal(_))) {
            // It could not end what its commands left behind.
            end_orphans().into_iter().for_each(|fault| sink.mended(fault));
        }
        if ended.left_behind {
            // It hangs, and still has that uid: no other process of this round gets it.
            self.held.extend(ended.slot.take());
        }
        if let Some((slot, users)) = ended.slot.take().zip(self.context.isolation.users.as_ref()) {
            users.slots.give_back(slot);
        }
        // A check that has reported, or ran to the deadline, has shown something; one that a signal ended, or that was
        // not compiled by then, has not.
        let by_signal = self.interrupted.is_some() && !ended.reason.left_well();
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

    fn answered(&self, number: usize, ended: &StepEnd<Step>) -> RunOutcome {
        let subject = &self.subjects[number];
        let blank = RunOutcome { duration: ended.duration, started: started(ended), ..self.blank(number) };
        match self.goal {
            Goal::Validate => decode::of_worker(subject, ended, blank),
            Goal::Describe | Goal::Run => decode::of_broker(subject, ended, blank),
        }
    }
}

fn started(ended: &StepEnd<Step>) -> jiff::Timestamp {
    jiff::SignedDuration::try_from(ended.duration)
        .ok()
        .and_then(|duration| jiff::Timestamp::now().checked_sub(duration).ok())
        .unwrap_or_else(jiff::Timestamp::now)
}

fn not_started(error: &ForkError) -> Failure {
    let (kind, cause) = match error {
        ForkError::Gone(_) => (FailureKind::Internal, String::new()),
        ForkError::System(error) => (FailureKind::Io, starved::cause(error)),
    };
    Failure::new(kind, format!("starting its processes: {error}{cause}"))
}

fn other_answer() -> Failure {
    Failure::new(FailureKind::Internal, "the worker answered something else than asked")
}
