//! Lines of a key and a value, such as those of `/proc/meminfo`.

use super::{Field, ParseError, lines};

/// Keys and values, in the text's order.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyValues<'a>(Vec<(Field<'a>, Field<'a>)>);

/// Each line that is not blank as `KEY SEPARATOR VALUE`, both without white space around them. A line without the
/// separator and a key that is there twice are errors.
pub fn key_values(text: &str, separator: char) -> Result<KeyValues<'_>, ParseError> {
    let mut pairs: Vec<(Field, Field)> = Vec::new();
    for line in lines(text).filter(|line| !line.trimmed().text().is_empty()) {
        let (key, value) = line.split_once(separator)?;
        let (key, value) = (key.trimmed(), value.trimmed());
        if let Some((first, _)) = pairs.iter().find(|(other, _)| other.text() == key.text()) {
            return Err(key.error(&format!("is in line {} already", first.line())));
        }
        pairs.push((key, value));
    }
    Ok(KeyValues(pairs))
}

impl<'a> KeyValues<'a> {
    /// The value of a key that may be missing.
    pub fn find(&self, key: &str) -> Option<&Field<'a>> {
        self.0.iter().find(|(it, _)| it.text() == key).map(|(_, value)| value)
    }

    /// The value of a key that must be there.
    pub fn get(&self, key: &str) -> Result<&Field<'a>, ParseError> {
        self.find(key).ok_or_else(|| ParseError::whole(format!("there is no line \"{key}\"")))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Field<'a>)> {
        self.0.iter().map(|(key, value)| (key.text(), value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_by_key() {
        let all = key_values("MemTotal:  10 kB\n\nHugePages_Total: 0\n", ':').unwrap();
        assert_eq!(all.get("MemTotal").unwrap().text(), "10 kB");
        assert_eq!(all.get("MemFree").unwrap_err().to_string(), "there is no line \"MemFree\"");
        assert_eq!(all.iter().count(), 2);
    }

    #[test]
    fn cut_off_and_doubled_lines_are_errors() {
        let cut = key_values("MemTotal: 10 kB\nMemFr", ':').unwrap_err();
        assert_eq!(cut.to_string(), "line 2, column 1: \"MemFr\" has no \":\"");
        let twice = key_values("a=1\na = 2", '=').unwrap_err();
        assert_eq!(twice.to_string(), "line 2, column 1: \"a\" is in line 1 already");
    }
}
