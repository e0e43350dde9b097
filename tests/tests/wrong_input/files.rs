//! Files of the kernel that say what they should not, or vanish while they are read.

use crate::each;
use crate::seen::Seen;
use crate::spoil;
use crate::trees::{Rooted, TREES, Tree};

/// Files of each tree that are spoilt.
const FILES: usize = 5;

fn faults_of(
    tree: &Tree,
    spoilt: impl Fn(&Rooted, &str, &str, &Seen) -> Vec<(String, Result<(), String>)>,
) -> Vec<String> {
    let host = Rooted::new(tree);
    let well = match Seen::of(&host.run()) {
        Ok(well) if well.failure.is_empty() => well,
        other => return vec![format!("{}: as it was recorded: {other:?}", tree.check)],
    };
    let mut faults = Vec::new();
    for (path, text) in spoil::some(host.files.clone(), FILES) {
        for (input, judged) in spoilt(&host, &path, &text, &well) {
            faults.extend(judged.err().map(|fault| format!("{}, {path}, {input}: {fault}", tree.check)));
        }
        host.write(&path, &text);
    }
    faults
}

/// Texts that are none of those that the kernel writes.
const WORDS: [&str; 7] = ["", "N/A\n", "nan\n", "-\n", "12kB\n", "1,5\n", "Error: cannot read: Connection refused\n"];

#[test]
fn files_that_say_what_they_should_not() {
    each(TREES, |tree| {
        faults_of(tree, |host, path, text, well| {
            let half = &text.as_bytes()[..text.len() / 2];
            let mut texts: Vec<(String, Vec<u8>)> =
                WORDS.iter().map(|word| (format!("{word:?}"), word.as_bytes().to_vec())).collect();
            texts.push(("rubbish".into(), spoil::rubbish()));
            texts.push(("CRLF".into(), text.replace('\n', "\r\n").into_bytes()));
            // Half of a number is a number.
            if text.lines().count() > 1 {
                texts.push(("half".into(), half.to_vec()));
            }
            // A list of CPUs, an array that is only being assembled, and a file whose size is told.
            let fine = [("/cpu/online", "\"1,5\\n\""), ("/raid_disks", "\"\""), ("/backup/status", "CRLF")];
            texts.retain(|(input, _)| !fine.iter().any(|(end, word)| path.ends_with(end) && input == word));
            let judge = |(input, text): (String, Vec<u8>)| {
                host.write(path, text);
                let judged = Seen::of(&host.run()).and_then(|seen| {
                    seen.no_better_than(well)?;
                    let names = !seen.has_unknown() || well.has_unknown() || seen.text.contains(path);
                    if names { Ok(()) } else { Err(format!("the file is not named: {}", seen.text)) }
                });
                (input, judged)
            };
            texts.into_iter().map(judge).collect()
        })
    });
}

#[test]
fn numbers_that_are_too_large_or_negative_trap_nowhere() {
    each(TREES, |tree| {
        faults_of(tree, |host, path, text, _| {
            let put = |place: &std::ops::Range<usize>, number: &str| {
                host.write(path, format!("{}{number}{}", &text[..place.start], &text[place.end..]));
                (format!("{number} for byte {}", place.start), Seen::of(&host.run()).map(drop))
            };
            let places = spoil::some(spoil::numbers(text), 2);
            let numbers = ["9007199254740993", "-1", "99999999999999999999999"];
            places.iter().flat_map(|place| numbers.map(|number| put(place, number))).collect()
        })
    });
}

/// Limits of a chip: disks answer them with EIO while the value reads well, and have none then.
const LIMITS: [&str; 3] = ["_max", "_crit", "_min"];

#[test]
fn a_device_that_vanishes_between_two_files() {
    each(TREES, |tree| {
        faults_of(tree, |host, path, text, well| {
            if text.is_empty() || tree.unread.iter().any(|end| path.ends_with(end)) {
                return Vec::new();
            }
            let vanished = |seen: Seen| if tree.counts { Ok(()) } else { seen.invents_nothing(well) };
            let mut all = vec![("ENODEV".to_owned(), Seen::of(&host.unreadable(path, "ENODEV")).and_then(vanished))];
            let is_limit = LIMITS.iter().any(|end| path.ends_with(end));
            let told = |seen: Seen| if is_limit { seen.invents_nothing(well) } else { seen.told(&[path, "EIO"]) };
            let broken = Seen::of(&host.unreadable(path, "EIO")).and_then(told);
            all.push(("EIO".to_owned(), broken));
            host.remove(path);
            all.push(("ENOENT".to_owned(), Seen::of(&host.run()).and_then(vanished)));
            all
        })
    });
}
