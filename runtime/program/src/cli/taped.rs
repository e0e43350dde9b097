//! The calls of a run, for who wants to see or to keep them.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};

use super::print;
use crate::recording::{New, Recorded, Recording};
use crate::redact::Redactor;
use crate::round::run_outcome::RunOutcome;
use roundsman_contract::calls::tape::{LONGEST_TAPE, Taping};
use roundsman_contract::subject::CheckSubject;
use roundsman_grants::escape;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Write every call with its answer, and the outcome, into this new file, for `roundsman replay`
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// With --record: replace each match of this regular expression in what is written
    #[arg(long, value_name = "PATTERN", requires = "record")]
    redact: Vec<String>,
    /// Show each call on standard error as it happens: what is asked for, by which grant, and how it was answered
    #[arg(long)]
    verbose: bool,
}

/// A run that is recorded, if that is wanted.
pub struct RunRecorder {
    /// The file, and what is recorded.
    kept: Option<(New, CheckSubject)>,
    redactor: Redactor,
}

impl RunRecorder {
    /// Prepares a run to be shown and recorded. The file is made before it, so that a run is not done in vain.
    ///
    /// # Errors
    /// There is a file of that name, or none can be made; a pattern to redact is none.
    pub fn of(args: &Args, subject: &mut CheckSubject) -> anyhow::Result<Self> {
        let Args { record, redact, verbose } = args;
        let redactor = Redactor::new(redact).map_err(|why| anyhow!("--redact {why}"))?;
        subject.shown = *verbose;
        if record.is_some() {
            subject.tape = Taping::Record(LONGEST_TAPE);
        }
        let file = record.as_deref().map(|path| New::file(path).with_context(|| named(path))).transpose()?;
        Ok(Self { redactor, kept: file.map(|file| (file, subject.clone())) })
    }

    /// Writes the recording. What goes wrong costs no verdict: it is told beside it.
    pub fn told(mut self, outcome: &mut RunOutcome) {
        let Some((file, subject)) = self.kept else { return };
        let name = named(file.path());
        let CheckSubject { name: check, component, options, limits, grants, .. } = &subject;
        let recorded = Recorded { check, component, options: options.clone(), limits, grants };
        let Some(mut recording) = Recording::of(recorded, outcome) else {
            return print::complain(&format!("{name}: nothing is recorded, as the check was not run"));
        };
        if recording.tape.cut {
            let most = LONGEST_TAPE >> 20;
            print::complain(&format!(
                "{name}: the run made more calls than a recording holds, {most} MiB: its replay ends there"
            ));
        }
        recording.redacted = self.redactor.recording(&mut recording);
        if let Err(error) = file.write(&recording) {
            print::complain(&format!("{name}: {error}"));
        }
    }
}

fn named(path: &Path) -> String {
    format!("--record {}", escape::path(path))
}
