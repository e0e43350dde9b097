//! `history`: what changed over the rounds, without running any check.

use clap::ValueEnum;
use jiff::Timestamp;

use super::status::by;
use super::{exit, nearest_known, print};
use roundsman_config::{Places, StatusSettings, status_settings};
use roundsman_contract::quantity::parse_duration;
use roundsman_store::error::StoreError;
use roundsman_store::{changes, days, results};
use roundsman_verdict::history::{Days, Event, HistoryEntry};
use roundsman_verdict::judge::humanize::Now;
use roundsman_verdict::outputs::history_line;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// A check, or `roundsman` for the runtime itself; all of them without
    name: Option<String>,
    /// How far back, such as 12h or 90d; of what is older than the entries that are kept, days with their counts
    #[arg(long, value_name = "TIME", default_value = "30d")]
    since: String,
    /// How to print it: as JSON each entry as it is stored, with its sequence number
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Bytes that are printed at once.
const PIECE: usize = 64 << 10;

/// Prints the history, oldest first.
pub(crate) fn history(args: &Args, places: &Places) -> u8 {
    let now = Timestamp::now();
    let since = match parse_duration(&args.since).map(|since| now.checked_sub(since)) {
        Ok(since) => since.unwrap_or(Timestamp::MIN),
        Err(error) => {
            print::complain(&format!("--since: {error:#}"));
            return exit::USAGE;
        }
    };
    let StatusSettings { paths, texts, .. } = match status_settings(places, rustix::process::geteuid().as_raw()) {
        Ok(settings) => settings,
        Err(error) => {
            print::complain_page(&error.to_string());
            return exit::CONFIG;
        }
    };
    let mut page =
        Page { now: by(&texts, now), format: args.format, since, waiting: String::new(), code: 0, entries: 0 };
    let printed = entries(args.name.as_deref(), &paths.state, &mut page);
    page.flush();
    match printed {
        Ok(()) if page.entries == 0 => nothing(args, &paths.state, page.code),
        Ok(()) => page.code,
        Err(error) => {
            print::complain(&format!("roundsman history: {}", super::status::unreadable(&error)));
            exit::NOT_STORED
        }
    }
}

/// Prints days of which only the counts are left, then what is kept.
fn entries(name: Option<&str>, directory: &std::path::Path, page: &mut Page) -> Result<(), StoreError> {
    let mut began = false;
    let counted = days::read(directory)?.unwrap_or_default();
    let unreadable = changes::each(directory, 0, &mut |entry| {
        if !std::mem::replace(&mut began, true) {
            page.days(&counted, name, entry.time);
        }
        page.entry(&entry, name);
    })?;
    if unreadable > 0 {
        print::complain(&format!("{unreadable} lines of the history are damaged, and left out"));
    }
    Ok(())
}

/// Says why nothing is shown.
fn nothing(args: &Args, directory: &std::path::Path, code: u8) -> u8 {
    let Some(name) = &args.name else {
        print::complain(&format!("nothing has changed for {}", args.since));
        return code;
    };
    let known = results::read(directory).ok().flatten().unwrap_or_default().checks;
    if known.contains_key(name) {
        print::complain(&format!("`{name}` has not changed for {}", args.since));
        return code;
    }
    let names: Vec<&str> = known.keys().map(String::as_str).collect();
    print::complain(&format!("there is no check `{name}`, and none in the history{}", nearest_known(name, &names)));
    exit::USAGE
}

/// Text that waits to be printed.
struct Page {
    now: Now,
    format: Format,
    since: Timestamp,
    waiting: String,
    code: u8,
    entries: usize,
}

impl Page {
    fn entry(&mut self, entry: &HistoryEntry, name: Option<&str>) {
        let is_of = |check: &str| name.is_none_or(|name| name == check);
        let is_wanted = match &entry.event {
            Event::Change(change) => is_of(&change.check),
            Event::Act(act) => is_of(&act.check),
            // Where nothing is known, that is so of every check.
            Event::Gap { .. } | Event::Clock { .. } => true,
            Event::Other => false,
        };
        if !is_wanted || entry.time < self.since {
            return;
        }
        let line = match self.format {
            Format::Text => history_line::encode(entry, &self.now),
            Format::Json => Some(entry.line()),
        };
        self.add(&line.unwrap_or_default());
    }

    /// Days before the first entry that is kept. As JSON there are none: what is printed is what is stored.
    fn days(&mut self, days: &Days, name: Option<&str>, first: Timestamp) {
        if self.format == Format::Json {
            return;
        }
        for (check, date, day) in days.between(self.since, first) {
            if name.is_none_or(|name| name == check) {
                self.add(&history_line::encode_day(check, date, &day));
            }
        }
    }

    fn add(&mut self, line: &str) {
        self.entries += 1;
        self.waiting += line;
        if self.waiting.len() >= PIECE {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        if self.code == 0 && !waiting.is_empty() {
            self.code = print::page(&waiting);
        }
    }
}
