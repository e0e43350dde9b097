//! From the clock and its sources to what is reported of them.

use roundsman_sdk::text::{decimal, duration};
use roundsman_sdk::{Failure, Outcome, Part, Status, Subcheck};

use crate::clock::{Clock, Source};
use crate::options::Options;
use crate::{AGE, ANSWERS, OFFSET, ROOT_DELAY, ROOT_DISPERSION, SOURCE_OFFSET, SOURCE_STRATUM, STRATUM, SYNCHRONISED};

/// `sources` is `None` of a program that does not tell them; `off_for` the seconds without one.
pub fn judge(
    clock: &Clock,
    sources: Option<Result<Vec<Source>, Failure>>,
    off_for: Option<u64>,
    options: &Options,
) -> Outcome {
    let too_long = off_for.is_some_and(|seconds| seconds >= u64::from(options.grace_minutes) * 60);
    let mut outcome = Outcome::new(summary(clock, off_for))
        .judged(if too_long { Status::Warning } else { Status::Ok })
        .metric(SYNCHRONISED.count(clock.synchronised.into()))
        .metrics(clock.offset.map(|it| OFFSET.value(it)))
        .metrics(clock.root_delay.map(|it| ROOT_DELAY.value(it)))
        .metrics(clock.root_dispersion.map(|it| ROOT_DISPERSION.value(it)))
        .metrics(clock.stratum.map(|it| STRATUM.count(it)));
    match sources {
        Some(Ok(sources)) => {
            let answering = sources.iter().filter(|it| it.reach > 0).count();
            for source in &sources {
                outcome = outcome.part("source", &source.name, Ok::<_, Failure>(part(source)));
            }
            if answering < options.expected {
                let text = format!("{answering} of {} expected sources answer", options.expected);
                outcome = outcome.subcheck(Subcheck::new("part", "sources", text).judged(Status::Warning));
            }
            outcome
        }
        Some(Err(failure)) => outcome.subcheck(Subcheck::failed("part", "sources", failure)),
        None => outcome,
    }
}

fn summary(clock: &Clock, off_for: Option<u64>) -> String {
    if let Some(seconds) = off_for {
        return format!("the clock follows no source, for {} at least", duration(seconds));
    }
    let mut facts = vec!["the clock follows a source".to_owned()];
    facts.extend(clock.offset.map(|it| format!("offset {}", milliseconds(it))));
    facts.extend(clock.stratum.map(|it| format!("stratum {it}")));
    facts.join(", ")
}

fn part(source: &Source) -> Part {
    let answers = source.reach.count_ones();
    let mut text = format!("{}, {answers} of the last 8 answers", source.verdict);
    let Some(answered) = &source.answered else {
        return Part::new(text + ", never answered").metric(ANSWERS.count(answers.into()));
    };
    text.push_str(&format!(", offset {}, stratum {}", milliseconds(answered.offset), answered.stratum));
    Part::new(text)
        .metric(ANSWERS.count(answers.into()))
        .metric(SOURCE_OFFSET.value(answered.offset))
        .metric(SOURCE_STRATUM.count(answered.stratum))
        .metrics(answered.age.map(|it| AGE.count(it)))
}

fn milliseconds(seconds: f64) -> String {
    format!("{} ms", decimal(seconds * 1e3, 3))
}
