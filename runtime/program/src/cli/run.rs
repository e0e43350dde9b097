//! `run`: a round.

use std::time::{Duration, Instant};

use clap::ValueEnum;

use super::status::by;
use super::{exit, print};
use crate::isolation::IsolationError;
use crate::round::deliver::deliver;
use crate::round::fault::{Fault, FaultKind, first_line};
use crate::round::host::named;
use crate::round::plan::Selection;
use crate::round::self_check::still_runs;
use crate::round::{Caller, Round, round, splay};
use roundsman_config::{Config, Places};
use roundsman_contract::Status;
use roundsman_grants::escape;
use roundsman_sandbox::zygote::Zygote;
use roundsman_verdict::judge::Verdict;
use roundsman_verdict::outputs::json;
use roundsman_verdict::outputs::text::{self, Colour, Footer, Look};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Started by cron: wait this host's share of the splay, and print nothing but faults of the runtime
    #[arg(long)]
    cron: bool,
    /// Run every check, due or not
    #[arg(long)]
    all: bool,
    /// Run this check only, due or not; may be given again
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// How to print the outcomes
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Runs the command: exit 0 when the round is complete and stored, whatever its statuses.
pub(crate) fn run(args: &Args, places: &Places) -> u8 {
    let zygote = Zygote::start();
    let config = match super::loaded(places) {
        Ok(config) => config,
        Err(code) => return code,
    };
    if let Some(name) = args.only.iter().find(|name| !knows(&config, name)) {
        let known: Vec<&str> = config.checks.keys().map(String::as_str).collect();
        print::complain(&format!("there is no check `{name}`{}", super::nearest_known(name, &known)));
        return exit::USAGE;
    }
    if args.cron {
        wait(config.run.splay);
    }
    let start = Instant::now();
    let wanted = match (args.only.as_slice(), args.all) {
        ([], true) => Selection::All,
        ([], false) => Selection::Due,
        (only, _) => Selection::Only(only.to_vec()),
    };
    let mut verdicts = Vec::new();
    // Under cron nothing is printed of them.
    let mut keep = |verdict: &Verdict| {
        if !args.cron {
            verdicts.push(verdict.clone());
        }
    };
    let caller = if args.cron { Caller::Cron } else { Caller::Person };
    match round(&config, &wanted, caller, zygote, &mut keep) {
        Ok(round) => {
            let printed = if args.cron { 0 } else { show(args.format, &config, verdicts, &round, start.elapsed()) };
            tell(args.cron, &round);
            let code = code(&round.faults, printed);
            round.signal.map_or_else(|| delivered(&config, &round).unwrap_or(code), exit::of_signal)
        }
        Err(error) => {
            print::complain(&format!("roundsman run: {error}"));
            nothing_ran(&error)
        }
    }
}

fn nothing_ran(error: &IsolationError) -> u8 {
    match error {
        IsolationError::Missing(_) | IsolationError::Calls(_) | IsolationError::Code(_) => exit::UNAVAILABLE,
        IsolationError::Account(_) => exit::INTERNAL,
        IsolationError::State(_) | IsolationError::Uids(_) | IsolationError::Locks(_) => exit::NOT_STORED,
    }
}

/// Returns the code of a command that could not start what it wanted to run: that of a round, where it is for the same reason.
pub(crate) fn not_begun(error: &anyhow::Error) -> u8 {
    error.downcast_ref().map_or(exit::INTERNAL, nothing_ran)
}

/// Tells whether a name is a check's, or was one of a file that was refused.
fn knows(config: &Config, name: &str) -> bool {
    config.checks.contains_key(name) || config.refused.iter().any(|file| file.checks.iter().any(|check| check == name))
}

/// Without a machine id all hosts would start at once; then there is nothing to wait for.
fn wait(up_to: Duration) {
    if let Ok(machine_id) = std::fs::read_to_string("/etc/machine-id") {
        std::thread::sleep(splay(&machine_id, up_to));
    }
}

fn show(format: Format, config: &Config, verdicts: Vec<Verdict>, round: &Round, elapsed: Duration) -> u8 {
    let host = named(&config.host);
    match format {
        Format::Json => {
            let all = verdicts.iter().chain([&round.itself]);
            print::page(&all.map(|verdict| json::encode(verdict, &host) + "\n").collect::<String>())
        }
        Format::Text => {
            let due = verdicts.len() + round.busy.len() + round.not_reached.len();
            let next = round.next.as_ref().map(|(name, at)| (name.clone(), until(*at)));
            let footer = Footer { due, total: round.configured, elapsed, next };
            // What the runtime says of itself, unless it has nothing to say.
            let itself = Some(&round.itself).filter(|itself| itself.status != Some(Status::Ok));
            let rows: Vec<Verdict> = verdicts.into_iter().chain(itself.cloned()).collect();
            let look = look();
            let now = by(&config.texts, jiff::Timestamp::now());
            let mut lines = text::round(&rows, look);
            // The details are told on stderr, but for what is no fault.
            for (busy, since) in &round.busy {
                lines.push_str(&format!("{}\n", still_runs(busy, *since, jiff::Timestamp::now())));
            }
            for (name, pause) in &round.paused {
                let wish =
                    escape::line(&format!("`{name}` is paused until {}: {}", now.show(pause.until), pause.reason));
                lines.push_str(&format!("{wish}; to run it before: roundsman resume {name}\n"));
            }
            print::coloured(&(lines + &text::footer(&rows, &footer, look)), look)
        }
    }
}

fn until(at: jiff::Timestamp) -> Duration {
    Duration::try_from(at.duration_since(jiff::Timestamp::now())).unwrap_or_default()
}

/// Chooses the look of texts for the terminal: colour and cut lines only where there is one. `COLUMNS` is for those that do not know their
/// width, as serial ones do not.
pub(crate) fn look() -> Look {
    let Ok(size) = rustix::termios::tcgetwinsize(std::io::stdout()) else { return Look::PLAIN };
    let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let columns = told.unwrap_or_else(|| usize::from(size.ws_col));
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let colour = if plain { Colour::Never } else { Colour::Always };
    Look { colour, columns: Some(columns).filter(|columns| *columns > 0) }
}

/// Under cron, what is new and what is over; each round otherwise.
fn tell(cron: bool, round: &Round) {
    for fault in &round.faults {
        if !cron || round.new_faults.contains(&fault.message) {
            print::complain_page(&fault.message);
        }
    }
    for message in round.ended_faults.iter().filter(|_| cron) {
        print::complain(&format!("over: {}", first_line(message)));
    }
}

/// Delivers what is stored, once all else is done; returns a code where that is not possible. Who is away is told of by later
/// rounds.
fn delivered(config: &Config, round: &Round) -> Option<u8> {
    let is_lost = |fault: &Fault| matches!(fault.kind, FaultKind::Internal | FaultKind::NotStored | FaultKind::Locked);
    if round.faults.iter().any(is_lost) {
        return None;
    }
    let error = deliver(config).err()?;
    print::complain(&error.to_string());
    Some(exit::NOT_STORED)
}

/// Returns the first of the codes that apply; `printed` is 0 where stdout took everything.
fn code(faults: &[Fault], printed: u8) -> u8 {
    let unprinted = (printed != 0).then_some(FaultKind::NotStored);
    match faults.iter().map(|fault| fault.kind).chain(unprinted).min() {
        Some(FaultKind::Internal) => exit::INTERNAL,
        Some(FaultKind::NotStored) => exit::NOT_STORED,
        Some(FaultKind::Locked) => exit::LOCKED,
        Some(FaultKind::ConfigRefused) => exit::CONFIG,
        Some(FaultKind::Undelivered | FaultKind::Mended) | None => 0,
    }
}
