//! Commands of a recorded run.

use std::collections::BTreeMap;

use super::RecordedScene;
use roundsman_contract::calls::Reply;
use roundsman_contract::calls::commands::{Answer, Call};
use roundsman_contract::{Completed, Error};

impl RecordedScene {
    pub(super) fn command(&mut self, call: &Call, reply: &Reply) -> Result<(), String> {
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
