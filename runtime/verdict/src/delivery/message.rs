//! One message to a receiver, and the texts that it may be sent as.

use jiff::Timestamp;
use roundsman_order::{Body, DeliveryRequest, Method};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::receiver_place::ReceiverPlace;
use super::subject::Subject;
use super::template::{Field, Template};
use crate::judge::humanize::{Now, time_between};
use crate::judge::message_lines::status_word;
use crate::outputs::host::HostNames;
use roundsman_contract::Status;
use roundsman_grants::escape;

/// Subjects that a message about many names; the rest is counted.
const NAMED: usize = 20;

/// Action of a message on its subject, in the words of PagerDuty and Opsgenie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertAction {
    Trigger,
    Acknowledge,
    Resolve,
}

impl AlertAction {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Trigger => "trigger",
            Self::Acknowledge => "acknowledge",
            Self::Resolve => "resolve",
        }
    }
}

/// News of one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    pub subject: Subject,
    pub event: AlertAction,
    /// `None` where the check or subcheck is gone.
    pub status: Option<Status>,
    /// What the receiver was told last.
    pub was: Option<Status>,
    /// Since when this is so; of what is over, since when that was so.
    pub since: Option<Timestamp>,
    /// Since when what the receiver was told last was so.
    pub was_since: Option<Timestamp>,
    pub summary: String,
    /// Tells this news from any other of the subject, the same in each attempt.
    pub stamp: String,
    /// Stamp of the news that began the trouble, where that was told before in a message of its own.
    pub begun: Option<String>,
}

/// One request's worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub news: Vec<News>,
    /// Where the receiver is once it has this.
    pub place: ReceiverPlace,
}

/// Data that all messages of a round have in common.
#[derive(Debug, Clone)]
pub struct Letterhead<'a> {
    pub host: HostNames<'a>,
    pub machine: &'a str,
    pub output: &'a str,
    pub now: Now,
}

impl Letterhead<'_> {
    /// Fills in the name of the host, and the id of the machine, where a text of the operator has `{host}` or `{machine_id}`.
    #[must_use]
    pub fn named(&self, text: &str) -> String {
        text.replace("{host}", &self.host.name).replace("{machine_id}", self.machine)
    }
}

impl Message {
    /// Makes the request.
    #[must_use]
    pub fn request(&self, id: u64, template: &Template, has_type: bool, head: &Letterhead<'_>) -> DeliveryRequest {
        let mut headers = vec![("Idempotency-Key".to_owned(), self.id(head))];
        if !has_type {
            headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        }
        let body = Body::whole(template.fill(|field| self.field(field, head)));
        DeliveryRequest { id, method: Method::Post, headers, body }
    }

    fn field(&self, field: Field, head: &Letterhead<'_>) -> String {
        let text = |text: String| escape::json(&Value::String(text).to_string());
        match field {
            Field::Text => text(self.text(head)),
            Field::Status => text(self.status().map_or("", status_word).to_lowercase()),
            Field::Check => text(self.single().map_or_else(|| "several".to_owned(), |one| one.subject.check.clone())),
            Field::Host => text(head.host.name.clone().into_owned()),
            Field::Key => text(self.key(head)),
            Field::Id => text(self.id(head)),
            Field::Event => text(self.event().word().to_owned()),
            Field::Json => escape::json(&self.json(head).to_string()),
        }
    }

    /// Returns the news, where it is one.
    fn single(&self) -> Option<&News> {
        if let [one] = self.news.as_slice() { Some(one) } else { None }
    }

    fn event(&self) -> AlertAction {
        match self.single() {
            Some(one) => one.event,
            None if self.news.iter().any(|one| one.event == AlertAction::Trigger) => AlertAction::Trigger,
            None => AlertAction::Resolve,
        }
    }

    /// Returns the worst of all.
    fn status(&self) -> Option<Status> {
        self.news.iter().filter_map(|one| one.status).max_by_key(|status| crate::judge::rank(*status))
    }

    fn key(&self, head: &Letterhead<'_>) -> String {
        self.single().map_or_else(|| head.host.name.to_string(), |one| one.subject.key(&head.host.name))
    }

    /// Returns a text that no other message has, and each attempt of this one.
    pub(super) fn id(&self, head: &Letterhead<'_>) -> String {
        let mut digest = Sha256::new();
        digest.update(format!("{}\n{}\n", head.machine, head.output));
        for one in &self.news {
            digest.update(format!("{}\n{}\n{}\n", one.subject.key(""), one.event.word(), one.stamp));
        }
        digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Returns the text for people, in one line.
    #[must_use]
    pub fn text(&self, head: &Letterhead<'_>) -> String {
        let host = &head.host.name;
        if let Some(one) = self.single() {
            return escape::line(&one.line(host, head.now.at));
        }
        let named = self.news.iter().take(NAMED).map(|one| format!("{} {}", one.word(), one.subject.name()));
        let more = self.news.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let bad = [Status::Critical, Status::Warning, Status::Unknown].into_iter().filter_map(|status| {
            let count = self.place.told.iter().filter(|told| Status::from(told.status) == status).count();
            (count > 0).then(|| format!("{count} {}", status_word(status).to_lowercase()))
        });
        let bad: Vec<String> = bad.collect();
        let bad = if bad.is_empty() { "nothing".to_owned() } else { bad.join(", ") };
        let named: Vec<String> = named.collect();
        escape::line(&format!(
            "{} changes on {host}: {}{more}; now {bad} in trouble",
            self.news.len(),
            named.join(", ")
        ))
    }

    fn json(&self, head: &Letterhead<'_>) -> Value {
        let of = |one: &News| {
            let labels: serde_json::Map<String, Value> = one
                .subject
                .subcheck
                .iter()
                .flatten()
                .map(|(name, value)| (name.clone(), value.clone().into()))
                .collect();
            json!({
                "check": one.subject.check,
                "subcheck": one.subject.subcheck.as_ref().map(|_| labels),
                "key": one.subject.key(&head.host.name),
                "event": one.event.word(),
                "status": one.status.map(|status| status_word(status).to_lowercase()),
                "was": one.was.map(|status| status_word(status).to_lowercase()),
                "since": one.since.map(|since| since.to_string()),
                "summary": one.summary,
            })
        };
        json!({
            "schema": 1,
            "host": head.host.name,
            "labels": *head.host.labels,
            "id": self.id(head),
            "time": format!("{:.0}", head.now.at),
            "text": self.text(head),
            "changes": self.news.iter().map(of).collect::<Vec<_>>(),
        })
    }
}

impl News {
    fn word(&self) -> &'static str {
        match (self.event, self.status) {
            (AlertAction::Acknowledge, _) => "ACKNOWLEDGED",
            (_, Some(status)) => status_word(status),
            (_, None) => "GONE",
        }
    }

    /// Writes `CRITICAL web1 disk: …`, `OK web1 disk (was CRITICAL for 2 h): …`.
    pub(super) fn line(&self, host: &str, now: Timestamp) -> String {
        let lasted = |since: Option<Timestamp>| since.map(|since| format!(" for {}", time_between(since, now)));
        let was = match self.was {
            Some(was) if Some(was) != self.status => {
                format!(" (was {}{})", status_word(was), lasted(self.was_since).unwrap_or_default())
            }
            Some(_) if self.event == AlertAction::Trigger => {
                format!(" (still,{})", lasted(self.since).unwrap_or_default())
            }
            _ => String::new(),
        };
        let summary = if self.summary.is_empty() { String::new() } else { format!(": {}", self.summary) };
        format!("{} {host} {}{was}{summary}", self.word(), self.subject.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> Letterhead<'static> {
        let now = Timestamp::from_second(7_200).unwrap();
        Letterhead { host: HostNames::from("web1"), machine: "m", output: "chat", now: now.into() }
    }

    fn news(check: &str, event: AlertAction, status: Option<Status>, was: Option<Status>) -> News {
        let since = Some(Timestamp::UNIX_EPOCH);
        News {
            subject: Subject::of(check, None),
            event,
            status,
            was,
            since,
            was_since: since,
            summary: "full\n<<<x>>>".to_owned(),
            stamp: "7".to_owned(),
            begun: None,
        }
    }

    fn message(news: Vec<News>) -> Message {
        Message { news, place: ReceiverPlace::default() }
    }

    #[test]
    fn one_is_told_with_what_it_was() {
        let text = |event, status, was| message(vec![news("disk", event, status, was)]).text(&head());
        let (critical, ok) = (Some(Status::Critical), Some(Status::Ok));
        assert_eq!(text(AlertAction::Trigger, critical, None), "CRITICAL web1 disk: full\\n<<<x>>>");
        assert_eq!(text(AlertAction::Resolve, ok, critical), "OK web1 disk (was CRITICAL for 2 h): full\\n<<<x>>>");
        assert_eq!(
            text(AlertAction::Trigger, critical, critical),
            "CRITICAL web1 disk (still, for 2 h): full\\n<<<x>>>"
        );
        assert!(text(AlertAction::Resolve, None, critical).starts_with("GONE web1 disk (was CRITICAL for 2 h): "));
        assert!(text(AlertAction::Acknowledge, critical, critical).starts_with("ACKNOWLEDGED web1 disk: "));
    }

    #[test]
    fn many_are_one_line_and_a_body_is_json_whatever_the_texts() {
        let many = (0..30)
            .map(|number| news(&format!("c{number}"), AlertAction::Trigger, Some(Status::Warning), None))
            .collect();
        let text = message(many).text(&head());
        assert!(
            text.starts_with("30 changes on web1: WARNING c0, ")
                && text.ends_with(" and 10 more; now nothing in trouble"),
            "{text}"
        );
        let hostile = News {
            summary: "\"}{{key}}\u{202e}\u{0}".to_owned(),
            ..news("disk", AlertAction::Trigger, Some(Status::Critical), None)
        };
        let template = Template::parse(r#"{"t": {{text}}, "k": {{key}}, "e": {{event}}, "all": {{json}}}"#).unwrap();
        let request = message(vec![hostile]).request(3, &template, false, &head());
        let body: Value = serde_json::from_str(&request.body.text()).unwrap();
        assert_eq!((body["k"].as_str(), body["e"].as_str()), (Some("web1/disk"), Some("trigger")));
        assert_eq!(body["all"]["changes"][0]["summary"], "\"}{{key}}\u{202e}\u{0}");
        assert!(request.headers.iter().any(|(name, value)| name == "Content-Type" && value == "application/json"));
    }

    #[test]
    fn an_id_is_that_of_its_news_alone() {
        let id = |message: Message| message.id(&head());
        let one = || message(vec![news("disk", AlertAction::Trigger, Some(Status::Critical), None)]);
        assert_eq!(
            id(one()),
            id(Message { place: ReceiverPlace { sequence: 9, ..ReceiverPlace::default() }, ..one() })
        );
        let later = News { stamp: "8".to_owned(), ..news("disk", AlertAction::Trigger, Some(Status::Critical), None) };
        assert_ne!(id(one()), id(message(vec![later])));
        let other = Letterhead { output: "pager", ..head() };
        assert_ne!(one().id(&head()), one().id(&other));
    }
}
