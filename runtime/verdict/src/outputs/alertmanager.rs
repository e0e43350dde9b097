//! Alerts for Prometheus' Alertmanager (`POST /api/v2/alerts`): each check whose hard status is not OK. An alert ends by itself
//! when no round renews it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use roundsman_order::Body;
use serde::Serialize;

use super::host::HostNames;
use crate::delivery::filter::Only;
use crate::judge::State;
use crate::judge::compose::{self, status_word};
use crate::judge::humanize::Now;
use crate::standing::Standing;
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
    checks: &BTreeMap<String, Standing>,
    host: &HostNames<'_>,
    only: &Only,
    has: &BTreeSet<Labels>,
    now: &Now,
    ends: Timestamp,
) -> Alerts {
    let (mut parts, mut fires) = (Vec::new(), BTreeSet::new());
    for (check, standing) in checks {
        let verdict = standing.as_of(now.clone());
        let status = if verdict.state == State::Stale { verdict.status } else { standing.hard };
        let is_wanted = |status: &Status| only.wants(check, &[&verdict.labels, &host.labels], *status);
        let Some(status) = status.filter(|status| *status != Status::Ok && is_wanted(status)) else { continue };
        if standing.is_silenced(now.at) {
            continue;
        }
        let labels = labels(host, check, &verdict.labels, status);
        let summary = escape::line(&compose::lines(&verdict).facts);
        let annotations = BTreeMap::from([("summary", summary)]);
        parts.push(json(&Alert {
            labels: &labels,
            annotations,
            starts_at: standing.since.map(time),
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
    use crate::judge::{Verdict, sample};
    use crate::standing::Ack;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn standing(name: &str, hard: Option<Status>, now: Option<Status>) -> (String, Standing) {
        let verdict = Verdict { check: name.to_owned(), status: now, ..sample::verdict() };
        let standing =
            Standing { verdict: verdict.clone(), hard, since: verdict.started, ..Standing::pending(verdict) };
        (name.to_owned(), standing)
    }

    fn encoded(checks: &BTreeMap<String, Standing>, has: &BTreeSet<Labels>) -> (Vec<String>, BTreeSet<Labels>) {
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
        let (name, mut known) = standing("known", critical, critical);
        known.ack =
            Some(Ack::of(&known, Status::Critical, "alice".to_owned(), at("2026-11-22T19:00:00Z"), "known".to_owned()));
        let (late, mut stale) = standing("late", ok, ok);
        stale.overdue = Some(at("2026-11-22T19:14:30Z"));
        let before = BTreeMap::from([standing("disk", warning, warning), standing("load", warning, warning)]);
        let (_, has) = encoded(&before, &BTreeSet::new());
        let checks = BTreeMap::from([
            standing("disk", critical, critical),
            standing("load", ok, ok),
            standing("soft", ok, critical),
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
