//! `replay`: a recorded run again, without any access to the host.

use std::path::{Path, PathBuf};

use super::{alone, exit, print};
use crate::recording::Recording;
use crate::round::carried::{Answered, Carried, Goal};
use roundsman_config::Places;
use roundsman_contract::Outcome;
use roundsman_contract::calls::tape::Taping;
use roundsman_contract::report::Failure;
use roundsman_grants::escape;
use roundsman_sandbox::worker::Answer;
use roundsman_sandbox::zygote::Zygote;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// A file that `roundsman check --record` wrote
    #[arg(value_name = "FILE")]
    recording: PathBuf,
    /// Another build of the component; without it the one that was recorded
    #[arg(value_name = "OTHER.wasm")]
    component: Option<PathBuf>,
}

/// Exit 0 where the outcome is the same to the last byte, 65 where it is not or there is nothing to play.
pub fn replay(args: &Args, places: &Places) -> u8 {
    match replayed(args, places) {
        Ok(Played::Same(calls)) => print::page(&format!("the same outcome, with {calls} calls\n")),
        Ok(Played::Other(what)) => {
            let printed = print::page(&what);
            if printed == 0 { exit::DATA } else { printed }
        }
        Err(error) => {
            print::complain(&format!("roundsman replay: {}: {error:#}", escape::path(&args.recording)));
            exit::DATA
        }
    }
}

enum Played {
    /// Calls that were made.
    Same(usize),
    /// Lines that say where the two differ.
    Other(String),
}

fn replayed(args: &Args, places: &Places) -> anyhow::Result<Played> {
    let zygote = Zygote::start();
    let mut recording = Recording::read(&args.recording)?;
    let calls = recording.tape.calls.len();
    let mut subject = alone::subject(args.component.as_deref().unwrap_or(&recording.component));
    subject.name.clone_from(&recording.check);
    subject.options.clone_from(&recording.options);
    subject.limits = recording.limits.clone();
    subject.tape = Taping::Play(std::mem::take(&mut recording.tape));
    let config = alone::config(places, &subject.component);
    let carried =
        alone::one(&zygote, subject, Goal::Run, &config, Path::new("/"), &|_, _| Ok(()), alone::Caller::Itself)?;
    let another = carried.component.as_ref().filter(|component| component.sha256 != recording.sha256);
    if let Some(component) = another.filter(|_| args.component.is_none()) {
        print::complain(&format!(
            "{}: another build than the one that was recorded: its digest is {}, and {} was recorded",
            escape::path(&recording.component),
            component.sha256,
            recording.sha256
        ));
    }
    Ok(match (&carried.trace.differs, outcome(&carried)) {
        (Some(differs), _) => Played::Other(format!("{}\n", escape::line(differs))),
        (None, Some(outcome)) if bytes(&outcome)? == bytes(&recording.outcome)? => Played::Same(calls),
        (None, outcome) => Played::Other(first_difference(&recording.outcome, outcome.as_ref())),
    })
}

/// Encodes an outcome, as `NaN` is not equal to itself.
fn bytes(outcome: &Result<Outcome, Failure>) -> anyhow::Result<Vec<u8>> {
    Ok(postcard::to_allocvec(outcome)?)
}

/// The outcome of a run; `None` where it was not begun.
pub fn outcome(carried: &Carried) -> Option<Result<Outcome, Failure>> {
    match &carried.result {
        Ok(Answered::Said(Answer::Outcome(outcome))) => Some(Ok(outcome.clone())),
        Ok(_) => None,
        Err(failure) => Some(Err(failure.clone())),
    }
}

/// The first line that is another one, of the outcomes as they are stored.
fn first_difference(recorded: &Result<Outcome, Failure>, played: Option<&Result<Outcome, Failure>>) -> String {
    let lines = |outcome: &Result<Outcome, Failure>| -> Vec<String> {
        let text = serde_json::to_string_pretty(outcome).unwrap_or_default();
        text.lines().map(|line| escape::line(line.trim())).collect()
    };
    let Some(played) = played else { return "it did not get to report\n".to_owned() };
    let (recorded, played) = (lines(recorded), lines(played));
    let at = recorded.iter().zip(&played).position(|(one, other)| one != other);
    let at = at.unwrap_or(recorded.len().min(played.len()));
    let line = |of: &[String]| of.get(at).cloned().unwrap_or_else(|| "nothing more".to_owned());
    format!("another outcome:\n  recorded: {}\n  now:      {}\n", line(&recorded), line(&played))
}
