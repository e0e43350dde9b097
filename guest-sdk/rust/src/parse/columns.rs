//! Lines of columns apart by white space, such as those of `/proc/loadavg` or `df`.

use super::{Field, ParseError, lines};

/// A line and its columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<'a> {
    line: Field<'a>,
    columns: Vec<Field<'a>>,
}

/// Returns the lines of a text that are not blank, in columns.
pub fn rows(text: &str) -> impl Iterator<Item = Row<'_>> {
    lines(text).filter(|line| !line.trimmed().text().is_empty()).map(Row::of)
}

impl<'a> Row<'a> {
    /// Returns the columns of a line.
    pub fn of(line: Field<'a>) -> Self {
        let mut columns = Vec::new();
        let mut start = None;
        // Counted along: to count anew before each column would be a sum over all of them.
        for (before, (at, it)) in line.text().char_indices().enumerate() {
            match (it.is_whitespace(), start) {
                (false, None) => start = Some((at, before)),
                (true, Some((from, before))) => {
                    columns.push(line.part_at(from, at, before));
                    start = None;
                }
                _ => {}
            }
        }
        columns.extend(start.map(|(from, before)| line.part_at(from, line.text().len(), before)));
        Self { line, columns }
    }

    /// Column `index`, from 0; a line that is too short is an error.
    pub fn column(&self, index: usize) -> Result<&Field<'a>, ParseError> {
        let short = || self.line.error(&format!("has {} columns, not {} or more", self.columns.len(), index + 1));
        self.columns.get(index).ok_or_else(short)
    }

    /// Returns all columns.
    pub fn columns(&self) -> &[Field<'a>] {
        &self.columns
    }

    /// Returns the columns, of which there must be exactly `N`.
    pub fn exactly<const N: usize>(&self) -> Result<&[Field<'a>; N], ParseError> {
        let other = |_| self.line.error(&format!("has {} columns, not {N}", self.columns.len()));
        self.columns.as_slice().try_into().map_err(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_know_their_place() {
        let all: Vec<Row> = rows("a b\n\n  c\t 7x \n").collect();
        assert_eq!(all.len(), 2);
        let error = all[1].column(1).unwrap().integer::<u8>().unwrap_err();
        assert_eq!((error.line, error.column), (3, 6));
    }

    #[test]
    fn a_line_that_is_cut_off_is_an_error() {
        let row = rows("0.10 0.2").next().unwrap();
        let error = row.column(2).unwrap_err();
        assert_eq!(error.to_string(), "line 1, column 1: \"0.10 0.2\" has 2 columns, not 3 or more");
        assert!(row.exactly::<2>().is_ok() && row.exactly::<1>().is_err());
    }
}
