//! What a granted program becomes when it is executed: the kernel and some programs execute another in its place, and who
//! can replace one of those can run anything just as well.
//!
//! Each part is judged by its path, as the program is, and in the order in which they are run: the interpreter of a
//! `#!` line, the handler of binfmt_misc, the loader of an ELF file; then what `env` finds, the script that a known
//! interpreter is given, and the program that a known wrapper runs. Executing the judged descriptors instead would end
//! every script: its interpreter opens it by name.

mod binfmt;
mod env;
mod head;
mod launcher;

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use rustix::fs::Mode;

use binfmt::Handlers;
use head::ProgramFormat;
use launcher::Launched;
use roundsman_os::safe_path::{FoundFile, OwnerRule, SafePathError, directory, find, shown};

/// Interpreters of interpreters that the kernel executes for one call: `exec_binprm` in its fs/exec.c.
const NESTED: usize = 5;
/// Programs that one command may become. Nothing that is meant comes near.
const LONGEST: usize = 32;
/// Working directory of a program at its start.
const DIRECTORY: &str = "/";

/// Why a program is not started.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// The program itself.
    #[error(transparent)]
    Program(SafePathError),
    /// A program that is executed in its place.
    #[error("it runs {role} {}: {source}", shown(path))]
    Part { role: ChainRole, path: PathBuf, source: SafePathError },
    #[error(
        "{} leads through more than {NESTED} interpreters, which the kernel does not execute: name the last as the program",
        shown(.0)
    )]
    Nested(PathBuf),
    #[error("it becomes more than {LONGEST} programs, one after the other")]
    Long,
    #[error("what it runs cannot be judged: {0}")]
    Unclear(String),
}

/// How a program comes to be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainRole {
    Program,
    Interpreter,
    Handler,
    Loader,
    Found,
    Script,
}

impl std::fmt::Display for ChainRole {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(match self {
            Self::Program => "the program",
            Self::Interpreter => "the interpreter",
            Self::Handler => "the handler of binfmt_misc",
            Self::Loader => "the loader",
            Self::Found => "the program",
            Self::Script => "the script",
        })
    }
}

/// One program that is executed.
#[derive(Debug)]
struct Step {
    role: ChainRole,
    path: PathBuf,
    arguments: Vec<String>,
    /// Directory at which a relative path begins.
    directory: PathBuf,
    /// Directories in which a name without a slash is looked for.
    search: String,
    /// Interpreters since a program was executed last.
    nested: usize,
}

/// Judges a program with all that it becomes when `uid` runs it with these arguments and this `PATH`.
///
/// # Errors
/// [`ChainError`] with the first part that others could replace, or that cannot be told.
pub fn judge(argv: &[String], search: &str, uid: u32) -> Result<(), ChainError> {
    let Some((program, arguments)) = argv.split_first() else { return Ok(()) };
    let judge = Judge { rule: OwnerRule::OwnedBy(uid), handlers: Handlers::of_this_host() };
    let mut steps = vec![Step {
        role: ChainRole::Program,
        path: PathBuf::from(program),
        arguments: arguments.to_vec(),
        directory: PathBuf::from(DIRECTORY),
        search: search.to_owned(),
        nested: 0,
    }];
    let mut judged = BTreeSet::new();
    while let Some(step) = steps.pop() {
        if judged.len() == LONGEST {
            return Err(ChainError::Long);
        }
        if step.nested > NESTED {
            return Err(ChainError::Nested(PathBuf::from(program)));
        }
        // A script is an argument of its interpreter, and was judged before that.
        if step.role == ChainRole::Script && judged.contains(&step.path) {
            continue;
        }
        judged.insert(step.path.clone());
        steps.extend(judge.step(step)?);
    }
    Ok(())
}

struct Judge {
    rule: OwnerRule,
    handlers: Handlers,
}

impl Judge {
    /// Judges one program, and gives what it becomes.
    fn step(&self, step: Step) -> Result<Vec<Step>, ChainError> {
        let Some(found) = self.find(step.role, &step.path)? else { return Ok(Vec::new()) };
        if matches!(step.role, ChainRole::Script | ChainRole::Loader) {
            return Ok(Vec::new());
        }
        // One that may be executed and not read: nobody else can have written it, and only a script that its own interpreter
        // cannot open could lead further.
        let Ok(file) = found.open() else { return Ok(Vec::new()) };
        self.executed(step, &found, &file)
    }

    /// Returns the file, or `None` where there is none and nobody else can make one.
    fn find(&self, role: ChainRole, path: &Path) -> Result<Option<FoundFile>, ChainError> {
        let failed = |source| match role {
            ChainRole::Program => ChainError::Program(source),
            role => ChainError::Part { role, path: path.to_owned(), source },
        };
        match find(path, self.rule) {
            Ok(found) => Ok(Some(found)),
            Err(missing @ SafePathError::Missing(_)) if role == ChainRole::Program => Err(failed(missing)),
            Err(SafePathError::Missing(part)) => self.is_absent(&part).map(|()| None).map_err(failed),
            // Python runs a directory.
            Err(SafePathError::NotAFile { part, kind: _ }) if role == ChainRole::Script => {
                directory(&part, self.rule).map(|_| None).map_err(failed)
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// Judges the directory in which a part is missing: who may write there could add it before it is executed.
    fn is_absent(&self, part: &Path) -> Result<(), SafePathError> {
        directory(part.parent().unwrap_or(part), self.rule).map(drop)
    }

    fn executed(&self, step: Step, found: &FoundFile, file: &File) -> Result<Vec<Step>, ChainError> {
        let head = head::read(file);
        // Handlers are asked before the kernel's own formats.
        if let Some(interpreter) = self.handlers.of(&step.path, &head) {
            return Ok(vec![interpreted(step, ChainRole::Handler, interpreter, None)]);
        }
        match head::format(&head, file)
            .map_err(|reason| ChainError::Unclear(format!("{}: {reason}", shown(&step.path))))?
        {
            ProgramFormat::Script { interpreter, argument } => {
                Ok(vec![interpreted(step, ChainRole::Interpreter, &interpreter, argument)])
            }
            ProgramFormat::Elf { loader } => {
                if let Some(loader) = loader {
                    self.find(ChainRole::Loader, &step.directory.join(loader))?;
                }
                self.launched(step, found)
            }
            // The kernel refuses it; what `env` uses (execvp(3)) hands it to a shell then.
            ProgramFormat::Other if step.role == ChainRole::Found => {
                Ok(vec![interpreted(step, ChainRole::Interpreter, Path::new("/bin/sh"), None)])
            }
            ProgramFormat::Other => Ok(Vec::new()),
        }
    }

    /// Finds the program that another one, which the kernel itself executes, runs by its arguments.
    fn launched(&self, step: Step, found: &FoundFile) -> Result<Vec<Step>, ChainError> {
        let names = [&step.path, found.path()];
        let launched = names.iter().find_map(|name| launcher::launched(name, &step.arguments));
        match launched {
            None => Ok(Vec::new()),
            Some(Launched::Scripts(scripts)) => {
                let script = |path: String| Step {
                    role: ChainRole::Script,
                    path: step.directory.join(path),
                    arguments: Vec::new(),
                    directory: step.directory.clone(),
                    search: step.search.clone(),
                    nested: 0,
                };
                Ok(scripts.into_iter().map(script).collect())
            }
            Some(Launched::ByEnv) => {
                let call = env::call(&step.arguments).map_err(ChainError::Unclear)?;
                let directory = call.directory.map_or(step.directory.clone(), |into| step.directory.join(into));
                let Some((name, arguments)) = call.argv.split_first() else { return Ok(Vec::new()) };
                let search = call.search.unwrap_or(step.search);
                let found = self.search(name, &search, &directory)?;
                let step = |path| Step {
                    role: ChainRole::Found,
                    path,
                    arguments: arguments.to_vec(),
                    directory,
                    search,
                    nested: 0,
                };
                Ok(found.map(step).into_iter().collect())
            }
            Some(Launched::Wrapped) => self.wrapped(&step),
        }
    }

    /// Finds what a wrapper runs: its first argument that is the path of a file that can be executed, and each name before
    /// it that is a launcher's own, such as the `sh` of `timeout 5 sh x`. Its options differ from wrapper to wrapper, and take
    /// numbers, users and files that are no program.
    fn wrapped(&self, step: &Step) -> Result<Vec<Step>, ChainError> {
        let mut found = Vec::new();
        for (at, argument) in step.arguments.iter().enumerate() {
            let arguments = step.arguments[at + 1..].to_vec();
            let path = step.directory.join(argument);
            let may_run = || find(&path, OwnerRule::Lifted).is_ok_and(|found| found.stat().st_mode & 0o111 != 0);
            let is_program = argument.contains('/') && may_run();
            let is_launcher = !argument.contains('/') && launcher::launched(Path::new(argument), &arguments).is_some();
            let path = match (is_program, is_launcher) {
                (true, _) => Some(path),
                (false, true) => self.search(argument, &step.search, &step.directory)?,
                (false, false) => None,
            };
            let (directory, search) = (step.directory.clone(), step.search.clone());
            found.extend(path.map(|path| Step {
                role: ChainRole::Found,
                path,
                arguments,
                directory,
                search,
                nested: 0,
            }));
            if is_program {
                break;
            }
        }
        Ok(found)
    }

    /// Looks for a name as execvp(3) does. A directory that is searched before is judged too: who may write there could
    /// add the name.
    fn search(&self, name: &str, search: &str, from: &Path) -> Result<Option<PathBuf>, ChainError> {
        if name.contains('/') {
            return Ok(Some(from.join(name)));
        }
        for place in search.split(':') {
            // An empty one is the directory that it is run in.
            let path = from.join(place).join(name);
            if let Some(found) = self.find(ChainRole::Found, &path)?
                && Mode::from_raw_mode(found.stat().st_mode).intersects(Mode::XUSR | Mode::XGRP | Mode::XOTH)
            {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }
}

/// Returns the program that the kernel executes in the place of one, with that as an argument.
fn interpreted(step: Step, role: ChainRole, interpreter: &Path, argument: Option<String>) -> Step {
    let file = step.path.to_string_lossy().into_owned();
    Step {
        role,
        path: step.directory.join(interpreter),
        arguments: argument.into_iter().chain([file]).chain(step.arguments).collect(),
        nested: step.nested + 1,
        ..step
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
