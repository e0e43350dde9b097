//! Outputs that more than one table claims: by their name, or by what they write.

use std::collections::BTreeMap;
use std::path::Path;

use super::assemble::{Given, Wrong, place};
use super::settings::Settings;
use super::{Origin, OutputSettings, Receiver, RefusedFile};
use roundsman_os::safe_path::shown;

/// Returns the outputs that hold, by name. None does that would replace a file of ours, and of two files that give one
/// of the same name neither does, even where one of the two is refused: which one was meant is not for us to say.
pub(crate) fn outputs(
    settings: &Settings,
    files: &[Given],
    wrong: &[Wrong],
    refused: &mut Vec<RefusedFile>,
) -> (Vec<OutputSettings>, Vec<Receiver>) {
    let claims = Claims::of(files, wrong);
    let read: Vec<&Path> =
        files.iter().map(|given| &*given.file).chain(wrong.iter().map(|it| &*it.refused.file)).collect();
    let mut outputs: Vec<OutputSettings> = Vec::new();
    for output in files.iter().flat_map(|given| &given.outputs) {
        let is_taken = || {
            ours(output, settings, &read)
                .or_else(|| taken(output, &outputs))
                .map(|why| format!("{} {why}: this one is left out", shown(&output.path)))
        };
        match claims.other(&output.name, &output.origin).or_else(is_taken) {
            Some(reason) => refused.push(refusal(&output.origin, &reason)),
            None => outputs.push(output.clone()),
        }
    }
    let mut receivers: Vec<Receiver> = Vec::new();
    for receiver in files.iter().flat_map(|given| &given.receivers) {
        match claims.other(&receiver.name, &receiver.origin) {
            Some(reason) => refused.push(refusal(&receiver.origin, &reason)),
            None => receivers.push(receiver.clone()),
        }
    }
    outputs.sort_by(|one, other| one.name.cmp(&other.name));
    receivers.sort_by(|one, other| one.name.cmp(&other.name));
    (outputs, receivers)
}

/// Places that claim an output, by its name.
struct Claims<'f>(BTreeMap<&'f str, Vec<String>>);

impl<'f> Claims<'f> {
    fn of(files: &'f [Given], wrong: &'f [Wrong]) -> Self {
        let mut claims: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for wrong in wrong {
            for name in &wrong.outputs {
                claims.entry(name).or_default().push(shown(&wrong.refused.file));
            }
        }
        for given in files {
            let outputs = given.outputs.iter().map(|output| (&output.name, &output.origin));
            let receivers = given.receivers.iter().map(|receiver| (&receiver.name, &receiver.origin));
            for (name, origin) in outputs.chain(receivers) {
                claims.entry(name).or_default().push(place(origin));
            }
        }
        Self(claims)
    }

    /// Tells why an output of this name does not hold, where another place gives one too.
    fn other(&self, name: &str, origin: &Origin) -> Option<String> {
        let own = place(origin);
        let other = self.0.get(name)?.iter().find(|place| **place != own)?;
        let mend = "give one of the two another name, or take it out";
        Some(format!("the output `{name}` is also in {other}: neither delivers; {mend}"))
    }
}

fn refusal(origin: &Origin, reason: &str) -> RefusedFile {
    let problems = vec![format!("{}: {reason}", place(origin))];
    RefusedFile { file: origin.file.clone(), checks: Vec::new(), problems }
}

/// Says why an output would replace a file of ours; `read` are the files of the configuration.
fn ours(output: &OutputSettings, settings: &Settings, read: &[&Path]) -> Option<String> {
    let path = output.path.as_path();
    let is_drop_in =
        || path.extension().is_some_and(|it| it == "toml") && read.iter().any(|it| it.parent() == path.parent());
    if ["/dev", "/proc", "/sys"].iter().any(|top| path.starts_with(top)) {
        Some("is where no file belongs".to_owned())
    } else if path == settings.log.file {
        Some("is the log".to_owned())
    } else if path.starts_with(&settings.paths.state) || path.starts_with(&settings.paths.cache) {
        Some("is in a directory of ours, which nothing else may be in".to_owned())
    } else if read.contains(&path) || is_drop_in() {
        Some("is a file of the configuration".to_owned())
    } else {
        None
    }
}

/// Finds an output that has the path already: two encoders that replace one file would each hide what the other says. And a
/// directory has one file of a format: who reads them all would meet every check twice.
fn taken(output: &OutputSettings, outputs: &[OutputSettings]) -> Option<String> {
    let beside = |other: &&OutputSettings| {
        other.path.parent() == output.path.parent() && other.format.word == output.format.word
    };
    if let Some(first) = outputs.iter().find(|other| other.path == output.path) {
        return Some(format!("is written by the output in {}", place(&first.origin)));
    }
    let first = outputs.iter().find(beside)?;
    let word = output.format.word;
    Some(format!(
        "has the {word} file of the output in {} beside it, and each check would be there twice",
        place(&first.origin)
    ))
}
