//! Checks that end without having run: those of a step that failed, and what the end of the round leaves.

use std::time::Duration;

use super::{Executor, Step, other_answer};
use crate::round::run_outcome::{Answered, ComponentState, RunOutcome, Sink};
use roundsman_contract::report::{Failure, Trace, Usage};

impl Executor<'_> {
    /// Ends every check that depends on a step that failed.
    pub(super) fn fail(&mut self, step: Step, failure: &Failure, sink: &mut dyn Sink) {
        for subject in self.dependents(step) {
            sink.take(self.failed(subject, failure.clone()));
        }
        self.give_up(step);
    }

    /// Returns the checks that depend on a step.
    fn dependents(&self, step: Step) -> Vec<usize> {
        match step {
            Step::Load(number) | Step::Compile(number) | Step::Describe(number) => {
                self.components[number].subjects.clone()
            }
            Step::Ask(number) => vec![number],
        }
    }

    /// Returns the names of the checks that depend on a step.
    pub(super) fn names(&self, step: Step) -> Vec<&str> {
        self.dependents(step).into_iter().map(|subject| self.subjects[subject].name.as_str()).collect()
    }

    /// Lets go of what a step needed.
    fn give_up(&mut self, step: Step) {
        match step {
            Step::Load(number) | Step::Compile(number) | Step::Describe(number) => {
                let loaded = &mut self.components[number];
                (loaded.writing, loaded.code) = (None, None);
            }
            Step::Ask(number) => self.forget(number),
        }
    }

    pub(super) fn failed(&self, subject: usize, failure: Failure) -> RunOutcome {
        RunOutcome { result: Err(failure), ..self.blank(subject) }
    }

    /// Ends all steps that have not begun.
    pub(super) fn leave_the_rest(&mut self, sink: &mut dyn Sink) {
        for step in std::mem::take(&mut self.queue) {
            self.leave(step, sink);
        }
    }

    /// Ends a step without a result: the checks that depend on it stay due.
    pub(super) fn leave(&mut self, step: Step, sink: &mut dyn Sink) {
        for subject in self.dependents(step) {
            sink.take(RunOutcome { result: Ok(Answered::NotReached), ..self.blank(subject) });
        }
        self.give_up(step);
    }

    /// Lets go of what a check was given, and after the last check that uses it of a component: what is
    /// mapped and open grows with `parallel`, not with checks.
    pub(super) fn forget(&mut self, subject: usize) {
        let number = self.component_of[subject];
        (self.subjects[subject].state, self.subjects[subject].options) = Default::default();
        let loaded = &mut self.components[number];
        loaded.left -= 1;
        if loaded.left == 0 {
            (loaded.code, loaded.described, loaded.imports) = (None, None, Vec::new());
        }
    }

    /// A subject of which nothing is known yet.
    pub(super) fn blank(&self, subject: usize) -> RunOutcome {
        let loaded = &self.components[self.component_of[subject]];
        let component = loaded.described.clone().map(|(descriptor, id)| ComponentState {
            descriptor,
            id,
            size: loaded.size,
            imports: loaded.imports.clone(),
        });
        RunOutcome {
            name: self.subjects[subject].name.clone(),
            component,
            result: Err(other_answer()),
            trace: Trace::default(),
            usage: Usage::default(),
            started: jiff::Timestamp::now(),
            duration: Duration::ZERO,
        }
    }
}
