//! From items of performance data to metrics.

use std::collections::BTreeMap;

use roundsman_perfdata::{Conversion, Item, Part, Quantity, Reading, Refused, Scale, check_multi, known, number};
use roundsman_sdk::{Measure, Metric, Range, text};

use crate::options::{BaseUnit, Options};
use crate::range;
use crate::{DATA, EVENTS, SHARE, TEMPERATURE, TIME, VALUE};

/// The metrics of a plugin's performance data, and what of it is none.
pub struct Series<'a> {
    options: &'a Options,
    pub metrics: Vec<Metric>,
    /// Items that had a value, those over `max_series` too.
    items: usize,
    refused: usize,
    /// Why the first that was refused was.
    first_refused: String,
    bad_ranges: usize,
    first_bad_range: String,
    /// The plugin that check_multi named last.
    plugin: Option<String>,
    met: BTreeMap<(Option<String>, String), u32>,
}

/// Choice whether a metric carries its item as the plugin printed it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum As {
    Item,
    Number,
}

impl<'a> Series<'a> {
    pub fn new(options: &'a Options) -> Self {
        Self {
            options,
            metrics: Vec::new(),
            items: 0,
            refused: 0,
            first_refused: String::new(),
            bad_ranges: 0,
            first_bad_range: String::new(),
            plugin: None,
            met: BTreeMap::new(),
        }
    }

    /// Adds what a plugin printed.
    pub fn add(&mut self, part: &Part<'_>) {
        match part {
            Part::Item(item) => {
                let (label, number) = self.named(&item.label);
                let plugin = self.plugin.clone().map(|plugin| ("plugin", plugin));
                self.series(item, label, plugin, number, As::Item);
            }
            Part::Refused(refused) => self.refuse(refused),
        }
    }

    /// Adds a number of an item of Checkmk's.
    pub fn add_of(&mut self, of: &str, item: &Item<'_>) {
        let number = self.again(Some(of), &item.label);
        self.series(item, item.label.clone().into_owned(), Some(("item", of.to_owned())), number, As::Number);
    }

    fn refuse(&mut self, refused: &Refused<'_>) {
        // It counts among those of its label: a number must not hang on whether one before it could be read.
        if let Some(label) = &refused.label {
            self.named(label);
        }
        if self.refused == 0 {
            self.first_refused = refused.to_string();
        }
        self.refused += 1;
    }

    /// The label without what check_multi puts before it, and how many times it was met.
    fn named(&mut self, label: &str) -> (String, u32) {
        let own = match check_multi(label) {
            Some((plugin, own)) => {
                self.plugin = Some(plugin.to_owned());
                own
            }
            None => label,
        };
        let plugin = self.plugin.clone();
        (own.to_owned(), self.again(plugin.as_deref(), own))
    }

    fn again(&mut self, of: Option<&str>, label: &str) -> u32 {
        let met = self.met.entry((of.map(str::to_owned), label.to_owned())).or_default();
        *met += 1;
        *met
    }

    fn series(&mut self, item: &Item<'_>, label: String, of: Option<(&str, String)>, again: u32, printed: As) {
        let Reading::Number(value) = item.reading else { return };
        self.items += 1;
        if self.items > self.options.max_series {
            return;
        }
        let (measure, scale) = self.meaning(item.unit);
        let mut metric = measure.value(scale.to_base(value)).label("label", label);
        if let Some((name, of)) = of {
            metric = metric.label(name, of);
        }
        if again > 1 {
            metric = metric.label("number", again.to_string());
        }
        let bound = |field: &str| number(field).map(|bound| scale.to_base(bound)).filter(|bound| bound.is_finite());
        metric.min = bound(item.min);
        metric.max = bound(item.max);
        let mut say = |key: &str, value: &str| metric.extra.push((key.to_owned(), value.to_owned()));
        if printed == As::Item && self.host_reads(item, scale) {
            say("shown.item", item.text);
        }
        if known(item.unit, true).is_none() || self.options.units.contains_key(item.unit) {
            say("shown.unit", item.unit);
        }
        for (level, field) in [("shown.warning", item.warning), ("shown.critical", item.critical)] {
            let judged = self.options.judge_perfdata.then(|| range::parse(field)).flatten();
            if field.is_empty() {
                continue;
            }
            let Some(range) = judged else {
                metric.extra.push((level.to_owned(), field.to_owned()));
                self.unjudged(field, &item.label);
                continue;
            };
            let range = Range { low: scale.to_base(range.low), high: scale.to_base(range.high), inside: range.inside };
            metric = if level == "shown.warning" { metric.warning(range) } else { metric.critical(range) };
        }
        self.metrics.push(metric);
    }

    fn unjudged(&mut self, field: &str, label: &str) {
        if self.options.judge_perfdata {
            if self.bad_ranges == 0 {
                self.first_bad_range = format!("{:?} of {}", text::cut(field, 80), text::cut(label, 80));
            }
            self.bad_ranges += 1;
        }
    }

    /// Looks up a unit: first in the option `units`, then in the built-in table.
    fn meaning(&self, unit: &str) -> (&'static Measure, Scale) {
        if let Some(meaning) = self.options.units.get(unit) {
            let measure = match meaning.unit {
                BaseUnit::Number => &VALUE,
                BaseUnit::Seconds => &TIME,
                BaseUnit::Bytes => &DATA,
                BaseUnit::Percent => &SHARE,
                BaseUnit::Celsius => &TEMPERATURE,
            };
            return (measure, Scale::Times(meaning.factor));
        }
        let Some(Conversion { quantity, scale }) = known(unit, self.options.kibi) else {
            return (&VALUE, Scale::Times(1.0));
        };
        let measure = match quantity {
            Quantity::Number => &VALUE,
            Quantity::Seconds => &TIME,
            Quantity::Percent => &SHARE,
            Quantity::Bytes => &DATA,
            Quantity::Events => &EVENTS,
            Quantity::Celsius => &TEMPERATURE,
        };
        (measure, scale)
    }

    /// Whether the host, which does not know the options, reads the same number from the item, and may print it.
    fn host_reads(&self, item: &Item<'_>, scale: Scale) -> bool {
        let usual = known(item.unit, self.options.kibi).map_or(Scale::Times(1.0), |known| known.scale);
        usual == scale && !item.text.contains(|it: char| it == '|' || it.is_control())
    }

    /// Says how many items did not parse, with the first one; `None` if all did.
    pub fn left_out(&self) -> Option<String> {
        let first = &self.first_refused;
        match self.refused {
            0 => None,
            1 => Some(format!("1 item of performance data is left out: {first}")),
            many => Some(format!("{many} items of performance data are left out, the first: {first}")),
        }
    }

    /// Says how many ranges did not parse, with the first one; `None` if all did.
    pub fn not_judged(&self) -> Option<String> {
        let first = &self.first_bad_range;
        match self.bad_ranges {
            0 => None,
            1 => Some(format!("1 range of performance data is none and judges nothing: {first}")),
            many => Some(format!("{many} ranges of performance data are none and judge nothing, the first: {first}")),
        }
    }

    /// Says how many series are beyond `max_series`; `None` if none is.
    pub fn too_many(&self) -> Option<String> {
        let most = self.options.max_series;
        let over = self.items.checked_sub(most).filter(|over| *over > 0)?;
        let are = if over == 1 { "is" } else { "are" };
        Some(format!("{} series are more than max_series = {most}: the last {over} {are} left out", self.items))
    }
}
