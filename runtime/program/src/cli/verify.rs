//! `verify`: releases against the keys of publishers, and what is installed against versions.lock.

use std::path::PathBuf;

use super::releases::Stop;
use super::{exit, loaded, print};
use roundsman_config::{Config, Pin, Places};
use roundsman_grants::escape::line;
use roundsman_store::release::ReleaseError;
use roundsman_store::release::fetch::fetch;
use roundsman_store::release::keys::PublisherKeys;
use roundsman_store::release::reference::Reference;
use roundsman_store::release::shelf::kept;
use roundsman_store::release::signed::Signed;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Components with their .minisig beside them; without, all that versions.lock pins
    #[arg(value_name = "FILE")]
    file: Vec<PathBuf>,
}

/// Runs the command: exit 0, or 65 where one does not hold.
pub(crate) fn verify(args: &Args, places: &Places) -> u8 {
    let config = match loaded(places) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let keys = match PublisherKeys::read(&places.keys(), rustix::process::geteuid().as_raw()) {
        Ok(keys) => keys,
        Err(refused) => return Stop::from(refused).tell("verify"),
    };
    let mut worst = if config.refused.is_empty() { 0 } else { exit::CONFIG };
    let mut told = |judged: Result<Signed, ReleaseError>| match judged {
        Ok(Signed { statement, publisher, sha256, .. }) => {
            let said =
                format!("ok  {} {} of {}, sha256 {sha256}\n", statement.name, statement.version, line(&publisher));
            worst = worst.max(print::page(&said));
        }
        Err(refused) => worst = worst.max(Stop::from(refused).tell("verify")),
    };
    for file in &args.file {
        let reference = Reference::File(std::path::absolute(file).unwrap_or_else(|_| file.clone()));
        told(
            fetch(&reference, config.compile.component, &config.install)
                .and_then(|parcel| Signed::verify(parcel, &keys)),
        );
    }
    if args.file.is_empty() {
        config.lock.0.iter().for_each(|(name, pin)| told(installed(name, pin, &config, &keys)));
    }
    worst
}

fn installed(name: &str, pin: &Pin, config: &Config, keys: &PublisherKeys) -> Result<Signed, ReleaseError> {
    let signed = Signed::verify(kept(&config.paths.state, name, pin)?, keys)?;
    let same = signed.sha256 == pin.sha256
        && signed.publisher == pin.key
        && signed.statement.name == pin.signed_name(name)
        && signed.statement.version.to_string() == pin.version;
    if same {
        Ok(signed)
    } else {
        Err(ReleaseError::Release(format!("`{name}` {} is not what versions.lock pins", pin.version)))
    }
}
