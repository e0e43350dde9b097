//! The file as it is written: a mirror for serde, nothing judged but names of keys and types of values.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::values::{ComponentOptions, Count, DurationText, OneOrMany, RangeValue, Size, TextOrFile, Urls, WordOrList};

pub type Text = Spanned<String>;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub struct MainFile {
    pub paths: PathsTable,
    pub run: RunTable,
    pub compile: CompileTable,
    pub groups: BTreeMap<Text, Spanned<Count>>,
    pub defaults: DefaultsTable,
    pub limits: LimitsTable,
    pub log: LogTable,
    pub host: HostTable,
    pub texts: TextsTable,
    pub delivery: DeliveryTable,
    pub install: InstallTable,
    pub history: HistoryTable,
    pub output: BTreeMap<Text, OutputTable>,
    pub check: BTreeMap<Text, CheckTable>,
    #[serde(rename = "override")]
    pub overrides: BTreeMap<Text, OverrideTable>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub struct DropIn {
    pub check: BTreeMap<Text, CheckTable>,
    #[serde(rename = "override")]
    pub overrides: BTreeMap<Text, OverrideTable>,
    pub output: BTreeMap<Text, OutputTable>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub struct PathsTable {
    pub state: Option<Text>,
    pub cache: Option<Text>,
    pub checks: Option<Vec<Text>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub struct RunTable {
    pub tick: Option<Spanned<DurationText>>,
    pub parallel: Option<Spanned<Count>>,
    pub deadline: Option<Spanned<DurationText>>,
    pub splay: Option<Spanned<DurationText>>,
    pub user: Option<Text>,
    pub worker_uid: Option<Spanned<Count>>,
    pub require: Option<Vec<Text>>,
    pub buffers: Option<Spanned<Size>>,
    pub paused: Option<Text>,
    pub record: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub struct CompileTable {
    pub time: Option<Spanned<DurationText>>,
    pub memory: Option<Spanned<Size>>,
    pub component: Option<Spanned<Size>>,
}

/// The keys that `[defaults]`, a check and its overrides share, each where it is written.
#[derive(Debug)]
pub struct Shared<'a> {
    pub every: Option<&'a Spanned<DurationText>>,
    pub cron: Option<&'a Text>,
    pub timezone: Option<&'a Text>,
    pub retry: &'a RetryTable,
    pub hold: Option<&'a Text>,
    pub group: Option<&'a Text>,
    pub enabled: Option<bool>,
    pub only_if: Option<&'a Vec<Text>>,
    pub sha256: Option<&'a Text>,
    pub on_failure: Option<&'a Text>,
    pub severity: &'a SeverityTable,
    pub labels: &'a BTreeMap<Text, Text>,
    pub limits: &'a LimitsTable,
}

/// A table with these keys, with one before them and some of its own.
macro_rules! check_table {
    ($(#[$doc:meta])* $table:ident [$($first:ident: $type:ty)?] [$($own:ident: $kind:ty),*]) => {
        $(#[$doc])*
        #[derive(Debug, Default, Deserialize)]
        #[serde(deny_unknown_fields, default, expecting = "a table")]
        pub struct $table {
            $(pub $first: $type,)?
            pub every: Option<Spanned<DurationText>>,
            pub cron: Option<Text>,
            pub timezone: Option<Text>,
            pub retry: RetryTable,
            pub hold: Option<Text>,
            pub group: Option<Text>,
            pub enabled: Option<bool>,
            pub only_if: Option<Vec<Text>>,
            pub sha256: Option<Text>,
            pub on_failure: Option<Text>,
            pub severity: SeverityTable,
            pub labels: BTreeMap<Text, Text>,
            pub limits: LimitsTable,
            $(pub $own: $kind,)*
        }

        impl $table {
            pub fn shared(&self) -> Shared<'_> {
                Shared {
                    every: self.every.as_ref(),
                    cron: self.cron.as_ref(),
                    timezone: self.timezone.as_ref(),
                    retry: &self.retry,
                    hold: self.hold.as_ref(),
                    group: self.group.as_ref(),
                    enabled: self.enabled,
                    only_if: self.only_if.as_ref(),
                    sha256: self.sha256.as_ref(),
                    on_failure: self.on_failure.as_ref(),
                    severity: &self.severity,
                    labels: &self.labels,
                    limits: &self.limits,
                }
            }
        }
    };
}

check_table! {
    /// What can mean the same for several checks.
    DefaultsTable [] []
}
check_table! {
    CheckTable [wasm: Option<Text>] [
        series_prefix: Option<Text>, help: BTreeMap<Text, Text>,
        config: ComponentOptions, thresholds: ThresholdsTable, grant: GrantTable
    ]
}
check_table! {
    /// What another file may say of a check: all but grants.
    OverrideTable [wasm: Option<Text>] [
        series_prefix: Option<Text>, help: BTreeMap<Text, Text>, config: ComponentOptions, thresholds: ThresholdsTable
    ]
}

pub type ThresholdsTable = BTreeMap<Text, Spanned<OneOrMany<EntryTable>>>;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table such as { attempts = 3, every = \"1m\" }")]
pub struct RetryTable {
    pub attempts: Option<Spanned<Count>>,
    pub every: Option<Spanned<DurationText>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table such as { critical = \"warning\" }")]
pub struct SeverityTable {
    pub warning: Option<Text>,
    pub critical: Option<Text>,
    pub unknown: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table such as { warning = 80, critical = 90 }")]
pub struct EntryTable {
    #[serde(rename = "where")]
    pub selector: BTreeMap<Text, Text>,
    pub warning: Option<Spanned<RangeValue>>,
    pub critical: Option<Spanned<RangeValue>>,
    pub absent: Option<Text>,
}

macro_rules! limits_table {
    ($($key:ident: $kind:ident = $default:expr, $bounds:literal, $reached:literal;)*) => {
        #[derive(Debug, Default, Deserialize)]
        #[serde(deny_unknown_fields, default, expecting = "a table")]
        pub struct LimitsTable {
            $(pub $key: Option<Spanned<written!($kind)>>,)*
        }

        impl LimitsTable {
            /// Keys of the table.
            pub(crate) const KEYS: &[&str] = &[$(stringify!($key)),*];
        }
    };
}

/// Kind of a limit, as it is written.
macro_rules! written {
    (size) => {
        Size
    };
    (count) => {
        Count
    };
    (time) => {
        DurationText
    };
}

roundsman_contract::limits!(limits_table);

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub struct LogTable {
    pub file: Option<Text>,
    pub format: Option<Text>,
    pub commands: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub struct HostTable {
    pub name: Option<Text>,
    pub labels: BTreeMap<Text, Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub struct TextsTable {
    pub timezone: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub struct InstallTable {
    pub expired: Option<Text>,
    pub ca: Option<Text>,
    pub proxy: Option<Text>,
    pub auth: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub struct HistoryTable {
    pub size: Option<Spanned<Size>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table with `format` and a place")]
pub struct OutputTable {
    pub format: Option<Text>,
    pub path: Option<Text>,
    pub url: Option<Spanned<Urls>>,
    pub command: Option<Spanned<CommandTable>>,
    pub all: Option<Spanned<bool>>,
    pub proxy: Option<Spanned<TextOrFile>>,
    pub headers: BTreeMap<Text, Spanned<TextOrFile>>,
    pub auth: Option<Spanned<AuthTable>>,
    pub tls: Option<Spanned<TlsTable>>,
    pub insecure: Option<Spanned<bool>>,
    pub deliver: Option<Text>,
    pub only: Option<Spanned<OnlyTable>>,
    pub repeat: Option<Spanned<DurationText>>,
    pub max_age: Option<Spanned<DurationText>>,
    pub unchanged: Option<Spanned<DurationText>>,
    pub sign: Option<Spanned<SignTable>>,
    pub body: Option<Text>,
    pub from: Option<Text>,
    pub to: Option<Spanned<Vec<Text>>>,
    pub host: Option<Text>,
    pub service: Option<Text>,
    pub series: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table such as { bearer = { file = \"/path\" } }")]
pub struct AuthTable {
    pub bearer: Option<Spanned<TextOrFile>>,
    pub basic: Option<Text>,
    pub password: Option<Spanned<TextOrFile>>,
    pub header: Option<Text>,
    pub value: Option<Spanned<TextOrFile>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table such as { ca = \"/path/ca.pem\" }")]
pub struct TlsTable {
    pub ca: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "a table such as { header = \"X-Signature-256\", secret = { file = \"/path\" } }"
)]
pub struct SignTable {
    pub header: Option<Text>,
    pub secret: Option<Spanned<TextOrFile>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table such as { checks = [\"disk*\"], at_least = \"critical\" }")]
pub struct OnlyTable {
    pub checks: Option<Vec<Text>>,
    pub labels: BTreeMap<Text, Text>,
    pub at_least: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub struct DeliveryTable {
    pub deadline: Option<Spanned<DurationText>>,
    pub user: Option<Text>,
    pub keep: Option<Spanned<Size>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub struct GrantTable {
    pub files: Vec<Text>,
    pub metadata: Vec<Text>,
    pub filesystems: Option<Spanned<WordOrList>>,
    pub user: Option<Text>,
    pub unsafe_files: Vec<Text>,
    pub command: Vec<Spanned<CommandTable>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table with an `argv` or `argv_pattern`")]
pub struct CommandTable {
    pub id: Option<Text>,
    /// Of the command of an output.
    pub delivered: Option<Spanned<Vec<Spanned<Count>>>>,
    pub argv: Option<Spanned<Vec<Text>>>,
    pub argv_pattern: Option<Spanned<Vec<Text>>>,
    pub user: Option<Text>,
    pub timeout: Option<Spanned<DurationText>>,
    pub memory: Option<Spanned<Size>>,
    pub output: Option<Spanned<Size>>,
    pub env: BTreeMap<Text, Spanned<TextOrFile>>,
    pub stdin: Option<Spanned<TextOrFile>>,
    pub may_gain_privileges: bool,
    pub network: Option<Spanned<bool>>,
    pub signals: Option<Text>,
    pub processes: Option<Spanned<Count>>,
    pub capabilities: Option<Spanned<Vec<Text>>>,
}
