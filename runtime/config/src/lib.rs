//! Configuration of the operator: read, each file judged alone, and resolved to what a round needs.

#![forbid(unsafe_code)]

pub mod import;
mod assemble;
mod claims;
mod effective;
mod fields;
mod file;
mod former;
mod grant;
mod host;
mod keys;
mod layered;
mod limits;
mod lock;
pub mod lint;
mod load;
pub mod name;
mod origins;
mod output_settings;
mod outputs;
mod parse;
mod places;
mod read;
mod receiver;
mod resolve;
mod run_settings;
mod schedule;
mod series;
mod settings;
mod spans;
mod thresholds;
mod values;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

pub use effective::Effective;
pub use load::{MainFileError, defaults, effective, faults, load, load_with_candidates, status_settings};
pub use lock::{Pin, SHELF, VersionsLock};
pub use name::is_valid as is_name;
pub use output_settings::{
    Auth, ChangesSettings, CommandWay, DeliverySettings, Icinga, Mail, OutputSettings, Receiver, ReceiverFormat,
    ReceiverWay, Sign, UrlWay, ValuesSettings, Webhook,
};
pub use places::{NoHome, Places};
pub use roundsman_contract::limits::{Buffers, Limits};
pub use roundsman_contract::subject::ComponentPath;
pub use roundsman_verdict::check_status::{Hold, RESERVED, Retry};
pub use roundsman_verdict::judge::Severity;
pub use roundsman_verdict::judge::thresholds::Origin;
pub use run_settings::{Layer, Paused, RecordWhen, RunSettings};
pub use settings::{DEFAULT_SENDER, StandardPaths};
pub use values::option_value;

use roundsman_contract::Status;
use roundsman_grants::Grants;
use roundsman_verdict::judge::thresholds::Thresholds;
use roundsman_verdict::outputs::scene::SeriesNames;

/// The group of checks whose timeout is above the tick: they would hold the seats of all others for whole rounds.
pub(crate) const SLOW: &str = "slow";

/// The whole configuration, with defaults applied.
#[derive(Debug, Clone)]
pub struct Config {
    pub paths: Paths,
    pub run: RunSettings,
    pub compile: CompileLimits,
    pub log: LogSettings,
    pub host: HostSettings,
    pub texts: TextSettings,
    pub install: InstallSettings,
    /// The releases that are pinned.
    pub lock: VersionsLock,
    /// The digest of the files that hold, in hex, where an output is configured to show it.
    pub digest: Option<String>,
    /// Bytes of the history.
    pub history: u64,
    /// How many checks of each group run at a time, over all rounds of this host.
    pub groups: BTreeMap<String, usize>,
    pub outputs: Vec<OutputSettings>,
    /// Outputs that are delivered over the network, by name.
    pub receivers: Vec<Receiver>,
    pub delivery: DeliverySettings,
    /// By name; only checks of files without an error.
    pub checks: BTreeMap<String, Check>,
    /// Files that a grant names as a secret, sorted: also of checks that do not hold.
    pub secrets: Rc<[String]>,
    /// Files of which all or some checks do not hold, with what was wrong. No name of these is in `checks`.
    pub refused: Vec<RefusedFile>,
    /// Overrides of checks that no file gives.
    pub idle_overrides: Vec<IdleOverride>,
    /// Files beside the drop-ins that look like one and are not read.
    pub strangers: Vec<PathBuf>,
    /// The main file and the directories of drop-ins; nothing of a component by itself.
    pub sources: Vec<PathBuf>,
}

#[derive(Debug, Clone)]
pub struct Paths {
    pub state: PathBuf,
    pub cache: PathBuf,
    /// Where `wasm = "x.wasm"` without a slash is looked up, in order.
    pub checks: Vec<PathBuf>,
}

/// Rules for releases of components.
#[derive(Debug, Clone, Default)]
pub struct InstallSettings {
    /// Whether one whose last day has passed is not installed any more; otherwise it is told.
    pub refuses_expired: bool,
    /// Authorities of mirrors and registries, as PEM; `None` for those of the host.
    pub ca: Option<PathBuf>,
    /// The URL of a proxy.
    pub proxy: Option<String>,
    /// A file of passwords of registries.
    pub auth: Option<PathBuf>,
}

/// Reads a file of text that nobody else may write, in words where it cannot.
///
/// # Errors
/// What is wrong, and the command that mends it.
pub fn read_text(file: &std::path::Path, rule: roundsman_os::safe_path::OwnerRule) -> Result<String, String> {
    read::text(file, rule).map_err(|error| error.to_string())
}

/// Account that reads files and runs commands if the configuration names none.
pub const DEFAULT_USER: &str = "roundsman";

/// Settings that `status` needs: it reads the main file alone.
#[derive(Debug, Clone)]
pub struct StatusSettings {
    pub paths: Paths,
    pub paused: Paused,
    pub host: HostSettings,
    pub texts: TextSettings,
}

#[derive(Debug, Clone)]
pub struct CompileLimits {
    /// CPU time.
    pub time: Duration,
    /// Bytes.
    pub memory: u64,
    /// Largest `.wasm`, in bytes.
    pub component: u64,
}

#[derive(Debug, Clone)]
pub struct LogSettings {
    pub file: PathBuf,
    pub format: LogFormat,
    /// Whether each command that is run has a line of its own.
    pub commands: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// Settings of texts for people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextSettings {
    /// The zone of times: `local` or an IANA name; `None` for UTC.
    pub timezone: Option<String>,
}

/// Name of this host in outputs, and its labels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostSettings {
    pub name: HostName,
    pub labels: BTreeMap<String, String>,
}

/// The name of a host, by the word in `host.name`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum HostName {
    /// As the kernel has it.
    #[default]
    AsIs,
    /// Up to the first dot.
    Short,
    /// With its domain.
    Full,
    Fixed(String),
}

/// One check, resolved.
#[derive(Debug, Clone)]
pub struct Check {
    pub name: String,
    pub origin: Origin,
    /// Files with an override of it.
    pub changed_by: Vec<PathBuf>,
    pub component: ComponentPath,
    pub schedule: Schedule,
    pub retry: Retry,
    /// `None` where each run speaks for itself.
    pub hold: Option<Hold>,
    /// The group whose cap holds for it; `slow` for a timeout above the tick unless it names another.
    pub group: Option<String>,
    pub enabled: bool,
    /// Absolute paths; one that is absent makes the check "not applicable".
    pub only_if: Vec<String>,
    /// The component's SHA-256, in lower-case hex.
    pub sha256: Option<String>,
    pub on_failure: Status,
    /// Status caps: maps a computed status to the worst one that may be reported.
    pub severity: BTreeMap<Severity, Status>,
    /// What tells it from others, for those who are told of it.
    pub labels: BTreeMap<String, String>,
    /// Names of its series in Prometheus.
    pub series: SeriesNames,
    /// The component's own options, as the JSON object that it gets.
    pub options: serde_json::Map<String, serde_json::Value>,
    pub thresholds: Thresholds,
    pub limits: Rc<Limits>,
    pub grants: Rc<Grants>,
}

/// An override that changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdleOverride {
    pub name: String,
    pub origin: Origin,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    Every(Duration),
    /// A five-field expression, checked, and the zone's name: `local` or an IANA name.
    Cron {
        expression: String,
        timezone: String,
    },
}

/// A file with an error: none of it holds, and no check that it changes. Or one with a name that another file has too, or
/// with an override that does not fit its check: that name does not hold.
#[derive(Debug, Clone)]
pub struct RefusedFile {
    pub file: PathBuf,
    /// The checks that do not hold; of a file that is no TOML, as far as its headers can be read.
    pub checks: Vec<String>,
    /// What was wrong: each with file, line, column and underline, as printed.
    pub problems: Vec<String>,
}
