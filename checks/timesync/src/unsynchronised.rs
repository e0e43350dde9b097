//! Since when the clock follows no source: after a boot that is in order for a while.

use roundsman_sdk::{clock, log, state};

const KEY: &str = "unsynchronised_since";

/// Seconds for which every run saw no source; `None` where the clock follows one.
pub fn remember(synchronised: bool) -> Option<u64> {
    let now = clock::now();
    if synchronised {
        said(state::remove(KEY));
        return None;
    }
    let before = match state::get_json::<i64>(KEY) {
        Ok(before) => before,
        Err(error) => {
            log::warning(&format!("the time without a source begins anew: {error}"));
            None
        }
    };
    // A clock that was set back does not make the time longer.
    let since = before.filter(|it| *it <= now).unwrap_or(now);
    if before != Some(since) {
        said(state::set_json(KEY, &since));
    }
    Some(now.saturating_sub(since).unsigned_abs() / 1_000_000_000)
}

fn said(kept: Result<(), roundsman_sdk::Error>) {
    if let Err(error) = kept {
        log::warning(&format!("the time without a source cannot be remembered: {error}"));
    }
}
