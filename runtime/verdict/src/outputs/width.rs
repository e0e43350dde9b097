//! Texts measured as a terminal shows them: a letter of Chinese takes two columns, an accent that joins one takes none.

use unicode_width::UnicodeWidthChar as _;

/// Returns the number of columns that a line takes. Characters are measured one by one, as terminals do.
#[must_use]
pub fn width(text: &str) -> usize {
    text.chars().map(of).sum()
}

/// With blanks behind it, up to a width.
#[must_use]
pub fn padded(text: &str, to: usize) -> String {
    // Not by a width of `format!`, which panics beyond 65,535.
    text.to_owned() + &" ".repeat(to.saturating_sub(width(text)))
}

/// A cell that is wider than this is not aligned: what one component says would be as many blanks in the rows of all others.
const ALIGNED: usize = 120;

/// Returns the width of a column, by those of its cells.
pub fn column(cells: impl Iterator<Item = usize>) -> usize {
    cells.filter(|width| *width <= ALIGNED).max().unwrap_or(0)
}

/// Cuts a text to the room that there is, and ends it with `…` if it was cut.
#[must_use]
pub(crate) fn cut(text: &str, room: Option<usize>) -> String {
    let Some(room) = room.filter(|room| width(text) > *room) else { return text.to_owned() };
    let mut left = room.saturating_sub(1);
    let fits = |character: &char| {
        let rest = left.checked_sub(of(*character));
        left = rest.unwrap_or_default();
        rest.is_some()
    };
    let kept: String = text.chars().take_while(fits).collect();
    if room == 0 { kept } else { kept + "…" }
}

/// Returns parts of one line, with `; ` between them, or a new line where the next does not fit.
#[must_use]
pub(crate) fn joined(parts: &[String], room: Option<usize>) -> String {
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if room.is_none_or(|room| width(line) + 2 + width(part) <= room) => {
                *line += &format!("; {part}")
            }
            _ => lines.push(part.clone()),
        }
    }
    lines.iter().map(|line| cut(line, room) + "\n").collect()
}

/// Control characters, which have no width, are escaped before.
fn of(character: char) -> usize {
    character.width().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn columns_are_those_of_a_terminal() {
        for (text, columns) in [("", 0), ("disk", 4), ("grün", 4), ("gru\u{308}n", 4), ("磁盘", 4), ("🔥", 2), ("…", 1)]
        {
            assert_eq!(width(text), columns, "{text}");
        }
        assert_eq!([padded("磁盘", 6), padded("磁盘", 2)], ["磁盘  ", "磁盘"]);
    }

    #[test]
    fn what_is_very_wide_is_no_measure_for_others() {
        assert_eq!(padded("a", 100_000).len(), 100_000);
        assert_eq!(column([3, 120, 121, 100_000].into_iter()), 120);
        assert_eq!(column([100_000].into_iter()), 0);
    }

    #[test]
    fn what_does_not_fit_is_cut_between_characters() {
        for (text, room, cut_text) in [
            ("disk", 4, "disk"),
            ("disk", 3, "di…"),
            ("磁盘满", 6, "磁盘满"),
            ("磁盘满", 5, "磁盘…"),
            ("磁盘满", 4, "磁…"),
            ("gru\u{308}n", 3, "gr…"),
            ("disk", 1, "…"),
            ("disk", 0, ""),
        ] {
            assert_eq!(cut(text, Some(room)), cut_text);
        }
        assert_eq!(cut("disk", None), "disk");
    }

    #[test]
    fn parts_go_on_a_new_line_where_they_do_not_fit() {
        let parts = ["2 checks, 1 critical".to_owned(), "last round 4 s ago".to_owned(), "next: a in 3 s".to_owned()];
        let whole = "2 checks, 1 critical; last round 4 s ago; next: a in 3 s\n";
        assert_eq!([joined(&parts, None), joined(&parts, Some(56))], [whole, whole]);
        assert_eq!(joined(&parts, Some(55)), "2 checks, 1 critical; last round 4 s ago\nnext: a in 3 s\n");
        assert_eq!(joined(&parts, Some(10)), "2 checks,…\nlast roun…\nnext: a i…\n");
        assert_eq!(joined(&[], None), "");
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_its_room(text in "\\PC{0,40}", room in 0_usize..40) {
            prop_assert!(width(&cut(&text, Some(room))) <= room);
            prop_assert_eq!(width(&padded(&text, room)), width(&text).max(room));
        }
    }
}
