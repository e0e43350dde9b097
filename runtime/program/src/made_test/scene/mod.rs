//! Scene of a recorded run: what a fake host must have, so that the run finds all that it found then.

mod clock;
mod commands;
mod files;
mod state;

use std::collections::{BTreeMap, BTreeSet};

use roundsman_contract::calls::Request;
use roundsman_contract::calls::tape::Tape;
use roundsman_contract::{Completed, Error, GrantedCommand, Metadata, Mount, Space};

/// A host, and what it has.
#[derive(Debug, Default)]
pub struct RecordedScene {
    pub files: BTreeMap<String, Result<Vec<u8>, Error>>,
    pub metadata: BTreeMap<String, Result<Metadata, Error>>,
    /// Patterns that are answered by an error.
    pub patterns: BTreeMap<String, Error>,
    pub mounts: Vec<Mount>,
    pub spaces: BTreeMap<String, Result<Space, Error>>,
    pub commands: BTreeMap<Vec<String>, Result<Completed, Error>>,
    pub granted_files: Option<Vec<String>>,
    pub granted_commands: Option<Vec<GrantedCommand>>,
    pub state: BTreeMap<String, Vec<u8>>,
    /// Nanoseconds since 1970 UTC, when it was asked for first.
    pub now: Option<i64>,
}

impl RecordedScene {
    /// Gathers what the calls of a run were answered.
    ///
    /// # Errors
    /// The same was asked twice and answered differently, which no fake host does.
    pub fn of(tape: &Tape) -> Result<Self, String> {
        let (mut scene, mut kept) = (Self::default(), BTreeSet::new());
        for call in &tape.calls {
            let Ok(reply) = &call.reply else { continue };
            match &call.request {
                Request::Files(asked) => scene.files(asked, reply)?,
                Request::Commands(asked) => scene.command(asked, reply)?,
                Request::Clock(_) => scene.clock(reply)?,
                Request::State(asked) => scene.state(asked, reply, &mut kept),
                Request::Logging(_) | Request::Seed => {}
            }
        }
        Ok(scene)
    }
}

fn set<T: PartialEq>(known: &mut BTreeMap<String, T>, path: &str, value: T) -> Result<(), String> {
    match known.insert(path.to_owned(), value) {
        Some(before) if before != known[path] => {
            Err(format!("it asked for {path} twice and was answered differently, which no fake host does"))
        }
        _ => Ok(()),
    }
}
