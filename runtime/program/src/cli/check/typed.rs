//! Arguments of `check` for this one run: options, time and thresholds, which come before those of the configuration.

use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};

use super::Args;
use roundsman_config::Check;
use roundsman_contract::quantity::parse_duration;
use roundsman_grants::escape::clip;
use roundsman_verdict::judge::selector_option::{ThresholdLevel, from_options};
use roundsman_verdict::judge::thresholds::{Thresholds, tried_first};

/// Tables in tables, as far as TOML's parser goes too.
const DEEPEST_OPTION: usize = 64;
/// Bytes that are shown of a key that is too long.
const LONGEST_SHOWN: usize = 80;

/// Returns the check as the command line wants it this once.
pub(super) fn changed(args: &Args, check: &Check, typed: Thresholds) -> anyhow::Result<Check> {
    if !args.allowed.is_empty() {
        bail!(
            "--allow-… is for a component's file; what `{}` may reach is in [check.{}.grant]",
            check.name,
            check.name
        );
    }
    let mut check = check.clone();
    check.options = options(args, check.options)?;
    Rc::make_mut(&mut check.limits).timeout = timeout(args)?.unwrap_or(check.limits.timeout);
    check.thresholds = tried_first(typed, check.thresholds);
    Ok(check)
}

pub(super) fn typed_thresholds(args: &Args) -> anyhow::Result<Thresholds> {
    let warnings = args.warning.iter().map(|text| (ThresholdLevel::Warning, text.as_str()));
    let typed: Vec<_> =
        warnings.chain(args.critical.iter().map(|text| (ThresholdLevel::Critical, text.as_str()))).collect();
    Ok(from_options(&typed)?)
}

pub(super) fn timeout(args: &Args) -> anyhow::Result<Option<Duration>> {
    let typed = args.timeout.as_deref();
    // Monitoring plugins take a bare number of seconds.
    let with_unit = typed
        .map(|text| if text.bytes().all(|byte| byte.is_ascii_digit()) { format!("{text}s") } else { text.to_owned() });
    let timeout = with_unit.map(|text| parse_duration(&text)).transpose().context("--timeout")?;
    if timeout.is_some_and(|timeout| timeout.is_zero()) {
        bail!("--timeout 0: a run needs some time");
    }
    Ok(timeout)
}

pub(super) fn with_options(args: &Args, given: serde_json::Map<String, serde_json::Value>) -> anyhow::Result<String> {
    Ok(serde_json::Value::from(options(args, given)?).to_string())
}

/// Sets each `--set` in the table of options.
fn options(
    args: &Args,
    mut table: serde_json::Map<String, serde_json::Value>,
) -> anyhow::Result<serde_json::Map<String, serde_json::Value>> {
    for typed in &args.set {
        let (key, value) = typed.split_once('=').ok_or_else(|| anyhow!("--set `{typed}`: write KEY=VALUE"))?;
        let mut parts: Vec<&str> = key.split('.').collect();
        let last = parts.pop().unwrap_or_default();
        if last.is_empty() || parts.iter().any(|part| part.is_empty()) {
            bail!("--set `{typed}`: a part of the key is empty");
        }
        if parts.len() >= DEEPEST_OPTION {
            bail!("--set `{}`: tables are nested more than {DEEPEST_OPTION} levels deep", clip(key, LONGEST_SHOWN));
        }
        let mut place = &mut table;
        for part in parts {
            let inner = place.entry(part).or_insert_with(|| serde_json::Map::new().into());
            place = inner.as_object_mut().ok_or_else(|| anyhow!("--set `{typed}`: `{part}` is no table"))?;
        }
        place.insert(last.to_owned(), toml_value(value));
    }
    Ok(table)
}

/// Returns a TOML value, or the text itself where it is none.
fn toml_value(text: &str) -> serde_json::Value {
    let parsed = toml::from_str::<toml::Table>(&format!("value = {text}")).ok().filter(|table| table.len() == 1);
    let value = parsed.and_then(|mut table| table.remove("value"));
    value.and_then(|value| roundsman_config::option_value(value).ok()).unwrap_or_else(|| text.into())
}
