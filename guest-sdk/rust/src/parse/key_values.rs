//! Lines of a key and a value, such as those of `/proc/meminfo`.

use super::{Field, ParseError, lines};

/// Keys and values, in the text's order.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyValues<'a> {
    pairs: Vec<(Field<'a>, Field<'a>)>,
    odd: Vec<Field<'a>>,
}

/// Reads each line that is not blank as `KEY SEPARATOR VALUE`, both without white space around them. One odd line hides no
/// other: a line without the separator is kept apart, and a key that is there twice is an error where it is asked for.
pub fn key_values(text: &str, separator: char) -> KeyValues<'_> {
    let (mut pairs, mut odd) = (Vec::new(), Vec::new());
    for line in lines(text).filter(|line| !line.trimmed().text().is_empty()) {
        match line.split_once(separator) {
            Ok((key, value)) => pairs.push((key.trimmed(), value.trimmed())),
            Err(_) => odd.push(line),
        }
    }
    KeyValues { pairs, odd }
}

impl<'a> KeyValues<'a> {
    /// Returns the value of a key that may be missing.
    pub fn find(&self, key: &str) -> Result<Option<&Field<'a>>, ParseError> {
        let mut all = self.pairs.iter().filter(|(it, _)| it.text() == key);
        let first = all.next();
        match (first, all.next()) {
            (Some((first, _)), Some((second, _))) => Err(second.error(&format!("is in line {} already", first.line()))),
            _ => Ok(first.map(|(_, value)| value)),
        }
    }

    /// Returns the value of a key that must be there.
    pub fn get(&self, key: &str) -> Result<&Field<'a>, ParseError> {
        self.find(key)?.ok_or_else(|| ParseError::whole(format!("there is no line \"{key}\"")))
    }

    /// Returns all of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Field<'a>)> {
        self.pairs.iter().map(|(key, value)| (key.text(), value))
    }

    /// Returns the lines without the separator.
    pub fn odd(&self) -> &[Field<'a>] {
        &self.odd
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_by_key() {
        let all = key_values("MemTotal:  10 kB\n\nHugePages_Total: 0\n", ':');
        assert_eq!(all.get("MemTotal").unwrap().text(), "10 kB");
        assert_eq!(all.get("MemFree").unwrap_err().to_string(), "there is no line \"MemFree\"");
        assert_eq!(all.find("MemFree"), Ok(None));
        assert_eq!((all.iter().count(), all.odd()), (2, [].as_slice()));
    }

    #[test]
    fn cut_off_and_doubled_lines_hide_no_other() {
        let all = key_values("a=1\nb=2\na = 3\nMemFr", '=');
        assert_eq!(all.get("a").unwrap_err().to_string(), "line 3, column 1: \"a\" is in line 1 already");
        assert_eq!(all.get("b").unwrap().text(), "2");
        let odd: Vec<(&str, usize)> = all.odd().iter().map(|it| (it.text(), it.line())).collect();
        assert_eq!(odd, [("MemFr", 4)]);
    }
}
