//! What the host would refuse of a check, found natively.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::export::descriptor;
use crate::{Check, Descriptor, OptionInfo, Outcome, options};

/// Checks what a check says of itself: names, defaults of options against what their type does without them, and
/// that its README names each option and each metric.
///
/// # Panics
/// With what is wrong.
///
/// ```
/// use roundsman_sdk::{Check, Descriptor, Failure, Measure, NoOptions, Outcome, Unit, fake::contract};
///
/// const SIZE: Measure = Measure::gauge("size", Unit::Bytes, "of the file");
///
/// struct Sample;
///
/// impl Check for Sample {
///     type Options = NoOptions;
///
///     fn describe() -> Descriptor {
///         Descriptor::new("sample", "0.1.0", "a sample").metric(&SIZE)
///     }
///
///     fn run(_: NoOptions) -> Result<Outcome, Failure> {
///         Ok(Outcome::new("1 byte").metric(SIZE.count(1)))
///     }
/// }
///
/// // In a test of the check: `include_str!("../README.md")`.
/// contract::<Sample>("| `size` | bytes | of the file |");
/// ```
pub fn contract<C: Check>(readme: &str) {
    let descriptor = descriptor::<C>();
    assert!(snake_case(&descriptor.name), "name {:?} is not snake_case", descriptor.name);
    assert!(!descriptor.summary.is_empty() && !descriptor.summary.contains('\n'), "the summary is one line");

    let mut defaults = Vec::new();
    for option in &descriptor.options {
        named_in(readme, option);
        assert!(readme.contains(&format!("`{}`", option.key)), "the README lacks option `{}`", option.key);
        if let Some(text) = &option.default {
            let value = serde_json::from_str::<Value>(text);
            assert!(value.is_ok(), "{}: {value:?}", option.key);
            defaults.push(format!("{:?}: {text}", option.key));
        }
    }
    if !descriptor.options.iter().any(|option| option.required) {
        let read = |table: &str| options::read::<C>(table).map(|it| format!("{it:?}"));
        let (silent, spelled) = (read("{}"), read(&format!("{{{}}}", defaults.join(", "))));
        assert_eq!(silent, spelled, "the defaults of the descriptor are not those of the options' type");
    }

    for metric in &descriptor.metrics {
        assert!(snake_case(&metric.name), "metric {:?} is not snake_case", metric.name);
        let taken = ["_total", "_count", "_sum", "_bucket", "_info"].iter().any(|end| metric.name.ends_with(end));
        assert!(!taken, "metric {:?}: the host adds such an end itself", metric.name);
        assert!(readme.contains(&format!("`{}`", metric.name)), "the README lacks metric `{}`", metric.name);
    }
    for need in &descriptor.needs {
        assert!(!need.reason.is_empty(), "{:?} has no reason", need.target);
    }
}

/// Panics where the README lacks a key of a table that is an option, at whatever depth.
fn named_in(readme: &str, option: &OptionInfo) {
    for below in &option.options {
        let mut words = readme.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        // `any` stands for what the operator names.
        let named = below.key == "any" || words.any(|word| word == below.key);
        assert!(named, "the README lacks `{}` of `{}`", below.key, option.key);
        named_in(readme, below);
    }
}

fn snake_case(name: &str) -> bool {
    name.starts_with(|it: char| it.is_ascii_lowercase())
        && name.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_')
}

/// Panics where the host would call the outcome `invalid`.
pub(super) fn judge(descriptor: &Descriptor, outcome: &Outcome) {
    let mut seen = BTreeSet::new();
    for metric in &outcome.metrics {
        let name = &metric.name;
        let mut labels = metric.labels.clone();
        labels.sort();
        assert!(labels.windows(2).all(|pair| pair[0].0 != pair[1].0), "metric {name} has a label twice: {labels:?}");
        assert!(seen.insert((name.clone(), labels.clone())), "metric {name} with labels {labels:?} is there twice");
        match descriptor.metrics.iter().find(|it| it.name == *name) {
            Some(declared) => {
                assert!(metric.unit == declared.unit, "metric {name} has another unit than was declared");
                assert!(metric.kind == declared.kind, "metric {name} is of another kind than was declared");
                let undeclared = labels.iter().find(|(label, _)| !declared.labels.contains(label));
                assert_eq!(undeclared, None, "metric {name} carries a label that it does not declare");
            }
            None => assert!(descriptor.free_metrics, "metric {name} is not declared"),
        }
    }
    let mut things = BTreeSet::new();
    for subcheck in &outcome.subchecks {
        assert!(things.insert(subcheck.labels.clone()), "subcheck {:?} is there twice", subcheck.labels);
    }
}
