//! The bounds of a descriptor: what a component says of itself, before anything of it is believed.

use std::collections::{BTreeMap, BTreeSet};

use crate::judge::naming::{full_name, picked_instead, word_reason};
use roundsman_contract::report::{Failure, FailureKind};
use roundsman_contract::{Access, Descriptor, MetricInfo, Need, OptionInfo, Unit};
use roundsman_grants::escape::json_length;

/// Most bytes of all texts of a descriptor together, as JSON: it is kept in memory and in the results for every check, and
/// written into the cache.
pub(crate) const MAX_BYTES: usize = roundsman_contract::LONGEST;
/// Far above what a person could configure.
const MAX_OPTIONS: usize = 1_000;
/// The same bound for what it may report and what it may ask for.
const MAX_METRICS: usize = 1_000;
const MAX_NEEDS: usize = 1_000;
/// Longest name, in bytes: it is part of every series in every output.
const MAX_NAME: usize = 100;
/// Labels of one metric: each multiplies what a reader must store.
pub(crate) const MAX_LABELS: usize = 32;
/// Longest symbol of a unit, in bytes.
const MAX_SYMBOL: usize = 16;

/// Endings that Prometheus gives a meaning, or that outputs add.
const RESERVED_ENDINGS: [&str; 5] = ["total", "count", "sum", "bucket", "info"];
/// Endings that name a unit of the contract; right only for a metric in that unit.
const UNIT_ENDINGS: [(&str, Unit); 4] =
    [("bytes", Unit::Bytes), ("seconds", Unit::Seconds), ("percent", Unit::Percent), ("celsius", Unit::Celsius)];
/// Labels that outputs add to every series, or that Prometheus gives a meaning.
const RESERVED_LABELS: [(&str, &str); 3] = [
    ("check", "which outputs add themselves"),
    ("le", "which is a bucket of a histogram to Prometheus"),
    ("quantile", "which is one of a summary to Prometheus"),
];
/// Component whose name the runtime's own series have: `roundsman_check_state`.
const RESERVED_COMPONENT: &str = "check";

/// Checks a descriptor against the bounds and the naming rules of the contract.
///
/// # Errors
/// A failure of kind `invalid` that names the first thing wrong and what its author should write.
pub fn check(descriptor: &Descriptor) -> Result<(), Failure> {
    reason(descriptor).map_or(Ok(()), |reason| {
        Err(Failure::new(FailureKind::Invalid, format!("the component's descriptor breaks the contract: {reason}")))
    })
}

fn reason(descriptor: &Descriptor) -> Option<String> {
    let too_many = [
        ("bytes of text", text_bytes(descriptor), MAX_BYTES),
        ("options", descriptor.options.iter().map(options_in).sum(), MAX_OPTIONS),
        ("metrics", descriptor.metrics.len(), MAX_METRICS),
        ("needs", descriptor.needs.len(), MAX_NEEDS),
    ]
    .into_iter()
    .find(|(_, count, bound)| count > bound)
    .map(|(what, count, bound)| format!("it has {count} {what}, at most {bound} are allowed"));
    too_many
        .or_else(|| component_name_reason(&descriptor.name))
        .or_else(|| (descriptor.version.trim().is_empty()).then(|| "its version is empty".to_owned()))
        .or_else(|| options_reason("option", &descriptor.options))
        .or_else(|| metrics_reason(&descriptor.metrics))
}

/// Returns what is wrong with metrics that a component declares.
#[must_use]
pub fn metrics_reason(metrics: &[MetricInfo]) -> Option<String> {
    let bytes: usize = metrics.iter().map(metric_bytes).sum();
    (metrics.len() > MAX_METRICS || bytes > MAX_BYTES)
        .then(|| {
            format!(
                "it has {} metrics of {bytes} bytes, at most {MAX_METRICS} of {MAX_BYTES} are allowed",
                metrics.len()
            )
        })
        .or_else(|| metrics.iter().find_map(metric_info_reason))
        .or_else(|| twice("metric", metrics.iter().map(|metric| metric.name.as_str())))
        .or_else(|| alike(metrics))
}

/// Returns an option, and those of the tables that it holds.
fn options_in(option: &OptionInfo) -> usize {
    1 + option.options.iter().map(options_in).sum::<usize>()
}

fn options_reason(what: &str, options: &[OptionInfo]) -> Option<String> {
    let below = |option: &OptionInfo| options_reason(&format!("key of `{}`", option.key), &option.options);
    options
        .iter()
        .find_map(option_reason)
        .or_else(|| twice(what, options.iter().map(|option| option.key.as_str())))
        .or_else(|| options.iter().find_map(below))
}

fn component_name_reason(name: &str) -> Option<String> {
    let own = name == RESERVED_COMPONENT || name.starts_with(&format!("{RESERVED_COMPONENT}_"));
    name_reason("component", name)
        .or_else(|| word_reason(name).map(|reason| format!("the component name `{name}` {reason}")))
        .or_else(|| own.then(|| format!("the component name `{name}` begins as the runtime's own series do; name it without `{RESERVED_COMPONENT}`")))
}

/// Two metrics that outputs with the unit in the name could not tell apart: `used` in bytes, and `used_bytes`.
fn alike(metrics: &[MetricInfo]) -> Option<String> {
    let mut seen = BTreeMap::new();
    metrics.iter().find_map(|metric| {
        let full = full_name(&metric.name, &metric.unit);
        let other: &MetricInfo = seen.insert(full.clone(), metric)?;
        Some(format!("metrics `{}` and `{}` are both `{full}` with their unit", other.name, metric.name))
    })
}

/// Counts all texts as they take in JSON, each with what stands around it, so that empty ones are bounded too.
fn text_bytes(descriptor: &Descriptor) -> usize {
    let Descriptor { name, version, summary, options, metrics, free_metrics: _, needs, unknown } = descriptor;
    let own = [name, version, summary].into_iter().chain(unknown).map(|it| text(it)).sum::<usize>();
    let options = options.iter().map(option_bytes).sum::<usize>();
    own + options + metrics.iter().map(metric_bytes).chain(needs.iter().map(need_bytes)).sum::<usize>()
}

fn text(text: &str) -> usize {
    json_length(text) + "\"\":".len()
}

fn option_bytes(option: &OptionInfo) -> usize {
    let OptionInfo { key, help, value_type, default_value, required: _, values, options } = option;
    let own = text(key) + text(help) + text(value_type) + default_value.as_ref().map_or(0, |it| text(it));
    own + values.iter().map(|it| text(it)).chain(options.iter().map(option_bytes)).sum::<usize>()
}

fn metric_bytes(metric: &MetricInfo) -> usize {
    text(&metric.name) + text(&metric.help) + metric.labels.iter().map(|it| text(it)).sum::<usize>()
}

fn need_bytes(need: &Need) -> usize {
    let target = match &need.access {
        Access::Paths { pattern, .. } => text(pattern),
        Access::Command { argv, .. } => argv.iter().map(|it| text(it)).sum(),
        Access::Unknown { capability, target } => text(capability) + text(target),
    };
    text(&need.reason) + target
}

fn option_reason(option: &OptionInfo) -> Option<String> {
    let key = &option.key;
    if !key.split('.').all(is_snake_case) || key.len() > MAX_NAME {
        return Some(format!("`{}` is no option key; keys are snake_case, dots nest", shown(key)));
    }
    let default = option.default_value.as_ref()?;
    serde_json::from_str::<serde_json::Value>(default)
        .err()
        .map(|error| format!("the default of option `{key}` is no JSON: {error}"))
}

fn metric_info_reason(info: &MetricInfo) -> Option<String> {
    metric_name_reason(&info.name, &info.unit)
        .or_else(|| {
            (info.labels.len() > MAX_LABELS)
                .then(|| format!("metric `{}` has more than {MAX_LABELS} labels", info.name))
        })
        .or_else(|| info.labels.iter().find_map(|label| label_reason(label)))
        .or_else(|| twice(&format!("label of `{}`", info.name), info.labels.iter().map(String::as_str)))
        .or_else(|| {
            let unsound = [&info.warning, &info.critical].into_iter().flatten().any(|range| !range.is_sound());
            unsound.then(|| format!("a range of metric `{}` holds no number", info.name))
        })
}

/// Says what is wrong with the name of a metric in this unit, or with the unit.
#[must_use]
pub(crate) fn metric_name_reason(name: &str, unit: &Unit) -> Option<String> {
    if let Some(reason) = name_reason("metric", name).or_else(|| unit_reason(name, unit)) {
        return Some(reason);
    }
    if let Some(reason) = word_reason(name) {
        let instead = picked_instead(name).map_or_else(String::new, |keys| format!("; picked out of a text: {keys}"));
        return Some(format!("metric `{name}` {reason}{instead}"));
    }
    let ending = name.rsplit_once('_').map_or(name, |(_, ending)| ending);
    if RESERVED_ENDINGS.contains(&ending)
        && let Some((without, _)) = name.rsplit_once('_')
    {
        return Some(format!(
            "metric `{name}` ends in `_{ending}`; name it without, `{without}`: outputs add what belongs there"
        ));
    }
    if RESERVED_ENDINGS.contains(&ending) && full_name(name, unit) == name {
        return Some(format!("metric `{name}` is named for nothing but its kind; name it for what is counted"));
    }
    UNIT_ENDINGS.iter().find(|(word, named)| *word == ending && named != unit).map(|(word, _)| {
        format!("metric `{name}` is named for {word} and is in another unit; declare its unit as {word}")
    })
}

fn unit_reason(name: &str, unit: &Unit) -> Option<String> {
    let Unit::Other(symbol) = unit else { return None };
    let word = UNIT_ENDINGS.iter().map(|(word, _)| *word).chain(["number"]).find(|word| word == symbol);
    if symbol.is_empty() || symbol.len() > MAX_SYMBOL {
        return Some(format!("metric `{name}` has a unit whose symbol is not 1 to {MAX_SYMBOL} bytes long"));
    }
    word.map(|word| format!("metric `{name}` spells its unit as a text; use the contract's `{word}`"))
}

/// Says what is wrong with the name of a label.
#[must_use]
pub(crate) fn label_reason(label: &str) -> Option<String> {
    let reserved = RESERVED_LABELS.iter().find(|(name, _)| *name == label);
    reserved
        .map(|(name, why)| format!("a label is named `{name}`, {why}; name it otherwise"))
        .or_else(|| name_reason("label", label))
}

fn name_reason(what: &str, name: &str) -> Option<String> {
    if name.len() > MAX_NAME {
        return Some(format!("the {what} name `{}` is longer than {MAX_NAME} bytes", shown(name)));
    }
    (!is_snake_case(name)).then(|| {
        format!("`{}` is no {what} name; names are snake_case: a letter, then a-z, 0-9 and single `_`", shown(name))
    })
}

fn is_snake_case(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && !name.contains("__")
        && !name.ends_with('_')
}

/// Returns a message about the first name that occurs twice.
#[must_use]
pub(crate) fn twice<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut seen = BTreeSet::new();
    names.into_iter().find(|name| !seen.insert(*name)).map(|name| format!("{what} `{}` is there twice", shown(name)))
}

/// Returns the beginning of a name that may be of any length.
#[must_use]
pub(crate) fn shown(name: &str) -> String {
    const SHOWN: usize = 40;
    match name.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

#[cfg(test)]
#[path = "descriptor_tests.rs"]
mod tests;
