//! Values apart by a separator (RFC 4180).

use super::{Field, ParseError};

/// The fields of one record.
pub type Record<'a> = Vec<Field<'a>>;

/// Returns the records of a text. A field in double quotes may hold separators, line ends, and quotes written twice. Every
/// record must have as many fields as the first; blank lines are skipped.
pub fn csv(text: &str, separator: char) -> Result<Vec<Record<'_>>, ParseError> {
    let mut records: Vec<Record> = Vec::new();
    for (line, record) in self::records(text, separator) {
        let record = record?;
        if let Some(first) = records.first().filter(|first| first.len() != record.len()) {
            let message = format!("{} fields, and {} in the first record", record.len(), first.len());
            return Err(ParseError { line, column: 0, message });
        }
        records.push(record);
    }
    Ok(records)
}

/// Works as [`csv`], but one record that is broken hides no other, and each may have its own number of fields; with the line of
/// each.
pub fn records(text: &str, separator: char) -> Vec<(usize, Result<Record<'_>, ParseError>)> {
    let mut reader = Reader { rest: text, line: 1, column: 1, separator };
    let mut records = Vec::new();
    while !reader.rest.is_empty() {
        if reader.line_end() {
            continue;
        }
        let line = reader.line;
        let record = reader.record();
        if record.is_err() {
            reader.take(reader.rest.find('\n').unwrap_or(reader.rest.len()));
        }
        records.push((line, record));
    }
    records
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    column: usize,
    separator: char,
}

impl<'a> Reader<'a> {
    fn record(&mut self) -> Result<Record<'a>, ParseError> {
        let mut record = Vec::new();
        loop {
            record.push(if self.rest.starts_with('"') { self.quoted()? } else { self.plain()? });
            if self.rest.is_empty() || self.line_end() {
                return Ok(record);
            }
            // Both kinds of field end at a separator, a line end, or the end of the text.
            self.take(self.separator.len_utf8());
        }
    }

    fn plain(&mut self) -> Result<Field<'a>, ParseError> {
        let end = |it: char| it == self.separator || it == '\n' || it == '"';
        let at = self.rest.find(end).unwrap_or(self.rest.len());
        let (line, column) = (self.line, self.column);
        if self.rest[at..].starts_with('"') {
            return Err(Field::at(&self.rest[..at], line, column).error("goes on with a quote"));
        }
        let text = self.take(at);
        let text = if self.rest.starts_with('\n') { text.strip_suffix('\r').unwrap_or(text) } else { text };
        Ok(Field::at(text, line, column))
    }

    fn quoted(&mut self) -> Result<Field<'a>, ParseError> {
        let (line, column) = (self.line, self.column);
        self.take(1);
        let mut text = String::new();
        loop {
            let Some(at) = self.rest.find('"') else {
                return Err(Field::at(text + self.rest, line, column).error("has no closing quote"));
            };
            text.push_str(self.take(at));
            self.take(1);
            if !self.rest.starts_with('"') {
                break;
            }
            text.push_str(self.take(1));
        }
        if !self.rest.is_empty() && !self.rest.starts_with([self.separator, '\n']) && !self.rest.starts_with("\r\n") {
            return Err(Field::at(text, line, column).error("goes on behind its closing quote"));
        }
        Ok(Field::at(text, line, column))
    }

    fn line_end(&mut self) -> bool {
        let length = if self.rest.starts_with("\r\n") { 2 } else { usize::from(self.rest.starts_with('\n')) };
        self.take(length);
        length > 0
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        for it in taken.chars() {
            (self.line, self.column) = if it == '\n' { (self.line + 1, 1) } else { (self.line, self.column + 1) };
        }
        self.rest = rest;
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<Vec<String>> {
        let records = csv(text, ',').unwrap();
        records.iter().map(|record| record.iter().map(|it| it.text().to_owned()).collect()).collect()
    }

    #[test]
    fn fields_quoted_and_plain() {
        assert_eq!(texts("a,b\r\n\"x, \"\"y\"\"\nz\",\n"), [["a", "b"], ["x, \"y\"\nz", ""]]);
        assert_eq!(texts("a,\"b\"\r\n"), [["a", "b"]]);
        assert_eq!(texts(""), Vec::<Vec<String>>::new());
        assert_eq!(texts("a"), [["a"]]);
        assert_eq!(texts(",\n"), [["", ""]]);
    }

    #[test]
    fn numbers_in_it_know_their_place() {
        let records = csv("name,value\n\"a\nb\",1x\n", ',').unwrap();
        let error = records[1][1].integer::<u8>().unwrap_err();
        assert_eq!((error.line, error.column), (3, 4));
    }

    #[test]
    fn a_broken_record_hides_no_other() {
        let all = records("a,b\n\"c\"x,d\ne\n\"f", ',');
        let told: Vec<(usize, Result<usize, String>)> =
            all.into_iter().map(|(line, it)| (line, it.map(|it| it.len()).map_err(|it| it.to_string()))).collect();
        assert_eq!((&told[0], &told[2]), (&(1, Ok(2)), &(3, Ok(1))));
        assert_eq!(told[1].1, Err("line 2, column 1: \"c\" goes on behind its closing quote".to_owned()));
        assert_eq!((told[3].0, told[3].1.is_err(), told.len()), (4, true, 4));
    }

    #[test]
    fn what_is_broken_is_an_error() {
        for (text, said) in [
            ("a,b\nc", "line 2: 1 fields, and 2 in the first record"),
            ("\"a", "line 1, column 1: \"a\" has no closing quote"),
            ("\"a\"b,c", "line 1, column 1: \"a\" goes on behind its closing quote"),
            ("a\"b\",c", "line 1, column 1: \"a\" goes on with a quote"),
        ] {
            assert_eq!(csv(text, ',').unwrap_err().to_string(), said);
        }
    }
}
