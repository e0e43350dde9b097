//! The work of a locked process, which owns nothing but what it is handed here.

use std::fs::File;
use std::io::{self, Write as _};
use std::sync::Arc;

use serde::Serialize;
use wasmtime::component::Linker;

use crate::compile::compile;
use crate::worker::engine::{Layout, running};
use crate::worker::key::CodeKey;
use crate::worker::remote::Remote;
use crate::worker::{Ended, Job, Mapped, Reach, linker, run, run_with_wasi};
use roundsman_contract::calls::HostCalls;
use roundsman_contract::calls::deny::DenyAll;
use roundsman_contract::report::{Failure, FailureKind};

/// Exit code of a child that could not say its last word.
const FAILED: i32 = 72;

/// The work of the three kinds of locked processes; each returns the exit code of its process. A round has one
/// implementation, [`Honest`]. The tests of the lock-down have others, as nothing here is trusted by who started it.
pub trait Work {
    /// Returns the key of the code that is compiled and run; `None` where there is no engine.
    fn key(&self) -> Option<CodeKey>;

    /// Compiles a component into `code`, and says to `channel` what it imports or what is wrong with it.
    fn compile(&self, component: &[u8], code: &File, channel: &File) -> i32;

    /// Asks a component to which nothing is granted, and says to `channel` what it answered.
    fn ask(&self, job: &Job, code: &Mapped, channel: &File) -> i32;

    /// Runs a check, and says to `broker` what it wants and how it ended.
    fn check(&self, job: &Job, code: &Mapped, broker: &Arc<File>) -> i32;
}

/// The work as it is meant to be done.
#[expect(missing_debug_implementations, reason = "a linker has none")]
pub struct Honest {
    layout: Layout,
    /// The imports of the contract, and with them the engine: made once, before the workers are forked. Where that failed,
    /// each of them says so.
    linker: Result<Linker<Reach>, String>,
}

impl Honest {
    /// Makes the engine, and with it its handlers of signals.
    #[must_use]
    pub fn new(layout: Layout) -> Self {
        let linker = running(layout).and_then(|engine| linker(&engine));
        Self { layout, linker: linker.map_err(|error| format!("making the engine: {error:#}")) }
    }

    fn linker(&self) -> wasmtime::Result<&Linker<Reach>> {
        self.linker.as_ref().map_err(|error| wasmtime::Error::msg(error.clone()))
    }

    /// Runs the code. WASI is linked here, in the process that needs it, and for no other component.
    fn run(&self, job: &Job, code: &Mapped, host: Box<dyn HostCalls + Send>) -> wasmtime::Result<Ended> {
        let linker = self.linker()?;
        let component = code.load(linker.engine())?;
        Ok(match job.wasi {
            true => run_with_wasi(linker.engine(), &component, job, host),
            false => run(linker, &component, job, host),
        })
    }
}

impl Work for Honest {
    fn key(&self) -> Option<CodeKey> {
        self.linker.as_ref().ok().map(|linker| CodeKey::of(linker.engine()))
    }

    fn compile(&self, component: &[u8], mut code: &File, channel: &File) -> i32 {
        let compiled: Result<Vec<String>, Failure> =
            compile(self.layout, component).and_then(|compiled| match code.write_all(&compiled.code) {
                Ok(()) => Ok(compiled.imports),
                Err(error) => Err(Failure::new(FailureKind::Limit, format!("keeping the code: {error}"))),
            });
        say(channel, &compiled)
    }

    fn ask(&self, job: &Job, code: &Mapped, channel: &File) -> i32 {
        match self.run(job, code, Box::new(DenyAll)) {
            Ok(ended) => say(channel, &ended),
            Err(error) => complain(FAILED, &format!("loading the code: {error:#}")),
        }
    }

    fn check(&self, job: &Job, code: &Mapped, broker: &Arc<File>) -> i32 {
        let remote = || Remote::new(Arc::clone(broker), &job.limits);
        let sent = self.run(job, code, Box::new(remote())).and_then(|ended| Ok(remote().end(ended)?));
        match sent {
            Ok(()) => 0,
            Err(error) => complain(FAILED, &format!("{error:#}")),
        }
    }
}

/// Writes the one message of a step.
pub fn say<T: Serialize>(mut channel: &File, message: &T) -> i32 {
    let written = postcard::to_allocvec(message).map_err(io::Error::other).and_then(|bytes| channel.write_all(&bytes));
    match written {
        Ok(()) => 0,
        Err(error) => complain(FAILED, &format!("reporting: {error}")),
    }
}

/// Says on stderr, which the round reads, why this process gives up.
pub(crate) fn complain(code: i32, what: &str) -> i32 {
    tell(what);
    code
}

/// Says a line on stderr, which the round reads if this process fails.
pub(crate) fn tell(what: &str) {
    // There is nobody else to tell.
    let _ = writeln!(io::stderr(), "{what}");
}
