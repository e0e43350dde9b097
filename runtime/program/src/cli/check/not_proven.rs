//! Verdicts of a check that had nothing to compare with: an OK of it proves nothing.

use roundsman_contract::Status;
use roundsman_contract::report::{Failure, FailureKind};
use roundsman_grants::escape::clip;
use roundsman_verdict::judge::{State, Verdict};

/// Bytes that are shown of what it found by itself.
const LONGEST_SHOWN: usize = 80;

/// Says of a component that remembers that each run of its file by itself is its first.
pub(super) fn always_first(verdict: Verdict) -> Verdict {
    let message = "a check that is run from its file keeps no state, so it has no earlier run to compare with";
    let name = verdict.check.clone();
    let hint = format!(
        "a check of the configuration remembers: in rounds, and where it is called by `roundsman check {name} --keep-state`"
    );
    not_proven(verdict, Failure::new(FailureKind::Check, message).with_hint(hint))
}

/// Judges as unproven a check of the configuration of which no round has run, and that keeps nothing now.
pub(super) fn without_rounds(verdict: Verdict) -> Verdict {
    let message = "no round has run it and this run keeps no state, so it has no earlier run to compare with";
    let name = verdict.check.clone();
    let hint =
        format!("`roundsman run --only {name}` makes it remember, as `roundsman check {name} --keep-state` does");
    not_proven(verdict, Failure::new(FailureKind::Check, message).with_hint(hint))
}

/// Makes a check that remembers UNKNOWN, where what it remembers could not be read.
pub(super) fn without_past(verdict: Verdict, error: &str) -> Verdict {
    let name = verdict.check.clone();
    let hint =
        format!("`sudo roundsman check {name}` may read it; `roundsman status {name}` says what the last round found");
    let message = format!("it ran without its state of earlier runs: {error}");
    not_proven(verdict, Failure::new(FailureKind::Io, message).with_hint(hint))
}

/// Makes an OK of a check that has compared nothing with what was UNKNOWN, as nobody knows that all is well. What is wrong stays
/// wrong.
fn not_proven(verdict: Verdict, why: Failure) -> Verdict {
    if verdict.status != Some(Status::Ok) {
        let details = std::iter::once(why.message).chain(verdict.details).collect();
        return Verdict { details, ..verdict };
    }
    let message = format!("{}; by itself it found: {}", why.message, clip(&verdict.summary, LONGEST_SHOWN));
    let (status, summary) = (Some(Status::Unknown), message.clone());
    Verdict { status, state: State::Failed, summary, failure: Some(Failure { message, ..why }), ..verdict }
}
