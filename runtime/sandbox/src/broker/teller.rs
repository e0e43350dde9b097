//! The round, told of each call of a run as it happens.

use std::fs::File;
use std::io;
use std::rc::Rc;
use std::time::Instant;

use roundsman_contract::calls::Request;
use roundsman_contract::calls::seen::CallEvent;
use roundsman_contract::calls::wire::ToWorker;
use roundsman_grants::Grants;

/// The channel to a round that looks on.
pub struct CallReporter {
    report: File,
    grants: Rc<Grants>,
}

impl CallReporter {
    /// Takes the channel of the report, before anything is reported.
    ///
    /// # Errors
    /// There is no descriptor left.
    pub fn new(report: &File, grants: &Rc<Grants>) -> io::Result<Self> {
        Ok(Self { report: report.try_clone()?, grants: Rc::clone(grants) })
    }

    /// Tells of a call before it is done: one that hangs is seen. Returns when that was.
    pub fn asked(&self, request: &Request) -> Instant {
        self.tell(&CallEvent::asked(request, &self.grants));
        Instant::now()
    }

    /// Tells how it was answered.
    pub(crate) fn answered(&self, request: &Request, answer: &ToWorker, since: Instant) {
        if let Some(seen) = CallEvent::answered(request, answer, since.elapsed()) {
            self.tell(&seen);
        }
    }

    /// A round that is gone looks on no more; its end is this process's too.
    fn tell(&self, seen: &CallEvent) {
        let _ = seen.send(&self.report);
    }
}
