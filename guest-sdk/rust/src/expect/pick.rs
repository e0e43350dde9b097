//! From a text to the numbers that an operator's patterns find in it.

use std::fmt::Write;

use regex_lite::Captures;

use super::json::{self, JsonValue};
use super::number::{self, Number, ToldAs};
use super::rows::Rows;
use super::series::{self, Series, TextFormat};
use super::summary::Summary;
use crate::parse::{self, Field, ParseError, lines};
use crate::text::{count, cut};
use crate::{Metric, MetricInfo, Need, Pattern, Problem, Subcheck, Zone, order};

/// What an operator wants to know of a text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// By patterns of its lines.
    pub numbers: &'a [Number],
    /// By places in JSON.
    pub json: &'a [JsonValue],
    /// By columns of a table.
    pub rows: Option<&'a Rows>,
    /// By names in a text of this format.
    pub series: &'a [Series],
    /// Whose format the text is in.
    pub format: Option<TextFormat>,
    /// Text before the names of series that `series` does not name; `None` if these are left out.
    pub other_series: Option<&'a str>,
}

/// What became of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picked {
    /// A metric for each match, in the text's order.
    pub metrics: Vec<Metric>,
    /// Words of JSON that have a status.
    pub judged: Vec<Subcheck>,
    /// What could not be told, by the name of the number, and why.
    pub broken: Vec<(String, ParseError)>,
}

impl Wanted<'_> {
    /// Returns what is wrong with what the options `numbers` and `json` describe; `taken` are names of the check's own metrics.
    pub fn problems(&self, taken: &[&str]) -> Vec<Problem> {
        let mut problems = number::problems("numbers", self.numbers, taken);
        problems.extend(json::problems("json", self.json, taken));
        problems.extend(self.rows.iter().flat_map(|it| it.problems("rows", taken)));
        problems.extend(series::problems("series", self, taken));
        problems
    }

    /// Returns the metrics that these options bring, for [`Check::metrics`](crate::Check::metrics). One that several patterns
    /// give has the labels of all of them.
    pub fn declared(&self) -> Vec<MetricInfo> {
        let mut all: Vec<MetricInfo> = Vec::new();
        let numbers = self.numbers.iter().map(Number::example);
        let json = self.json.iter().filter_map(JsonValue::example);
        let rows = self.rows.iter().flat_map(|it| it.examples());
        let series = self.series.iter().map(Series::example);
        for metric in numbers.chain(json).chain(rows).chain(series) {
            let info = MetricInfo::like(&metric, "picked out as the options say");
            match all.iter_mut().find(|it| it.name == info.name) {
                Some(known) => {
                    let new = info.labels.into_iter().filter(|label| !known.labels.contains(label)).collect::<Vec<_>>();
                    known.labels.extend(new);
                }
                None => all.push(info),
            }
        }
        all
    }

    /// Returns the files of time zones that these options name.
    pub fn needs(&self) -> Vec<Need> {
        let numbers = self.numbers.iter().filter_map(|it| it.timezone.as_ref());
        let json = self.json.iter().filter_map(|it| it.timezone.as_ref());
        let rows = self.rows.iter().flat_map(|it| it.numbers.iter()).filter_map(|(_, it)| it.timezone.as_ref());
        let mut needs: Vec<Need> = Vec::new();
        for need in numbers.chain(json).chain(rows).filter_map(Zone::need) {
            if !needs.iter().any(|it| it.target == need.target) {
                needs.push(need);
            }
        }
        needs
    }

    /// Says of a summary that it names what is not picked out.
    pub fn judge(&self, summary: Option<&Summary>, problems: &mut Vec<Problem>) {
        // Behind a prefix any series may come.
        if self.other_series.is_none() && summary.is_some_and(|it| !it.names_only(&self.declared())) {
            problems.push(Problem::new("summary", "has a {name} that no number has"));
        }
    }

    /// Tells whether nothing is wanted.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty() && self.json.is_empty() && self.rows.is_none() && self.format.is_none()
    }

    /// Picks it out of a text: one number for each match of a pattern, of which a line may have many, and for each value at a
    /// place.
    ///
    /// What is no number, what is not there although it is required, and a series that is there twice is broken; the others are
    /// told all the same.
    pub fn pick(&self, text: &str) -> Picked {
        let mut all = Picked::default();
        let mut found: Vec<Found> = Vec::new();
        for number in self.numbers {
            let before = found.len();
            let mut errors = number.pick(text, &mut found);
            if found.len() == before && errors.count == 0 && number.required && number.told_as != ToldAs::Count {
                errors.add(|| ParseError::whole(format!("no line matches {}", number.pattern)));
            }
            all.broken.extend(errors.said(&number.name));
        }
        self.pick_json(text, &mut found, &mut all);
        if let Some(format) = self.format {
            series::pick(text, format, self, &mut found, &mut all);
        }
        if let Some(rows) = self.rows {
            rows.pick(text, &mut found, &mut all);
        }
        only_once(found, &mut all);
        all.one_of_each()
    }

    fn pick_json(&self, text: &str, found: &mut Vec<Found>, all: &mut Picked) {
        if self.json.is_empty() {
            return;
        }
        match parse::tree(text) {
            Ok(json) => {
                for value in self.json {
                    let picked = value.pick(&json);
                    found.extend(picked.found);
                    all.judged.extend(picked.judged);
                    all.broken.extend(picked.errors.said(&value.name));
                }
            }
            Err(error) => all.broken.extend(self.json.iter().map(|it| (it.name.clone(), error.clone()))),
        }
    }

    /// Returns the names whose numbers are not told as they are.
    pub(super) fn told(&self) -> Vec<(&str, ToldAs)> {
        let numbers = self.numbers.iter().map(|it| (it.name.as_str(), it.told_as));
        let json = self.json.iter().map(|it| (it.name.as_str(), it.told_as));
        let rows = self.rows.iter().flat_map(|it| it.told());
        let series = self.series.iter().map(|it| (it.name.as_str(), it.told_as));
        numbers.chain(json).chain(rows).chain(series).filter(|(_, it)| it.is_risen() || it.is_moment()).collect()
    }
}

impl Picked {
    /// With one more label on all of it, for one thing of many.
    pub fn labelled(mut self, label: &str, value: &str) -> Self {
        let pair = || (label.to_owned(), value.to_owned());
        self.metrics.iter_mut().for_each(|it| it.labels.push(pair()));
        self.judged.iter_mut().for_each(|it| it.labels.push(pair()));
        self.broken.iter_mut().for_each(|(name, _)| *name = format!("{value} {name}"));
        self
    }

    /// Adds what was picked out of another text.
    pub fn add(&mut self, other: Self) {
        self.metrics.extend(other.metrics);
        self.judged.extend(other.judged);
        self.broken.extend(other.broken);
    }

    /// The host takes no outcome in which a thing is there twice: what is said of one name is said together, and of words with
    /// the same labels the worst are kept.
    pub(super) fn one_of_each(mut self) -> Self {
        let mut broken: Vec<(String, ParseError)> = Vec::new();
        for (name, error) in std::mem::take(&mut self.broken) {
            match broken.iter_mut().find(|(it, _)| *it == name) {
                Some((_, first)) => first.message.push_str(&format!("; {error}")),
                None => broken.push((name, error)),
            }
        }
        self.broken = broken;
        let all = std::mem::take(&mut self.judged);
        let keys: Vec<_> = all.iter().map(|it| order::labels(&it.labels)).collect();
        let order = order::places(all.len(), &|one, other| keys[one].cmp(&keys[other]));
        let mut worst: Vec<usize> = Vec::new();
        for at in order {
            match worst.last_mut() {
                Some(kept) if keys[*kept] == keys[at] => {
                    let status = all[*kept].status;
                    *kept = if status.worse(all[at].status) == status { *kept } else { at };
                }
                _ => worst.push(at),
            }
        }
        drop(keys);
        let mut is_kept = vec![false; all.len()];
        worst.into_iter().for_each(|at| is_kept[at] = true);
        self.judged = all.into_iter().zip(is_kept).filter_map(|(it, is_kept)| is_kept.then_some(it)).collect();
        self
    }
}

/// Of a label's value, in bytes: the host takes no outcome with a longer one.
const LONGEST_LABEL: usize = 4_096;

/// Tells why labels cannot be those of a series; `None` if they can.
pub(super) fn unfit(labels: &[(String, String)]) -> Option<String> {
    let long = labels.iter().find(|(_, value)| value.len() > LONGEST_LABEL)?;
    Some(format!("label {}: {:?} is longer than {LONGEST_LABEL} bytes", long.0, cut(&long.1, 40)))
}

/// Takes each series that is there once; one that is there again is said by its name.
fn only_once(found: Vec<Found>, all: &mut Picked) {
    let twice = twice(&found);
    let mut names: Vec<(&str, Errors)> = Vec::new();
    for (first, second) in &twice {
        let name = found[*first].metric.name.as_str();
        let at = names.iter().position(|(it, _)| *it == name).unwrap_or_else(|| {
            names.push((name, Errors::default()));
            names.len() - 1
        });
        names[at].1.add(|| again(&found[*first], &found[*second]));
    }
    all.broken.extend(names.into_iter().filter_map(|(name, errors)| errors.said(name)));
    let mut ambiguous = vec![false; found.len()];
    twice.iter().for_each(|(first, second)| (ambiguous[*first], ambiguous[*second]) = (true, true));
    all.metrics = found.into_iter().zip(ambiguous).filter(|(_, twice)| !twice).map(|(it, _)| it.metric).collect();
}

fn again(first: &Found, second: &Found) -> ParseError {
    let (series, before, place) = (series(&first.metric), &first.place, &second.place);
    ParseError::whole(format!(
        "{place}: {series} is there again, as in {before}: a narrower pattern or a label tells them apart"
    ))
}

/// A metric, and the line or the place that gave it.
pub(super) struct Found {
    pub(super) metric: Metric,
    pub(super) place: String,
}

/// Of each series that is there more than once: the first place, and each other one.
fn twice(found: &[Found]) -> Vec<(usize, usize)> {
    let keys: Vec<_> = found.iter().map(|it| (it.metric.name.as_str(), order::labels(&it.metric.labels))).collect();
    let order = order::places(keys.len(), &|one, other| keys[one].cmp(&keys[other]));
    let mut firsts = vec![None; found.len()];
    for pair in order.windows(2) {
        if keys[pair[0]] == keys[pair[1]] {
            firsts[pair[1]] = firsts[pair[0]].or(Some(pair[0]));
        }
    }
    firsts.into_iter().enumerate().filter_map(|(second, first)| Some((first?, second))).collect()
}

/// For each set of labels, at the first of its matches, how many there are.
fn counts(matches: &[Found]) -> Vec<Option<f64>> {
    let labels = |at: usize| &matches[at].metric.labels;
    let order = order::places(matches.len(), &|one, other| labels(one).cmp(labels(other)));
    let mut counts = vec![None; matches.len()];
    let mut first = 0;
    for at in order {
        if labels(first) != labels(at) {
            first = at;
        }
        counts[first] = Some(counts[first].unwrap_or(0.0) + 1.0);
    }
    counts
}

/// The first of many errors; a table of ten thousand rows may have as many.
#[derive(Default)]
pub(super) struct Errors {
    first: Option<ParseError>,
    count: usize,
}

impl Errors {
    pub(super) fn add(&mut self, error: impl FnOnce() -> ParseError) {
        self.count += 1;
        self.first.get_or_insert_with(error);
    }

    pub(super) fn said(self, name: &str) -> Option<(String, ParseError)> {
        let mut first = self.first?;
        // Of the others it is only known that there are some: each may have a reason of its own.
        if self.count > 1 {
            let _ = write!(first.message, "; {}", count(self.count - 1, "more error"));
        }
        Some((name.to_owned(), first))
    }
}

impl Number {
    /// Returns a metric as it will be, but for its value and those of its labels.
    fn example(&self) -> Metric {
        let section = self.section.iter().flat_map(Pattern::group_names);
        let labels = section.chain(self.pattern.group_names()).filter(|it| *it != "value");
        labels.fold(self.shape().metric(0.0), |metric, label| metric.label(label, ""))
    }

    /// Adds what the text has of this number.
    fn pick(&self, text: &str, found: &mut Vec<Found>) -> Errors {
        let mut errors = Errors::default();
        let mut section: Vec<(String, String)> = Vec::new();
        let mut is_begun = self.section.is_none();
        for line in lines(text) {
            let begins = self.section.as_ref().and_then(|it| Some(labels(it, &it.all(line.text()).next()?)));
            if let Some(labels) = begins {
                (section, is_begun) = (labels, true);
            }
            for captures in self.pattern.all(line.text()) {
                if !is_begun {
                    errors.add(|| line.error("stands before the first section"));
                    continue;
                }
                match self.value(&captures, &line) {
                    Ok(value) => {
                        let mut metric = self.shape().metric(value);
                        metric.labels = [section.clone(), labels(&self.pattern, &captures)].concat();
                        match unfit(&metric.labels) {
                            Some(why) => errors.add(|| ParseError { line: line.line(), column: 0, message: why }),
                            None => found.push(Found { metric, place: format!("line {}", line.line()) }),
                        }
                    }
                    Err(error) => errors.add(error),
                }
            }
        }
        if self.told_as == ToldAs::Count {
            self.count(found)
        }
        errors
    }

    /// One series for each set of labels that is among the matches of this number; without labels there is always one.
    fn count(&self, found: &mut Vec<Found>) {
        let (own, mut others): (Vec<Found>, Vec<Found>) = found.drain(..).partition(|it| it.metric.name == self.name);
        let has_labels = self.section.is_some() || self.pattern.group_names().next().is_some();
        if own.is_empty() && !has_labels {
            others.push(Found { metric: self.shape().metric(0.0), place: String::new() });
        }
        let counts = counts(&own);
        others.extend(own.into_iter().zip(counts).filter_map(|(mut it, count)| {
            it.metric.value = count?;
            Some(it)
        }));
        *found = others;
    }

    /// Returns the number of a match. Where it stands is only told where it is none: in a line of a million characters,
    /// counting columns for each match would be most of the work.
    fn value<'a>(
        &'a self,
        captures: &Captures<'a>,
        line: &'a Field<'a>,
    ) -> Result<f64, impl FnOnce() -> ParseError + 'a> {
        if self.told_as == ToldAs::Count {
            return Ok(1.0);
        }
        let by_name = self.pattern.group_names().any(|it| it == "value");
        let group = if by_name { captures.name("value") } else { captures.get(1) };
        let whole = captures.get(0).map_or((0, 0), |it| (it.start(), it.end()));
        let (start, end) = group.map_or(whole, |it| (it.start(), it.end()));
        let read = group.map(|it| self.shape().read(&Field::new(it.as_str())));
        read.and_then(Result::ok).ok_or(move || {
            let place = line.part(start, end);
            match group {
                None => place.error("matches without a number"),
                Some(_) => self.shape().read(&place).err().unwrap_or_else(|| place.error("is not a number")),
            }
        })
    }
}

/// Returns the named groups of a match but the number itself.
fn labels(pattern: &Pattern, captures: &Captures) -> Vec<(String, String)> {
    let names = pattern.group_names().filter(|it| *it != "value");
    names.map(|name| (name.to_owned(), captures.name(name).map_or("", |it| it.as_str()).to_owned())).collect()
}

fn series(metric: &Metric) -> String {
    let mut text = metric.name.clone();
    for (name, value) in &metric.labels {
        // Writing to a string cannot fail.
        let _ = write!(text, " {name}={value:?}");
    }
    text
}
