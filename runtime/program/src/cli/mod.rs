//! The command line: what each command takes, does and returns.

mod accounts;
mod allow;
mod check;
mod compare;
mod compile;
mod config;
mod diagnostics;
mod doctor;
mod drop_in;
mod history;
mod import;
mod inspect;
mod install;
mod lazy_args;
mod learn;
mod list;
mod man;
mod moment;
mod new;
mod plugin_check;
mod print;
mod replay;
mod releases;
mod remove;
mod rollback;
mod run;
mod send;
mod silence;
mod standalone;
mod status;
mod taped;
mod things;
mod upgrade;
mod validate;
mod verify;
mod watch;
mod who;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{CommandFactory as _, Parser, Subcommand};

use lazy_args::LazyArgs;
use roundsman_config::{Config, Places, load};
use roundsman_grants::escape;
use roundsman_grants::nearest::nearest;

/// Exit codes after `sysexits.h`, but for those of a monitoring plugin.
pub mod exit {
    /// The command line is wrong.
    pub(crate) const USAGE: u8 = 64;
    /// A file is no check.
    pub(crate) const DATA: u8 = 65;
    /// A layer of isolation is missing.
    pub(crate) const UNAVAILABLE: u8 = 69;
    /// A fault of the runtime.
    pub(crate) const INTERNAL: u8 = 70;
    /// Something could not be stored.
    pub(crate) const NOT_STORED: u8 = 74;
    /// The lock of the state could not be taken in time.
    pub(crate) const LOCKED: u8 = 75;
    /// A file of configuration was refused.
    pub(crate) const CONFIG: u8 = 78;
    /// UNKNOWN, of a monitoring plugin.
    pub(crate) const UNKNOWN: u8 = 3;

    /// Returns the exit code by which a shell says that a signal ended a program.
    #[must_use]
    pub(crate) fn of_signal(signal: i32) -> u8 {
        u8::try_from(signal).map_or(u8::MAX, |signal| signal.saturating_add(128))
    }
}

/// Runs monitoring checks, each a .wasm component, with only the commands and files that the operator granted.
#[derive(Debug, Parser)]
#[command(name = "roundsman", version, propagate_version = true, disable_help_subcommand = true, after_help = diagnostics::HELP)]
pub struct Cli {
    /// Main configuration file; its conf.d is beside it
    #[arg(long, global = true, value_name = "FILE", env = "ROUNDSMAN_CONFIG", hide_env_values = true)]
    config: Option<PathBuf>,
    /// Use the XDG directories of the calling user instead of /etc and /var
    #[arg(long, global = true, conflicts_with = "config")]
    user: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Do a round: run the checks that are due, store their outcomes, print a line for each
    Run(LazyArgs<run::Args>),
    /// Run one check now, as a monitoring plugin: exit 0, 1, 2 or 3
    Check(Box<LazyArgs<check::Args>>),
    /// Run one configured check now, for agents that call it by sudo: takes no option, file or variable of the caller, stores nothing
    PluginCheck(LazyArgs<plugin_check::Args>),
    /// Show the status of every check, worst first; with NAME its last outcome as a monitoring plugin
    Status(LazyArgs<status::Args>),
    /// Show what changed over the rounds: each change of a hard status, what operators did, where rounds were missing
    History(LazyArgs<history::Args>),
    /// Do not run checks for a while; outputs show them as paused, and the pause ends by itself
    Pause(LazyArgs<silence::PauseArgs>),
    /// Acknowledge the problem of checks: they go on to run, and alert nobody until something else is wrong
    Ack(LazyArgs<silence::AckArgs>),
    /// End the events that checks still show because of `hold`
    Clear(LazyArgs<silence::ClearArgs>),
    /// End pauses and acknowledgements before their time
    Resume(LazyArgs<silence::ResumeArgs>),
    /// Show what a component is: options, metrics, needs, size and digest
    Inspect(LazyArgs<inspect::Args>),
    /// Judge the configuration, or FILE as if it stood in conf.d, without running a check
    Validate(LazyArgs<validate::Args>),
    /// Compile the components of all checks, or FILE, so that no round needs to
    Compile(LazyArgs<compile::Args>),
    /// Install releases of components that a publisher of keys.d has signed, and pin them in versions.lock
    Install(LazyArgs<install::Args>),
    /// Install newer releases from where the installed ones came from, and say which grants they need in addition
    Upgrade(LazyArgs<upgrade::Args>),
    /// Go back to the release before, which is still stored on this host
    Rollback(LazyArgs<rollback::Args>),
    /// List the releases that are pinned: from whom, until when, and which checks use them
    List(LazyArgs<list::Args>),
    /// Remove a release that no check uses
    Remove(LazyArgs<remove::Args>),
    /// Verify releases against the keys of publishers, and those that are pinned against versions.lock
    Verify(LazyArgs<verify::Args>),
    /// Show the resulting configuration, each key with the file and line that sets it
    Config(LazyArgs<config::Args>),
    /// Deliver the present state to one output now, and print the request and the answer
    Send(LazyArgs<send::Args>),
    /// Print drop-ins for what NRPE, Checkmk, Telegraf, cron or timers run already, with a comment for each line that cannot be taken
    Import(LazyArgs<import::Args>),
    /// Run the commands of NRPE and the checks of the same names here, and tell where status or words differ
    Compare(LazyArgs<compare::Args>),
    /// Run a recorded run again, without any access to the host, and say whether its outcome is the same
    Replay(LazyArgs<replay::Args>),
    /// Make a folder with a new check: it builds, and has its tests
    New(LazyArgs<new::NewArgs>),
    /// Write the contract between checks and host, as WIT, into a folder
    Wit(LazyArgs<new::WitArgs>),
    /// Say which layers of isolation are active on this host, what is missing, and what that means
    Doctor(LazyArgs<doctor::Args>),
    /// Print a completion script for a shell
    Completions { shell: clap_complete::Shell },
    /// Print the manual page, of all commands or of one
    Man(LazyArgs<man::Args>),
}

/// Runs the program: reads the command line, does what it says, returns the exit code.
#[must_use]
pub fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => cli.carry_out(),
        Err(error) => usage(&error),
    }
    .into()
}

/// Returns what the program answers where its process cannot be made harmless.
#[must_use]
pub fn unprepared(error: &std::io::Error) -> ExitCode {
    refuse(&error.to_string(), exit::UNAVAILABLE).into()
}

/// Says why nothing was begun: to who called a plugin on stdout too, to others by `code`.
fn refuse(why: &str, code: u8) -> u8 {
    print::complain(&format!("roundsman: {why}"));
    if is_plugin() { unknown(why) } else { code }
}

impl Cli {
    fn carry_out(self) -> u8 {
        if let Command::PluginCheck(LazyArgs(args)) = &self.command {
            return plugin_check::plugin_check(args, self.config.is_some() || self.user);
        }
        diagnostics::start();
        let places = match places(self.config.as_deref(), self.user) {
            Ok(places) => places,
            Err(error) => return refuse(&format!("{error:#}"), exit::USAGE),
        };
        match self.command {
            Command::Run(LazyArgs(args)) => run::run(&args, &places),
            Command::Check(args) => check::check(&args.0, &places),
            Command::PluginCheck(LazyArgs(args)) => plugin_check::plugin_check(&args, true),
            Command::Status(LazyArgs(args)) => status::status(&args, &places),
            Command::History(LazyArgs(args)) => history::history(&args, &places),
            Command::Pause(LazyArgs(args)) => silence::pause(&args, &places),
            Command::Ack(LazyArgs(args)) => silence::ack(&args, &places),
            Command::Clear(LazyArgs(args)) => silence::clear(&args, &places),
            Command::Resume(LazyArgs(args)) => silence::resume(&args, &places),
            Command::Inspect(LazyArgs(args)) => inspect::inspect(&args, &places),
            Command::Validate(LazyArgs(args)) => validate::validate(&args, &places),
            Command::Compile(LazyArgs(args)) => compile::compile(&args, &places),
            Command::Install(LazyArgs(args)) => install::install(&args, &places),
            Command::Upgrade(LazyArgs(args)) => upgrade::upgrade(&args, &places),
            Command::Rollback(LazyArgs(args)) => rollback::rollback(&args, &places),
            Command::List(LazyArgs(args)) => list::list(&args, &places),
            Command::Remove(LazyArgs(args)) => remove::remove(&args, &places),
            Command::Verify(LazyArgs(args)) => verify::verify(&args, &places),
            Command::Config(LazyArgs(args)) => config::config(&args, &places),
            Command::Send(LazyArgs(args)) => send::send(&args, &places),
            Command::Compare(LazyArgs(args)) => compare::compare(&args, &places),
            Command::Import(LazyArgs(args)) => import::import(&args, &places),
            Command::Replay(LazyArgs(args)) => replay::replay(&args, &places),
            Command::New(LazyArgs(args)) => new::new(&args),
            Command::Wit(LazyArgs(args)) => new::wit(&args),
            Command::Doctor(LazyArgs(args)) => doctor::doctor(&args, &places),
            Command::Completions { shell } => {
                let mut script = Vec::new();
                clap_complete::generate(shell, &mut Self::command(), "roundsman", &mut script);
                print::verbatim(&script)
            }
            Command::Man(LazyArgs(args)) => man::man(&args),
        }
    }
}

fn places(main: Option<&Path>, user: bool) -> anyhow::Result<Places> {
    Ok(match main {
        Some(main) => Places::beside(main).with_context(|| format!("--config {}", escape::path(main)))?,
        None if user => Places::user(|name| std::env::var_os(name))?,
        None => Places::system(),
    })
}

/// Returns the configuration, or the exit code once it is told that the main file cannot be read.
fn loaded(places: &Places) -> Result<Config, u8> {
    load(places, rustix::process::geteuid().as_raw()).map_err(|error| {
        print::complain_page(&error.to_string());
        exit::CONFIG
    })
}

/// Returns `; the nearest is \`disk\``, where something near is known.
fn nearest_known(name: &str, known: &[&str]) -> String {
    nearest(name, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

/// Tells whether the program was called as a monitoring plugin, however the rest of its command line reads.
fn is_plugin() -> bool {
    let is_check = |arg: &std::ffi::OsString| arg == "check" || arg == "plugin-check";
    let mut args = std::env::args_os().skip(1).skip_while(|arg| !is_check(arg) && arg != "status");
    // `status` is one only with the name of a check.
    args.next().is_some_and(|command| is_check(&command) || args.any(|arg| !arg.as_encoded_bytes().starts_with(b"-")))
}

/// A plugin's answer where there is no verdict: of several lines the first, and those that say what to write.
pub(crate) fn unknown(why: &str) -> u8 {
    let (first, rest) = why.split_once('\n').unwrap_or((why, ""));
    let help = rest.lines().filter_map(|line| line.trim_start().strip_prefix("= "));
    let lines: Vec<&str> = std::iter::once(first).chain(help).collect();
    print::page(&format!("UNKNOWN: {}\n", escape::line(&lines.join("; "))));
    exit::UNKNOWN
}

/// Help and version are answers; everything else is an error. Who calls `check` reads stdout and takes 3 for UNKNOWN.
fn usage(error: &clap::Error) -> u8 {
    if !error.use_stderr() {
        return print::page(&error.render().to_string());
    }
    let text = escaped(error);
    if is_plugin() {
        let what: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).map(str::trim).collect();
        print::complain_page(text.trim_end());
        return unknown(&format!("usage: {}", what.join(" ").trim_start_matches("error: ")));
    }
    print::complain_page(text.trim_end());
    exit::USAGE
}

/// Returns the message of an error of the command line, which repeats words of it: none of them begins a line.
fn escaped(error: &clap::Error) -> String {
    let words = std::env::args_os().map(|word| escape::bytes(word.as_encoded_bytes()));
    match Cli::try_parse_from(words) {
        Err(same) => same.render().to_string(),
        // Escaped it would be right: a word that is no UTF-8, or that a terminal would act on.
        Ok(_) => escape::line(&error.render().to_string()),
    }
}
