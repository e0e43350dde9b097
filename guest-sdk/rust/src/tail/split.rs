//! Bytes into whole lines.

use crate::text::shown;

pub(super) struct Split {
    pub(super) lines: Vec<String>,
    /// Bytes that need not be read again.
    pub(super) consumed: usize,
    /// Bytes at the start that belong to a line whose begin is unknown.
    pub(super) dropped: usize,
    /// Whether what follows `consumed` still belongs to such a line.
    pub(super) mid_line: bool,
}

/// The whole lines of `bytes`. With `mid_line` they begin in a line that is not reported; with `ended` the last line
/// counts without its end.
pub(super) fn split(bytes: &[u8], mid_line: bool, ended: bool) -> Split {
    let end_of_line = |from: usize| bytes[from..].iter().position(|byte| *byte == b'\n').map(|at| from + at + 1);
    let dropped = match (mid_line, end_of_line(0)) {
        (false, _) => 0,
        (true, Some(end)) => end,
        (true, None) => {
            return Split { lines: Vec::new(), consumed: bytes.len(), dropped: bytes.len(), mid_line: true };
        }
    };
    let mut lines = Vec::new();
    let mut at = dropped;
    while let Some(end) = end_of_line(at) {
        lines.push(line(&bytes[at..end - 1]));
        at = end;
    }
    if ended && at < bytes.len() {
        lines.push(line(&bytes[at..]));
        at = bytes.len();
    }
    Split { lines, consumed: at, dropped, mid_line: false }
}

fn line(bytes: &[u8]) -> String {
    shown(bytes.strip_suffix(b"\r").unwrap_or(bytes)).into_owned()
}
