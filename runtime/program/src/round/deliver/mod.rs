//! The last act of a round: what its receivers do not have yet is handed to a process of `roundsman-net` for each of them.
//! All is stored and logged by then, and no lock is held but that of the delivery.

mod command;
mod order;
mod sender;
mod state;
mod test;
mod values;

use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use roundsman_order::{DeliveryRequest, Order, VERSION};
use tracing::debug;

use super::machine;
use command::Codes;
use roundsman_config::{ChangesSettings, Config, Receiver, ReceiverFormat, ReceiverWay};
use roundsman_contract::report::Hanging;
use roundsman_os::process::running;
use roundsman_os::process::slot::SlotRow;
use roundsman_store::changes;
use roundsman_store::cursors::{self, Cursors};
use roundsman_store::error::StoreError;
use roundsman_store::locks::{LockTarget, Locks, TakenLock};
use roundsman_store::results;
use roundsman_store::values as kept_values;
use roundsman_verdict::delivery::backoff;
use roundsman_verdict::delivery::cursor::{Attempt, Cursor, CursorStep};
use roundsman_verdict::delivery::message::Letterhead;
use roundsman_verdict::delivery::receiver_place::ReceiverPlace;
use roundsman_verdict::delivery::telling::{self, KnownChanges, TellingChoice, TellingPlan};
use roundsman_verdict::delivery::template::Template;
use roundsman_verdict::history::HistoryEntry;
use roundsman_verdict::judge::humanize::Now;
use roundsman_verdict::outputs::value_formats::Target;
use sender::Sender;
pub use test::{Tested, try_out};

/// A receiver may ask to be left alone for so long; a wait beyond was set by another clock.
const LONGEST_WAIT: Duration = Duration::from_secs(86_400 + 60);

/// Answers of so long are noted together, where what they are about may come twice.
const TOGETHER: Duration = Duration::from_millis(200);

/// Delivers to all receivers what they do not have. What they answer is in their cursors; the next round tells of those that
/// have been away for long. A round that is still delivering is left to it.
///
/// # Errors
/// State or cursors cannot be read or written.
pub(crate) fn deliver(config: &Config) -> Result<(), StoreError> {
    let state = &config.paths.state;
    if config.receivers.is_empty() {
        return forget(state);
    }
    // Without a lock that works, something is delivered twice rather than not at all.
    let locks = Locks::open(state).unwrap_or_else(|_| Locks::apart());
    if let Ok(TakenLock::By(pid)) = locks.take(LockTarget::Delivery) {
        debug!(pid, "another round delivers");
        return Ok(());
    }
    let deadline = Instant::now() + config.delivery.deadline;
    let machine = machine();
    let host = letterhead(config, &machine);
    let mut cursors = cursors::read(state)?;
    cursors.retain(|name, _| config.receivers.iter().any(|receiver| receiver.name == *name));
    let before = cursors.clone();
    if !config.receivers.iter().any(|receiver| matches!(receiver.format, ReceiverFormat::Values(_))) {
        // One that is made later gets values from then on.
        clear(state)?;
    }
    let has_values = cursors.values().any(|cursor| cursor.values.is_some());
    let news = News::read(config, &cursors)?;
    let mut senders = Vec::new();
    for receiver in &config.receivers {
        let cursor = cursors.entry(receiver.name.clone()).or_default();
        cursor.hanging.retain(|hanging| running::start(hanging.pid) == Some(hanging.start));
        let head = Letterhead { output: &receiver.name, ..host.clone() };
        let round = Delivery { config, news: &news, has_values, deadline };
        if let Some(started) = round.begin(receiver, cursor, &head) {
            senders.push(started);
        }
    }
    let mut written = before;
    let (mut failed, mut noted) = (Ok(()), Instant::now());
    sender::collect(senders, deadline, &mut |sender, answer| {
        let output = sender.output.clone();
        let attempt = attempt(config, Timestamp::now(), &host, &output);
        sender.note(cursors.entry(output.clone()).or_default(), answer, attempt);
        // A message is not to come twice; of what may, many are noted together.
        if is_told_once(config, &output) || noted.elapsed() >= TOGETHER {
            failed = cursors::write(state, &cursors);
            written.clone_from(&cursors);
            noted = Instant::now();
        }
    });
    if cursors != written {
        failed = cursors::write(state, &cursors);
    }
    failed
}

/// Tells whether people read what the output says.
fn is_told_once(config: &Config, output: &str) -> bool {
    let is_one = |format: &ReceiverFormat| {
        matches!(format, ReceiverFormat::Webhook(_) | ReceiverFormat::Mail(_) | ReceiverFormat::JsonChanges(_))
    };
    format(config, output).is_some_and(is_one)
}

fn format<'c>(config: &'c Config, output: &str) -> Option<&'c ReceiverFormat> {
    config.receivers.iter().find(|receiver| receiver.name == output).map(|receiver| &receiver.format)
}

/// Returns what an answer is noted with. A dead-man's switch, and alerts that end by themselves, are not made up for by waiting.
fn attempt<'a>(config: &Config, now: Timestamp, head: &Letterhead<'a>, output: &'a str) -> Attempt<'a> {
    let is_of_its_round =
        |format: &ReceiverFormat| matches!(format, ReceiverFormat::Ping | ReceiverFormat::Alertmanager(_));
    let each_round = format(config, output).is_some_and(is_of_its_round);
    Attempt { now, tick: config.run.tick, machine: head.machine, output, each_round }
}

/// Removes what was kept for receivers, as there is none any more.
fn forget(state: &Path) -> Result<(), StoreError> {
    if cursors::remove(state)? { clear(state) } else { Ok(()) }
}

/// Removes the values that were kept.
fn clear(state: &Path) -> Result<(), StoreError> {
    kept_values::clear(state).map_err(|error| StoreError::Io { path: state.to_owned(), error })
}

/// All that receivers may be told of.
struct News {
    entries: Vec<HistoryEntry>,
    last: u64,
    results: results::Results,
}

impl News {
    /// Reads the changes from the least cursor on, then the results, which are never older than those.
    fn read(config: &Config, cursors: &Cursors) -> Result<Self, StoreError> {
        let state = &config.paths.state;
        if !state.is_dir() {
            // Nothing was run yet, which a test of an output need not wait for.
            return Ok(Self { entries: Vec::new(), last: 0, results: results::Results::default() });
        }
        let places = cursors.values().filter_map(|cursor| cursor.place.as_ref());
        let least = places.map(|place| place.sequence).min().unwrap_or(u64::MAX);
        let (mut entries, mut last) = (Vec::new(), 0);
        changes::each(state, least, &mut |entry| {
            last = last.max(entry.sequence);
            if entry.sequence > least {
                entries.push(entry);
            }
        })?;
        let results = results::read(state)?.unwrap_or_default();
        Ok(Self { entries, last, results })
    }

    /// Plans what a receiver of changes is told.
    fn plan(
        &self,
        config: &Config,
        place: Option<&ReceiverPlace>,
        changes: &ChangesSettings,
        each_alone: bool,
        now: Timestamp,
    ) -> TellingPlan {
        let ChangesSettings { only, repeat, max_age } = changes;
        let wish = TellingChoice { only, repeat: *repeat, max_age: *max_age, each_alone };
        let labels = &config.host.labels;
        let Self { entries, last, results } = self;
        telling::plan(place, wish, KnownChanges { entries, last: *last, checks: &results.checks, labels, now })
    }
}

/// Requests of one receiver, and where it is after each.
type Prepared = (Vec<DeliveryRequest>, Vec<CursorStep>);

/// All that the deliveries of a round have in common.
struct Delivery<'d> {
    config: &'d Config,
    news: &'d News,
    /// Whether any receiver has values by now.
    has_values: bool,
    deadline: Instant,
}

impl Delivery<'_> {
    /// Starts the sender of a receiver, if there is something to deliver and its time has come.
    fn begin(&self, receiver: &Receiver, cursor: &mut Cursor, head: &Letterhead<'_>) -> Option<Sender> {
        let now = head.now.at;
        let attempt = attempt(self.config, now, head, &receiver.name);
        let prepared = match &receiver.format {
            ReceiverFormat::Webhook(webhook) => {
                let plan = self.plan(&webhook.changes, webhook.body.has_key(), cursor, now);
                Ok(plan.map(|plan| order::of_messages(plan, &webhook.body, receiver, head)))
            }
            ReceiverFormat::JsonChanges(changes) => {
                let plan = self.plan(changes, false, cursor, now);
                Ok(plan.map(|plan| order::of_messages(plan, &Template::default(), receiver, head)))
            }
            ReceiverFormat::Mail(mail) => {
                let plan = self.plan(&mail.changes, false, cursor, now);
                Ok(plan.map(|plan| order::of_letters(plan, mail, head)))
            }
            _ if !backoff::is_due(now, cursor.not_before, LONGEST_WAIT) => Ok(None),
            ReceiverFormat::Ping => Ok(Some((vec![order::ping()], Vec::new()))),
            ReceiverFormat::Icinga(icinga) => Ok(state::runs(self, icinga, cursor, head)),
            ReceiverFormat::Alertmanager(only) => Ok(Some(state::alerts(self, only, cursor, head))),
            ReceiverFormat::JsonState(only) => {
                let checks = &self.news.results.checks;
                Ok(Some((vec![state::all(checks, only, order::names_its_type(receiver), head)], Vec::new())))
            }
            ReceiverFormat::Values(wanted) => values::prepare(self, receiver, wanted, cursor, head),
        };
        let started = prepared.map(|prepared| {
            let (requests, steps) = prepared?;
            Some(start(self.config, receiver, (requests, steps), &cursor.hanging, head, self.deadline, false))
        });
        let failed = |reason: String, cursor: &mut Cursor| cursor.fail(&reason, None, attempt);
        match started {
            Ok(None) => None,
            Ok(Some(Ok(sender))) => Some(sender),
            Ok(Some(Err(reason))) | Err(reason) => {
                failed(reason, cursor);
                None
            }
        }
    }

    /// Plans the messages about changes; `None` where there are none, or their time has not come.
    fn plan(
        &self,
        changes: &ChangesSettings,
        each_alone: bool,
        cursor: &mut Cursor,
        now: Timestamp,
    ) -> Option<TellingPlan> {
        let plan = self.news.plan(self.config, cursor.place.as_ref(), changes, each_alone, now);
        cursor.waiting = plan.messages.len() as u64;
        if plan.messages.is_empty() {
            cursor.place = Some(plan.end);
            return None;
        }
        backoff::is_due(now, cursor.not_before, LONGEST_WAIT).then_some(plan)
    }
}

/// Starts the process that brings requests to their receiver.
fn start(
    config: &Config,
    receiver: &Receiver,
    (requests, steps): Prepared,
    hanging: &[Hanging],
    head: &Letterhead<'_>,
    deadline: Instant,
    verbose: bool,
) -> Result<Sender, String> {
    match &receiver.way {
        ReceiverWay::Url(way) => {
            let to = order::receiver(way, &receiver.format, head)?;
            let deadline_ms = sender::own_time(deadline.saturating_duration_since(Instant::now()));
            let order = Order { version: VERSION, deadline_ms, receiver: to, requests, verbose };
            sender::start(&receiver.name, &order, steps, &config.delivery, SlotRow(config.run.worker_uid), deadline)
        }
        ReceiverWay::Command(way) => {
            let account = command::account(&config.run, way)?;
            command::start(
                &receiver.name,
                way,
                codes(&receiver.format),
                (requests, steps),
                (account, hanging),
                deadline,
            )
        }
    }
}

fn codes(format: &ReceiverFormat) -> Codes {
    match format {
        ReceiverFormat::Mail(_) => Codes::Sendmail,
        ReceiverFormat::Values(values) if values.format.target == Target::Sender => Codes::ZabbixSender,
        _ => Codes::Own,
    }
}

/// Returns the head of what a host says.
#[must_use]
pub(crate) fn letterhead<'a>(config: &'a Config, machine: &'a str) -> Letterhead<'a> {
    let now = Now::from(Timestamp::now());
    Letterhead { host: super::host::named(&config.host), machine, output: "", now }
}
