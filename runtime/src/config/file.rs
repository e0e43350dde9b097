//! The file as it is written: a mirror for serde, nothing judged but names of keys and types of values.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::values::{Count, DurationText, OneOrMany, Options, RangeValue, Size, TextOrFile, WordOrList};

pub type Text = Spanned<String>;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub struct MainFile {
    pub paths: PathsTable,
    pub run: RunTable,
    pub compile: CompileTable,
    pub defaults: DefaultsTable,
    pub limits: LimitsTable,
    pub log: LogTable,
    pub check: BTreeMap<Text, CheckTable>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub struct DropIn {
    pub check: BTreeMap<Text, CheckTable>,
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
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub struct CompileTable {
    pub time: Option<Spanned<DurationText>>,
    pub memory: Option<Spanned<Size>>,
    pub component: Option<Spanned<Size>>,
}

/// Any key of a check that can mean the same for several.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub struct DefaultsTable {
    pub every: Option<Spanned<DurationText>>,
    pub cron: Option<Text>,
    pub timezone: Option<Text>,
    pub enabled: Option<bool>,
    pub only_if: Option<Vec<Text>>,
    pub sha256: Option<Text>,
    pub on_failure: Option<Text>,
    pub severity: Option<SeverityTable>,
    pub limits: LimitsTable,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub struct CheckTable {
    pub wasm: Option<Text>,
    pub every: Option<Spanned<DurationText>>,
    pub cron: Option<Text>,
    pub timezone: Option<Text>,
    pub enabled: Option<bool>,
    pub only_if: Option<Vec<Text>>,
    pub sha256: Option<Text>,
    pub on_failure: Option<Text>,
    pub severity: Option<SeverityTable>,
    pub config: Options,
    pub thresholds: BTreeMap<Text, Spanned<OneOrMany<EntryTable>>>,
    pub limits: LimitsTable,
    pub grant: GrantTable,
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

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub struct LimitsTable {
    pub memory: Option<Spanned<Size>>,
    pub fuel: Option<Spanned<Count>>,
    pub timeout: Option<Spanned<DurationText>>,
    pub call: Option<Spanned<DurationText>>,
    pub file: Option<Spanned<Size>>,
    pub read: Option<Spanned<Size>>,
    pub entries: Option<Spanned<Count>>,
    pub output: Option<Spanned<Size>>,
    pub commands: Option<Spanned<Count>>,
    pub log: Option<Spanned<Size>>,
    pub state: Option<Spanned<Size>>,
    pub metrics: Option<Spanned<Count>>,
    pub text: Option<Spanned<Size>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub struct LogTable {
    pub file: Option<Text>,
    pub format: Option<Text>,
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
#[serde(deny_unknown_fields, default, expecting = "a table with an `argv`")]
pub struct CommandTable {
    pub id: Option<Text>,
    pub argv: Option<Spanned<Vec<String>>>,
    pub user: Option<Text>,
    pub timeout: Option<Spanned<DurationText>>,
    pub memory: Option<Spanned<Size>>,
    pub output: Option<Spanned<Size>>,
    pub env: BTreeMap<Text, Spanned<TextOrFile>>,
    pub stdin: Option<Spanned<TextOrFile>>,
    pub may_gain_privileges: bool,
}
