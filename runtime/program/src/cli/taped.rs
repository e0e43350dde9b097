//! The tape of a run, for who wants to see or to keep it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::{print, replay};
use crate::recording::{New, Recording};
use crate::round::carried::Carried;
use roundsman_contract::calls::tape::Taping;
use roundsman_contract::subject::{ComponentPath, Subject};
use roundsman_grants::escape;

/// A run that is recorded, if that is wanted.
pub struct Taped {
    shown: bool,
    /// The file, and what is recorded.
    kept: Option<(New, Subject)>,
}

impl Taped {
    /// Has the run recorded. The file is made before it, so that a run is not done in vain.
    ///
    /// # Errors
    /// There is a file of that name, or none can be made.
    pub fn of(record: Option<&Path>, shown: bool, subject: &mut Subject) -> anyhow::Result<Self> {
        if record.is_some() || shown {
            subject.tape = Taping::Record;
        }
        let file = record.map(|path| New::file(path).with_context(|| named(path))).transpose()?;
        Ok(Self { shown, kept: file.map(|file| (file, subject.clone())) })
    }

    /// Shows the calls, and writes the recording. What goes wrong costs no verdict: it is told beside it.
    pub fn told(self, carried: &mut Carried) {
        if self.shown {
            carried.trace.tape.iter().flat_map(|tape| &tape.calls).for_each(|call| print::complain(&call.shown()));
        }
        let Some((file, subject)) = self.kept else { return };
        let name = named(file.path());
        let (Some(outcome), Some(component), Some(tape)) =
            (replay::outcome(carried), &carried.component, carried.trace.tape.take())
        else {
            return print::complain(&format!("{name}: nothing is recorded, as the check was not run"));
        };
        let recording = Recording {
            check: subject.name,
            component: match subject.component {
                ComponentPath::Named(name) => PathBuf::from(name),
                ComponentPath::At(path) => path,
            },
            sha256: component.sha256.clone(),
            options: subject.options,
            limits: subject.limits,
            outcome,
            tape,
        };
        if let Err(error) = file.write(&recording) {
            print::complain(&format!("{name}: {error}"));
        }
    }
}

fn named(path: &Path) -> String {
    format!("--record {}", escape::path(path))
}
