//! Reads what a component writes as JSON. A key that is not known is left out, and its place noted; what is missing or of the
//! wrong type is named by its place.

use serde_json::{Map, Value};

use roundsman_grants::GrantKind;
use roundsman_grants::argv::Form;

use super::{Access, Descriptor, Judgement, MetricInfo, MetricKind, Need, OptionInfo, OptionProblem, Range, Unit};

/// Longest text that is read, in bytes: it is kept in memory for every check and written into the cache.
pub const LONGEST: usize = 256 << 10;
/// Tables in tables, of options.
const DEEPEST: usize = 8;
/// Places of unknown keys that are kept: enough to see that there are some.
const MOST_UNKNOWN: usize = 20;

/// Reads what `describe` returned.
///
/// # Errors
/// In words: what is wrong, and where.
pub fn descriptor(text: &str) -> Result<Descriptor, String> {
    let mut unknown = Vec::new();
    let mut table = Table::of_text(text)?;
    let descriptor = Descriptor {
        name: table.text("name")?,
        version: table.text("version")?,
        summary: table.text("summary")?,
        options: table.list("options")?.unwrap_or_default().each(&mut unknown, |it, unknown| option(it, 1, unknown))?,
        metrics: table.list("metrics")?.unwrap_or_default().each(&mut unknown, metric)?,
        free_metrics: table.boolean("free_metrics")?,
        needs: table.list("needs")?.unwrap_or_default().each(&mut unknown, need)?,
        unknown: Vec::new(),
    };
    table.end(&mut unknown);
    unknown.truncate(MOST_UNKNOWN);
    Ok(Descriptor { unknown, ..descriptor })
}

/// Reads what `validate` returned.
///
/// # Errors
/// In words: what is wrong, and where.
pub fn judgement(text: &str) -> Result<Judgement, String> {
    let mut unknown = Vec::new();
    let mut table = Table::of_text(text)?;
    Ok(Judgement {
        problems: table.list("problems")?.unwrap_or_default().each(&mut unknown, problem)?,
        needs: table.list("needs")?.unwrap_or_default().each(&mut unknown, need)?,
        metrics: table.list("metrics")?.map(|list| list.each(&mut unknown, metric)).transpose()?,
    })
}

fn option(mut table: Table, depth: usize, unknown: &mut Vec<String>) -> Result<OptionInfo, String> {
    if depth > DEEPEST {
        return Err(format!("`{}` is a table in more than {DEEPEST} others", table.place));
    }
    let option = OptionInfo {
        key: table.text("key")?,
        help: table.text("help")?,
        value_type: table.text("type")?,
        default_value: table.take("default").map(|value| value.to_string()),
        required: table.boolean("required")?,
        values: table.texts("values")?.unwrap_or_default(),
        options: table.list("options")?.unwrap_or_default().each(unknown, |it, all| option(it, depth + 1, all))?,
    };
    table.end(unknown);
    Ok(option)
}

fn metric(mut table: Table, unknown: &mut Vec<String>) -> Result<MetricInfo, String> {
    let kind = match table.optional_text("kind")?.as_deref() {
        None | Some("gauge") => MetricKind::Gauge,
        Some("counter") => MetricKind::Counter,
        Some(other) => return Err(format!("`{}` is `{other}`, neither `gauge` nor `counter`", table.at("kind"))),
    };
    let metric = MetricInfo {
        name: table.text("name")?,
        help: table.text("help")?,
        unit: unit(table.optional_text("unit")?),
        kind,
        labels: table.texts("labels")?.unwrap_or_default(),
        warning: range(&mut table, "warning", unknown)?,
        critical: range(&mut table, "critical", unknown)?,
    };
    table.end(unknown);
    Ok(metric)
}

/// Returns a word of the contract, else the unit's own symbol.
fn unit(word: Option<String>) -> Unit {
    match word.as_deref() {
        None | Some("number") => Unit::Number,
        Some("bytes") => Unit::Bytes,
        Some("seconds") => Unit::Seconds,
        Some("percent") => Unit::Percent,
        Some("celsius") => Unit::Celsius,
        Some(symbol) => Unit::Other(symbol.to_owned()),
    }
}

fn range(table: &mut Table, key: &str, unknown: &mut Vec<String>) -> Result<Option<Range>, String> {
    let Some(value) = table.take(key) else { return Ok(None) };
    let mut table = Table::of(value, table.at(key))?;
    let low = table.number("low")?.unwrap_or(f64::NEG_INFINITY);
    let high = table.number("high")?.unwrap_or(f64::INFINITY);
    let inside = table.boolean("inside")?;
    table.end(unknown);
    Ok(Some(Range { low, high, inside }))
}

fn need(mut table: Table, unknown: &mut Vec<String>) -> Result<Need, String> {
    let capability = table.text("capability")?;
    let reason = table.optional_text("reason")?.unwrap_or_default();
    let optional = table.boolean("optional")?;
    let access = match GrantKind::of_word(&capability) {
        Some(GrantKind::Commands) => match (table.texts("argv")?, table.texts("argv_pattern")?) {
            (Some(argv), None) => Access::Command { form: Form::Literal, argv },
            (None, Some(argv)) => Access::Command { form: Form::Pattern, argv },
            _ => return Err(format!("`{}` has not one of `argv` and `argv_pattern`", table.place)),
        },
        Some(kind @ (GrantKind::Files | GrantKind::UnsafeFiles | GrantKind::Metadata | GrantKind::Filesystems)) => {
            Access::Paths { kind, pattern: table.text("pattern")? }
        }
        None => {
            let target = Value::Object(std::mem::take(&mut table.keys)).to_string();
            Access::Unknown { capability, target }
        }
    };
    table.end(unknown);
    Ok(Need { access, reason, optional })
}

fn problem(mut table: Table, _: &mut Vec<String>) -> Result<OptionProblem, String> {
    Ok(OptionProblem { key: table.optional_text("key")?.unwrap_or_default(), message: table.text("message")? })
}

/// A JSON object, of which each key is taken once.
struct Table {
    /// Where it stands; empty for the whole.
    place: String,
    keys: Map<String, Value>,
}

/// A list of JSON, and where it stands.
#[derive(Default)]
struct List {
    place: String,
    items: Vec<Value>,
}

impl Table {
    fn of_text(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("it has {} bytes of JSON, at most {LONGEST} are allowed", text.len()));
        }
        Self::of(serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))?, String::new())
    }

    fn of(value: Value, place: String) -> Result<Self, String> {
        match value {
            Value::Object(keys) => Ok(Self { place, keys }),
            other if place.is_empty() => Err(format!("it is {}, not an object", word(&other))),
            other => Err(format!("`{place}` is {}, not an object", word(&other))),
        }
    }

    /// Returns the place of one of its keys.
    fn at(&self, key: &str) -> String {
        if self.place.is_empty() { key.to_owned() } else { format!("{}.{key}", self.place) }
    }

    /// Returns the value of a key; one that is null counts as absent.
    fn take(&mut self, key: &str) -> Option<Value> {
        self.keys.remove(key).filter(|value| !value.is_null())
    }

    fn text(&mut self, key: &str) -> Result<String, String> {
        self.optional_text(key)?.ok_or_else(|| format!("`{}` is missing", self.at(key)))
    }

    fn optional_text(&mut self, key: &str) -> Result<Option<String>, String> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(format!("`{}` is {}, not a text", self.at(key), word(&other))),
        }
    }

    fn boolean(&mut self, key: &str) -> Result<bool, String> {
        match self.take(key) {
            None => Ok(false),
            Some(Value::Bool(value)) => Ok(value),
            Some(other) => Err(format!("`{}` is {}, neither true nor false", self.at(key), word(&other))),
        }
    }

    fn number(&mut self, key: &str) -> Result<Option<f64>, String> {
        let Some(value) = self.take(key) else { return Ok(None) };
        let number = value.as_f64().ok_or_else(|| format!("`{}` is {}, not a number", self.at(key), word(&value)));
        number.map(Some)
    }

    fn list(&mut self, key: &str) -> Result<Option<List>, String> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(List { place: self.at(key), items })),
            Some(other) => Err(format!("`{}` is {}, not a list", self.at(key), word(&other))),
        }
    }

    fn texts(&mut self, key: &str) -> Result<Option<Vec<String>>, String> {
        let Some(List { place, items }) = self.list(key)? else { return Ok(None) };
        let text = |(at, value): (usize, Value)| match value {
            Value::String(text) => Ok(text),
            other => Err(format!("`{place}[{at}]` is {}, not a text", word(&other))),
        };
        items.into_iter().enumerate().map(text).collect::<Result<Vec<_>, _>>().map(Some)
    }

    /// Notes the keys that nobody has taken.
    fn end(self, unknown: &mut Vec<String>) {
        let left: Vec<String> = self.keys.keys().map(|key| self.at(key)).collect();
        unknown.extend(left);
    }
}

impl List {
    fn each<T>(
        self,
        unknown: &mut Vec<String>,
        read: impl Fn(Table, &mut Vec<String>) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        let Self { place, items } = self;
        let one = |(at, value)| read(Table::of(value, format!("{place}[{at}]"))?, unknown);
        items.into_iter().enumerate().map(one).collect()
    }
}

fn word(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
