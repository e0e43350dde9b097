//! A report of a check, as far as one that was given wrong input is held beside one that was not.

use std::collections::BTreeMap;

use roundsman_tests::Output;
use serde_json::Value;

/// One run of a check.
#[derive(Debug)]
pub struct Seen {
    pub status: String,
    /// The failure's kind, or nothing.
    pub failure: String,
    /// Statuses of the subchecks, by their labels.
    pub parts: BTreeMap<String, String>,
    /// Values of metrics, by name and labels; those that tell how long ago something was are left out.
    metrics: BTreeMap<String, String>,
    /// The report as it was printed.
    pub text: String,
}

impl Seen {
    /// Reads a report; that of a component which trapped, or used up its time or computation, is a fault.
    pub fn of(output: &Output) -> Result<Self, String> {
        let report: Value = serde_json::from_str(&output.stdout).map_err(|error| format!("{error}: {output}"))?;
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let failure = word(&report["failure"]["kind"]);
        if !matches!(failure.as_str(), "" | "check" | "options" | "limit" | "io" | "not_found" | "denied") {
            return Err(format!("the check itself broke: {output}"));
        }
        let list = |key: &str| report[key].as_array().cloned().unwrap_or_default();
        let parts = list("subchecks").iter().map(|it| (it["labels"].to_string(), word(&it["status"]))).collect();
        let lasting =
            |it: &&Value| !["age", "duration", "time_left"].iter().any(|word| it["name"].to_string().contains(word));
        let named = |it: &Value| (format!("{} {}", it["name"], it["labels"]), it["value"].to_string());
        let metrics = list("metrics").iter().filter(lasting).map(named).collect();
        Ok(Self { status: word(&report["status"]), failure, parts, metrics, text: output.stdout.clone() })
    }

    /// Tells whether anything is said not to be known.
    pub fn has_unknown(&self) -> bool {
        self.status == "unknown" || self.parts.values().any(|it| it == "unknown")
    }

    /// Returns an error unless it is told that something is wrong, with these words.
    pub fn told(&self, words: &[&str]) -> Result<(), String> {
        if self.status == "ok" {
            return Err(format!("nothing is wrong: {}", self.text));
        }
        match words.iter().find(|word| !self.text.contains(**word)) {
            Some(word) => Err(format!("{word:?} is not said: {}", self.text)),
            None => Ok(()),
        }
    }

    /// Returns an error where a number is told that was another one before, or was not there.
    pub fn invents_nothing(&self, well: &Self) -> Result<(), String> {
        // A thing may have lost its name with the file. Sums and counts over all have no labels, and are smaller without one.
        let known = |name: &str, value: &String| {
            well.metrics.iter().any(|(it, known)| word(it) == word(name) && known == value)
        };
        let invented = self.metrics.iter().filter(|(name, value)| !known(name, value));
        let invented: Vec<_> = invented.filter(|(name, _)| !name.ends_with("{}")).collect();
        if invented.is_empty() { Ok(()) } else { Err(format!("{invented:?}: {}", self.text)) }
    }

    /// Returns an error unless something is unknown or worse, or else all is as it was, but for names: no part is well that was not, and
    /// no number is missing or another one.
    pub fn no_better_than(&self, well: &Self) -> Result<(), String> {
        let not_well = |it: &Self| it.parts.values().filter(|it| *it != "ok").count() + usize::from(it.status != "ok");
        if self.has_unknown() || not_well(self) > not_well(well) {
            return Ok(());
        }
        let parts = |it: &Self| sorted(it.parts.values().cloned());
        if self.status != well.status || parts(self) != parts(well) {
            return Err(format!("{} {:?} became {} {:?}", well.status, well.parts, self.status, self.parts));
        }
        let numbers = |it: &Self| sorted(it.metrics.iter().map(|(name, value)| format!("{} {value}", word(name))));
        let (before, now) = (numbers(well), numbers(self));
        if before == now { Ok(()) } else { Err(format!("{before:?} became {now:?}: {}", self.text)) }
    }
}

fn sorted(all: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = all.collect();
    all.sort_unstable();
    all
}

/// Returns the name of a metric without its labels.
fn word(metric: &str) -> &str {
    metric.split(' ').next().unwrap_or(metric)
}
