//! Texts of calls of the interface `commands`.

use super::Redactor;
use roundsman_contract::calls::commands::{Answer, Call};

impl Redactor {
    pub(super) fn command_call(&mut self, call: &mut Call) {
        match call {
            Call::Run { argv, input } => {
                self.texts(argv);
                input.iter_mut().for_each(|input| self.bytes(input));
            }
            Call::Granted => {}
        }
    }

    pub(super) fn command_answer(&mut self, answer: &mut Answer) {
        match answer {
            Answer::Completed(completed) => {
                self.bytes(&mut completed.standard_output);
                self.bytes(&mut completed.standard_error);
                self.pairs(&mut completed.extra);
            }
            Answer::Granted(commands) => commands.iter_mut().for_each(|command| {
                command.id.iter_mut().for_each(|id| self.text(id));
                self.texts(&mut command.argv);
                self.pairs(&mut command.extra);
            }),
        }
    }
}
