//! Bounds of a granted command: from the keys as written to what is enforced. A bound that would not hold is refused.

use rustix::thread::CapabilitySet;
use toml::Spanned;

use crate::fields::{Problems, word, zero};
use crate::file::{CommandTable, Text};
use crate::spans::FileProblem;
use crate::values::Count;
use roundsman_grants::CommandBounds;
use roundsman_grants::nearest::nearest;

/// The account that may have all capabilities, and that no count of processes bounds.
const ROOT: &str = "root";
const PREFIX: &str = "CAP_";
/// Words for the processes that a command may signal.
const SIGNALS: [(&str, bool); 2] = [("own", true), ("any", false)];

pub(crate) fn bounds(table: &CommandTable, problems: &mut Problems) -> CommandBounds {
    let user = table.user.as_ref().map(|user| user.get_ref().as_str());
    let bounds = CommandBounds {
        no_network: table.network.as_ref().is_some_and(|network| !network.get_ref()),
        own_signals: table.signals.as_ref().and_then(|text| word(text, &SIGNALS, problems)).unwrap_or_default(),
        processes: table.processes.as_ref().and_then(|count| processes(count, user, problems)),
        capabilities: table.capabilities.as_ref().and_then(|names| capabilities(names, user, problems)),
    };
    if table.may_gain_privileges {
        let filtered = table.network.as_ref().filter(|_| bounds.no_network).map(|key| ("network = false", key.span()));
        let scoped = table.signals.as_ref().filter(|_| bounds.own_signals).map(|key| ("signals = \"own\"", key.span()));
        for (key, span) in filtered.into_iter().chain(scoped) {
            let reason =
                format!("`{key}` does not hold for a program that may gain privileges, and the kernel refuses it");
            problems.push(FileProblem::new(span, reason).with_help("take out `may_gain_privileges`, or this key"));
        }
    }
    bounds
}

/// A limit of processes counts all that its user has, and does not bind root.
fn processes(written: &Spanned<Count>, user: Option<&str>, problems: &mut Problems) -> Option<u64> {
    let Count(count) = *written.get_ref();
    if count == 0 {
        problems.push(zero(written.span()));
        return None;
    }
    let reason = match user {
        Some(ROOT) => "the kernel counts no processes of root",
        None => "the kernel counts all processes of a user together, and this command has none of its own",
        Some(_) => return Some(count),
    };
    let problem = FileProblem::new(written.span(), reason.to_owned());
    problems.push(problem.with_help("user = \"an account that runs nothing else\", beside `processes`"));
    None
}

fn capabilities(written: &Spanned<Vec<Text>>, user: Option<&str>, problems: &mut Problems) -> Option<u64> {
    if user != Some(ROOT) {
        let reason = "it bounds what root may do, and only a command with `user = \"root\"` is root's";
        problems.push(FileProblem::new(written.span(), reason.to_owned()).with_help("user = \"root\", or take it out"));
        return None;
    }
    let known: Vec<String> = CapabilitySet::all().iter_names().map(|(name, _)| format!("{PREFIX}{name}")).collect();
    let mut all = 0;
    for text in written.get_ref() {
        let name = text.get_ref().as_str();
        match name.strip_prefix(PREFIX).and_then(CapabilitySet::from_name) {
            Some(capability) => all |= capability.bits(),
            None => {
                let names: Vec<&str> = known.iter().map(String::as_str).collect();
                let near = nearest(name, &names).map_or_else(String::new, |near| format!(", nearest is `{near}`"));
                let problem = FileProblem::new(text.span(), format!("`{name}` is no capability{near}"));
                problems
                    .push(problem.with_help("a name of capabilities(7), such as \"CAP_NET_RAW\"; [] for none at all"));
            }
        }
    }
    Some(all)
}

/// Returns the names that [`bounds`] reads.
pub(crate) fn capability_names(capabilities: u64) -> impl Iterator<Item = String> {
    CapabilitySet::from_bits_retain(capabilities)
        .iter_names()
        .map(|(name, _)| format!("{PREFIX}{name}"))
        .collect::<Vec<_>>()
        .into_iter()
}
