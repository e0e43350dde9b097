//! Building of what a check says of itself.

use serde::Serialize;

use crate::{Access, Descriptor, Measure, Need, OptionInfo, ValueType};

impl Descriptor {
    /// `name` is `snake_case` and part of the metrics' names in outputs; `summary` is one line.
    pub fn new(name: &str, version: &str, summary: &str) -> Self {
        Self {
            name: name.into(),
            version: version.into(),
            summary: summary.into(),
            options: Vec::new(),
            metrics: Vec::new(),
            free_metrics: false,
            needs: Vec::new(),
            extra: Vec::new(),
        }
    }

    /// An option that operators may set.
    pub fn option(mut self, option: OptionInfo) -> Self {
        self.options.push(option);
        self
    }

    /// A metric that outcomes may hold.
    pub fn metric(mut self, measure: &Measure) -> Self {
        self.metrics.push(measure.info());
        self
    }

    /// Outcomes may hold metrics that are not declared, because options name them.
    pub fn free_metrics(mut self) -> Self {
        self.free_metrics = true;
        self
    }

    /// Something that the check would like to be granted.
    pub fn need(mut self, need: Need) -> Self {
        self.needs.push(need);
        self
    }
}

impl OptionInfo {
    /// An option without default, not required.
    pub fn new(key: &str, value_type: ValueType, help: &str) -> Self {
        Self { key: key.into(), help: help.into(), value_type, default_value: None, required: false }
    }

    /// The operator must give it.
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// What holds where the operator gives nothing. [`crate::fake::contract`] compares it with what the options'
    /// type does.
    ///
    /// # Panics
    /// Where the value cannot be written as JSON, which is a fault of the check's code.
    pub fn or(mut self, value: impl Serialize) -> Self {
        match serde_json::to_string(&value) {
            Ok(text) => self.default_value = Some(text),
            Err(error) => panic!("the default of option {} is no JSON: {error}", self.key),
        }
        self
    }
}

impl Need {
    /// Content and metadata of the regular files that `pattern` matches.
    pub fn files(pattern: &str, reason: &str) -> Self {
        Self { access: Access::Files(pattern.into()), reason: reason.into() }
    }

    /// Names, sizes, times, owners, modes and link targets of what `pattern` matches.
    pub fn metadata(pattern: &str, reason: &str) -> Self {
        Self { access: Access::Metadata(pattern.into()), reason: reason.into() }
    }

    /// Size and inodes of the file system mounted at `place`; `mounted` means all of them, and their list.
    pub fn filesystems(place: &str, reason: &str) -> Self {
        Self { access: Access::Filesystems(place.into()), reason: reason.into() }
    }

    /// A program by its absolute path, then one pattern for each argument.
    pub fn command<S: AsRef<str>>(argv: &[S], reason: &str) -> Self {
        let argv = argv.iter().map(|argument| argument.as_ref().to_owned()).collect();
        Self { access: Access::Command(argv), reason: reason.into() }
    }
}
