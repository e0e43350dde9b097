//! What a host must have, so that a run finds all that it found when it was recorded.

use std::collections::{BTreeMap, BTreeSet};

use roundsman_contract::calls::tape::Tape;
use roundsman_contract::calls::{Reply, Request};
use roundsman_contract::{Completed, Error, GrantedCommand, Metadata, Mount, Space};

/// A host, and what it has.
#[derive(Debug, Default)]
pub struct Scene {
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

impl Scene {
    /// Gathers what the calls of a run were answered.
    ///
    /// # Errors
    /// The same was asked twice and answered differently, which no fake host does.
    pub fn of(tape: &Tape) -> Result<Self, String> {
        let (mut scene, mut kept) = (Self::default(), BTreeSet::new());
        for call in &tape.calls {
            let Ok(reply) = &call.reply else { continue };
            match (&call.request, reply) {
                (Request::Read { path }, Reply::Data(data)) => set(&mut scene.files, path, Ok(data.clone()))?,
                (Request::Read { path } | Request::ReadAt { path, .. }, Reply::Error(error)) => {
                    set(&mut scene.files, path, Err(error.clone()))?;
                }
                (Request::ReadAt { path, .. }, _) => {
                    return Err(format!("it read {path} in pieces, of which the whole is not known"));
                }
                (Request::ReadGlob { .. }, Reply::Contents(contents)) => {
                    for content in contents {
                        set(&mut scene.files, &content.path, content.data.clone())?;
                    }
                }
                (Request::ReadGlob { pattern } | Request::StatGlob { pattern }, Reply::Error(error)) => {
                    set(&mut scene.patterns, pattern, error.clone())?;
                }
                (Request::Stat { path }, Reply::Metadata(metadata)) => {
                    set(&mut scene.metadata, path, Ok(metadata.clone()))?;
                }
                (Request::Stat { path }, Reply::Error(error)) => set(&mut scene.metadata, path, Err(error.clone()))?,
                (Request::StatGlob { .. }, Reply::Entries(entries)) => {
                    for entry in entries {
                        set(&mut scene.metadata, &entry.path, entry.metadata.clone())?;
                    }
                }
                (Request::Usage { path }, Reply::Space(space)) => set(&mut scene.spaces, path, Ok(space.clone()))?,
                (Request::Usage { path }, Reply::Error(error)) => set(&mut scene.spaces, path, Err(error.clone()))?,
                (Request::Usages { .. }, Reply::Usages(all)) => {
                    for used in all {
                        set(&mut scene.spaces, &used.path, used.space.clone())?;
                    }
                }
                (Request::Mounts, Reply::Mounts(mounts)) => scene.mounts.clone_from(mounts),
                (Request::Mounts, Reply::Error(_)) => return Err("it was refused the list of mounts".to_owned()),
                (Request::Run { argv, .. }, Reply::Completed(completed)) => {
                    set_command(&mut scene.commands, argv, Ok(completed.clone()))?;
                }
                (Request::Run { argv, .. }, Reply::Error(error)) => {
                    set_command(&mut scene.commands, argv, Err(error.clone()))?;
                }
                (Request::GrantedFiles, Reply::GrantedFiles(granted)) => {
                    scene.granted_files = Some(granted.files.iter().chain(&granted.metadata).cloned().collect());
                }
                (Request::GrantedCommands, Reply::GrantedCommands(granted)) => {
                    scene.granted_commands = Some(granted.clone());
                }
                (Request::Now, Reply::Now(now)) => drop(scene.now.get_or_insert(*now)),
                (Request::UtcOffset, Reply::UtcOffset(offset)) if *offset != 0 => {
                    return Err("it asked for the time of its place, and a fake host has UTC".to_owned());
                }
                (Request::StateGet { key }, Reply::State(Some(value))) if !kept.contains(key) => {
                    scene.state.insert(key.clone(), value.clone());
                }
                (Request::StateSet { key, .. } | Request::StateRemove { key }, _) => drop(kept.insert(key.clone())),
                _ => {}
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
