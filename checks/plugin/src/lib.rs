//! A monitoring plugin or a local check of Checkmk as it is: its exit code, its words, its performance data.
#![forbid(unsafe_code)]

mod checkmk;
mod ending;
mod judge;
mod levels;
mod nagios;
mod options;
mod range;
mod read;
mod series;

use roundsman_sdk::{Check, Descriptor, Failure, Measure, Outcome, Problem, Unit, clock};

use options::{Format, Options};

/// The labels that a series may have: the plugin's own, of which check_multi's plugin or Checkmk's item, and the number
/// of a label that was met before.
const LABELS: &[&str] = &["label", "plugin", "item", "number"];

static VALUE: Measure =
    Measure::gauge("value", Unit::Number, "a number without a unit, or with one that is not known").labels(LABELS);
static TIME: Measure = Measure::gauge("time", Unit::Seconds, "a duration").labels(LABELS);
static DATA: Measure = Measure::gauge("data", Unit::Bytes, "a size").labels(LABELS);
static SHARE: Measure = Measure::gauge("share", Unit::Percent, "a percentage").labels(LABELS);
static EVENTS: Measure = Measure::counter("events", Unit::Number, "a counter, unit c").labels(LABELS);
static TEMPERATURE: Measure = Measure::gauge("temperature", Unit::Celsius, "a temperature").labels(LABELS);
static DURATION: Measure = Measure::gauge("duration", Unit::Seconds, "how long the plugin ran");
static EXIT_CODE: Measure = Measure::gauge("exit_code", Unit::Number, "what it returned").between(0.0, 255.0);

/// The check; see README.md for its options and metrics.
pub struct Plugin;

impl Check for Plugin {
    type Options = Options;

    fn describe() -> Descriptor {
        let metrics = [&VALUE, &TIME, &DATA, &SHARE, &EVENTS, &TEMPERATURE, &DURATION, &EXIT_CODE];
        let descriptor = Descriptor::new("plugin", env!("CARGO_PKG_VERSION"), "a monitoring plugin as it is");
        metrics.into_iter().fold(descriptor, Descriptor::metric)
    }

    fn problems(options: &Options) -> Vec<Problem> {
        options.problems()
    }

    fn run(options: Options) -> Result<Outcome, Failure> {
        let printed = read::read()?;
        match options.format {
            Format::Nagios => judge::plugin(&printed, nagios::parse(&printed.output), &options),
            Format::Checkmk => {
                let now = clock::now() / 1_000_000_000;
                judge::local_checks(&printed, &checkmk::parse(&printed.output), now, &options)
            }
        }
    }
}

roundsman_sdk::export!(Plugin);

#[cfg(test)]
mod tests;
