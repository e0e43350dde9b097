//! Descriptor of a component and judgement of its options, as the host keeps them. Components write it as JSON, whose keys are
//! in `docs/descriptor.schema.json`.

use serde::{Deserialize, Serialize};

use super::{Access, MetricKind, OptionProblem, Range, Unit};

/// Self-description of a component.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Descriptor {
    /// `snake_case`; it is part of the metrics' names in outputs.
    pub name: String,
    pub version: String,
    /// One line.
    pub summary: String,
    pub options: Vec<OptionInfo>,
    pub metrics: Vec<MetricInfo>,
    /// Whether outcomes may hold metrics that are not declared, because the operator's options name them.
    pub free_metrics: bool,
    pub needs: Vec<Need>,
    /// Where in its JSON there were keys that this version of the contract does not have: `options[2].shape`.
    pub unknown: Vec<String>,
}

/// An option that the operator may set below `[check.NAME.config]`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OptionInfo {
    pub key: String,
    pub help: String,
    /// A word of the schema's `type`, or one of a later version: it is shown and nothing else.
    pub value_type: String,
    /// The value that holds where the operator gives none, as JSON.
    pub default_value: Option<String>,
    pub required: bool,
    /// The texts that it may be; empty where any.
    pub values: Vec<String>,
    /// The keys of the table, or of each of the tables, that it holds.
    pub options: Vec<OptionInfo>,
}

/// A metric that the component may report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricInfo {
    pub name: String,
    /// One line that says what the number is.
    pub help: String,
    pub unit: Unit,
    pub kind: MetricKind,
    /// The label names that it carries.
    pub labels: Vec<String>,
    /// Thresholds that hold where the operator gives none; for information, the metric carries its own.
    pub warning: Option<Range>,
    pub critical: Option<Range>,
}

/// Something that the component would like to be granted, and why. It is a request: only the operator grants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Need {
    pub access: Access,
    pub reason: String,
    /// Whether the check also works without it, so that a missing grant is no fault.
    pub optional: bool,
}

/// Judgement of a component on options.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// What is wrong with them; empty where nothing is.
    pub problems: Vec<OptionProblem>,
    /// The needs that they bring, besides those of the descriptor.
    pub needs: Vec<Need>,
    /// The metrics that they bring, besides those of the descriptor. `None` where the component does not tell: of a metric
    /// that is not declared nothing is known then.
    pub metrics: Option<Vec<MetricInfo>>,
}
