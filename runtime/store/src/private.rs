//! Private part of the memory, which nobody else may read: what checks keep for themselves, and what the schedule must know of their runs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize, Serializer};

use super::changes::HistoryEnd;
use super::checksummed::ChecksummedForm;
use super::clock::Distance;
use roundsman_contract::report::Hanging;
use roundsman_verdict::check_status::{Ack, CheckStatus, Pause, Record};
use roundsman_verdict::schedule::Past;

/// The name of the file in the state directory.
pub const FILE: &str = "state";
/// Form that the first line names.
pub const FORM: ChecksummedForm = ChecksummedForm { kind: "state", schema: 1 };

/// Private part of the memory.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Private {
    pub checks: BTreeMap<String, PrivateRecord>,
    /// The runtime's own faults that were said and have not ended.
    pub faults: Vec<String>,
    /// Those that cron was told of, and not yet that they have ended.
    #[serde(default)]
    pub mailed: Vec<String>,
    /// Readers that SIGKILL did not end. While they exist, nobody else is sent where they are.
    #[serde(default)]
    pub hanging: Vec<Hanging>,
    /// Counts of every check that is shown, as the file of the results may be lost. Only as they were read: they are written
    /// from the results, as of ten thousand checks both would be 10 MB.
    #[serde(default, skip_serializing)]
    pub records: BTreeMap<String, Record>,
    /// Where the clock was in the last round.
    #[serde(default)]
    pub clock: Option<Distance>,
    /// Where the history ended when this was written.
    #[serde(default)]
    pub changes: HistoryEnd,
    /// The day on which the history was last counted into days.
    #[serde(default)]
    pub counted: Option<Date>,
}

impl Private {
    pub(super) fn with_records<'a>(&'a self, shown: &'a BTreeMap<String, CheckStatus>) -> PrivateWithRecords<'a> {
        PrivateWithRecords { private: self, records: shown }
    }

    /// Tells whether the history is to be counted into days, as a new day has begun or a file of it was closed, and notes that
    /// this is done.
    pub fn claims_history(&mut self, today: Date) -> bool {
        let closed = std::mem::take(&mut self.changes.closed);
        let before = self.counted.replace(today);
        closed > 0 || before != Some(today)
    }
}

/// Private part as it is written: with what is counted of every check that is shown, and of no other.
#[derive(Serialize)]
pub(super) struct PrivateWithRecords<'a> {
    #[serde(flatten)]
    private: &'a Private,
    #[serde(serialize_with = "records")]
    records: &'a BTreeMap<String, CheckStatus>,
}

/// Writes a record of each, made when its turn comes.
fn records<S: Serializer>(checks: &BTreeMap<String, CheckStatus>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(checks.iter().map(|(name, check_status)| (name, Record::of(check_status))))
}

/// Private part of the memory of one check.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PrivateRecord {
    /// The configuration files that gave it: the one with its table, and those with an override.
    pub files: Vec<PathBuf>,
    /// Since when no file gives it.
    pub gone: Option<Timestamp>,
    pub past: Past,
    /// The pause that it had when it was last configured, while it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<Box<Pause>>,
    /// The same of what an operator has said is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ack: Option<Box<Ack>>,
    /// The check's own state, in base64.
    state: BTreeMap<String, String>,
}

impl PrivateRecord {
    /// Returns the check's own state. A value that is no base64 is as if it had never been set.
    #[must_use]
    pub fn state(&self) -> BTreeMap<String, Vec<u8>> {
        let decoded = self.state.iter().map(|(key, value)| Some((key.clone(), STANDARD.decode(value).ok()?)));
        decoded.flatten().collect()
    }

    pub fn set_state(&mut self, state: BTreeMap<String, Vec<u8>>) {
        self.state = state.into_iter().map(|(key, value)| (key, STANDARD.encode(value))).collect();
    }
}
