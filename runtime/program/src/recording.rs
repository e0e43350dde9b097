//! A recording in a file: a component's digest, its options and limits, every host call with its answer, and the outcome.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::round::run_outcome::RunOutcome;
use roundsman_contract::calls::tape::{LONGEST_TAPE, Tape, TapedCall};
use roundsman_contract::calls::wire;
use roundsman_contract::limits::Limits;
use roundsman_contract::report::Failure;
use roundsman_contract::subject::ComponentPath;
use roundsman_contract::{Outcome, VERSION};
use roundsman_grants::{Grants, escape};
use roundsman_store::components::bytes::hex;

/// The form of the file.
const FORM: &str = "roundsman recording 2";
/// Begin of the first line, in all versions of the form.
const FORMS: &str = "roundsman recording ";
/// Bytes of a file: its run in base64, and what stands before it.
const LONGEST_FILE: u64 = 2 * LONGEST_TAPE;
/// Memory of a run that is decoded: of small calls it is several times their bytes.
const LARGEST_RUN: usize = 4 * LONGEST_TAPE as usize;

/// The file: a head for people and for other versions, then the run.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    form: String,
    /// The version of the contract that its calls are of.
    contract: String,
    /// The version of the program that recorded it.
    roundsman: String,
    check: String,
    /// The grants that the run used.
    grants: Vec<String>,
    /// Each call in a line, for a person to read.
    calls: Vec<String>,
    /// SHA-256 of check, grants, calls and run, in lower-case hex: what people read is what is played.
    digest: String,
    /// The run itself: postcard in base64.
    run: String,
}

/// A recorded run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    pub check: String,
    /// A file, or a name that is looked up in `paths.checks`.
    pub component: PathBuf,
    /// Of the component, in lower-case hex.
    pub sha256: String,
    /// A JSON object.
    pub options: String,
    pub limits: Limits,
    /// The grants that it used, in words.
    pub grants: Vec<String>,
    /// Texts that were taken out of it.
    pub redacted: usize,
    pub outcome: Result<Outcome, Failure>,
    pub tape: Tape,
}

/// Facts of a check that are recorded besides its run.
#[derive(Debug)]
pub struct Recorded<'c> {
    pub check: &'c str,
    pub component: &'c ComponentPath,
    /// A JSON object.
    pub options: String,
    pub limits: &'c Limits,
    pub grants: &'c Grants,
}

/// Reason why a recording cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("it is larger than any recording, {LONGEST_FILE} bytes")]
    TooLarge,
    #[error("it is no whole recording: {0}; record the run again with `roundsman check NAME --record FILE`")]
    NotOne(String),
    #[error("it was recorded for contract {0}, and this program plays {VERSION}: play it with roundsman {1}")]
    OtherContract(String, String),
    #[error("it is a `{0}`, and this program plays a `{FORM}`: play it with roundsman {1} of that time")]
    OtherForm(String, String),
}

/// A new file for a recording that only its owner may read: what was read is in it. It is removed where nothing is written.
#[derive(Debug)]
pub struct New {
    path: PathBuf,
    file: fs::File,
    whole: bool,
}

impl New {
    /// Makes it.
    ///
    /// # Errors
    /// There is something of that name, or it cannot be made.
    pub fn file(path: &Path) -> io::Result<Self> {
        use std::os::unix::fs::OpenOptionsExt as _;
        let made = fs::File::options().write(true).create_new(true).mode(0o600).open(path);
        let file = made.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                io::Error::other("it is there already, and no recording replaces it: name another file")
            }
            _ => error,
        })?;
        Ok(Self { path: path.to_owned(), file, whole: false })
    }

    /// Returns where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the recording.
    ///
    /// # Errors
    /// It cannot be encoded or written.
    pub fn write(mut self, recording: &Recording) -> io::Result<()> {
        self.file.write_all(recording.text()?.as_bytes())?;
        self.whole = true;
        Ok(())
    }
}

impl Drop for New {
    fn drop(&mut self) {
        if !self.whole {
            // Whoever made it could make it, and is told why nothing is in it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Recording {
    /// Makes a recording of a run, whose tape it takes; `None` where it was not begun, or not recorded.
    #[must_use]
    pub fn of(recorded: Recorded<'_>, run: &mut RunOutcome) -> Option<Self> {
        let (outcome, sha256) = (run.outcome()?, run.component.as_ref()?.id.sha256.clone());
        let tape = run.trace.tape.take()?;
        let used: BTreeSet<String> =
            tape.calls.iter().flat_map(|call| call.used(recorded.grants)).map(|grant| grant.to_string()).collect();
        Some(Self {
            check: recorded.check.to_owned(),
            component: match recorded.component {
                ComponentPath::Named(name) => PathBuf::from(name),
                ComponentPath::At(path) => path.clone(),
            },
            sha256,
            options: recorded.options,
            limits: recorded.limits.clone(),
            grants: used.into_iter().collect(),
            redacted: 0,
            outcome,
            tape,
        })
    }

    /// Writes it as the text of its file.
    ///
    /// # Errors
    /// It cannot be encoded, or could not be read again.
    pub fn text(&self) -> io::Result<String> {
        let text = self.file().map_err(io::Error::other)?;
        // What could not be read again is not written.
        Self::parse(text.as_bytes()).map_err(|error| io::Error::other(format!("not written: {error}")))?;
        Ok(text)
    }

    fn file(&self) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
        let run = postcard::to_allocvec(self)?;
        let mut file = File {
            form: FORM.to_owned(),
            contract: VERSION.to_owned(),
            roundsman: env!("CARGO_PKG_VERSION").to_owned(),
            check: self.check.clone(),
            grants: self.grants.clone(),
            calls: self.tape.calls.iter().map(TapedCall::shown).collect(),
            digest: String::new(),
            run: STANDARD.encode(&run),
        };
        file.digest = file.digested(&run)?;
        Ok(serde_json::to_string_pretty(&file)? + "\n")
    }

    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, is no whole recording, or one of another contract.
    pub fn read(path: &Path) -> Result<Self, RecordingError> {
        use io::Read as _;
        let mut bytes = Vec::new();
        fs::File::open(path)?.take(LONGEST_FILE + 1).read_to_end(&mut bytes)?;
        Self::parse(&bytes)
    }

    fn parse(bytes: &[u8]) -> Result<Self, RecordingError> {
        /// The part that every form of the file has.
        #[derive(Deserialize)]
        struct Head {
            form: String,
            contract: String,
            roundsman: String,
        }
        if bytes.len() as u64 > LONGEST_FILE {
            return Err(RecordingError::TooLarge);
        }
        let not_one = |why: String| RecordingError::NotOne(escape::line(&why));
        let json = |error: serde_json::Error| not_one(error.to_string());
        let head: Head = serde_json::from_slice(bytes).map_err(json)?;
        if head.form != FORM && head.form.starts_with(FORMS) {
            return Err(RecordingError::OtherForm(escape::line(&head.form), escape::line(&head.roundsman)));
        }
        if head.form != FORM {
            return Err(not_one(format!("its form is `{}`, and not `{FORM}`", head.form)));
        }
        if head.contract != VERSION {
            return Err(RecordingError::OtherContract(escape::line(&head.contract), escape::line(&head.roundsman)));
        }
        let file: File = serde_json::from_slice(bytes).map_err(json)?;
        let run = STANDARD.decode(&file.run).map_err(|error| not_one(format!("its run: {error}")))?;
        let digest = file.digested(&run).map_err(|error| not_one(error.to_string()))?;
        if digest != file.digest {
            return Err(not_one("it was changed since: its digest is that of something else".to_owned()));
        }
        wire::decode(&run, LARGEST_RUN).map_err(|error| not_one(format!("its run: {error}")))
    }
}

impl File {
    /// Makes the digest of all that people read and of the run.
    fn digested(&self, run: &[u8]) -> Result<String, postcard::Error> {
        let read = postcard::to_allocvec(&(&self.check, &self.grants, &self.calls))?;
        let mut digest = Sha256::new_with_prefix((read.len() as u64).to_le_bytes());
        digest.update(&read);
        digest.update(run);
        Ok(hex(&digest.finalize()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use roundsman_contract::calls::clock;
    use roundsman_contract::calls::{Reply, Request};
    use roundsman_contract::report::FailureKind;

    fn recording() -> Recording {
        let calls = vec![TapedCall {
            request: Request::Clock(clock::Call::Now),
            reply: Ok(Reply::Clock(clock::Answer::Now(7))),
        }];
        Recording {
            check: "one".to_owned(),
            component: "/one.wasm".into(),
            sha256: "ab".repeat(32),
            options: "{}".to_owned(),
            limits: Limits::default(),
            grants: vec!["files /proc/*".to_owned()],
            redacted: 0,
            outcome: Err(Failure::new(FailureKind::Io, "no disk".to_owned())),
            tape: Tape { calls, cut: false },
        }
    }

    #[test]
    fn a_recording_is_read_as_it_was_written() {
        let text = recording().file().unwrap();
        assert_eq!(Recording::parse(text.as_bytes()).unwrap(), recording());
        assert!(text.contains("\"clock: 0 bytes\""), "{text}");
    }

    #[test]
    fn what_could_not_be_read_again_is_not_written() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tape");
        let message = "x".repeat(usize::try_from(LONGEST_TAPE).unwrap() * 2);
        let recording = Recording { outcome: Err(Failure::new(FailureKind::Io, message)), ..recording() };
        let error = New::file(&path).unwrap().write(&recording).unwrap_err().to_string();
        assert!(error.contains("larger than any recording"), "{error}");
        assert!(!path.exists());
    }

    #[test]
    fn a_cut_a_spoilt_and_a_foreign_file_are_refused_in_words() {
        let text = recording().file().unwrap();
        for length in 0..text.len() - 2 {
            let error = Recording::parse(&text.as_bytes()[..length]).unwrap_err().to_string();
            assert!(error.contains("no whole recording"), "{length}: {error}");
        }
        let at = text.find("\"run\": \"").unwrap() + 20;
        let other = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
        let mut spoilt = text.clone();
        spoilt.replace_range(at..=at, other);
        assert!(Recording::parse(spoilt.as_bytes()).unwrap_err().to_string().contains("digest"));
        for (was, is) in
            [("\"one\"", "\"two\""), ("files /proc/*", "files /*"), ("clock: 0 bytes", "read /etc/shadow: denied")]
        {
            assert!(text.contains(was), "{was}");
            let error = Recording::parse(text.replacen(was, is, 1).as_bytes()).unwrap_err().to_string();
            assert!(error.contains("changed since"), "{was}: {error}");
        }
        for more in ["{}", "\0", &text] {
            let grown = format!("{text}{more}");
            assert!(
                Recording::parse(grown.as_bytes()).unwrap_err().to_string().contains("no whole recording"),
                "{more}"
            );
        }
        let earlier = text.replace(FORM, "roundsman recording 1");
        let error = Recording::parse(earlier.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("recording 1") && error.contains("play it with roundsman"), "{error}");
        let foreign = text.replace(FORM, "a page");
        assert!(Recording::parse(foreign.as_bytes()).unwrap_err().to_string().contains("its form is `a page`"));
        let later = text.replace(&format!("\"contract\": \"{VERSION}\""), "\"contract\": \"0.9.0\"");
        let error = Recording::parse(later.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("contract 0.9.0") && error.contains("play it with roundsman"), "{error}");
    }
}
