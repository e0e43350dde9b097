//! A test with the fake host of an SDK, made from a recording. Pure.

mod python;
mod rust;
mod scene;

use crate::recording::Recording;
use roundsman_contract::Outcome;
use roundsman_contract::report::FailureKind;
use scene::RecordedScene;

/// Languages whose SDK has a fake host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum TestLanguage {
    Rust,
    Python,
}

impl TestLanguage {
    /// Finds the language of a component by what its toolchain writes into it; Rust, which writes nothing, where there is none.
    ///
    /// # Errors
    /// It is one whose SDK has no fake host.
    pub fn of(component: &[u8]) -> Result<Self, String> {
        let has = |word: &str| component.windows(word.len()).any(|part| part == word.as_bytes());
        if has("componentize-py") || has("libcomponentize_py") {
            return Ok(Self::Python);
        }
        match ["StarlingMonkey", "componentize-js", "spidermonkey"].into_iter().find(|word| has(word)) {
            Some(_) => {
                Err("it is JavaScript, for which there is no fake host: replay the recording instead".to_owned())
            }
            None => Ok(Self::Rust),
        }
    }
}

/// Writes the test.
///
/// # Errors
/// What no fake host can play, in words.
pub(crate) fn made_test(recording: &Recording, language: TestLanguage) -> Result<String, String> {
    if recording.tape.cut {
        return Err("the run was longer than its recording".to_owned());
    }
    let scene = RecordedScene::of(&recording.tape)?;
    let ending = ending(recording)?;
    Ok(match language {
        TestLanguage::Rust => rust::test(recording, &scene, ending),
        TestLanguage::Python => python::test(recording, &scene, ending)?,
    })
}

/// Returns the outcome that the test expects; `None` where the component is to fail by itself.
fn ending(recording: &Recording) -> Result<Option<&Outcome>, String> {
    match &recording.outcome {
        Ok(outcome) => Ok(Some(outcome)),
        Err(failure) => match failure.kind {
            FailureKind::Config | FailureKind::Denied | FailureKind::Io | FailureKind::Check => Ok(None),
            kind => Err(format!("the host ended the run ({}), which no fake host does", kind.word())),
        },
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
