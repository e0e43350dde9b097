//! Files of a recorded run.

use super::{RecordedScene, set};
use roundsman_contract::calls::Reply;
use roundsman_contract::calls::files::{Answer, Call};

impl RecordedScene {
    pub(super) fn files(&mut self, call: &Call, reply: &Reply) -> Result<(), String> {
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
    fn many_files(&mut self, answer: &Answer) -> Result<(), String> {
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
}
