//! The smallest grant that allows all that one run was allowed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use roundsman_config::lint::lint_program;
use roundsman_contract::Need;
use roundsman_contract::calls::files::{Answer, Call};
use roundsman_contract::calls::granted::Granted;
use roundsman_contract::calls::tape::{Tape, TapedCall};
use roundsman_contract::calls::{Reply, Request, commands};
use roundsman_grants::argv::Form;
use roundsman_grants::denial::{argv_line, toml_key, toml_list, toml_text};
use roundsman_grants::escape::line;
use roundsman_grants::path_pattern::PathPattern;
use roundsman_grants::requested_path::RequestedPath;
use roundsman_grants::scope::Area;
use roundsman_grants::{CommandGrant, GRANT_KINDS, GrantKind, Grants, StdinGrant};

use super::wanted::wanted;

/// The part of its grants that a run used.
#[derive(Debug, Default)]
pub struct Learned<'g> {
    files: BTreeSet<String>,
    unsafe_files: BTreeSet<String>,
    metadata: BTreeSet<String>,
    mounted: bool,
    mount_points: BTreeSet<String>,
    /// The arguments and whether input was given, with the grant that allowed it.
    commands: BTreeMap<(Vec<String>, bool), &'g CommandGrant>,
    user: Option<&'g str>,
}

impl<'g> Learned<'g> {
    /// Learns from the calls of a run. `leads_to` says of a path that was opened where it leads by links, if elsewhere.
    #[must_use]
    pub fn of(tape: &Tape, grants: &'g Grants, leads_to: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut learned = Self { user: grants.user.as_deref(), ..Self::default() };
        for call in &tape.calls {
            call.used(grants).into_iter().for_each(|grant| learned.use_of(grant, &call.request));
            let targets = opened(call).into_iter().filter_map(|path| Some((path, leads_to(path)?)));
            targets.for_each(|(path, target)| learned.link(path, target, grants));
        }
        for patterns in [&mut learned.files, &mut learned.metadata] {
            leave_out_covered(patterns);
        }
        learned
    }

    fn use_of(&mut self, grant: Granted<'g>, request: &Request) {
        match grant {
            Granted::Files(pattern) => drop(self.files.insert(narrower(pattern, request))),
            Granted::UnsafeFile(path) => drop(self.unsafe_files.insert(path.to_owned())),
            Granted::Metadata(pattern) => drop(self.metadata.insert(narrower(pattern, request))),
            Granted::Mounted => match request {
                Request::Files(Call::Usage { path }) => drop(self.mount_points.insert(path.clone())),
                Request::Files(Call::Usages { paths }) => self.mount_points.extend(paths.iter().cloned()),
                // The list of what is mounted is of all.
                _ => self.mounted = true,
            },
            Granted::MountPoint(path) => drop(self.mount_points.insert(path.to_owned())),
            Granted::Command(grant) => {
                let Request::Commands(commands::Call::Run { argv, input }) = request else { return };
                let program = std::iter::once(grant.argv.program().to_owned());
                let argv = program.chain(argv.iter().skip(1).cloned()).collect();
                self.commands.insert((argv, input.is_some()), grant);
            }
        }
    }

    /// Adds what a link leads to: outside of the kernel's trees it must be granted as the link is.
    fn link(&mut self, path: &str, target: String, grants: &Grants) {
        let (Ok(from), Ok(to)) = (RequestedPath::parse(path), RequestedPath::parse(&target)) else { return };
        let area = Area::of(&to);
        if area != Area::Elsewhere && area == Area::of(&from) {
            return;
        }
        let own = PathPattern::of(&target);
        if grants.unsafe_files.contains(&target) {
            self.unsafe_files.insert(target);
        } else if grants.files.iter().any(|pattern| pattern.matches(&to)) {
            self.files.insert(own);
        } else if grants.metadata.iter().any(|pattern| pattern.matches(&to)) {
            self.metadata.insert(own);
        }
    }

    /// Writes it as TOML to paste, with why each line may deserve a look.
    #[must_use]
    pub fn toml(&self, check: &str) -> String {
        let check = toml_key(check);
        let mut keys = String::new();
        for row in &GRANT_KINDS {
            let list = match row.kind {
                GrantKind::Files => &self.files,
                GrantKind::UnsafeFiles => &self.unsafe_files,
                GrantKind::Metadata => &self.metadata,
                GrantKind::Filesystems if self.mounted => {
                    let _ = writeln!(keys, "{} = \"mounted\"", row.key);
                    continue;
                }
                GrantKind::Filesystems => &self.mount_points,
                // Each has a table of its own, below.
                GrantKind::Commands => continue,
            };
            if !list.is_empty() {
                let _ = writeln!(keys, "{} = {}", row.key, toml_list(list));
            }
        }
        if let Some(user) = self.user.filter(|_| !keys.is_empty()) {
            let _ = writeln!(keys, "user = {}", toml_text(user));
        }
        let commands: String =
            self.commands.iter().map(|((argv, input), by)| command(&check, argv, *input, by)).collect();
        match (keys.is_empty(), commands.is_empty()) {
            (true, true) => "# This run used no grant.\n".to_owned(),
            (true, false) => commands.trim_start().to_owned(),
            (false, _) => format!("[check.{check}.grant]\n{keys}{commands}"),
        }
    }
}

/// Returns the table of one command.
fn command(check: &str, argv: &[String], input: bool, by: &CommandGrant) -> String {
    let mut table = "\n".to_owned();
    if by.argv.form() == Form::Pattern {
        let _ = writeln!(
            table,
            "# It may be asked for with other arguments: {}",
            line(&argv_line(Form::Pattern, &by.argv.written()))
        );
    }
    let is_plain =
        by.user.is_none() && by.env.is_empty() && !matches!(by.stdin, StdinGrant::File(_)) && !by.may_gain_privileges;
    if !is_plain {
        table.push_str("# Keep user, env, stdin and may_gain_privileges of its grant.\n");
    }
    let own = roundsman_grants::argv::GrantedArgv::literal(argv).map(CommandGrant::of);
    for (message, help) in own.iter().flat_map(lint_program) {
        let _ = writeln!(table, "# Look: {}; {}", line(&message), line(&help));
    }
    let stdin = if input { "stdin = \"component\"\n" } else { "" };
    let _ = write!(table, "[[check.{check}.grant.command]]\n{}\n{stdin}", argv_line(Form::Literal, argv));
    table
}

/// Returns the needs of which a run used nothing.
#[must_use]
pub(crate) fn unused<'n>(needs: &'n [Need], tape: &Tape) -> Vec<&'n Need> {
    let uses = |need: &&Need| {
        let alone = wanted(&Grants::default(), std::slice::from_ref(*need)).grants;
        tape.calls.iter().any(|call| !call.used(&alone).is_empty())
    };
    needs.iter().filter(|need| !uses(need)).collect()
}

/// Returns the pattern that a call needs of a grant: what it asked for, where the grant has all of that, else the grant itself.
fn narrower(granted: &PathPattern, request: &Request) -> String {
    let whole = || granted.as_str().to_owned();
    let Request::Files(call) = request else { return whole() };
    match call {
        Call::Read { path } | Call::ReadAt { path, .. } | Call::Stat { path } => PathPattern::of(path),
        Call::ReadGlob { pattern } | Call::StatGlob { pattern } => match PathPattern::parse(pattern) {
            Ok(asked) if granted.covers(&asked) => asked.as_str().to_owned(),
            _ => whole(),
        },
        Call::Usage { .. } | Call::Usages { .. } | Call::Mounts | Call::Granted => whole(),
    }
}

/// Returns the paths that a call opened.
fn opened(call: &TapedCall) -> Vec<&str> {
    let (Request::Files(asked), Ok(Reply::Files(answer))) = (&call.request, &call.reply) else { return Vec::new() };
    match answer {
        Answer::Data(_) | Answer::Piece(_) => asked.target().into_iter().collect(),
        Answer::Contents(contents) => {
            contents.iter().filter(|content| content.data.is_ok()).map(|content| content.path.as_str()).collect()
        }
        _ => Vec::new(),
    }
}

/// Leaves out each pattern of which another one has all paths.
fn leave_out_covered(patterns: &mut BTreeSet<String>) {
    let all: Vec<PathPattern> = patterns.iter().filter_map(|text| PathPattern::parse(text).ok()).collect();
    patterns.retain(|text| {
        let Ok(own) = PathPattern::parse(text) else { return true };
        !all.iter().any(|other| *other != own && other.covers(&own))
    });
}

#[cfg(test)]
#[path = "learned_tests.rs"]
mod tests;
