//! Bodies of requests that an operator writes: text, with fields in double braces. No logic.

use roundsman_grants::nearest::nearest;

/// Field that a body may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Text,
    Status,
    Check,
    Host,
    Key,
    Id,
    Event,
    Json,
}

/// All fields by their words. Each is a JSON string with its quotes, but `json`, which is an object.
pub(crate) const FIELDS: [(&str, Field); 8] = [
    ("text", Field::Text),
    ("status", Field::Status),
    ("check", Field::Check),
    ("host", Field::Host),
    ("key", Field::Key),
    ("id", Field::Id),
    ("event", Field::Event),
    ("json", Field::Json),
];

/// A body, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    written: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(Field),
}

/// Reason why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("`{{{{` is not closed by `}}}}`")]
    Unclosed,
    #[error("`{{{{{0}}}}}` is no field of a body")]
    Unknown(String),
}

impl TemplateError {
    /// Returns what to write instead.
    #[must_use]
    pub fn help(&self) -> String {
        let words = FIELDS.map(|(word, _)| word);
        match self {
            Self::Unknown(field) if let Some(near) = nearest(field, &words) => format!("{{{{{near}}}}}"),
            _ => format!("fields: {}", words.map(|word| format!("{{{{{word}}}}}")).join(", ")),
        }
    }
}

/// The whole message as JSON.
impl Default for Template {
    fn default() -> Self {
        Self { written: "{{json}}".to_owned(), parts: vec![Part::Field(Field::Json)] }
    }
}

impl Template {
    /// # Errors
    /// [`TemplateError`].
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("{{") {
            let (field, after) = behind.split_once("}}").ok_or(TemplateError::Unclosed)?;
            let known = FIELDS.iter().find(|(word, _)| *word == field.trim());
            let (_, known) = known.ok_or_else(|| TemplateError::Unknown(field.trim().to_owned()))?;
            parts.extend(Some(before).filter(|text| !text.is_empty()).map(|text| Part::Text(text.to_owned())));
            parts.push(Part::Field(*known));
            rest = after;
        }
        parts.extend(Some(rest).filter(|text| !text.is_empty()).map(|text| Part::Text(text.to_owned())));
        Ok(Self { written: text.to_owned(), parts })
    }

    /// Returns the text as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Tells whether a receiver tells troubles apart by key: then each is told by itself.
    #[must_use]
    pub fn has_key(&self) -> bool {
        self.parts.contains(&Part::Field(Field::Key))
    }

    /// Fills it in; `value` gives the JSON of a field.
    #[must_use]
    pub(crate) fn fill(&self, value: impl Fn(Field) -> String) -> String {
        let parts = self.parts.iter().map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Field(field) => value(*field),
        });
        parts.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_filled_in_once() {
        let template = Template::parse(r#"{"a": {{text}}, "b": [{{ key }}]} {}"#).unwrap();
        assert!(template.has_key() && !Template::default().has_key());
        let filled =
            template.fill(|field| if field == Field::Text { "\"{{key}}\"".to_owned() } else { "1".to_owned() });
        assert_eq!(filled, r#"{"a": "{{key}}", "b": [1]} {}"#);
    }

    #[test]
    fn what_is_no_field_is_told_with_the_nearest() {
        let error = Template::parse("{{txt}}").unwrap_err();
        assert_eq!(
            (error.to_string().as_str(), error.help().as_str()),
            ("`{{txt}}` is no field of a body", "{{text}}")
        );
        let error = Template::parse("{{text}} {{").unwrap_err();
        assert_eq!(error.to_string(), "`{{` is not closed by `}}`");
        assert!(error.help().starts_with("fields: {{text}}, {{status}}, "));
    }
}
