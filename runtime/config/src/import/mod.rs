//! Taking over what a host has: from the files of NRPE, Checkmk, Telegraf, cron and timers to drop-ins. Pure: it reads no file, runs
//! nothing and decides nothing; each line that it cannot take becomes a comment that says why.

mod calendar;
mod crontab;
mod drop_in;
mod likeness;
mod local;
mod mrpe;
mod nrpe;
mod source;
mod telegraf;
mod timer;
mod words;
mod wrappers;

use std::collections::BTreeMap;

pub use likeness::{Old, Said, account, commands};
pub use nrpe::Include;
pub use source::{ImportSource, SourceForm, Whose};
pub use words::words;
pub use wrappers::{Unwrapped, unwrap};

/// Settings by which lines are taken.
pub struct ImportOptions<'a> {
    /// How often what names no schedule of its own runs, as a drop-in says it.
    pub every: String,
    /// Lines of a crontab that are checks.
    pub lines: Vec<usize>,
    /// Names that the configuration has already, with the file that each is in.
    pub taken: BTreeMap<String, String>,
    /// Tells what is wrong with the text of a drop-in.
    pub faults: &'a dyn Fn(&str) -> Vec<String>,
}

/// Result of the import.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Drop-ins, and comments for what was not taken.
    pub drop_ins: String,
    /// The other half for NRPE: what each name of its is called here.
    pub names: Vec<Renamed>,
    /// Names that were taken already.
    pub errors: Vec<String>,
    /// Lines that were not taken.
    pub left: usize,
}

/// A name that others call a check by, and its name here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamed {
    pub theirs: String,
    pub ours: String,
}

/// A line of a file, as its reader understood it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    number: usize,
    /// As it stands in the file.
    text: String,
    found: Result<FoundCommand, String>,
}

/// A command that a line runs.
#[derive(Debug, Clone, PartialEq, Eq)]
struct FoundCommand {
    name: String,
    /// Whether the file gives the name, so that others know it; else it is made from the program's.
    given: bool,
    command: Command,
    schedule: Schedule,
    user: Option<String>,
    check: Check,
    /// Time that the file gives it, in seconds.
    timeout: Option<u64>,
    env: Vec<(String, String)>,
    /// Remarks on it.
    notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Command {
    /// A line of a shell.
    Shell(String),
    /// A program that takes no arguments.
    Program(String),
    /// A program and its arguments, as no shell has them.
    Words(Vec<String>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Schedule {
    /// As [`ImportOptions::every`] says.
    Usual,
    /// In seconds.
    Every(u64),
    Cron {
        fields: String,
        timezone: String,
    },
}

/// The check that runs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Check {
    Plugin,
    Local,
    Command,
    /// A script that cron or systemd starts: its first line says how it went.
    Script,
}

impl Check {
    /// Returns the check of a job of cron or systemd: a monitoring plugin is known by its name.
    fn of_job(program: &str) -> Self {
        if program.starts_with("check_") { Self::Plugin } else { Self::Script }
    }

    fn component(self) -> &'static str {
        match self {
            Self::Plugin | Self::Local => "plugin.wasm",
            Self::Command | Self::Script => "command.wasm",
        }
    }
}

/// Makes drop-ins of files.
#[must_use]
pub fn import(sources: &[ImportSource], options: &ImportOptions<'_>) -> Imported {
    let mut imported = Imported::default();
    let mut taken: BTreeMap<String, String> = options.taken.clone();
    for source in sources {
        imported.drop_ins.push_str(&format!("# From {}\n", drop_in::comment(&source.path)));
        for note in source.notes() {
            imported.drop_ins.push_str(&format!("# {note}\n"));
        }
        for line in source.lines(options) {
            match line.found.and_then(|found| take(source, line.number, found, &mut taken, &mut imported, options)) {
                Ok(drop_in) => imported.drop_ins.push_str(&drop_in::with_origin(line.number, &line.text, &drop_in)),
                Err(why) => {
                    imported.left += 1;
                    imported.drop_ins.push_str(&drop_in::not_taken(line.number, &line.text, &why));
                }
            }
        }
        imported.drop_ins.push('\n');
    }
    imported
}

/// Returns the drop-in of what a line runs.
fn take(
    source: &ImportSource,
    number: usize,
    found: FoundCommand,
    taken: &mut BTreeMap<String, String>,
    imported: &mut Imported,
    options: &ImportOptions<'_>,
) -> Result<String, String> {
    let unwrapped = match &found.command {
        Command::Shell(line) => unwrap(words(line)?)?,
        Command::Program(path) => Unwrapped { argv: vec![path.clone()], ..Unwrapped::default() },
        Command::Words(argv) => unwrap(argv.iter().cloned().map(words::Word::Argument).collect())?,
    };
    let name = drop_in::name(&found.name);
    let name = match (taken.get(&name), found.given) {
        (None, _) => name,
        (Some(_), false) => (2..).map(|n| format!("{name}_{n}")).find(|name| !taken.contains_key(name)).unwrap_or(name),
        (Some(place), true) => {
            let why = format!("the name `{name}` is taken by {place}");
            imported.errors.push(format!("{}:{number}: {why}", source.path));
            return Err(why);
        }
    };
    let drop_in = drop_in::write(&name, &found, &unwrapped, &options.every);
    if let Some(fault) = (options.faults)(&drop_in).first() {
        return Err(format!("its drop-in would not hold: {fault}"));
    }
    taken.insert(name.clone(), format!("{}:{number}", source.path));
    imported.names.push(Renamed { theirs: found.name, ours: name });
    Ok(drop_in)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
