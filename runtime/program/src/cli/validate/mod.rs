//! `validate`: the whole configuration judged, without running a check.

mod answers;
mod finding;
mod programs;
mod users;

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::run::not_begun;
use super::{accounts, exit, print};
use answers::ask;
use finding::{Finding, json, text};
use programs::{bounds, programs};
use roundsman_config::lint::lint;
use roundsman_config::{Places, RefusedFile, load_with_candidates};
use roundsman_grants::escape;
use roundsman_os::process::slot::SlotRow;
use roundsman_sandbox::zygote::Zygote;
use users::{of_grants, of_outputs, unmade};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Drop-ins to judge as if they stood in conf.d
    file: Vec<PathBuf>,
    /// Treat a lint as an error
    #[arg(long)]
    strict: bool,
    /// Look up no program, account or device of this host
    #[arg(long)]
    offline: bool,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Runs the command: exit 0, or 78 where there is an error.
pub(crate) fn validate(args: &Args, places: &Places) -> u8 {
    let zygote = Zygote::start();
    let uid = rustix::process::geteuid().as_raw();
    let (findings, checks) = match load_with_candidates(places, &args.file, uid) {
        Err(error) => (vec![Finding::error(None, error.to_string(), None)], 0),
        Ok(config) => {
            let mut findings: Vec<Finding> = config.refused.iter().map(refused).collect();
            if let Err(error) = ask(&zygote, &config, args.offline, &mut findings) {
                print::complain(&format!("roundsman validate: {error:#}"));
                return not_begun(&error);
            }
            findings.extend(config.strangers.iter().map(|file| stranger(file)));
            findings.extend(lint(&config).into_iter().map(|lint| {
                let place = format!("{}:{}", escape::path(&lint.origin.file), lint.origin.line);
                Finding::lint(&lint.check, format!("{place}: {}", lint.message), lint.help)
            }));
            if !args.offline {
                findings.extend(config.checks.values().flat_map(|check| programs(check, uid)));
                findings.extend(bounds(&config));
                findings.extend(of_grants(
                    SlotRow(config.run.worker_uid),
                    config.checks.values().filter(|check| check.enabled),
                    uid,
                ));
                findings.extend(of_outputs(&config, uid));
                if uid == 0 {
                    findings.extend(accounts::missing(&config).into_iter().map(unmade));
                }
            }
            (findings, config.checks.len())
        }
    };
    let errors = findings.iter().filter(|finding| finding.is_error).count();
    let printed = print::page(&match args.format {
        Format::Text => text(&findings, checks, errors),
        Format::Json => json(&findings, checks),
    });
    if errors > 0 || (args.strict && !findings.is_empty()) { exit::CONFIG } else { printed }
}

/// A file among the drop-ins that looks like one and is none.
fn stranger(file: &Path) -> Finding {
    let is_hidden = file.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let (why, what) = match (file.is_dir(), is_hidden) {
        (true, _) => ("files in a subdirectory are not read as drop-ins", "move what is in it up"),
        (false, true) => ("the names of drop-ins begin with no dot", "rename it"),
        (false, false) => ("the names of drop-ins end in `.toml`", "rename it"),
    };
    Finding {
        is_error: false,
        check: None,
        message: format!("{} is not read: {why}", escape::path(file)),
        hint: Some(format!("{what}; to switch a check off, write `enabled = false` in an override")),
    }
}

fn refused(file: &RefusedFile) -> Finding {
    let lost = (!file.checks.is_empty()).then(|| format!("not run for that: {}", file.checks.join(", ")));
    Finding::error(None, file.problems.join("\n"), lost)
}
