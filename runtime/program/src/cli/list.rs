//! `list`: the pinned releases, from whom they are, and who uses them.

use super::releases::Stop;
use super::{exit, loaded, print};
use roundsman_config::{Config, Pin, Places};
use roundsman_grants::escape::line;
use roundsman_store::release::ReleaseError;
use roundsman_store::release::fetch::fetch_other;
use roundsman_store::release::keys::PublisherKeys;
use roundsman_store::release::reference::Reference;
use roundsman_store::release::shelf::signature;
use roundsman_store::release::signed::Signed;
use roundsman_store::release::uses;
use roundsman_verdict::outputs::width::{column, padded, width};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// List only releases of which there is a newer one in the place where they came from
    #[arg(long)]
    outdated: bool,
}

/// Lists the pinned releases. Returns 0, or 65 where a release cannot be looked up, and 69 where nobody answers.
pub(crate) fn list(args: &Args, places: &Places) -> u8 {
    let config = match loaded(places) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let mut worst = if config.refused.is_empty() { 0 } else { exit::CONFIG };
    let mut rows = vec![["NAME", "VERSION", "KEY", "UNTIL", "SHA256", "USED BY"].map(str::to_owned).to_vec()];
    if args.outdated {
        rows[0].push("NEWER".to_owned());
    }
    for (name, pin) in &config.lock.0 {
        let mut row = row(&config, name, pin);
        if args.outdated {
            match newer(places, &config, pin) {
                Ok(Some(version)) => row.push(version),
                Ok(None) => continue,
                Err(refused) => {
                    worst = worst.max(Stop::from(refused).tell("list"));
                    continue;
                }
            }
        }
        rows.push(row);
    }
    print::page(&table(&rows)).max(worst)
}

fn row(config: &Config, name: &str, pin: &Pin) -> Vec<String> {
    let users: Vec<&str> = uses::of(config, pin).map(|check| check.name.as_str()).collect();
    let until = pin.not_after.map_or_else(|| "-".to_owned(), |last| last.to_string());
    let digest = pin.sha256.get(..12).unwrap_or_default();
    let users = if users.is_empty() { "-".to_owned() } else { users.join(", ") };
    [line(name), pin.version.clone(), line(&pin.key), until, digest.to_owned(), users].to_vec()
}

/// Returns the version at the reference of a pin, where it is another one.
fn newer(places: &Places, config: &Config, pin: &Pin) -> Result<Option<String>, ReleaseError> {
    let reference = Reference::parse(&pin.reference).map_err(ReleaseError::Release)?.channel();
    let keys = PublisherKeys::read(&places.keys(), rustix::process::geteuid().as_raw())?;
    let known = signature(&config.paths.state, pin);
    let other = fetch_other(&reference, config.compile.component, &config.install, known)?;
    let signed = other.map(|parcel| Signed::verify(parcel, &keys)).transpose()?;
    Ok(signed.filter(|signed| signed.sha256 != pin.sha256).map(|signed| signed.statement.version.to_string()))
}

fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let widest = |at: usize| column(rows.iter().map(|row| width(&row[at])));
    let widths: Vec<usize> = (0..columns).map(widest).collect();
    let shown = |row: &Vec<String>| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| padded(cell, *width)).collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    rows.iter().map(shown).collect()
}
