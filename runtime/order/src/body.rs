//! Bodies of requests: parts of which a receiver may refuse one and take the others.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// The body of a request, in parts that are a body of their own in any number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    pub before: String,
    pub parts: Vec<String>,
    pub between: String,
    pub after: String,
    /// The parts are base64 of messages of OpenTelemetry (protobuf), whose receiver answers how many values it did not take.
    #[serde(default)]
    pub is_binary: bool,
}

impl Body {
    /// Makes a body of one part.
    #[must_use]
    pub fn whole(text: String) -> Self {
        Self { parts: vec![text], ..Self::default() }
    }

    /// Joins some of the parts.
    #[must_use]
    pub fn some(&self, parts: Range<usize>) -> String {
        let parts = self.parts.get(parts).unwrap_or_default();
        format!("{}{}{}", self.before, parts.join(&self.between), self.after)
    }

    /// Joins all parts.
    #[must_use]
    pub fn text(&self) -> String {
        self.some(0..self.parts.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_parts_is_a_body() {
        let text = |text: &str| text.to_owned();
        let parts = vec![text("1"), text("2"), text("3")];
        let body = Body { before: text("["), parts, between: text(","), after: text("]"), is_binary: false };
        assert_eq!((body.text(), body.some(1..2), body.some(7..9)), (text("[1,2,3]"), text("[2]"), text("[]")));
        assert_eq!(Body::whole(text("x")).text(), "x");
    }
}
