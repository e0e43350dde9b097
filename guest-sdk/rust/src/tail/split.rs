//! Bytes into whole lines.

use super::encoding::Encoding;

pub(super) struct Split {
    pub(super) lines: Vec<String>,
    /// Bytes that need not be read again.
    pub(super) consumed: usize,
    /// Bytes at the start that belong to a line whose begin is unknown.
    pub(super) dropped: usize,
    /// Whether what follows `consumed` still belongs to such a line.
    pub(super) mid_line: bool,
}

/// Splits `bytes` into whole lines. With `mid_line` they begin in a line that is not reported; with `ended` the last
/// line counts without its end.
pub(super) fn split(bytes: &[u8], encoding: Encoding, mid_line: bool, ended: bool) -> Split {
    let dropped = match (mid_line, encoding.end_of_line(bytes, 0)) {
        (false, _) => 0,
        (true, Some(end)) => end,
        (true, None) => {
            let whole = bytes.len() - bytes.len() % encoding.unit();
            return Split { lines: Vec::new(), consumed: whole, dropped: whole, mid_line: true };
        }
    };
    let mut lines = Vec::new();
    let mut at = dropped;
    while let Some(end) = encoding.end_of_line(bytes, at) {
        lines.push(encoding.line(&bytes[at..end]));
        at = end;
    }
    if ended && at < bytes.len() {
        lines.push(encoding.line(&bytes[at..]));
        at = bytes.len();
    }
    Split { lines, consumed: at, dropped, mid_line: false }
}
