//! Writing of JSON, piece by piece: a small part of what serde would bring into a component for it.

use std::fmt::Write as _;

/// Whole numbers up to here are exact in an `f64`.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A JSON value under way. What `#[derive(Options)]` makes writes defaults with it.
///
/// ```
/// use roundsman_sdk::JsonWriter;
///
/// let mut json = JsonWriter::default();
/// json.object(|json| {
///     json.key_text("name", "a");
///     json.key("share", |json| json.number(0.5));
///     json.key_list("words", &["b", "c"], |json, word| json.text(word));
///     json.key("known", |json| {
///         json.word("true");
///         true
///     });
///     json.key("none", |json| {
///         json.list(|_| {});
///         true
///     });
/// });
/// assert_eq!(json.finish(), r#"{"name":"a","share":0.5,"words":["b","c"],"known":true,"none":[]}"#);
/// ```
#[derive(Debug, Default)]
pub struct JsonWriter {
    text: String,
    /// Whether a comma stands before the next item.
    comma: bool,
}

impl JsonWriter {
    /// Returns what was written.
    pub fn finish(self) -> String {
        self.text
    }

    /// A text.
    #[inline(never)]
    pub fn text(&mut self, text: &str) {
        self.item();
        self.quoted(text);
    }

    /// A word that JSON has: `true`, or a number.
    #[inline(never)]
    pub fn word(&mut self, word: &str) {
        self.item();
        self.text.push_str(word);
    }

    /// A number, with nine decimals at most. False where it cannot be written: infinite, or too large.
    pub fn number(&mut self, value: f64) -> bool {
        if value.is_nan() || value.abs() > EXACT {
            return false;
        }
        let decimals = if value.abs() < 1e9 { 9 } else { 0 };
        let mut digits = crate::text::decimal(value, decimals);
        if decimals > 0 {
            while digits.ends_with('0') {
                digits.pop();
            }
            if digits.ends_with('.') {
                digits.pop();
            }
        }
        self.word(&digits);
        true
    }

    /// An object, whose keys `fill` writes.
    pub fn object(&mut self, fill: impl Fn(&mut Self)) {
        self.within('{', '}', &fill);
    }

    /// A list, whose items `fill` writes.
    pub fn list(&mut self, fill: impl Fn(&mut Self)) {
        self.within('[', ']', &fill);
    }

    /// A key, and the value that `write` writes; neither where it says that there is none.
    pub fn key(&mut self, key: &str, write: impl Fn(&mut Self) -> bool) {
        self.key_with(key, &write);
    }

    /// One for all keys: in each of them this would be a good part of a small component.
    #[inline(never)]
    fn key_with(&mut self, key: &str, write: &dyn Fn(&mut Self) -> bool) {
        let (length, comma) = (self.text.len(), self.comma);
        self.text(key);
        self.text.push(':');
        self.comma = false;
        if write(self) {
            self.comma = true;
        } else {
            self.text.truncate(length);
            self.comma = comma;
        }
    }

    /// A key with a text.
    #[inline(never)]
    pub fn key_text(&mut self, key: &str, text: &str) {
        self.key(key, |json| {
            json.text(text);
            true
        });
    }

    /// A key with a list; none where the list is empty.
    pub fn key_list<T>(&mut self, key: &str, items: &[T], write: impl Fn(&mut Self, &T)) {
        if !items.is_empty() {
            self.key(key, |json| {
                json.list(|json| items.iter().for_each(|item| write(json, item)));
                true
            });
        }
    }

    #[inline(never)]
    fn within(&mut self, open: char, close: char, fill: &dyn Fn(&mut Self)) {
        self.item();
        self.text.push(open);
        self.comma = false;
        fill(self);
        self.text.push(close);
        self.comma = true;
    }

    fn item(&mut self) {
        if self.comma {
            self.text.push(',');
        }
        self.comma = true;
    }

    fn quoted(&mut self, text: &str) {
        self.text.push('"');
        for letter in text.chars() {
            match letter {
                '"' | '\\' => self.text.extend(['\\', letter]),
                // Writing to a string cannot fail.
                control if control < ' ' => drop(write!(self.text, "\\u{:04x}", control as u32)),
                other => self.text.push(other),
            }
        }
        self.text.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_json() {
        let mut json = JsonWriter::default();
        json.object(|json| {
            json.key_text("a \"b\"", "c\\d\n\u{7f}\u{e4}");
            json.key("none", |json| {
                json.text("x");
                false
            });
            json.key("list", |json| {
                json.list(|json| {
                    json.word("true");
                    json.list(|_| {});
                    json.text("");
                });
                true
            });
            json.key_list("empty", &[1], |_, _| {});
            json.key_list("left_out", &[], |_, _: &u8| {});
        });
        let written = json.finish();
        let read: serde_json::Value = serde_json::from_str(&written).unwrap();
        let meant = serde_json::json!({ "a \"b\"": "c\\d\n\u{7f}\u{e4}", "list": [true, [], ""], "empty": [] });
        assert_eq!(read, meant, "{written}");
    }

    #[test]
    fn numbers_are_short_and_what_has_no_digits_is_none() {
        for (value, text) in [
            (0.0, "0"),
            (80.0, "80"),
            (0.5, "0.5"),
            (-2.25, "-2.25"),
            (1e-9, "0.000000001"),
            (12_345_678_901.0, "12345678901"),
        ] {
            let mut json = JsonWriter::default();
            assert!(json.number(value));
            assert_eq!(json.finish(), text);
        }
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300] {
            assert!(!JsonWriter::default().number(value));
        }
    }
}
