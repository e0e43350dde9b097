//! `upgrade`: what is at the references of the pinned releases now, and what it would change.

use super::releases::{Releases, Stop};
use super::{exit, nearest_known, print};
use roundsman_config::Places;
use roundsman_grants::escape::line;
use roundsman_sandbox::zygote::Zygote;
use roundsman_store::release::difference::difference;
use roundsman_store::release::reference::Reference;
use roundsman_store::release::uses;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Names of pinned releases; all where none is given
    name: Vec<String>,
    /// Say what would change, and change nothing
    #[arg(long)]
    check: bool,
}

/// Runs the command: exit 0, or of the worst that happened; what could be upgraded is.
pub(crate) fn upgrade(args: &Args, places: &Places) -> u8 {
    let zygote = Zygote::start();
    let mut releases = match Releases::open(places) {
        Ok(releases) => releases,
        Err(stop) => return stop.tell("upgrade"),
    };
    let known: Vec<String> = releases.lock.0.keys().cloned().collect();
    let names = if args.name.is_empty() { &known } else { &args.name };
    let mut worst = 0;
    for name in names {
        if let Err(stop) = one(&zygote, &mut releases, name, args.check) {
            worst = worst.max(stop.tell("upgrade"));
        }
    }
    releases.sweep();
    worst
}

fn one(zygote: &Zygote, releases: &mut Releases<'_>, key: &str, only_checks: bool) -> Result<(), Stop> {
    let Some(pin) = releases.lock.0.get(key).cloned() else {
        let known: Vec<&str> = releases.lock.0.keys().map(String::as_str).collect();
        let message = format!("no release `{}` is pinned{}", line(key), nearest_known(key, &known));
        return Err(Stop { code: exit::USAGE, message });
    };
    let reference = Reference::parse(&pin.reference).map_err(Stop::refused)?;
    if reference.is_fixed() {
        print::page(&format!("{key} {} is pinned by the digest of its image: install another REF\n", pin.version));
        return Ok(());
    }
    let channel = reference.channel();
    let Some(signed) = releases.fetch_other(&channel, &pin)? else {
        print::page(&format!("{key} {} is the newest\n", pin.version));
        return Ok(());
    };
    let reference = channel.of_version(&signed.statement.version);
    if signed.statement.name != pin.signed_name(key) {
        let message =
            format!("{} is `{}` now, not `{}`", line(&pin.reference), signed.statement.name, pin.signed_name(key));
        return Err(Stop::refused(message));
    }
    releases.seen.admits(&signed.statement)?;
    releases.in_time(&signed)?;
    let (old, new) = (releases.described(zygote, &pin)?, releases.describe(zygote, &signed)?);
    let mut page = format!("{key} {} -> {} of {}\n", pin.version, signed.statement.version, line(&signed.publisher));
    difference(&old, &new).iter().for_each(|change| page.push_str(&format!("  {}\n", line(change))));
    print::page(&page);
    let obstacles: Vec<String> =
        uses::of(&releases.config, &pin).flat_map(|check| uses::obstacles(check, &old, &new)).collect();
    if !obstacles.is_empty() {
        let listed: String = obstacles.iter().map(|one| format!("\n{}", line(one))).collect();
        return Err(Stop::refused(format!("`{key}` stays {}: mend this first{listed}", pin.version)));
    }
    if !only_checks {
        releases.pin(key, &signed, &reference);
        releases.settle()?;
    }
    Ok(())
}
