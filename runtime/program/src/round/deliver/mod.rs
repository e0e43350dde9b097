//! The last act of a round: what its receivers do not have yet is handed to a process of `roundsman-net` for each of them.
//! All is stored and logged by then, and no lock is held but that of the delivery.

mod command;
mod order;
mod sender;
mod test;

use std::time::{Duration, Instant};

use jiff::Timestamp;
use roundsman_order::{Order, Request, VERSION};
use tracing::debug;

use roundsman_config::{Config, Receiver, ReceiverFormat, Way};
use roundsman_store::changes;
use roundsman_store::cursors::{self, Cursors};
use roundsman_store::error::StoreError;
use roundsman_store::locks::{Locks, Subject, Taken};
use roundsman_store::results;
use roundsman_verdict::delivery::backoff;
use roundsman_verdict::delivery::cursor::{Attempt, Cursor, Place};
use roundsman_verdict::delivery::message::Letterhead;
use roundsman_verdict::delivery::telling::{self, Known, Plan, Wish};
use roundsman_verdict::history::Entry;
use roundsman_verdict::judge::shown::Now;
use sender::Sender;
pub use test::{Tested, try_out};

/// A receiver may ask to be left alone for so long; a wait beyond was set by another clock.
const LONGEST_WAIT: Duration = Duration::from_secs(86_400 + 60);

/// Delivers to all receivers what they do not have. What they answer is in their cursors; the next round tells of those that
/// have been away for long. A round that is still delivering is left to it.
///
/// # Errors
/// State or cursors cannot be read or written.
pub fn deliver(config: &Config, host: Letterhead<'_>) -> Result<(), StoreError> {
    if config.receivers.is_empty() {
        return Ok(());
    }
    let state = &config.paths.state;
    // Without a lock that works, something is delivered twice rather than not at all.
    let locks = Locks::open(state).unwrap_or_else(|_| Locks::apart());
    if let Ok(Taken::By(pid)) = locks.take(Subject::Delivery) {
        debug!(pid, "another round delivers");
        return Ok(());
    }
    let deadline = Instant::now() + config.delivery.deadline;
    let mut cursors = cursors::read(state)?;
    cursors.retain(|name, _| config.receivers.iter().any(|receiver| receiver.name == *name));
    let before = cursors.clone();
    let news = News::read(config, &cursors)?;
    let mut senders = Vec::new();
    for receiver in &config.receivers {
        let cursor = cursors.entry(receiver.name.clone()).or_default();
        let head = Letterhead { output: &receiver.name, ..host.clone() };
        if let Some(started) = begin(config, receiver, cursor, &news, &head, deadline) {
            senders.push(started);
        }
    }
    let mut written = Ok(());
    sender::collect(senders, deadline, &mut |sender, heard| {
        let output = sender.output.clone();
        let attempt = Attempt { now: Timestamp::now(), tick: config.run.tick, machine: host.machine, output: &output };
        sender.note(cursors.entry(output.clone()).or_default(), heard, attempt);
        written = cursors::write(state, &cursors);
    });
    if cursors != before {
        written = cursors::write(state, &cursors);
    }
    written
}

/// All that receivers may be told of.
struct News {
    entries: Vec<Entry>,
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
        place: Option<&Place>,
        webhook: &roundsman_config::Webhook,
        now: Timestamp,
    ) -> Plan {
        let wish = Wish {
            only: &webhook.only,
            repeat: webhook.repeat,
            max_age: webhook.max_age,
            each_alone: webhook.body.has_key(),
        };
        let labels = &config.host.labels;
        let Self { entries, last, results } = self;
        telling::plan(place, wish, Known { entries, last: *last, checks: &results.checks, labels, now })
    }
}

/// Starts the sender of a receiver, if there is something to deliver and its time has come.
fn begin(
    config: &Config,
    receiver: &Receiver,
    cursor: &mut Cursor,
    news: &News,
    head: &Letterhead<'_>,
    deadline: Instant,
) -> Option<Sender> {
    let now = head.now.at;
    let attempt = Attempt { now, tick: config.run.tick, machine: head.machine, output: &receiver.name };
    let (requests, places) = match &receiver.format {
        // One that did not arrive is not made up for by waiting.
        ReceiverFormat::Ping => (vec![order::ping()], Vec::new()),
        ReceiverFormat::Webhook(webhook) => {
            let plan = news.plan(config, cursor.place.as_ref(), webhook, now);
            cursor.waiting = plan.messages.len() as u64;
            if plan.messages.is_empty() {
                cursor.place = Some(plan.end);
                return None;
            }
            if !backoff::is_due(now, cursor.not_before, LONGEST_WAIT) {
                return None;
            }
            order::of_messages(plan, webhook, receiver, head)
        }
    };
    let started = start(config, receiver, requests, places, head, deadline, false);
    started.map_err(|reason| cursor.fail(&reason, None, attempt)).ok()
}

/// Starts the process that brings requests to their receiver.
fn start(
    config: &Config,
    receiver: &Receiver,
    requests: Vec<Request>,
    places: Vec<Place>,
    head: &Letterhead<'_>,
    deadline: Instant,
    verbose: bool,
) -> Result<Sender, String> {
    match &receiver.way {
        Way::Url(way) => {
            let to = order::receiver(way, &receiver.format, head)?;
            let deadline_ms = sender::own_time(deadline.saturating_duration_since(Instant::now()));
            let order = Order { version: VERSION, deadline_ms, receiver: to, requests, verbose };
            sender::start(&receiver.name, &order, places, &config.delivery, deadline)
        }
        Way::Command(way) => {
            let account = command::account(&config.run)?;
            command::start(&receiver.name, way, requests, places, account, deadline)
        }
    }
}

/// The head of what a host says.
#[must_use]
pub fn letterhead<'a>(config: &'a Config, machine: &'a str) -> Letterhead<'a> {
    let now = Now::from(Timestamp::now());
    Letterhead { host: super::host::named(&config.host), machine, output: "", now }
}
