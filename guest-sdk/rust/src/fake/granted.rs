//! Grants of a fake host, decided by the host's own code.

use roundsman_grants::argv::{Form, GrantedArgv};
use roundsman_grants::denial::Refusal;
use roundsman_grants::path_pattern::PathPattern;
use roundsman_grants::scope::{AllowedGlob, AllowedPath, Scope};
use roundsman_grants::{CommandGrant, Grants, StdinGrant};

use crate::commands::GrantedCommand;
use crate::{Denial, HostError};

/// Grants of a test.
#[derive(Default)]
pub(super) struct Granted {
    grants: Grants,
    /// Whether the test said what files are granted; all that are asked for where not.
    says_files: bool,
    /// Whether the test said what commands are granted; all that were set up where not.
    says_commands: bool,
}

/// The part of a file that is asked for.
#[derive(Clone, Copy)]
pub(super) enum Part {
    Content,
    Metadata,
}

/// A path that a pattern finds, and the decision on it.
pub(super) type Found<'a> = (&'a String, Result<(), HostError>);

impl Granted {
    pub(super) fn files(&mut self, patterns: &[&str]) {
        self.grants.files = parsed("files", patterns);
        self.says_files = true;
    }

    pub(super) fn metadata(&mut self, patterns: &[&str]) {
        self.grants.metadata = parsed("metadata", patterns);
        self.says_files = true;
    }

    pub(super) fn unsafe_files(&mut self, paths: &[&str]) {
        self.grants.unsafe_files = paths.iter().map(|path| (*path).to_owned()).collect();
    }

    pub(super) fn command(&mut self, id: Option<&str>, form: Form, argv: &[&str], input: bool) {
        let argv: Vec<String> = argv.iter().map(|text| (*text).to_owned()).collect();
        let argv = GrantedArgv::parse(form, &argv).unwrap_or_else(|error| panic!("a grant of a command: {error}"));
        let stdin = if input { StdinGrant::Component } else { StdinGrant::None };
        self.grants.commands.push(CommandGrant { id: id.map(Into::into), stdin, ..CommandGrant::of(argv) });
        self.says_commands = true;
    }

    /// Decides on one path.
    pub(super) fn path(&self, part: Part, path: &str) -> Result<(), HostError> {
        let asked = || Grants {
            metadata: PathPattern::parse(&PathPattern::of(path)).into_iter().collect(),
            unsafe_files: vec![path.to_owned()],
            ..Grants::default()
        };
        let own = (!self.says_files).then(asked);
        decide(scope(own.as_ref().unwrap_or(&self.grants)), part, path).map(drop).map_err(denied)
    }

    /// Decides on a pattern, then on each of these paths: gives those that it finds, with the decision.
    pub(super) fn glob<'a>(
        &self,
        part: Part,
        pattern: &str,
        paths: impl Iterator<Item = &'a String>,
    ) -> Result<Vec<Found<'a>>, HostError> {
        let asked: Vec<PathPattern> = PathPattern::parse(pattern).into_iter().collect();
        let paths: Vec<&String> = paths.collect();
        let all = || Grants {
            files: asked.clone(),
            metadata: asked.clone(),
            unsafe_files: paths.iter().map(|path| (*path).clone()).collect(),
            ..Grants::default()
        };
        let own = (!self.says_files).then(all);
        let allowed = decide_glob(scope(own.as_ref().unwrap_or(&self.grants)), part, pattern).map_err(denied)?;
        let found = |path: &'a String| Some((path, allowed.path(path)?.map(drop).map_err(denied)));
        Ok(paths.into_iter().filter_map(found).collect())
    }

    /// Decides on a command, and returns its whole argv; `known` are those that were set up.
    pub(super) fn argv<'a>(
        &self,
        argv: &[String],
        input: bool,
        known: impl Iterator<Item = &'a Vec<String>>,
    ) -> Result<Vec<String>, HostError> {
        let own = (!self.says_commands).then(|| Grants { commands: as_set_up(known), ..Grants::default() });
        let grants = own.as_ref().unwrap_or(&self.grants);
        grants.command(argv, input).map(|allowed| allowed.argv().to_vec()).map_err(denied)
    }

    /// Returns what a check is told of its grants of files and of metadata, as written; `None` where the test said nothing.
    pub(super) fn written(&self) -> Option<(Vec<String>, Vec<String>)> {
        let texts = |list: &[PathPattern]| list.iter().map(|pattern| pattern.as_str().to_owned()).collect();
        self.says_files.then(|| (texts(&self.grants.files), texts(&self.grants.metadata)))
    }

    /// Returns what a check is told of its grants of commands; `known` are those that were set up.
    pub(super) fn commands<'a>(&self, known: impl Iterator<Item = &'a Vec<String>>) -> Vec<GrantedCommand> {
        let told = |id, argv, literal| GrantedCommand { id, argv, literal, extra: Vec::new() };
        if !self.says_commands {
            return known.map(|argv| told(None, argv.clone(), true)).collect();
        }
        let of =
            |grant: &CommandGrant| told(grant.id.clone(), grant.argv.written(), grant.argv.form() == Form::Literal);
        self.grants.commands.iter().map(of).collect()
    }
}

/// Reads patterns as an operator's configuration does.
fn parsed(key: &str, patterns: &[&str]) -> Vec<PathPattern> {
    let parse = |text: &&str| PathPattern::parse(text).unwrap_or_else(|error| panic!("a grant of {key}: {error}"));
    patterns.iter().map(parse).collect()
}

/// Grants each command that was set up as it is, with any input. A program that was set up by its file name is one of
/// `/usr/bin`, as no grant goes without a path.
fn as_set_up<'a>(known: impl Iterator<Item = &'a Vec<String>>) -> Vec<CommandGrant> {
    let grant = |argv: &Vec<String>| {
        let mut argv = argv.clone();
        if let Some(program) = argv.first_mut().filter(|program| !program.contains('/')) {
            program.insert_str(0, "/usr/bin/");
        }
        let argv = GrantedArgv::literal(&argv).ok()?;
        Some(CommandGrant { stdin: StdinGrant::Component, ..CommandGrant::of(argv) })
    };
    known.filter_map(grant).collect()
}

fn scope(grants: &Grants) -> Scope<'_> {
    Scope { grants, own: &[], secrets: &[] }
}

fn decide<'a>(scope: Scope<'a>, part: Part, path: &str) -> Result<AllowedPath<'a>, Refusal> {
    match part {
        Part::Content => scope.content(path),
        Part::Metadata => scope.metadata(path),
    }
}

fn decide_glob<'a>(scope: Scope<'a>, part: Part, pattern: &str) -> Result<AllowedGlob<'a>, Refusal> {
    match part {
        Part::Content => scope.contents(pattern),
        Part::Metadata => scope.all_metadata(pattern),
    }
}

fn denied(refusal: Refusal) -> HostError {
    HostError::Denied(Denial::new(refusal.kind.word(), &refusal.target, &refusal.remedy.toml("NAME")))
}

#[cfg(test)]
#[path = "granted_tests.rs"]
mod tests;
