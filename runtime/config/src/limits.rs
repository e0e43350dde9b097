//! The limits of a run: what a table names replaces what held before.

use std::rc::Rc;
use std::time::Duration;

use toml::Spanned;

use super::Limits;
use super::fields::{self, Problems, duration, zero};
use super::file::LimitsTable;
use super::spans::FileProblem;
use super::values::{Count, DurationText, Size};

/// Returns `base` with what the table says; `base` itself where it says nothing, so that checks without limits of their own share
/// one.
pub fn limits(table: &LimitsTable, base: &Rc<Limits>, problems: &mut Problems) -> Rc<Limits> {
    let mut resolved = Limits::clone(base);
    macro_rules! replace {
        ($($key:ident: $kind:ident = $default:expr, $bounds:literal, $reached:literal;)*) => {
            $(replace::$kind(&mut resolved.$key, &table.$key, problems);)*
        };
    }
    roundsman_contract::limits!(replace);

    // A run can do without reading or commands, but not without these.
    let needed = [
        (resolved.memory, table.memory.as_ref().map(Spanned::span)),
        (resolved.fuel, table.fuel.as_ref().map(Spanned::span)),
        (resolved.text, table.text.as_ref().map(Spanned::span)),
    ];
    problems.extend(needed.into_iter().filter(|(value, _)| *value == 0).filter_map(|(_, span)| span).map(zero));
    if resolved == **base { Rc::clone(base) } else { Rc::new(resolved) }
}

/// Refuses a timeout longer than the round's explicit deadline, which would come first.
pub(crate) fn within_deadline(written: &Spanned<DurationText>, deadline: Option<Duration>, problems: &mut Problems) {
    // A duration that does not parse was noted when it was resolved.
    let timeout = duration(written, &mut Vec::new());
    if let (Some(timeout), Some(deadline)) = (timeout, deadline)
        && timeout > deadline
    {
        let reason =
            format!("`{}` is longer than the deadline of a round, {deadline:?} (run.deadline)", written.get_ref().0);
        let help =
            "lower this, or raise run.deadline in the main file, or leave that out: it follows the timeouts then";
        problems.push(FileProblem::new(written.span(), reason).with_help(help));
    }
}

/// Replaces a limit of each kind by what is written, if anything is.
mod replace {
    use super::*;

    pub fn size(limit: &mut u64, written: &Option<Spanned<Size>>, problems: &mut Problems) {
        if let Some(bytes) = written.as_ref().and_then(|written| fields::size(written, problems)) {
            *limit = bytes;
        }
    }

    pub fn time(limit: &mut Duration, written: &Option<Spanned<DurationText>>, problems: &mut Problems) {
        if let Some(length) = written.as_ref().and_then(|written| fields::time(written, problems)) {
            *limit = length;
        }
    }

    pub fn count(limit: &mut u64, written: &Option<Spanned<Count>>, _problems: &mut Problems) {
        if let Some(count) = written {
            *limit = count.get_ref().0;
        }
    }
}
