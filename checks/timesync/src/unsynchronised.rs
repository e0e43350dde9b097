//! Since when the clock follows no source: after a boot that is in order for a while.

use roundsman_sdk::{Subcheck, clock, log, state};

const KEY: &str = "unsynchronised_since";

/// Seconds for which every run saw no source; `None` where the clock follows one. Where its begin cannot be kept it never gets
/// long: a subcheck says so.
pub fn remember(synchronised: bool) -> (Option<u64>, Option<Subcheck>) {
    let now = clock::now();
    if synchronised {
        return (None, unkept(state::remove(KEY)));
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
    let kept = if before == Some(since) { Ok(()) } else { state::set_json(KEY, &since) };
    (Some(now.saturating_sub(since).unsigned_abs() / 1_000_000_000), unkept(kept))
}

fn unkept(kept: Result<(), roundsman_sdk::Error>) -> Option<Subcheck> {
    kept.err().map(|error| Subcheck::failed("part", "unsynchronised", error))
}
