//! Outputs that more than one table claims: by their name, or by what they write.

use std::collections::BTreeMap;

use super::assemble::{Given, Wrong, place};
use super::safe_path::shown;
use super::{OutputSettings, Refused};

/// The outputs that hold, by name. Of two files that give one of the same name neither does, even where one of the two is refused:
/// which one was meant is not for us to say.
pub fn outputs(files: &[Given], wrong: &[Wrong], refused: &mut Vec<Refused>) -> Vec<OutputSettings> {
    let given = || files.iter().flat_map(|given| &given.outputs);
    let mut claims: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, file) in wrong.iter().flat_map(|wrong| wrong.outputs.iter().map(|name| (name, &wrong.refused.file))) {
        claims.entry(name).or_default().push(shown(file));
    }
    for output in given() {
        claims.entry(&output.name).or_default().push(place(&output.origin));
    }
    let mut outputs: Vec<OutputSettings> = Vec::new();
    for output in given() {
        let own = place(&output.origin);
        let other = claims[output.name.as_str()].iter().find(|place| **place != own);
        let reason = match (other, taken(output, &outputs)) {
            (Some(other), _) => format!(
                "the output `{}` is also in {other}: neither delivers; give one of the two another name, or take it out",
                output.name
            ),
            (None, Some(reason)) => format!("{} {reason}: this one is left out", shown(&output.path)),
            (None, None) => {
                outputs.push(output.clone());
                continue;
            }
        };
        let problems = vec![format!("{own}: {reason}")];
        refused.push(Refused { file: output.origin.file.clone(), checks: Vec::new(), problems });
    }
    outputs.sort_by(|one, other| one.name.cmp(&other.name));
    outputs
}

/// Each path once: two encoders that replace one file would each hide what the other says. And a directory has one file of
/// a format: who reads them all would meet every check twice.
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
