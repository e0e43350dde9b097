//! The tape of a run, for who wants to see or to keep it.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context as _, anyhow};

use super::print;
use crate::recording::{New, Recorded, Recording};
use crate::redact::Redactor;
use crate::round::carried::Carried;
use roundsman_contract::calls::tape::{self, LONGEST_TAPE, Taping};
use roundsman_contract::subject::Subject;
use roundsman_grants::{Grants, escape};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Write every call with its answer, and the outcome, into this new file, for `roundsman replay`
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// With --record: replace each match of this regular expression in what is written
    #[arg(long, value_name = "PATTERN", requires = "record")]
    redact: Vec<String>,
    /// Show each call on standard error: what was asked for, by which grant, and how the answer was
    #[arg(long)]
    verbose: bool,
}

/// A run that is recorded, if that is wanted.
pub struct Taped {
    /// The grants by which calls are shown, if they are.
    shown: Option<Rc<Grants>>,
    /// The file, and what is recorded.
    kept: Option<(New, Subject)>,
    redactor: Redactor,
}

impl Taped {
    /// Has the run recorded. The file is made before it, so that a run is not done in vain.
    ///
    /// # Errors
    /// There is a file of that name, or none can be made; a pattern to redact is none.
    pub fn of(args: &Args, subject: &mut Subject) -> anyhow::Result<Self> {
        let Args { record, redact, verbose: shown } = args;
        let redactor = Redactor::new(redact).map_err(|why| anyhow!("--redact {why}"))?;
        if record.is_some() || *shown {
            subject.tape = Taping::Record(LONGEST_TAPE);
        }
        let file = record.as_deref().map(|path| New::file(path).with_context(|| named(path))).transpose()?;
        Ok(Self {
            shown: shown.then(|| Rc::clone(&subject.grants)),
            redactor,
            kept: file.map(|file| (file, subject.clone())),
        })
    }

    /// Shows the calls, and writes the recording. What goes wrong costs no verdict: it is told beside it.
    pub fn told(mut self, carried: &mut Carried) {
        if let Some(grants) = &self.shown {
            let calls = carried.trace.tape.iter().flat_map(|tape| &tape.calls);
            calls.for_each(|call| print::complain(&format!("{}{}", call.shown(), by(call, grants))));
        }
        let Some((file, subject)) = self.kept else { return };
        let name = named(file.path());
        let Subject { name: check, component, options, limits, grants, .. } = &subject;
        let recorded = Recorded { check, component, options: options.clone(), limits, grants };
        let Some(mut recording) = Recording::of(recorded, carried) else {
            return print::complain(&format!("{name}: nothing is recorded, as the check was not run"));
        };
        recording.redacted = self.redactor.recording(&mut recording);
        if let Err(error) = file.write(&recording) {
            print::complain(&format!("{name}: {error}"));
        }
    }
}

/// Writes the grants that a call used, behind it.
fn by(call: &tape::Taped, grants: &Grants) -> String {
    let used: Vec<String> = call.used(grants).iter().map(ToString::to_string).collect();
    if used.is_empty() { String::new() } else { format!(", by {}", used.join(", ")) }
}

fn named(path: &Path) -> String {
    format!("--record {}", escape::path(path))
}
