//! `plugin-check`: one check of the configuration for an agent that may call nothing else as root.
//!
//! It is made to be named in a file of sudoers: no option, file or variable of the caller changes what is run, and nothing is kept.

use std::path::Path;

use anyhow::bail;

use super::check::{code, not_there};
use super::{diagnostics, exit, print, standalone};
use crate::round::run_outcome::{Goal, RunOutcome};
use crate::round::subject::subject;
use crate::round::verdict::{accept, rules, verdict};
use roundsman_config::{Places, load};
use roundsman_contract::report::{Failure, FailureKind};
use roundsman_contract::subject::CheckSubject;
use roundsman_sandbox::zygote::Zygote;
use roundsman_store::state::Store;
use roundsman_verdict::judge::Verdict;
use roundsman_verdict::outputs::nagios;

/// The variables of the environment by which a caller could name files, or learn what root reads.
const REFUSED: [&str; 2] = ["ROUNDSMAN_CONFIG", diagnostics::VARIABLE];

#[derive(Debug, clap::Args)]
pub struct Args {
    /// A check of the configuration
    name: String,
}

/// Exits 0 to 3 after the status; whatever goes wrong is UNKNOWN, with a line on stdout.
///
/// `is_named` tells whether the command line names a configuration.
pub(crate) fn plugin_check(args: &Args, is_named: bool) -> u8 {
    match run(args, is_named) {
        Ok(verdict) => {
            let printed = print::page(&nagios::encode(&verdict, nagios::DEFAULT_MAX_OUTPUT));
            if printed == 0 { code(&verdict) } else { exit::UNKNOWN }
        }
        Err(error) => super::unknown(&format!("{error:#}")),
    }
}

fn run(args: &Args, is_named: bool) -> anyhow::Result<Verdict> {
    if let Some(variable) = REFUSED.iter().find(|variable| std::env::var_os(variable).is_some()) {
        bail!(
            "plugin-check takes no {variable}: its caller may not be allowed to choose it; unset it, or call `roundsman check`"
        );
    }
    if is_named {
        bail!("plugin-check takes no --config and no --user: its caller may not be allowed to choose them");
    }
    let zygote = Zygote::start();
    let config = load(&Places::system(), rustix::process::geteuid().as_raw())?;
    let Some(check) = config.checks.get(&args.name) else { return not_there(&args.name, &config) };
    // What rounds remember of it tells whether it remembers anything.
    let kept = Store::open(&config.paths.state).and_then(|store| store.read_private()).unwrap_or_default();
    let subject = subject(check, &kept, &config);
    let has_past = !subject.state.is_empty();
    let judge = |subject: &CheckSubject, descriptor: &_| accept(subject, descriptor, &check.thresholds);
    let outcome = standalone::one(
        &zygote,
        subject,
        Goal::Run,
        &config,
        Path::new("/"),
        &judge,
        standalone::DefaultAccount::Configured,
    )?;
    let remembers = has_past || outcome.trace.state.is_some();
    let rules = rules(check);
    if !remembers {
        return Ok(verdict(&rules, outcome));
    }
    let why = "it compares each run with the one before, and plugin-check keeps nothing from run to run";
    let hint = format!("`roundsman status {}` says what the last round found", args.name);
    let failure = Failure::new(FailureKind::Check, why).with_hint(hint);
    Ok(verdict(&rules, RunOutcome { result: Err(failure), ..outcome }))
}
