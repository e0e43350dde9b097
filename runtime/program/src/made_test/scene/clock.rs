//! Clock of a recorded run.

use super::RecordedScene;
use roundsman_contract::calls::Reply;
use roundsman_contract::calls::clock::Answer;

impl RecordedScene {
    pub(super) fn clock(&mut self, reply: &Reply) -> Result<(), String> {
        match reply {
            Reply::Clock(Answer::Now(now)) => {
                self.now.get_or_insert(*now);
                Ok(())
            }
            Reply::Clock(Answer::UtcOffset(offset)) if *offset != 0 => {
                Err("it asked for the time of its place, and a fake host has UTC".to_owned())
            }
            _ => Ok(()),
        }
    }
}
