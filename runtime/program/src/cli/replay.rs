//! `replay`: a recorded run again, without any access to the host.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context as _, anyhow};

use super::{exit, print, standalone};
use crate::made_test::{TestLanguage, made_test};
use crate::recording::Recording;
use crate::round::run_outcome::Goal;
use roundsman_config::Places;
use roundsman_contract::Outcome;
use roundsman_contract::calls::tape::Taping;
use roundsman_contract::report::Failure;
use roundsman_grants::escape;
use roundsman_sandbox::zygote::Zygote;
use roundsman_verdict::judge::message_lines::status_word;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// A file that `roundsman check --record` wrote
    #[arg(value_name = "FILE")]
    recording: PathBuf,
    /// Another build of the component; without it the one that was recorded
    #[arg(value_name = "OTHER.wasm")]
    component: Option<PathBuf>,
    /// Print a test of this run with the fake host of an SDK, in the language of the component or in this one
    #[arg(long, value_enum, value_name = "LANGUAGE", num_args = 0..=1, require_equals = true, conflicts_with = "component")]
    test: Option<Option<TestLanguage>>,
}

/// Runs the command: exit 0 where the outcome is the same to the last byte, 65 where it is not or there is nothing to play.
pub(crate) fn replay(args: &Args, places: &Places) -> u8 {
    let done = match args.test {
        Some(language) => test(args, language).map(Played::Test),
        None => replayed(args, places),
    };
    match done {
        Ok(Played::Test(text)) => print::page(&text),
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
    /// The text of a test, which was not run.
    Test(String),
}

/// Writes a test of the run in a language, or in that of the component.
fn test(args: &Args, language: Option<TestLanguage>) -> anyhow::Result<String> {
    let recording = Recording::read(&args.recording)?;
    let language = match language {
        Some(language) => language,
        None => {
            let component = std::fs::read(&recording.component).with_context(|| {
                format!(
                    "{}, the component, whose language is not known without it: write --test=rust or --test=python",
                    escape::path(&recording.component)
                )
            })?;
            TestLanguage::of(&component).map_err(anyhow::Error::msg)?
        }
    };
    made_test(&recording, language).map_err(|why| anyhow!("no test can be made of it: {why}"))
}

fn replayed(args: &Args, places: &Places) -> anyhow::Result<Played> {
    let zygote = Zygote::start();
    let mut recording = Recording::read(&args.recording)?;
    let calls = recording.tape.calls.len();
    let mut subject = standalone::subject(args.component.as_deref().unwrap_or(&recording.component));
    subject.name.clone_from(&recording.check);
    subject.options.clone_from(&recording.options);
    subject.limits = Rc::new(recording.limits.clone());
    subject.tape = Taping::Play(std::mem::take(&mut recording.tape));
    let config = standalone::config(places, &subject.component);
    let run_outcome = standalone::one(
        &zygote,
        subject,
        Goal::Run,
        &config,
        Path::new("/"),
        &|_, _| Ok(()),
        standalone::DefaultAccount::Itself,
    )?;
    let another = run_outcome.component.as_ref().filter(|component| component.id.sha256 != recording.sha256);
    if let Some(component) = another.filter(|_| args.component.is_none()) {
        print::complain(&format!(
            "{}: another build than the one that was recorded: its digest is {}, and {} was recorded",
            escape::path(&recording.component),
            component.id.sha256,
            recording.sha256
        ));
    }
    let played = match (&run_outcome.trace.differs, run_outcome.outcome()) {
        (Some(differs), _) => Played::Other(format!("{}\n", escape::line(differs))),
        (None, Some(outcome)) if bytes(&outcome)? == bytes(&recording.outcome)? => Played::Same(calls),
        (None, outcome) => Played::Other(first_difference(&recording.outcome, outcome.as_ref())),
    };
    Ok(match played {
        Played::Other(what) if recording.redacted > 0 => Played::Other(format!("{what}{}", redacted(&recording))),
        played => played,
    })
}

/// Says why a run may end otherwise than it did.
fn redacted(recording: &Recording) -> String {
    format!(
        "{} texts of this recording were replaced when it was written (--redact), and the component may have read them: record \
         it without, or with a pattern that leaves what it reads\n",
        recording.redacted
    )
}

/// Encodes an outcome, as `NaN` is not equal to itself.
fn bytes(outcome: &Result<Outcome, Failure>) -> anyhow::Result<Vec<u8>> {
    Ok(postcard::to_allocvec(outcome)?)
}

/// Says how a run ended, in a line.
fn ended(outcome: &Result<Outcome, Failure>) -> String {
    match outcome {
        Ok(outcome) => format!("{}: {}", status_word(outcome.status), escape::line(&outcome.summary)),
        Err(failure) => escape::line(&format!("failed, {}: {}", failure.kind.word(), failure.message)),
    }
}

/// Returns the first line that is another one, of the outcomes as they are stored.
fn first_difference(recorded: &Result<Outcome, Failure>, played: Option<&Result<Outcome, Failure>>) -> String {
    let lines = |outcome: &Result<Outcome, Failure>| -> Vec<String> {
        let text = serde_json::to_string_pretty(outcome).unwrap_or_default();
        text.lines().map(|line| escape::line(line.trim())).collect()
    };
    let Some(played) = played else { return "it did not get to report\n".to_owned() };
    if recorded.is_ok() != played.is_ok() {
        return format!("another outcome:\n  recorded: {}\n  now:      {}\n", ended(recorded), ended(played));
    }
    let (recorded, played) = (lines(recorded), lines(played));
    let at = recorded.iter().zip(&played).position(|(one, other)| one != other);
    let at = at.unwrap_or(recorded.len().min(played.len()));
    let line = |of: &[String]| of.get(at).cloned().unwrap_or_else(|| "nothing more".to_owned());
    format!("another outcome:\n  recorded: {}\n  now:      {}\n", line(&recorded), line(&played))
}
