//! Running of the programs that the operator granted. There is no shell, and no choice of environment, directory,
//! user or time.
//!
//! ```
//! use roundsman_sdk::Failure;
//! use roundsman_sdk::commands::{self, Command};
//! use roundsman_sdk::fake::Fake;
//!
//! let host = Fake::new();
//! host.command(&["/bin/df", "-P"], "Filesystem\n").grant_command_with_input(Some("disks"), &["/bin/df", "-P"]);
//! host.with(|| {
//!     let command = Command::new(["df", "-P"]);
//!     assert_eq!((command.argv(), command.to_string()), (&["df".to_owned(), "-P".to_owned()][..], "df -P".to_owned()));
//!     assert_eq!(command.output().unwrap(), "Filesystem\n");
//!
//!     // What cannot be read is told with the first line.
//!     let failure = command.parsed(|text| text.trim().parse::<u32>().map_err(|_| Failure::new("no number"))).unwrap_err();
//!     assert_eq!(failure.message, "df -P: no number; it printed \"Filesystem\"");
//!
//!     // How it ended, whatever that was; `failure` says it in words.
//!     let completed = command.clone().input("read this").run().unwrap();
//!     assert_eq!(completed.text(&command).unwrap(), "Filesystem\n");
//!     assert_eq!(completed.failure(&command).message, "df -P: exit code 0: Filesystem");
//!
//!     // What the operator wrote out is run as it is, by its id or as the only one.
//!     assert_eq!(commands::by_id("disks", "command").unwrap().argv()[0], "/bin/df");
//!     assert_eq!(commands::only_granted("command").unwrap().argv()[1], "-P");
//!     assert_eq!((commands::granted().len(), commands::all_granted().unwrap().len()), (1, 1));
//!     assert_eq!(commands::time_left(), None);
//! });
//! ```

use std::fmt;

use crate::bindings::roundsman::check::commands as wit;
use crate::host::{Current, Host};
use crate::text::{cut, shown};
use crate::{Cause, Denial, Error, Failure, HostError, Problem, Reason};

pub use wit::{Completed, Ending, GrantedCommand};

/// Characters of what a program said that are repeated in a failure.
const SAID: usize = 300;
/// Characters of the first line of a text that could not be read.
const FIRST: usize = 80;

/// A command to run.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    argv: Vec<String>,
    input: Option<Vec<u8>>,
}

impl Command {
    /// Returns the program by its absolute path or its file name, then its arguments.
    pub fn new<S: Into<String>>(argv: impl IntoIterator<Item = S>) -> Self {
        Self { argv: argv.into_iter().map(Into::into).collect(), input: None }
    }

    /// Sets what the program reads; it must be granted (`stdin = "component"`).
    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = Some(input.into());
        self
    }

    /// Returns the program and its arguments.
    pub fn argv(&self) -> &[String] {
        &self.argv
    }

    /// Runs it to its end and returns what it printed. A program that ends with another code than 0, or by a signal, is a
    /// failure with the first line that it wrote: to standard error, or else to standard output.
    pub fn output(&self) -> Result<String, Failure> {
        let completed = self.run()?;
        if completed.ending != Ending::Code(0) {
            return Err(completed.failure(self));
        }
        Ok(completed.text(self)?.to_owned())
    }

    /// Runs it as [`Command::output`] and reads by `parse` what it printed.
    pub fn parsed<T, E: Into<Failure>>(&self, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T, Failure> {
        self.read(&self.output()?, parse)
    }

    /// Reads a text that it printed. What cannot be read is a failure that names the command, and repeats the text's first line:
    /// many programs tell their errors there, and end with 0.
    pub fn read<'a, T, E: Into<Failure>>(
        &self,
        printed: &'a str,
        parse: impl FnOnce(&'a str) -> Result<T, E>,
    ) -> Result<T, Failure> {
        parse(printed).map_err(|error| self.unread(printed, error.into()))
    }

    fn unread(&self, printed: &str, failure: Failure) -> Failure {
        let line = printed.lines().map(str::trim).find(|line| line.contains(char::is_alphanumeric));
        let said = line.map(|line| format!("{:?}", cut(line, FIRST))).filter(|line| !failure.message.contains(line));
        let said = said.map(|line| format!("; it printed {line}")).unwrap_or_default();
        Failure { message: format!("{self}: {}{said}", failure.message), ..failure }
    }

    /// Runs it to its end. A program that ends with a code other than 0, or by a signal, is no error here.
    pub fn run(&self) -> Result<Completed, Error> {
        Current::run(&self.argv, self.input.as_deref()).map_err(|error| Error::host(self.to_string(), error))
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.argv.join(" "))
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Signal(signal) => write!(f, "signal {signal}"),
        }
    }
}

impl Completed {
    /// Returns what the program wrote to standard output, which must be UTF-8; `command` names it in the error.
    pub fn text(&self, command: &Command) -> Result<&str, Error> {
        std::str::from_utf8(&self.standard_output).map_err(|error| Error {
            on: format!("standard output of {command}"),
            reason: Reason::NotText { offset: error.valid_up_to() },
        })
    }

    /// Tells why `command` brought nothing, for a program that did not do what it was started for: how it ended, and the first
    /// line that it wrote.
    pub fn failure(&self, command: &Command) -> Failure {
        let first = |bytes: &[u8]| {
            let text = shown(bytes);
            text.lines().map(str::trim).find(|line| !line.is_empty()).map(|line| cut(line, SAID))
        };
        let said = first(&self.standard_error).or_else(|| first(&self.standard_output));
        let said = said.map_or_else(|| ", and printed nothing".to_owned(), |line| format!(": {line}"));
        Failure::new(format!("{command}: {}{said}", self.ending))
    }
}

/// Returns what was granted, in the operator's order.
pub fn granted() -> Vec<GrantedCommand> {
    Current::granted_commands()
}

/// Nanoseconds that the run has left; `None` where no command is granted, or the host does not tell.
pub fn time_left() -> Option<u64> {
    let told = |it: GrantedCommand| it.extra.into_iter().find(|(key, _)| key == "time_left").map(|(_, value)| value);
    granted().into_iter().find_map(told)?.parse().ok()
}

/// Returns the granted command with this id, whose arguments the operator wrote out. `option` is where the operator gave the
/// id, and what the failure names.
pub fn by_id(id: &str, option: &str) -> Result<Command, Failure> {
    let granted = granted();
    match granted.iter().find(|it| it.id.as_deref() == Some(id)) {
        Some(found) => as_it_is(found, option),
        None => {
            let ids: Vec<&str> = granted.iter().filter_map(|it| it.id.as_deref()).collect();
            let known =
                if ids.is_empty() { "none has an id".to_owned() } else { format!("ids are {}", ids.join(", ")) };
            Err(Failure::options(vec![Problem::new(
                option,
                format!("no granted command has the id \"{id}\"; of {} granted, {known}", granted.len()),
            )]))
        }
    }
}

/// Returns the commands that the operator granted, for a check that runs each of them: at least one.
pub fn all_granted() -> Result<Vec<GrantedCommand>, Failure> {
    let granted = granted();
    if granted.is_empty() { Err(none_granted()) } else { Ok(granted) }
}

fn none_granted() -> Failure {
    Failure {
        message: "no command is granted".into(),
        cause: Cause::Host(HostError::Denied(Denial::new(
            "commands",
            "any command",
            "[[check.NAME.grant.command]]\nargv = [\"/usr/bin/PROGRAM\", \"ARGUMENT\"]",
        ))),
        extra: Vec::new(),
    }
}

/// Returns the only command that the operator granted, so that its argv is written once. `option` is what would choose one of
/// many, and what the failure names.
pub fn only_granted(option: &str) -> Result<Command, Failure> {
    match granted().as_slice() {
        [] => Err(none_granted()),
        [only] => as_it_is(only, option),
        many => {
            let said: Vec<String> = many.iter().map(|it| it.argv.join(" ")).collect();
            let message = format!("{} commands are granted ({}): say which one", many.len(), said.join("; "));
            Err(Failure::options(vec![Problem::new(option, message)]))
        }
    }
}

fn as_it_is(granted: &GrantedCommand, option: &str) -> Result<Command, Failure> {
    if granted.literal {
        return Ok(Command::new(granted.argv.iter().cloned()));
    }
    let message = format!("{} has wildcards: give the whole argv", granted.argv.join(" "));
    Err(Failure::options(vec![Problem::new(option, message)]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::Fake;

    #[test]
    fn the_only_one_granted_needs_no_name() {
        let host = Fake::new();
        host.command(&["/bin/ls", "-lh"], "a\n");
        host.with(|| {
            let command = only_granted("id").unwrap();
            assert_eq!(command.argv(), ["/bin/ls", "-lh"]);
            assert_eq!(command.run().unwrap().text(&command).unwrap(), "a\n");
        });
    }

    #[test]
    fn a_choice_that_is_not_clear_is_a_problem_with_the_option() {
        let host = Fake::new();
        let nothing = host.with(|| only_granted("id").unwrap_err());
        assert!(matches!(nothing.cause, Cause::Host(HostError::Denied(_))), "{nothing:?}");

        host.grant_command(Some("list"), &["/bin/ls", "*"]);
        let wild = host.with(|| by_id("list", "id").unwrap_err());
        assert_eq!(wild.message, "id: /bin/ls * has wildcards: give the whole argv");

        host.grant_command(None, &["/bin/df"]);
        let several = host.with(|| only_granted("id").unwrap_err());
        assert_eq!(several.message, "id: 2 commands are granted (/bin/ls *; /bin/df): say which one");

        let unknown = host.with(|| by_id("lst", "id").unwrap_err());
        assert_eq!(unknown.message, "id: no granted command has the id \"lst\"; of 2 granted, ids are list");
    }

    #[test]
    fn a_program_that_fails_is_told_by_its_end_and_its_first_words() {
        let host = Fake::new();
        let ends = |ending, output: &str, errors: &str| {
            let (standard_output, standard_error) = (output.into(), errors.into());
            Ok(Completed { ending, standard_output, standard_error, duration: 0, extra: Vec::new() })
        };
        let argv = ["/sbin/lvs", "-a"];
        let said = || host.with(|| Command::new(argv).output().map_err(|failure| failure.message));
        host.command_ends(&argv, ends(Ending::Code(5), "half", "\n  no devices\nmore\n"));
        assert_eq!(said(), Err("/sbin/lvs -a: exit code 5: no devices".into()));
        host.command_ends(&argv, ends(Ending::Signal(9), "half", ""));
        assert_eq!(said(), Err("/sbin/lvs -a: signal 9: half".into()));
        host.command_ends(&argv, ends(Ending::Code(1), "", ""));
        assert_eq!(said(), Err("/sbin/lvs -a: exit code 1, and printed nothing".into()));
        host.command(&argv, "a\n");
        assert_eq!(said(), Ok("a\n".into()));
    }

    #[test]
    fn what_was_not_granted_is_denied_and_says_what() {
        let error = Fake::new().with(|| Command::new(["/bin/id"]).run().unwrap_err());
        assert!(error.is_denied());
        assert_eq!(error.to_string(), "/bin/id: not granted");
    }
}
