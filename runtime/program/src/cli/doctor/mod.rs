//! `doctor`: what this host has of what isolates a check, what it lacks, and what that means.

mod facts;
mod finding;
mod judge;
mod starts;

use clap::ValueEnum;

use super::{exit, print};
use facts::look;
use finding::{DoctorFinding, FindingStatus, fatal, json, text};
use judge::findings;
use roundsman_config::{Places, defaults, load};

/// The finding of a main file that was refused; it comes first.
const CONFIGURATION: &str = "config";

#[derive(Debug, clap::Args)]
pub struct Args {
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Runs the command: exit 0, or where no round would run 69, and 78 if that is only for the main file.
pub(crate) fn doctor(args: &Args, places: &Places) -> u8 {
    let uid = rustix::process::geteuid().as_raw();
    let mut refused = None;
    let config = load(places, uid).unwrap_or_else(|error| {
        print::complain_page(&format!("{error}\nroundsman doctor: going on with the defaults"));
        refused = Some(configuration(&error.to_string()));
        defaults(places)
    });
    let findings: Vec<DoctorFinding> = refused.into_iter().chain(findings(&look(uid, &config, places))).collect();
    let ready = findings.iter().all(|finding| finding.status != FindingStatus::Fatal);
    let printed = print::page(&match args.format {
        Format::Text => text(&findings, ready),
        Format::Json => json(&findings, ready),
    });
    match findings.iter().rfind(|finding| finding.status == FindingStatus::Fatal) {
        None => printed,
        Some(last) if last.name == CONFIGURATION => exit::CONFIG,
        Some(_) => exit::UNAVAILABLE,
    }
}

/// Returns the finding for a main file that was refused; `why` is printed as it is.
fn configuration(why: &str) -> DoctorFinding {
    let first = why.lines().next().unwrap_or_default().to_owned();
    fatal(CONFIGURATION, first, "mend it: the lines below are for the defaults; roundsman validate shows the place")
}
