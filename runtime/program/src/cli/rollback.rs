//! `rollback`: the release that was pinned before, from what is kept.

use super::print;
use super::releases::{Releases, Stop};
use roundsman_config::Places;
use roundsman_grants::escape::line;
use roundsman_store::release::shelf::kept;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Name of a pinned release
    name: String,
}

/// Runs the command: exit 0, or 65 where there is nothing to go back to.
pub(crate) fn rollback(args: &Args, places: &Places) -> u8 {
    match back(&args.name, places) {
        Ok(said) => print::page(&said),
        Err(stop) => stop.tell("rollback"),
    }
}

fn back(name: &str, places: &Places) -> Result<String, Stop> {
    let mut releases = Releases::open(places)?;
    let pin = releases.seen.back(name).ok_or_else(|| {
        Stop::refused(format!("nothing was pinned for `{}` before: install the release that you want", line(name)))
    })?;
    let signed = releases.verify(kept(&releases.config.paths.state, name, &pin)?)?;
    if signed.sha256 != pin.sha256 {
        return Err(Stop::refused(format!("what is kept of `{name}` {} was changed", pin.version)));
    }
    releases.in_time(&signed)?;
    let said = format!("{name} {}\n", pin.version);
    releases.lock.0.insert(name.to_owned(), pin);
    releases.settle()?;
    Ok(said)
}
