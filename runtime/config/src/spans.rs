//! Problems at a place of a file, and how they are shown: file, line, column, the line underlined, what to write.

use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;

use roundsman_grants::escape;

/// Characters of a line that are shown; of a longer one, the part around the fault.
const SHOWN_WIDTH: usize = 120;

/// Written by some editors at the begin of a file; TOML passes over it.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// One fault of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileProblem {
    /// Bytes of the file's text.
    pub span: Range<usize>,
    /// One line: what is wrong, and why.
    pub reason: String,
    /// Text to write instead.
    pub help: Option<String>,
}

impl FileProblem {
    pub fn new(span: Range<usize>, reason: impl Into<String>) -> Self {
        Self { span, reason: reason.into(), help: None }
    }

    #[must_use]
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Shows the problem as it is printed. The first line, `FILE:LINE:COLUMN: reason`, says it all without the rest.
    #[must_use]
    pub(crate) fn render(&self, file: &Path, text: &str) -> String {
        let place = Place::of(text, &self.span);
        let number = place.line.to_string();
        let gutter = " ".repeat(number.len());
        let shown = escape::path(file);
        let mut out = format!("{shown}:{number}:{}: {}\n", place.column, escape::line(&self.reason));
        let excerpt = place.excerpt();
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{gutter} |");
        let _ = writeln!(out, "{number} | {}", excerpt.line);
        let _ = write!(out, "{gutter} | {}{}", excerpt.indent, "^".repeat(excerpt.carets));
        for line in self.help.iter().flat_map(|help| help.lines()) {
            let _ = write!(out, "\n{gutter} = {}", escape::line(line));
        }
        out
    }
}

/// Returns the line of a text, from 1, in which a byte lies.
#[must_use]
pub(crate) fn line_of(text: &str, byte: usize) -> usize {
    text.as_bytes().iter().take(byte).filter(|&&b| b == b'\n').count() + 1
}

/// Ends of the lines of a text: where a line is asked for of many places, as of each check of a file of thousands.
#[derive(Debug, Clone)]
pub struct LineIndex(Vec<usize>);

impl LineIndex {
    /// Looks through the text once.
    pub fn of(text: &str) -> Self {
        Self(text.bytes().enumerate().filter_map(|(at, byte)| (byte == b'\n').then_some(at)).collect())
    }

    /// Returns the line, from 1, in which a byte lies.
    pub fn line(&self, byte: usize) -> usize {
        self.0.partition_point(|end| *end < byte) + 1
    }
}

/// A span as lines and characters.
struct Place<'a> {
    /// From 1.
    line: usize,
    /// Characters from 1.
    column: usize,
    content: &'a str,
    /// Characters underlined, within this line.
    width: usize,
}

impl<'a> Place<'a> {
    fn of(text: &'a str, span: &Range<usize>) -> Self {
        let start = text.floor_char_boundary(span.start);
        let end = text.floor_char_boundary(span.end.max(start));
        let begin = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let stop = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let content = text[begin..stop].trim_end_matches('\r');
        let underlined = &text[start..end.min(stop)];
        Self {
            line: line_of(text, begin),
            column: text[begin..start].chars().filter(|c| *c != BYTE_ORDER_MARK).count() + 1,
            content: content.trim_start_matches(BYTE_ORDER_MARK),
            width: underlined.trim_end().chars().count().max(1),
        }
    }

    /// Returns the part of the line to show, with what stands before and below the fault.
    fn excerpt(&self) -> Excerpt {
        let before = self.column - 1;
        let skip = if before + self.width > SHOWN_WIDTH { before.saturating_sub(SHOWN_WIDTH / 4) } else { 0 };
        let (mut line, mut indent, mut carets) = (String::new(), String::new(), 0);
        if skip > 0 {
            line.push('…');
            indent.push(' ');
        }
        for (at, c) in self.content.chars().enumerate().skip(skip).take(SHOWN_WIDTH) {
            let shown = visible(c);
            let width = shown.chars().count();
            if at < before {
                indent.push_str(&" ".repeat(width));
            } else if at < before + self.width {
                carets += width;
            }
            line.push_str(&shown);
        }
        if self.content.chars().count() > skip + SHOWN_WIDTH {
            line.push('…');
        }
        Excerpt { line, indent, carets: carets.max(1) }
    }
}

struct Excerpt {
    line: String,
    indent: String,
    carets: usize,
}

/// Shows a tab as four blanks, so that the underline stands where it belongs; others as they can be seen.
fn visible(c: char) -> String {
    match c {
        '\t' => "    ".to_owned(),
        c => escape::line(c.encode_utf8(&mut [0; 4])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, part: &str) -> String {
        let start = text.find(part).unwrap();
        FileProblem::new(start..start + part.len(), "wrong")
            .with_help("write\nthis")
            .render(Path::new("/e/x.toml"), text)
    }

    #[test]
    fn the_index_tells_the_line_of_each_byte() {
        for text in ["", "\n", "a", "a\n", "\n\na\r\nbcé\n\nd"] {
            let index = LineIndex::of(text);
            for byte in 0..=text.len() + 1 {
                assert_eq!(index.line(byte), line_of(text, byte), "byte {byte} of {text:?}");
            }
        }
    }

    #[test]
    fn a_problem_shows_its_line_underlined() {
        assert_eq!(
            shown("a = 1\nevry = 2\r\nb = 3\n", "evry"),
            "/e/x.toml:2:1: wrong\n  |\n2 | evry = 2\n  | ^^^^\n  = write\n  = this"
        );
    }

    #[test]
    fn columns_count_characters_and_tabs_are_widened() {
        assert_eq!(
            shown("\tä = 'x'", "'x'"),
            "/e/x.toml:1:6: wrong\n  |\n1 |     ä = 'x'\n  |         ^^^\n  = write\n  = this"
        );
    }

    #[test]
    fn a_long_line_is_cut_around_the_fault() {
        let text = format!("{}HERE{}", "a".repeat(500), "b".repeat(500));
        let shown = shown(&text, "HERE");
        assert!(shown.contains(&format!("1 | …{}HERE{}…\n", "a".repeat(30), "b".repeat(86))), "{shown}");
        assert!(shown.contains(&format!("  | {}^^^^\n", " ".repeat(31))), "{shown}");
    }

    #[test]
    fn control_characters_of_the_file_are_escaped() {
        assert!(shown("a = \u{1b}[2J", "a").contains("1 | a = \\x1b[2J\n"));
    }

    #[test]
    fn a_span_over_lines_or_past_the_end_underlines_one_line() {
        let text = "[a]\nb = 1\n";
        for span in [0..100, 3..4, 10..10, 10..11, 500..600] {
            let shown = FileProblem::new(span, "wrong").render(Path::new("x"), text);
            assert_eq!(shown.lines().count(), 4, "{shown}");
        }
    }
}
