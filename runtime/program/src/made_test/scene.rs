//! What a host must have, so that a run finds all that it found when it was recorded.

use std::collections::{BTreeMap, BTreeSet};

use roundsman_contract::calls::tape::Tape;
use roundsman_contract::calls::{Reply, Request, clock, commands, files, state};
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

    fn files(&mut self, call: &files::Call, reply: &Reply) -> Result<(), String> {
        use files::{Answer, Call};
        match (call, reply) {
            (Call::Read { path } | Call::ReadAt { path, .. }, Reply::Error(error)) => {
                set(&mut self.files, path, Err(error.clone()))
            }
            (Call::ReadAt { path, .. }, _) => Err(format!("it read {path} in pieces, of which the whole is not known")),
            (Call::ReadGlob { pattern } | Call::StatGlob { pattern }, Reply::Error(error)) => {
                set(&mut self.patterns, pattern, error.clone())
            }
            (Call::Stat { path }, Reply::Error(error)) => set(&mut self.metadata, path, Err(error.clone())),
            (Call::Usage { path }, Reply::Error(error)) => set(&mut self.spaces, path, Err(error.clone())),
            (Call::Mounts, Reply::Error(_)) => Err("it was refused the list of mounts".to_owned()),
            (Call::Read { path }, Reply::Files(Answer::Data(data))) => set(&mut self.files, path, Ok(data.clone())),
            (Call::Stat { path }, Reply::Files(Answer::Metadata(metadata))) => {
                set(&mut self.metadata, path, Ok(metadata.clone()))
            }
            (Call::Usage { path }, Reply::Files(Answer::Space(space))) => {
                set(&mut self.spaces, path, Ok(space.clone()))
            }
            (_, Reply::Files(answer)) => self.many_files(answer),
            _ => Ok(()),
        }
    }

    /// Adds an answer that names what it is about itself.
    fn many_files(&mut self, answer: &files::Answer) -> Result<(), String> {
        use files::Answer;
        match answer {
            Answer::Contents(contents) => {
                contents.iter().try_for_each(|content| set(&mut self.files, &content.path, content.data.clone()))
            }
            Answer::Entries(entries) => {
                entries.iter().try_for_each(|entry| set(&mut self.metadata, &entry.path, entry.metadata.clone()))
            }
            Answer::Usages(all) => {
                all.iter().try_for_each(|used| set(&mut self.spaces, &used.path, used.space.clone()))
            }
            Answer::Mounts(mounts) => {
                self.mounts.clone_from(mounts);
                Ok(())
            }
            Answer::Granted(granted) => {
                self.granted_files = Some(granted.files.iter().chain(&granted.metadata).cloned().collect());
                Ok(())
            }
            Answer::Data(_) | Answer::Piece(_) | Answer::Metadata(_) | Answer::Space(_) => Ok(()),
        }
    }

    fn command(&mut self, call: &commands::Call, reply: &Reply) -> Result<(), String> {
        use commands::{Answer, Call};
        match (call, reply) {
            (Call::Run { argv, .. }, Reply::Commands(Answer::Completed(completed))) => {
                set_command(&mut self.commands, argv, Ok(completed.clone()))
            }
            (Call::Run { argv, .. }, Reply::Error(error)) => set_command(&mut self.commands, argv, Err(error.clone())),
            (Call::Granted, Reply::Commands(Answer::Granted(granted))) => {
                self.granted_commands = Some(granted.clone());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn clock(&mut self, reply: &Reply) -> Result<(), String> {
        match reply {
            Reply::Clock(clock::Answer::Now(now)) => {
                self.now.get_or_insert(*now);
                Ok(())
            }
            Reply::Clock(clock::Answer::UtcOffset(offset)) if *offset != 0 => {
                Err("it asked for the time of its place, and a fake host has UTC".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// Adds what was remembered before the run: what it has `kept` itself is not.
    fn state(&mut self, call: &state::Call, reply: &Reply, kept: &mut BTreeSet<String>) {
        match (call, reply) {
            (state::Call::Get { key }, Reply::State(Some(value))) if !kept.contains(key) => {
                self.state.insert(key.clone(), value.clone());
            }
            (state::Call::Set { key, .. } | state::Call::Remove { key }, _) => drop(kept.insert(key.clone())),
            _ => {}
        }
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

fn set_command(
    known: &mut BTreeMap<Vec<String>, Result<Completed, Error>>,
    argv: &[String],
    ended: Result<Completed, Error>,
) -> Result<(), String> {
    // The time that it took is another one each time.
    let ended = ended.map(|ended| Completed { duration: 0, ..ended });
    match known.insert(argv.to_vec(), ended) {
        Some(before) if before != known[argv] => {
            Err(format!("it ran `{}` twice, and it ended differently, which no fake host does", argv.join(" ")))
        }
        _ => Ok(()),
    }
}
