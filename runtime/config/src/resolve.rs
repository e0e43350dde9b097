//! One check as written, to one that can run: its own table laid over the defaults, and what overrides say over that.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::fields::{Problems, plain};
use super::file::{CheckTable, OverrideTable, Text};
use super::grant::grants;
use super::layered::{KeyRules, LayeredCheck};
use super::schedule;
use super::series::series;
use super::spans::{FileProblem, LineIndex};
use super::thresholds::thresholds;
use super::{Check, ComponentPath, Origin, SLOW, name};
use roundsman_grants::Grants;
use roundsman_verdict::judge::thresholds::{Thresholds, tried_first};
use roundsman_verdict::outputs::scene::SeriesNames;

/// A file that is being resolved.
#[derive(Debug, Clone)]
pub struct ResolvedFile<'a> {
    pub file: &'a Path,
    pub lines: LineIndex,
}

impl<'a> ResolvedFile<'a> {
    pub(crate) fn new(file: &'a Path, text: &str) -> Self {
        Self { file, lines: LineIndex::of(text) }
    }

    pub(crate) fn origin(&self, span: &Range<usize>) -> Origin {
        Origin { file: self.file.to_owned(), line: self.lines.line(span.start) }
    }

    /// Returns the directory that relative paths of this file start from.
    pub fn directory(&self) -> &Path {
        self.file.parent().unwrap_or(Path::new("/"))
    }
}

/// A check that overrides may still change.
#[derive(Debug)]
pub struct Draft {
    /// Where its name stands in its file.
    pub span: Range<usize>,
    pub name: String,
    pub origin: Origin,
    changed_by: Vec<PathBuf>,
    component: ComponentPath,
    layered: LayeredCheck,
    options: serde_json::Map<String, serde_json::Value>,
    series: SeriesNames,
    thresholds: Thresholds,
    grants: Grants,
}

impl Draft {
    /// A check as its own table has it. With a problem noted, what this returns is to be thrown away.
    pub fn of(
        name: &Text,
        table: CheckTable,
        source: &ResolvedFile<'_>,
        defaults: &LayeredCheck,
        rules: &KeyRules<'_>,
        problems: &mut Problems,
    ) -> Option<Self> {
        judge_name(name, problems);
        let layered = defaults.with(&table.shared(), rules, problems);
        schedule::judge_zone(&table.shared(), &layered.schedule, problems);
        schedule::judge_needed(&layered.schedule, name.span(), problems);
        let component = match &table.wasm {
            Some(wasm) => component(wasm, source, problems),
            None => {
                let help = format!("wasm = \"{}.wasm\"", name.get_ref());
                problems.push(FileProblem::new(name.span(), "this check has no component").with_help(help));
                None
            }
        };
        Some(Self {
            span: name.span(),
            name: name.get_ref().clone(),
            origin: source.origin(&name.span()),
            changed_by: Vec::new(),
            layered,
            series: series(table.series_prefix.as_ref(), &table.help, SeriesNames::default(), problems),
            options: table.config.0,
            thresholds: thresholds(&table.thresholds, source, problems),
            grants: grants(&table.grant, problems),
            // Last, so that the faults of the other keys are noted too.
            component: component?,
        })
    }

    /// The check with what another file says of it. With a problem noted, it is to be thrown away.
    pub fn change(
        &mut self,
        table: &OverrideTable,
        source: &ResolvedFile<'_>,
        rules: &KeyRules<'_>,
        problems: &mut Problems,
    ) {
        self.layered = self.layered.with(&table.shared(), rules, problems);
        schedule::judge_zone(&table.shared(), &self.layered.schedule, problems);
        if let Some(component) = table.wasm.as_ref().and_then(|wasm| component(wasm, source, problems)) {
            self.component = component;
        }
        self.changed_by.push(source.file.to_owned());
        let below = std::mem::take(&mut self.series);
        self.series = series(table.series_prefix.as_ref(), &table.help, below, problems);
        merge_options(&mut self.options, &table.config.0);
        let below = std::mem::take(&mut self.thresholds);
        self.thresholds = tried_first(thresholds(&table.thresholds, source, problems), below);
    }

    /// Returns the files whose content its programs get.
    pub fn secrets(&self) -> impl Iterator<Item = &Path> {
        self.grants.secrets()
    }

    /// Returns the check itself; `None` where it has no schedule, which was noted.
    pub(crate) fn resolve(self, rules: &KeyRules<'_>) -> Option<Check> {
        let LayeredCheck {
            schedule,
            retry,
            hold,
            group,
            enabled,
            only_if,
            sha256,
            on_failure,
            severity,
            labels,
            limits,
        } = self.layered;
        Some(Check {
            name: self.name,
            origin: self.origin,
            changed_by: self.changed_by,
            component: self.component,
            schedule: schedule.schedule?,
            retry,
            hold,
            group: group.or_else(|| (limits.timeout > rules.tick).then(|| SLOW.to_owned())),
            enabled,
            only_if,
            sha256,
            on_failure,
            severity,
            labels,
            series: self.series,
            options: self.options,
            thresholds: self.thresholds,
            limits,
            grants: Rc::new(self.grants),
        })
    }
}

/// Judges an override without the check that it is of, which may stand in a file that does not hold.
pub(crate) fn judge_override(
    name: &Text,
    table: &OverrideTable,
    source: &ResolvedFile<'_>,
    rules: &KeyRules<'_>,
    problems: &mut Problems,
) {
    judge_name(name, problems);
    let mut any = Draft {
        span: name.span(),
        name: name.get_ref().clone(),
        origin: source.origin(&name.span()),
        changed_by: Vec::new(),
        component: ComponentPath::Named(String::new()),
        layered: LayeredCheck::standard(Rc::default()),
        series: SeriesNames::default(),
        options: serde_json::Map::new(),
        thresholds: Thresholds::new(),
        grants: Grants::default(),
    };
    any.change(table, source, rules, problems);
}

/// Tables of options are merged key by key, all else is replaced.
fn merge_options(
    below: &mut serde_json::Map<String, serde_json::Value>,
    above: &serde_json::Map<String, serde_json::Value>,
) {
    use serde_json::Value::Object;
    for (key, value) in above {
        match (below.get_mut(key), value) {
            (Some(Object(below)), Object(above)) => merge_options(below, above),
            _ => {
                below.insert(key.clone(), value.clone());
            }
        }
    }
}

fn judge_name(name: &Text, problems: &mut Problems) {
    let text = name.get_ref();
    if !name::is_valid(text) {
        problems.push(FileProblem::new(name.span(), format!("`{text}` is no name for a check")).with_help(name::RULE));
    } else if text == super::RESERVED {
        let reason = format!("`{text}` is reserved: under this name the runtime reports itself");
        problems.push(FileProblem::new(name.span(), reason).with_help("give this check another name"));
    }
}

fn component(wasm: &Text, source: &ResolvedFile<'_>, problems: &mut Problems) -> Option<ComponentPath> {
    let text = plain(wasm, problems)?;
    if text == "." || text == ".." || text.ends_with('/') {
        problems.push(FileProblem::new(wasm.span(), format!("`{text}` is a directory, not a component")));
        return None;
    }
    Some(if text.contains('/') { ComponentPath::At(source.directory().join(text)) } else { ComponentPath::Named(text) })
}
