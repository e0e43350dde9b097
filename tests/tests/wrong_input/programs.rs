//! Programs that print what they should not, and end with 0.

use crate::cases::{self, Case, Program, Shape};
use crate::each;
use crate::scene::Scene;
use crate::seen::Seen;
use crate::spoil;

/// A text that a program prints in place of what it should, and what it is.
type Spoilt = (String, Vec<u8>);
type Judged = Result<(), String>;

/// Runs each check with each text that `spoilt` makes for each of its programs, and lets `judge` hold the outcome beside that
/// of what the program should print.
#[track_caller]
fn each_text(
    spoilt: impl Fn(&Program, &str) -> Vec<Spoilt> + Sync,
    judge: impl Fn(&Program, &str, &Seen, &Seen) -> Judged + Sync,
) {
    each(&cases::all(), |case| faults_of(case, &spoilt, &judge));
}

fn faults_of(
    case: &Case,
    spoilt: &impl Fn(&Program, &str) -> Vec<Spoilt>,
    judge: &impl Fn(&Program, &str, &Seen, &Seen) -> Judged,
) -> Vec<String> {
    let scene = Scene::new(case);
    let well = match scene.run() {
        Ok(well) if well.failure.is_empty() => well,
        other => return vec![format!("{}: as it was recorded: {other:?}", case.name)],
    };
    let mut faults = Vec::new();
    for (at, program) in case.programs.iter().enumerate().filter(|(_, it)| it.spoilt) {
        let recorded = scene.recorded(at);
        for (input, text) in spoilt(program, &recorded) {
            scene.prints(at, text);
            if let Err(fault) = scene.run().and_then(|seen| judge(program, &input, &seen, &well)) {
                faults.push(format!("{}, {input}: {fault}", case.name));
            }
        }
        scene.prints(at, &recorded);
    }
    faults
}

/// Two faults that two dozens of programs tell on standard output, and end with 0.
const ERRORS: [&str; 2] =
    ["ERROR: cannot connect to the daemon: Connection refused\n", "Error: 5 devices | not: found, see log = 12 %\n"];

#[test]
fn a_program_that_prints_its_error_and_ends_well() {
    each_text(
        |_, _| ERRORS.map(|text| (text.to_owned(), text.into())).into(),
        |program, input, seen, _| seen.told(&[program.name, input.split(' ').nth(1).expect("a word")]),
    );
}

#[test]
fn nothing_at_all_rubbish_and_two_megabytes() {
    each_text(
        |program, recorded| {
            let mut all = vec![("rubbish".to_owned(), spoil::rubbish()), ("2 MB".to_owned(), vec![b'x'; 2 << 20])];
            let lines = recorded.len().max(1);
            all.push(("2 MB of its own".to_owned(), recorded.repeat((2 << 20) / lines + 1).into_bytes()));
            if !program.may_be_silent {
                all.extend([("nothing", ""), ("blanks", " \n\n")].map(|(what, text)| (what.to_owned(), text.into())));
            }
            all
        },
        |program, _, seen, _| seen.told(&[program.name]),
    );
}

#[test]
fn half_of_a_text() {
    each_text(
        |program, recorded| {
            let places = if program.shape == Shape::Lines { 6 } else { 15 };
            let cut = |text: String| (format!("cut to {} of {} bytes", text.len(), recorded.len()), text.into_bytes());
            spoil::cuts(recorded, places).into_iter().map(cut).collect()
        },
        |program, _, seen, _| match program.shape {
            Shape::Json => seen.told(&[program.name]),
            // What is cut off between two lines cannot be told from a shorter list.
            Shape::JsonLines | Shape::Lines => Ok(()),
        },
    );
}

#[test]
fn a_key_that_a_newer_version_renamed() {
    each_text(
        |program, recorded| {
            let keys = if program.shape == Shape::Lines { Vec::new() } else { spoil::keys(recorded) };
            let keys = keys.into_iter().filter(|key| !program.optional.contains(&key.as_str()));
            keys.map(|key| (format!("\"{key}\" renamed"), spoil::renamed(recorded, &key).into_bytes())).collect()
        },
        |_, _, seen, well| seen.no_better_than(well),
    );
}

/// Numbers as they are met where one number is expected; the last are numbers, and large or small ones.
const NUMBERS: [&str; 9] = ["12kB", "N/A", "-", "nan", "", "1,5", "9007199254740993", "-1", "99999999999999999999999"];

#[test]
fn numbers_that_are_none_or_too_large() {
    each_text(
        |program, recorded| {
            let places = spoil::some(spoil::numbers(recorded), 4);
            let at = |place: &std::ops::Range<usize>| {
                let put = |number: &&str| {
                    let text = format!("{}{number}{}", &recorded[..place.start], &recorded[place.end..]);
                    (
                        format!("{number:?} in place of byte {} {:?}", place.start, &recorded[place.clone()]),
                        text.into_bytes(),
                    )
                };
                NUMBERS.iter().filter(|it| !program.none.contains(it)).map(put).collect::<Vec<_>>()
            };
            places.iter().flat_map(at).collect()
        },
        |_, input, seen, well| {
            let is_number = ["\"900", "\"-1", "\"999"].iter().any(|it| input.starts_with(it));
            if is_number { Ok(()) } else { seen.no_better_than(well) }
        },
    );
}

#[test]
fn ends_of_lines_as_on_windows() {
    each_text(
        |_, recorded| vec![("CRLF".to_owned(), recorded.replace('\n', "\r\n").into_bytes())],
        |_, _, seen, well| seen.no_better_than(well),
    );
}
