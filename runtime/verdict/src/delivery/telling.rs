//! Plan of what a receiver of changes is told now: the changes behind its cursor, then what it should know and does not, as a
//! silence ended or a change was lost. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::filter::Only;
use super::message::{AlertAction, Message, News};
use super::receiver_place::{ReceiverPlace, Told};
use super::subject::Subject;
use crate::check_status::CheckStatus;
use crate::history::{self, Act, Change, Deed, HistoryEntry};
use crate::judge::MessageLines;
use roundsman_contract::Status;

/// News of a round that are told one by one; more are one message.
const FEW: usize = 5;

/// The choice of what a receiver is told.
#[derive(Debug, Clone, Copy)]
pub struct TellingChoice<'a> {
    pub only: &'a Only,
    pub repeat: Option<Duration>,
    /// A backlog that is older is one message.
    pub max_age: Duration,
    /// Each is told by itself, however many.
    pub each_alone: bool,
}

/// Changes and statuses that are known.
#[derive(Debug, Clone, Copy)]
pub struct KnownChanges<'a> {
    /// The changes, oldest first; those that the receiver has may be among them.
    pub entries: &'a [HistoryEntry],
    /// The number of the last change of all.
    pub last: u64,
    pub checks: &'a BTreeMap<String, CheckStatus>,
    /// Labels of the host.
    pub labels: &'a BTreeMap<String, String>,
    pub now: Timestamp,
}

/// Messages in their order, and where the receiver is once it has all of them.
#[derive(Debug, Clone, PartialEq)]
pub struct TellingPlan {
    pub messages: Vec<Message>,
    pub end: ReceiverPlace,
}

/// Plans what a receiver is told. A new one, or one whose cursor is lost, is told in one message what is bad now.
#[must_use]
pub fn plan(place: Option<&ReceiverPlace>, wish: TellingChoice<'_>, known: KnownChanges<'_>) -> TellingPlan {
    let start = place.cloned().unwrap_or_else(|| ReceiverPlace { sequence: known.last, told: Vec::new() });
    let told = start.told.into_iter().map(|told| (told.subject.clone(), told)).collect();
    let mut teller = Teller { wish, known, told, sequence: start.sequence, messages: Vec::new() };
    let news = known.entries.iter().filter(|entry| entry.sequence > start.sequence);
    let oldest = news.clone().map(|entry| entry.time).min();
    news.for_each(|entry| teller.entry(entry));
    teller.sequence = teller.sequence.max(known.last);
    teller.catch_up();
    teller.repeat();
    let end = teller.place();
    let is_old = oldest.is_some_and(|at| known.now.duration_since(at) > signed(wish.max_age));
    let is_first = place.is_none();
    let messages = teller.messages;
    let many = messages.len() > FEW || (messages.len() > 1 && (is_old || is_first));
    if many && !wish.each_alone {
        let news: Vec<News> = messages.into_iter().flat_map(|message| message.news).collect();
        // What begins here has no message of its own that others could refer to.
        let begins = |told: &&mut Told| news.iter().any(|one| one.subject == told.subject && one.begun.is_none());
        let mut end = end;
        end.told.iter_mut().filter(begins).for_each(|told| told.begun = None);
        let news = latest(news);
        return TellingPlan { messages: vec![Message { news, place: end.clone() }], end };
    }
    TellingPlan { messages, end }
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

/// Returns of each subject the last news, and the trouble before it that this is the end of, as nobody is told of an end who
/// was not told of its begin; in the order in which they came.
fn latest(news: Vec<News>) -> Vec<News> {
    let (mut ends, mut whole) = (BTreeSet::new(), BTreeSet::new());
    let mut latest: Vec<News> = Vec::new();
    for one in news.into_iter().rev() {
        let is_trouble = one.event == AlertAction::Trigger;
        if whole.contains(&one.subject) || !(ends.insert(one.subject.clone()) || is_trouble) {
            continue;
        }
        if is_trouble {
            whole.insert(one.subject.clone());
        }
        latest.push(one);
    }
    latest.reverse();
    latest
}

struct Teller<'a> {
    wish: TellingChoice<'a>,
    known: KnownChanges<'a>,
    told: BTreeMap<Subject, Told>,
    sequence: u64,
    messages: Vec<Message>,
}

impl Teller<'_> {
    fn place(&self) -> ReceiverPlace {
        ReceiverPlace { sequence: self.sequence, told: self.told.values().cloned().collect() }
    }

    fn say(&mut self, news: News) {
        let message = Message { news: vec![news], place: self.place() };
        self.messages.push(message);
    }

    fn entry(&mut self, entry: &HistoryEntry) {
        match &entry.event {
            history::Event::Change(change) => {
                self.sequence = entry.sequence;
                self.change(change, entry.sequence);
            }
            history::Event::Act(act) if act.act == Deed::Ack => self.acknowledge(act, entry.sequence),
            history::Event::Act(act) if act.act == Deed::Pause => self.pause(&act.check),
            _ => {}
        }
        // Of an acknowledgement there may be several messages: it lies behind a receiver that has all of them.
        self.sequence = entry.sequence;
    }

    fn change(&mut self, change: &Change, sequence: u64) {
        let subject = Subject::of(&change.check, change.subcheck.as_deref());
        let news = |event, was, since| News {
            subject: subject.clone(),
            event,
            status: change.to,
            was,
            since,
            was_since: None,
            summary: change.summary.clone(),
            stamp: sequence.to_string(),
            begun: None,
        };
        let bad = change.to.filter(|status| *status != Status::Ok);
        match bad {
            Some(status) if change.silenced.is_none() && self.wants(&change.check, status) => {
                self.trouble(news(AlertAction::Trigger, change.from, change.since), status);
            }
            // Whoever was told hears that it is over, or no more what it wants to hear of. A silence keeps the rest.
            Some(_) if change.silenced.is_some() => {}
            _ => self.end(&subject, |told| news(AlertAction::Resolve, Some(told.status.into()), told.since)),
        }
    }

    fn wants(&self, check: &str, status: Status) -> bool {
        let none = BTreeMap::new();
        let own = self.known.checks.get(check).map_or(&none, |check_status| &check_status.verdict.labels);
        self.wish.only.wants(check, &[own, self.known.labels], status)
    }

    /// Tells of a trouble, unless that is known. A subcheck that made its check change goes with the message about that.
    fn trouble(&mut self, news: News, status: Status) {
        let before = self.told.get(&news.subject);
        if before.is_some_and(|told| Status::from(told.status) == status) {
            return;
        }
        let before = before.filter(|told| !told.refused);
        let was = before.map(|told| told.status.into()).or(news.was.filter(|was| *was != Status::Ok));
        let was_since = before.and_then(|told| told.since);
        let news = News { was, was_since, begun: before.and_then(|told| told.begun.clone()), ..news };
        let with_check = self.goes_with_check(&news.subject, AlertAction::Trigger);
        let told = Told {
            subject: news.subject.clone(),
            status: status.into(),
            at: self.known.now,
            since: news.since,
            acknowledged: false,
            paused: false,
            refused: false,
            with_check,
            begun: before.map_or_else(|| (!with_check).then(|| news.stamp.clone()), |told| told.begun.clone()),
        };
        self.told.insert(news.subject.clone(), told);
        if !with_check {
            self.say(news);
        } else if let Some(last) = self.messages.last().map(|_| self.place())
            && let Some(message) = self.messages.last_mut()
        {
            message.place = last;
        }
    }

    /// Tells that a trouble is over, if it was told.
    fn end(&mut self, subject: &Subject, news: impl FnOnce(&Told) -> News) {
        let Some(told) = self.told.remove(subject).filter(|told| !told.refused) else { return };
        if told.with_check && self.goes_with_check(subject, AlertAction::Resolve) {
            let place = self.place();
            if let Some(message) = self.messages.last_mut() {
                message.place = place;
            }
            return;
        }
        self.say(News { begun: told.begun.clone(), was_since: told.since, ..news(&told) });
    }

    /// Tells whether the last message was of this subcheck's check, and in the same direction: changes of a check and of its
    /// subchecks stand together, the check first.
    fn goes_with_check(&self, subject: &Subject, event: AlertAction) -> bool {
        let last = self.messages.last().and_then(|message| message.news.first());
        let same = |news: &News| news.subject.is_check() && news.subject.check == subject.check && news.event == event;
        !subject.is_check() && last.is_some_and(same)
    }

    /// Tells that an operator knows of a trouble, to whoever was told of it; each with a place of its own, as a round may be
    /// killed between two.
    fn acknowledge(&mut self, act: &Act, sequence: u64) {
        let is_told = |told: &&Told| told.subject.check == act.check && !told.acknowledged && !told.refused;
        let subjects: Vec<Subject> = self.told.values().filter(is_told).map(|told| told.subject.clone()).collect();
        for subject in subjects {
            let Some(told) = self.told.get_mut(&subject) else { continue };
            told.acknowledged = true;
            if told.with_check {
                continue;
            }
            let status = Some(told.status.into());
            let news = News {
                subject,
                event: AlertAction::Acknowledge,
                status,
                was: status,
                since: told.since,
                was_since: None,
                summary: format!("by {}: {}", act.by, act.reason.as_deref().unwrap_or_default()),
                stamp: sequence.to_string(),
                begun: told.begun.clone(),
            };
            self.say(news);
        }
    }

    fn pause(&mut self, check: &str) {
        self.told.values_mut().filter(|told| told.subject.check == check).for_each(|told| told.paused = true);
    }

    /// Tells what is bad now and was not told, as it was silenced or as its change is gone, and what is over without a change.
    fn catch_up(&mut self) {
        let known = self.known;
        let mut bad = BTreeSet::new();
        for (check, check_status) in known.checks {
            for (subject, status, since, summary) in troubles(check, check_status) {
                bad.insert(subject.clone());
                if check_status.is_silenced(known.now) {
                    continue;
                }
                let stamp = format!("now {}", since.map_or_else(String::new, |since| since.to_string()));
                let news = |event, was, since| News {
                    subject: subject.clone(),
                    event,
                    status: Some(status),
                    was,
                    since,
                    was_since: None,
                    summary: summary.clone(),
                    stamp: stamp.clone(),
                    begun: None,
                };
                if self.wants(check, status) {
                    self.trouble(news(AlertAction::Trigger, None, since), status);
                } else {
                    self.end(&subject, |told| news(AlertAction::Resolve, Some(told.status.into()), told.since));
                }
            }
        }
        let over: Vec<Subject> = self.told.keys().filter(|subject| !bad.contains(*subject)).cloned().collect();
        for subject in over {
            let check_status = known.checks.get(&subject.check);
            self.end(&subject, |told| News {
                subject: subject.clone(),
                event: AlertAction::Resolve,
                status: check_status.map(|_| Status::Ok),
                was: Some(told.status.into()),
                since: told.since,
                was_since: None,
                summary: check_status.map_or_else(|| "it is configured no more".to_owned(), |_| String::new()),
                stamp: format!("over {}", told.at),
                begun: None,
            });
        }
    }

    /// Tells again what is not over: what was told long ago, and what was silenced since and is no more.
    fn repeat(&mut self) {
        let every = self.wish.repeat.map(signed);
        let now = self.known.now;
        let subjects: Vec<Subject> = self.told.keys().cloned().collect();
        for subject in subjects {
            let Some(check_status) = self.known.checks.get(&subject.check) else { continue };
            let Some(told) = self.told.get_mut(&subject) else { continue };
            // Told in the future: the clock was set back since.
            told.at = told.at.min(now);
            if check_status.is_silenced(now) {
                continue;
            }
            let was_silenced = std::mem::take(&mut told.acknowledged) | std::mem::take(&mut told.paused);
            let is_due = was_silenced || every.is_some_and(|every| now.duration_since(told.at) >= every);
            if told.with_check || !is_due {
                continue;
            }
            let stamp = format!("again {}", told.at);
            (told.at, told.refused) = (now, false);
            let (since, begun, status) = (told.since, told.begun.clone(), Some(told.status.into()));
            let found = troubles(&subject.check, check_status).into_iter().find(|(other, ..)| *other == subject);
            let summary = found.map_or_else(String::new, |(.., summary)| summary);
            let event = AlertAction::Trigger;
            self.say(News { subject, event, status, was: status, since, was_since: None, summary, stamp, begun });
        }
    }
}

/// Returns the hard troubles of a check: its own first, then those of its subchecks.
fn troubles(check: &str, check_status: &CheckStatus) -> Vec<(Subject, Status, Option<Timestamp>, String)> {
    let is_bad = |status: &Status| *status != Status::Ok;
    let own = check_status.hard.filter(is_bad).map(|status| {
        (Subject::of(check, None), status, check_status.since, MessageLines::of(&check_status.verdict).facts)
    });
    let parts = check_status.troubles.iter().filter_map(|trouble| {
        let text = check_status.verdict.subchecks.iter().find(|subcheck| subcheck.labels == trouble.labels);
        let text = text.map_or_else(String::new, |subcheck| subcheck.text.clone());
        Some((Subject::of(check, Some(&trouble.labels)), trouble.hard.filter(is_bad)?, trouble.since, text))
    });
    own.into_iter().chain(parts).collect()
}

#[cfg(test)]
#[path = "telling_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "recovery_tests.rs"]
mod recovery_tests;
