//! Where checks stand, for receivers that keep the newest: Icinga gets each run once, Alertmanager what is wrong now, one of JSON all.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use roundsman_order::{Body, DeliveryRequest, Method};

use super::{Delivery, Prepared};
use roundsman_config::{Icinga, RESERVED};
use roundsman_verdict::check_status::CheckStatus;
use roundsman_verdict::delivery::cursor::{Cursor, CursorStep, To};
use roundsman_verdict::delivery::filter::Only;
use roundsman_verdict::delivery::message::Letterhead;
use roundsman_verdict::delivery::runs::news;
use roundsman_verdict::outputs::alertmanager::{Alerts, Labels, encode};
use roundsman_verdict::outputs::icinga;
use roundsman_verdict::outputs::json::encode_check_status;

/// The shortest time that an alert lasts without being renewed.
const SHORTEST: Duration = Duration::from_secs(300);
/// Rounds that may be missed until an alert ends by itself.
const ROUNDS: u32 = 5;

/// Makes the requests for the runs that Icinga does not have; `None` where it has all.
pub(super) fn runs(
    delivery: &Delivery<'_>,
    wanted: &Icinga,
    cursor: &mut Cursor,
    head: &Letterhead<'_>,
) -> Option<Prepared> {
    let checks = &delivery.news.results.checks;
    cursor.runs.retain(|check, _| checks.contains_key(check));
    cursor.unknown.retain(|check| checks.contains_key(check));
    cursor.untaken.retain(|check, _| checks.contains_key(check));
    let (mut requests, mut steps) = (Vec::new(), Vec::new());
    for (check, run, check_status) in news(checks, &cursor.runs, &wanted.only, &head.host, head.now.at) {
        let Some(body) = result(check_status, wanted, head) else { continue };
        requests.push(request(requests.len() as u64, body));
        steps.push(CursorStep::to(To::Run(check.to_owned(), run), 1));
    }
    cursor.waiting = requests.len() as u64;
    (!requests.is_empty()).then_some((requests, steps))
}

fn result(check_status: &CheckStatus, wanted: &Icinga, head: &Letterhead<'_>) -> Option<Body> {
    let object = head.named(&wanted.host);
    icinga::encode(check_status, &head.host, &object, &wanted.keys, &head.now).map(Body::whole)
}

/// Makes the request about the runtime itself; `None` before the first round.
pub(super) fn run_of_itself(
    checks: &BTreeMap<String, CheckStatus>,
    wanted: &Icinga,
    head: &Letterhead<'_>,
) -> Option<DeliveryRequest> {
    result(checks.get(RESERVED)?, wanted, head).map(|body| request(0, body))
}

/// Makes the request with all alerts.
pub(super) fn alerts(delivery: &Delivery<'_>, only: &Only, cursor: &mut Cursor, head: &Letterhead<'_>) -> Prepared {
    let checks = &delivery.news.results.checks;
    let (request, fires) = alerts_of(checks, only, &cursor.alerts, delivery.config.run.tick, head);
    cursor.waiting = 1;
    (vec![request], vec![CursorStep::to(To::Alerts(fires), 1)])
}

pub(super) fn alerts_of(
    checks: &BTreeMap<String, CheckStatus>,
    only: &Only,
    has: &BTreeSet<Labels>,
    tick: Duration,
    head: &Letterhead<'_>,
) -> (DeliveryRequest, BTreeSet<Labels>) {
    let now = &head.now;
    let Alerts { body, fires } = encode(checks, &head.host, only, has, now, ends(now.at, tick));
    (request(0, body), fires)
}

/// Makes the request that says where all checks stand, as `status --format json` does.
pub(super) fn all(
    checks: &BTreeMap<String, CheckStatus>,
    only: &Only,
    has_type: bool,
    head: &Letterhead<'_>,
) -> DeliveryRequest {
    let wanted = checks.iter().filter(|(check, check_status)| {
        *check == RESERVED || only.chooses(check, &[&check_status.verdict.labels, &head.host.labels])
    });
    let parts = wanted.map(|(_, check_status)| encode_check_status(check_status, head.now.at, &head.host)).collect();
    let [before, between, after] = ["[", ",", "]"].map(str::to_owned);
    let mut request = request(0, Body { before, parts, between, after, is_binary: false });
    request.headers.retain(|(name, _)| !has_type || name == "Accept");
    request
}

/// Returns the time at which an alert ends that no round renews.
fn ends(now: Timestamp, tick: Duration) -> Timestamp {
    let lasts = SignedDuration::try_from(tick.saturating_mul(ROUNDS).max(SHORTEST)).unwrap_or(SignedDuration::MAX);
    now.checked_add(lasts).unwrap_or(Timestamp::MAX)
}

/// Makes a request with JSON, as both want it.
fn request(id: u64, body: Body) -> DeliveryRequest {
    let header = |name: &str| (name.to_owned(), "application/json".to_owned());
    DeliveryRequest { id, method: Method::Post, headers: vec![header("Accept"), header("Content-Type")], body }
}
