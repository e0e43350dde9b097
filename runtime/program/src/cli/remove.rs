//! `remove`: a release that no check uses.

use super::releases::{Releases, Stop};
use super::{exit, nearest_known, print};
use roundsman_config::Places;
use roundsman_grants::escape::line;
use roundsman_store::release::uses;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Name of a pinned release
    name: String,
}

/// Runs the command: exit 0, or 65 where a check uses it.
pub(crate) fn remove(args: &Args, places: &Places) -> u8 {
    match removed(&args.name, places) {
        Ok(said) => print::page(&said),
        Err(stop) => stop.tell("remove"),
    }
}

fn removed(name: &str, places: &Places) -> Result<String, Stop> {
    let mut releases = Releases::open(places)?;
    let known: Vec<&str> = releases.lock.0.keys().map(String::as_str).collect();
    let Some(pin) = releases.lock.0.get(name) else {
        let message = format!("no release `{}` is pinned{}", line(name), nearest_known(name, &known));
        return Err(Stop { code: exit::USAGE, message });
    };
    let users: Vec<&str> = uses::of(&releases.config, pin).map(|check| check.name.as_str()).collect();
    if !users.is_empty() {
        return Err(Stop::refused(format!("`{name}` is used by {}: take these checks out first", users.join(", "))));
    }
    if !releases.config.refused.is_empty() {
        return Err(Stop::refused("a file of configuration is refused, and may use it: roundsman validate".to_owned()));
    }
    let said = format!("{name} {} is removed\n", pin.version);
    releases.lock.0.remove(name);
    releases.seen.forget(name);
    releases.settle()?;
    Ok(said)
}
