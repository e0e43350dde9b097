//! Alerts for Prometheus' Alertmanager (`POST /api/v2/alerts`): each check whose hard status is not OK. An alert ends by itself
//! when no round renews it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use roundsman_order::Body;
use serde::Serialize;

use super::host::HostNames;
use crate::check_status::CheckStatus;
use crate::delivery::filter::Only;
use crate::judge::State;
use crate::judge::humanize::Now;
use crate::judge::{MessageLines, message_lines::status_word};
use roundsman_contract::Status;
use roundsman_grants::escape;

/// The name of all alerts: the labels tell them apart.
const NAME: &str = "CheckNotOk";

/// An alert, by its labels.
pub type Labels = BTreeMap<String, String>;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Alert<'a> {
    labels: &'a Labels,
    annotations: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    starts_at: Option<String>,
    ends_at: String,
}

/// Alerts as one request has them.
#[derive(Debug)]
pub struct Alerts {
    pub body: Body,
    /// Those that fire.
    pub fires: BTreeSet<Labels>,
}

/// Encodes what is wrong, up to `ends` unless it is renewed, and the end of those alerts that the receiver has and that are over.
/// A paused or acknowledged check is no alert.
#[must_use]
pub fn encode(
    checks: &BTreeMap<String, CheckStatus>,
    host: &HostNames<'_>,
    only: &Only,
    has: &BTreeSet<Labels>,
    now: &Now,
    ends: Timestamp,
) -> Alerts {
    let (mut parts, mut fires) = (Vec::new(), BTreeSet::new());
    for (check, check_status) in checks {
        let verdict = check_status.as_of(now.clone());
        let status = if verdict.state == State::Stale { verdict.status } else { check_status.hard };
        let is_wanted = |status: &Status| only.wants(check, &[&verdict.labels, &host.labels], *status);
        let Some(status) = status.filter(|status| *status != Status::Ok && is_wanted(status)) else { continue };
        if check_status.is_silenced(now.at) {
            continue;
        }
        let labels = labels(host, check, &verdict.labels, status);
        let summary = escape::line(&MessageLines::of(&verdict).facts);
        let annotations = BTreeMap::from([("summary", summary)]);
        parts.push(json(&Alert {
            labels: &labels,
            annotations,
            starts_at: check_status.since.map(time),
            ends_at: time(ends),
        }));
        fires.insert(labels);
    }
    let over = has.difference(&fires);
    parts.extend(
        over.map(|labels| {
            json(&Alert { labels, annotations: BTreeMap::new(), starts_at: None, ends_at: time(now.at) })
        }),
    );
    let [before, between, after] = ["[", ",", "]"].map(str::to_owned);
    Alerts { body: Body { before, parts, between, after, is_binary: false }, fires }
}

fn json(alert: &Alert<'_>) -> String {
    // Strings and maps with string keys: there is nothing that could fail to serialize.
    escape::json(&serde_json::to_string(alert).expect("plain data serializes"))
}

fn labels(host: &HostNames<'_>, check: &str, of_check: &Labels, status: Status) -> Labels {
    let mut labels: Labels =
        host.labels.iter().chain(of_check).map(|(name, value)| (name.clone(), value.clone())).collect();
    let own = [
        ("alertname", NAME.to_owned()),
        ("host", host.name.to_string()),
        ("check", check.to_owned()),
        ("severity", status_word(status).to_lowercase()),
    ];
    labels.extend(own.map(|(name, value)| (name.to_owned(), value)));
    // An empty value is no label.
    labels.retain(|_, value| !value.is_empty());
    labels
}

fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check_status::Ack;
    use crate::judge::{Verdict, sample};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn check_status(name: &str, hard: Option<Status>, now: Option<Status>) -> (String, CheckStatus) {
        let verdict = Verdict { check: name.to_owned(), status: now, ..sample::verdict() };
        let check_status =
            CheckStatus { verdict: verdict.clone(), hard, since: verdict.started, ..CheckStatus::pending(verdict) };
        (name.to_owned(), check_status)
    }

    fn encoded(checks: &BTreeMap<String, CheckStatus>, has: &BTreeSet<Labels>) -> (Vec<String>, BTreeSet<Labels>) {
        let (now, ends) = (at("2026-11-22T19:15:00Z").into(), at("2026-11-22T19:20:00Z"));
        let Alerts { body, fires } = encode(checks, &"web1".into(), &Only::default(), has, &now, ends);
        let alerts: Vec<serde_json::Value> = serde_json::from_str(&body.text()).unwrap();
        let seen = alerts.iter().map(|alert| {
            let label = |name: &str| alert["labels"][name].as_str().unwrap_or_default().to_owned();
            assert_eq!((label("alertname"), label("host")), (NAME.to_owned(), "web1".to_owned()));
            format!("{} {} {}", label("check"), label("severity"), alert["endsAt"].as_str().unwrap_or_default())
        });
        (seen.collect(), fires)
    }

    #[test]
    fn what_is_hard_and_not_silenced_fires_and_what_the_receiver_has_besides_ends() {
        let (ok, warning, critical) = (Some(Status::Ok), Some(Status::Warning), Some(Status::Critical));
        let (name, mut known) = check_status("known", critical, critical);
        known.ack = Some(Box::new(Ack::of(
            &known,
            Status::Critical,
            "alice".to_owned(),
            at("2026-11-22T19:00:00Z"),
            "known".to_owned(),
        )));
        let (late, mut stale) = check_status("late", ok, ok);
        stale.overdue = Some(at("2026-11-22T19:14:30Z"));
        let before = BTreeMap::from([check_status("disk", warning, warning), check_status("load", warning, warning)]);
        let (_, has) = encoded(&before, &BTreeSet::new());
        let checks = BTreeMap::from([
            check_status("disk", critical, critical),
            check_status("load", ok, ok),
            check_status("soft", ok, critical),
            (name, known),
            (late, stale),
        ]);
        let (seen, fires) = encoded(&checks, &has);
        assert_eq!(
            seen,
            [
                "disk critical 2026-11-22T19:20:00.000Z",
                "late unknown 2026-11-22T19:20:00.000Z",
                "disk warning 2026-11-22T19:15:00.000Z",
                "load warning 2026-11-22T19:15:00.000Z",
            ]
        );
        assert_eq!(fires.len(), 2);
    }
}
