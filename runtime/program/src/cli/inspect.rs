//! `inspect`: what a component says of itself.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::json;

use super::run::not_begun;
use super::{drop_in, exit, print, standalone};
use crate::round::run_outcome::{ComponentState, Goal, RunOutcome};
use roundsman_config::Places;
use roundsman_contract::{Access, Descriptor, MetricInfo, MetricKind, Need, OptionInfo};
use roundsman_grants::escape::{self, line};
use roundsman_sandbox::zygote::Zygote;
use roundsman_verdict::judge::thresholds::unit_word;
use roundsman_verdict::outputs::width::{column, padded, width};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The component; a bare name is looked up in `paths.checks` too
    #[arg(value_name = "FILE.wasm")]
    file: PathBuf,
    /// How to print it; toml is a drop-in to paste
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
    Toml,
}

/// Runs the command: exit 0, or 65 where the file is no check.
pub(crate) fn inspect(args: &Args, places: &Places) -> u8 {
    let zygote = Zygote::start();
    let outcome = match standalone::ask(&zygote, &args.file, Goal::Describe, places) {
        Ok(outcome) => outcome,
        Err(error) => {
            print::complain(&format!("roundsman inspect: {error:#}"));
            return not_begun(&error);
        }
    };
    match outcome {
        RunOutcome { component: Some(component), result: Ok(_), .. } => print::page(&match args.format {
            Format::Text => text(&args.file, &component),
            Format::Json => json(&args.file, &component),
            Format::Toml => drop_in::toml(&args.file, &component.descriptor),
        }),
        RunOutcome { result, .. } => {
            if let Err(failure) = result {
                print::complain_page(&standalone::told_of(&escape::path(&args.file), &failure));
            }
            exit::DATA
        }
    }
}

fn text(file: &Path, component: &ComponentState) -> String {
    let Descriptor { name, version, summary, options, metrics, free_metrics, needs, unknown } = &*component.descriptor;
    let mut page = format!("{name} {}: {}\n", line(version), line(summary));
    let mut row = |name: &str, value: &str| {
        let _ = writeln!(page, "{name:<8} {value}");
    };
    row("file", &escape::path(file));
    row("size", &format!("{} bytes", component.size));
    row("sha256", &component.id.sha256);
    for (at, import) in component.imports.iter().enumerate() {
        row(if at == 0 { "imports" } else { "" }, &line(import));
    }
    let mut rows = Vec::new();
    option_rows("", options, &mut rows);
    section(&mut page, "options", rows.into_iter());
    section(&mut page, "metrics", metrics.iter().map(metric_row));
    if *free_metrics {
        page.push_str("  and others, that its options name\n");
    }
    section(&mut page, "needs", needs.iter().map(|need| [line(&access(need)), line(&need.reason)]));
    if !unknown.is_empty() {
        section(
            &mut page,
            "keys that this version does not know, and leaves out",
            unknown.iter().map(|key| [line(key)]),
        );
    }
    page
}

/// A heading, and its rows in columns.
fn section<const N: usize>(page: &mut String, heading: &str, rows: impl Iterator<Item = [String; N]>) {
    let rows: Vec<[String; N]> = rows.collect();
    let _ = writeln!(page, "\n{heading}{}", if rows.is_empty() { ": none" } else { "" });
    let widest = |at: usize| column(rows.iter().map(|row| width(&row[at])));
    let widths: Vec<usize> = (0..N).map(widest).collect();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| padded(cell, *width)).collect::<Vec<_>>();
        let _ = writeln!(page, "  {}", cells.join("  ").trim_end());
    }
}

/// A row for each option, and for each key of the tables that it holds: `numbers[].name`.
fn option_rows(above: &str, options: &[OptionInfo], rows: &mut Vec<[String; 4]>) {
    for option in options {
        rows.push(option_row(above, option));
        let list = if option.value_type.ends_with('s') { "[]" } else { "" };
        option_rows(&format!("{above}{}{list}.", option.key), &option.options, rows);
    }
}

/// Returns what an option is for, with the texts that it may be.
pub(crate) fn help(option: &OptionInfo) -> String {
    let words = if option.values.is_empty() { String::new() } else { format!(" ({})", option.values.join(", ")) };
    format!("{}{words}", option.help)
}

fn option_row(above: &str, option: &OptionInfo) -> [String; 4] {
    let held = match (&option.default_value, option.required) {
        (Some(value), _) => format!("default {value}"),
        (None, true) => "required".to_owned(),
        (None, false) => "optional".to_owned(),
    };
    [format!("{above}{}", option.key), value_type(&option.value_type), line(&held), line(&help(option))]
}

fn metric_row(metric: &MetricInfo) -> [String; 4] {
    let labels = metric.labels.join(",");
    let name = if labels.is_empty() { metric.name.clone() } else { format!("{}{{{labels}}}", metric.name) };
    [name, line(unit_word(&metric.unit)), kind(metric.kind).to_owned(), line(&metric.help)]
}

/// Describes a need for access; one that a check can do without says so.
pub(crate) fn access(need: &Need) -> String {
    let optional = if need.optional { ", optional" } else { "" };
    need.access.shown() + optional
}

/// A type as a person reads it; one of a later version as it is.
fn value_type(word: &str) -> String {
    match word {
        "booleans" | "integers" | "numbers" | "texts" | "tables" => format!("list of {word}"),
        word => line(word),
    }
}

fn kind(kind: MetricKind) -> &'static str {
    match kind {
        MetricKind::Gauge => "gauge",
        MetricKind::Counter => "counter",
    }
}

fn json(file: &Path, component: &ComponentState) -> String {
    let descriptor = &*component.descriptor;
    let metrics = descriptor.metrics.iter().map(|metric| {
        json!({ "name": metric.name, "help": metric.help, "unit": unit_word(&metric.unit), "kind": kind(metric.kind),
            "labels": metric.labels })
    });
    let needs = descriptor.needs.iter().map(|need| {
        let target = match &need.access {
            Access::Paths { pattern, .. } => json!(pattern),
            Access::Command { argv, .. } => json!(argv),
            Access::Unknown { target, .. } => json!(target),
        };
        json!({ "capability": need.access.capability(), "target": target, "reason": need.reason })
    });
    let object = json!({
        "schema": 1, "file": escape::path(file), "size": component.size, "sha256": component.id.sha256,
        "imports": component.imports, "name": descriptor.name, "version": descriptor.version,
        "summary": descriptor.summary, "options": json_options(&descriptor.options),
        "metrics": metrics.collect::<Vec<_>>(), "free_metrics": descriptor.free_metrics,
        "needs": needs.collect::<Vec<_>>(),
    });
    escape::json(&object.to_string()) + "\n"
}

fn json_options(options: &[OptionInfo]) -> Vec<serde_json::Value> {
    let one = |option: &OptionInfo| {
        json!({ "key": option.key, "help": option.help, "type": value_type(&option.value_type),
            "default": option.default_value, "required": option.required, "values": option.values,
            "options": json_options(&option.options) })
    };
    options.iter().map(one).collect()
}
