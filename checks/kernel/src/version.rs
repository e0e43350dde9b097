//! Which of two releases of a kernel is newer, where they are of the same flavour.

use std::cmp::Ordering;

/// A release such as `6.1.0-50-cloud-amd64` or `5.14.0-427.13.1.el9_4.x86_64`.
#[derive(Debug, PartialEq)]
struct Release<'a> {
    numbers: Vec<u64>,
    /// Flavour, the rest of the name: `cloud-amd64`, `x86_64`.
    flavour: Vec<&'a str>,
}

fn read(release: &str) -> Release<'_> {
    let (mut numbers, mut flavour) = (Vec::new(), Vec::new());
    for part in release.split(['.', '-', '+', '~']) {
        match part.parse() {
            Ok(number) if flavour.is_empty() => numbers.push(number),
            _ if !of_distribution(part) => flavour.push(part),
            _ => {}
        }
    }
    Release { numbers, flavour }
}

/// `el9_4`, `fc40`, `deb12` and `bpo12` name the release of the distribution, and change with an upgrade.
fn of_distribution(part: &str) -> bool {
    let rest = ["el", "fc", "deb", "bpo", "ol", "amzn"].iter().find_map(|it| part.strip_prefix(it));
    rest.is_some_and(|rest| rest.starts_with(|it: char| it.is_ascii_digit()))
}

/// The newest of those installed that is newer than the one that runs and of its flavour.
pub fn newer<'a>(running: &str, installed: &'a [String]) -> Option<&'a str> {
    let runs = read(running);
    let candidates = installed.iter().map(|it| (read(it), it.as_str()));
    let newer =
        candidates.filter(|(it, _)| it.flavour == runs.flavour && it.numbers.cmp(&runs.numbers) == Ordering::Greater);
    newer.max_by(|(one, _), (other, _)| one.numbers.cmp(&other.numbers)).map(|(_, release)| release)
}
