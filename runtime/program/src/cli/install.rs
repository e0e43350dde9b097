//! `install`: a release from a reference, or all that versions.lock pins.

use std::path::{Path, PathBuf};

use super::releases::{Releases, Stop};
use super::{drop_in, exit, print};
use roundsman_config::{Pin, Places, is_name};
use roundsman_contract::Descriptor;
use roundsman_grants::escape::line;
use roundsman_sandbox::zygote::Zygote;
use roundsman_store::release::reference::Reference;
use roundsman_store::release::shelf::kept;
use roundsman_store::release::signed::{Signed, Statement};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// file:///DIRECTORY/NAME.wasm or https://HOST/NAME.wasm with NAME.wasm.minisig beside it, oci:/DIRECTORY:TAG,
    /// oci://REGISTRY/REPOSITORY:TAG or …@sha256:HEX
    #[arg(value_name = "REF", required_unless_present = "locked")]
    reference: Vec<String>,
    /// Install what versions.lock pins, no more and no less; or what LOCK pins, which takes the place of versions.lock when all
    /// of it is here
    #[arg(long, value_name = "LOCK", num_args = 0..=1, conflicts_with_all = ["reference", "name", "sha256"])]
    locked: Option<Option<PathBuf>>,
    /// Name that checks use, if it is not the one that was signed
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,
    /// The digest that the component must have
    #[arg(long, value_name = "HEX")]
    sha256: Option<String>,
    /// Say what would be installed, and install nothing
    #[arg(long)]
    dry_run: bool,
}

/// Runs the command: exit 0, or of the worst that happened; what could be installed is.
pub(crate) fn install(args: &Args, places: &Places) -> u8 {
    if args.reference.len() > 1 && (args.name.is_some() || args.sha256.is_some()) {
        print::complain("roundsman install: --as and --sha256 are of one REF: call it once for each");
        return exit::USAGE;
    }
    if let Some(name) = args.name.as_ref().filter(|name| !is_name(name) || name.contains('.')) {
        print::complain(&format!("roundsman install: `{}` is no name: letters, digits, `_` and `-`", line(name)));
        return exit::USAGE;
    }
    let zygote = Zygote::start();
    let mut releases = match Releases::open(places) {
        Ok(releases) => releases,
        Err(stop) => return stop.tell("install"),
    };
    let code = match &args.locked {
        Some(shipped) => all_locked(&zygote, &mut releases, shipped.as_deref(), args.dry_run),
        None => each(&zygote, &mut releases, args),
    };
    releases.sweep();
    code
}

fn each(zygote: &Zygote, releases: &mut Releases<'_>, args: &Args) -> u8 {
    let mut worst = 0;
    for text in &args.reference {
        let reference = match Reference::parse(text) {
            Ok(reference) => reference,
            Err(why) => {
                print::complain(&format!("roundsman install: {why}"));
                worst = worst.max(exit::USAGE);
                continue;
            }
        };
        if let Err(stop) = one(zygote, releases, &reference, args) {
            worst = worst.max(stop.tell("install"));
        }
    }
    worst
}

/// Fetches, verifies, describes, shows, pins.
fn one(zygote: &Zygote, releases: &mut Releases<'_>, reference: &Reference, args: &Args) -> Result<(), Stop> {
    let signed = releases.fetch(reference)?;
    if let Some(wanted) = args.sha256.as_ref().filter(|wanted| !wanted.eq_ignore_ascii_case(&signed.sha256)) {
        return Err(Stop::refused(format!(
            "{} is {}, not {}",
            line(&reference.to_string()),
            signed.sha256,
            line(wanted)
        )));
    }
    releases.seen.admits(&signed.statement)?;
    releases.in_time(&signed)?;
    let key = args.name.as_deref().unwrap_or(&signed.statement.name).to_owned();
    let other = releases.lock.0.get(&key).filter(|pin| pin.signed_name(&key) != signed.statement.name);
    if let Some(pin) = other {
        return Err(Stop::refused(format!(
            "`{key}` is `{}` here: choose another name with --as",
            pin.signed_name(&key)
        )));
    }
    let descriptor = releases.describe(zygote, &signed)?;
    print::page(&shown(&key, &signed, &descriptor));
    if !args.dry_run {
        releases.pin(&key, &signed, reference);
        releases.settle()?;
    }
    Ok(())
}

/// Returns what was installed, and a drop-in, of which nothing is written.
fn shown(key: &str, signed: &Signed, descriptor: &Descriptor) -> String {
    let until = signed.statement.not_after.map_or_else(String::new, |last| format!(", until {last}"));
    let mut page =
        format!("{key} {} of {}{until}\nsha256 {}\n", signed.statement.version, line(&signed.publisher), signed.sha256);
    for one in &descriptor.needs {
        page.push_str(&format!("needs {}: {}\n", line(&one.access.shown()), line(&one.reason)));
    }
    page + "\n" + &drop_in::toml(Path::new(key), descriptor)
}

/// Puts everything that a lock pins onto this host. One that is shipped holds when all of it is here, and not in part: until then
/// checks run what they ran.
fn all_locked(zygote: &Zygote, releases: &mut Releases<'_>, shipped: Option<&Path>, dry: bool) -> u8 {
    let wanted = match shipped.map_or_else(|| Ok(releases.lock.clone()), |file| releases.shipped(file)) {
        Ok(wanted) => wanted,
        Err(refused) => return Stop::from(refused).tell("install"),
    };
    let (mut worst, mut here) = (0, Vec::new());
    for (key, pin) in &wanted.0 {
        match locked(zygote, releases, key, pin, dry) {
            Ok((word, statement)) => {
                print::page(&format!("{word:<9}  {key} {}\n", pin.version));
                here.push(statement);
            }
            Err(stop) => worst = worst.max(stop.tell("install")),
        }
    }
    let holds = worst == 0 || shipped.is_none();
    for (key, pin) in releases.lock.0.iter().filter(|(key, _)| holds && !wanted.0.contains_key(*key)) {
        print::page(&format!("removed    {key} {}\n", pin.version));
    }
    if dry || !holds {
        return worst;
    }
    here.iter().for_each(|statement| releases.seen.note(statement));
    releases.replace(wanted).map_or_else(|refused| worst.max(Stop::from(refused).tell("install")), |()| worst)
}

/// Puts what a pin names onto this host. The lock was reviewed, so an older version is as good as a newer one.
fn locked(
    zygote: &Zygote,
    releases: &Releases<'_>,
    key: &str,
    pin: &Pin,
    dry: bool,
) -> Result<(&'static str, Statement), Stop> {
    let here = kept(&releases.config.paths.state, key, pin).and_then(|parcel| releases.verify(parcel));
    let (word, signed) = match here {
        Ok(signed) if signed.sha256 == pin.sha256 => {
            (if releases.lock.0.get(key) == Some(pin) { "kept" } else { "restored" }, signed)
        }
        _ => ("installed", releases.fetch(&Reference::parse(&pin.reference).map_err(Stop::refused)?)?),
    };
    let is_pinned = signed.sha256 == pin.sha256
        && signed.publisher == pin.key
        && signed.statement.name == pin.signed_name(key)
        && signed.statement.version.to_string() == pin.version;
    if !is_pinned {
        return Err(Stop::refused(format!(
            "{} is `{}` {} of {} with sha256 {}, which is not what versions.lock pins for `{key}`",
            line(&pin.reference),
            signed.statement.name,
            signed.statement.version,
            line(&signed.publisher),
            signed.sha256
        )));
    }
    releases.in_time(&signed)?;
    if word == "installed" {
        releases.describe(zygote, &signed)?;
    }
    Ok((if dry && word == "installed" { "missing" } else { word }, signed.statement))
}
