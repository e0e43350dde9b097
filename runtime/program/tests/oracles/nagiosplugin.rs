//! Ranges, as the Python library nagiosplugin judges them (package python3-nagiosplugin), over random cases.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::sample::select;
use roundsman_contract::range::RangeSpec;

use crate::sample::draw;

const CASES: usize = 100_000;

/// Answers each line `RANGE<tab>VALUE` by 1 for an alert, 0 for none, `refused` where it is no range.
const JUDGE: &str = r"
import sys
from nagiosplugin import Range
for line in sys.stdin:
    text, value = line.rstrip('\n').split('\t')
    try:
        print(0 if Range(text).match(float(value)) else 1)
    except Exception:
        print('refused')
";

/// Differences between the two, and why ours is right by the guidelines of the monitoring plugins; the rest is a failure.
const DIFFERENCES: [Difference; 4] = [
    Difference {
        what: "an empty text is 0 to infinity there; here it is refused, as it is a mistake",
        is: |text| text.is_empty(),
        ours: "refused",
    },
    Difference {
        what: "a colon or an @ without a number is 0 to infinity there; here it is refused, `0:` says the same",
        is: |text| matches!(text, ":" | "@" | "@:"),
        ours: "refused",
    },
    Difference {
        what: "a number may carry a unit here; there it is refused",
        is: |text| text.contains('%'),
        ours: "judged",
    },
    Difference {
        what: "a plus, a point at the end and a `_` between digits are Python's spellings of numbers; here they are refused",
        is: |text| text.split(['@', ':']).any(|it| it.starts_with('+') || it.ends_with('.') || it.contains('_')),
        ours: "refused",
    },
];

struct Difference {
    what: &'static str,
    is: fn(&str) -> bool,
    /// Result of such a text here.
    ours: &'static str,
}

/// Returns a number as people write one, mostly small, so that values meet ends.
fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (-20_i32..20).prop_map(|whole| whole.to_string()),
        4 => (-200_i32..200).prop_map(|tenths| (f64::from(tenths) / 10.0).to_string()),
        1 => (any::<i32>(), 1_u32..1_000_000).prop_map(|(whole, part)| format!("{whole}.{part:06}")),
        1 => Just(".5".to_owned()),
        1 => select(vec!["1e3", "0x10", "1,5", "5.", "--1", "+1", "", "~", "10%", "1_000", "inf", "nan"]).prop_map(str::to_owned),
    ]
}

fn range() -> impl Strategy<Value = String> {
    let ends = prop_oneof![
        number(),
        number().prop_map(|low| format!("{low}:")),
        number().prop_map(|high| format!(":{high}")),
        number().prop_map(|high| format!("~:{high}")),
        (number(), number()).prop_map(|(low, high)| format!("{low}:{high}")),
        Just("~:".to_owned()),
    ];
    (any::<bool>(), ends).prop_map(|(inside, ends)| if inside { format!("@{ends}") } else { ends })
}

#[test]
fn ranges_are_judged_as_nagiosplugin_judges_them() {
    let value = prop_oneof![
        (-200_i32..200).prop_map(|tenths| f64::from(tenths) / 10.0),
        any::<f64>().prop_filter("nagiosplugin knows no NaN", |value| value.is_finite()),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
    ];
    let cases = draw(&(range(), value), CASES);
    let lines = cases.iter().fold(String::new(), |mut lines, (range, value)| {
        let _ = writeln!(lines, "{range}\t{value}");
        lines
    });
    let theirs = ask(lines);
    assert_eq!(theirs.len(), CASES);

    let mut differences = [0_usize; DIFFERENCES.len()];
    let (mut alerts, mut refused) = (0, 0);
    for ((range, value), theirs) in cases.iter().zip(&theirs) {
        let ours = match RangeSpec::parse(range) {
            Ok(spec) => u8::from(spec.range.alerts(*value)).to_string(),
            Err(_) => "refused".to_owned(),
        };
        alerts += usize::from(ours == "1");
        refused += usize::from(ours == "refused");
        if ours == *theirs {
            continue;
        }
        let known = DIFFERENCES.iter().position(|difference| (difference.is)(range));
        let known = known.unwrap_or_else(|| panic!("`{range}` of {value}: ours {ours}, theirs {theirs}"));
        let expected = DIFFERENCES[known].ours == "refused";
        assert_eq!(ours == "refused", expected, "`{range}`: {}", DIFFERENCES[known].what);
        differences[known] += 1;
    }
    // Enough of each kind that agreement means something, and no difference that is listed for nothing.
    assert!(
        alerts > CASES / 10 && refused > CASES / 100 && CASES - alerts - refused > CASES / 10,
        "{alerts} {refused}"
    );
    for (difference, count) in DIFFERENCES.iter().zip(differences) {
        assert!(count > 0, "not met: {}", difference.what);
    }
}

/// Returns the answers of one Python process.
fn ask(lines: String) -> Vec<String> {
    // Debian's own Python: another one that comes first in PATH does not have Debian's packages.
    let mut python = Command::new("/usr/bin/python3")
        .args(["-c", JUDGE])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3");
    let mut stdin = python.stdin.take().expect("a pipe");
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = python.wait_with_output().expect("an end");
    writer.join().expect("a thread").expect("python reads all");
    assert!(output.status.success(), "python3-nagiosplugin is missing");
    String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect()
}
