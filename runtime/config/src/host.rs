//! Name of this host in outputs, and the labels of hosts and checks.

use std::collections::BTreeMap;

use super::fields::Problems;
use super::file::{HostTable, Text};
use super::spans::FileProblem;
use super::{HostName, HostSettings};

/// Labels of a host or of a check: each multiplies what a reader must store.
const MOST: usize = 32;
/// Longest name or value, in bytes.
const LONGEST: usize = 200;
/// Names that outputs give labels of their own, which would take the place of the operator's.
const OF_OUTPUTS: [&str; 4] = ["alertname", "check", "host", "severity"];
/// The longest name of a host (RFC 1123).
const LONGEST_NAME: usize = 253;

/// Resolves the table `[host]`.
pub(crate) fn host(table: &HostTable, problems: &mut Problems) -> HostSettings {
    let name = table.name.as_ref().map_or(HostName::AsIs, |written| match written.get_ref().as_str() {
        "short" => HostName::Short,
        "fqdn" => HostName::Full,
        name if ["short", "fqdn"].iter().any(|word| word.eq_ignore_ascii_case(name)) => {
            let lower = name.to_ascii_lowercase();
            let problem = FileProblem::new(written.span(), format!("`{name}` would be the name itself"));
            problems.push(problem.with_help(format!("name = \"{lower}\" is what the host itself says")));
            HostName::AsIs
        }
        name => {
            let is_plain = |one: char| one.is_ascii_alphanumeric() || "-_.".contains(one);
            if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(is_plain) {
                let help = "\"short\", \"fqdn\", or a name of letters, digits, `-`, `_` and `.`";
                problems
                    .push(FileProblem::new(written.span(), format!("`{name}` is no name of a host")).with_help(help));
            }
            HostName::Fixed(name.to_owned())
        }
    });
    HostSettings { name, labels: labels(&table.labels, problems) }
}

/// Resolves labels; names are those that Prometheus takes.
pub(crate) fn labels(table: &BTreeMap<Text, Text>, problems: &mut Problems) -> BTreeMap<String, String> {
    if table.len() > MOST
        && let Some((name, _)) = table.iter().nth(MOST)
    {
        problems.push(FileProblem::new(
            name.span(),
            format!("there are {} labels, at most {MOST} are allowed", table.len()),
        ));
    }
    for (name, value) in table {
        let text = name.get_ref();
        let begins = text.starts_with(|one: char| one.is_ascii_alphabetic());
        if !begins || text.len() > LONGEST || !text.chars().all(|one| one.is_ascii_alphanumeric() || one == '_') {
            let help = "a letter, then letters, digits and `_`";
            problems.push(FileProblem::new(name.span(), format!("`{text}` is no name of a label")).with_help(help));
        }
        if OF_OUTPUTS.contains(&text.as_str()) {
            let reason = format!("outputs add a label `{text}` themselves, which would take the place of this one");
            problems.push(FileProblem::new(name.span(), reason).with_help("name it otherwise"));
        }
        if value.get_ref().len() > LONGEST || value.get_ref().contains(char::is_control) {
            let reason =
                format!("the value of label `{text}` is longer than {LONGEST} bytes, or holds a control character");
            problems.push(FileProblem::new(value.span(), reason));
        }
    }
    table.iter().map(|(name, value)| (name.get_ref().clone(), value.get_ref().clone())).collect()
}
