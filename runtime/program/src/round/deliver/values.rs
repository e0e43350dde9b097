//! Values for a receiver: what it does not have of those that are kept.

use std::collections::BTreeMap;

use roundsman_order::DeliveryRequest;

use super::{Delivery, Prepared, kept_values, order};
use roundsman_config::{Receiver, ValuesSettings};
use roundsman_verdict::check_status::CheckStatus;
use roundsman_verdict::delivery::cursor::{Cursor, CursorStep, To};
use roundsman_verdict::delivery::measured::Measured;
use roundsman_verdict::delivery::message::Letterhead;
use roundsman_verdict::delivery::values::{Batch, ValuesChoice, ValuesPlan, plan};

/// Bytes that are read for a receiver in one round: what more it lacks is for the next.
const MOST: u64 = 16 << 20;

/// The reason for dropping values that the receiver could not be given.
const NO_ROOM: &str = "it waited until `delivery.keep` had no more room: counted once for all of that";
const TOO_OLD: &str = "older than `max_age`";

/// Reads what a receiver lacks, and makes its requests. A new one gets values from now on.
///
/// # Errors
/// In words why the values cannot be read.
pub(super) fn prepare(
    delivery: &Delivery<'_>,
    receiver: &Receiver,
    wanted: &ValuesSettings,
    cursor: &mut Cursor,
    head: &Letterhead<'_>,
) -> Result<Option<Prepared>, String> {
    let state = &delivery.config.paths.state;
    let failed = |error: std::io::Error| format!("reading the values that wait: {error}");
    // The first of all finds only those of this round.
    let new = || if delivery.has_values { kept_values::end(state) } else { Ok(0) };
    let from = cursor.values.map_or_else(new, Ok).map_err(failed)?;
    let span = kept_values::read(state, from, MOST).map_err(failed)?;
    cursor.values = Some(span.start);
    if span.is_cut {
        cursor.drop(NO_ROOM, 1);
    }
    let object = head.named(&wanted.host);
    let wish = wish(wanted, &object);
    let ValuesPlan { mut batches, too_old } = plan(span.entries, span.end, wish, &head.host, head.now.at);
    if let Some((count, place)) = too_old {
        cursor.drop(TOO_OLD, count);
        cursor.values = Some(place);
    }
    cursor.waiting = batches.iter().map(|batch| batch.step.holds).sum();
    if batches.is_empty() {
        cursor.values = Some(span.end);
        return Ok(None);
    }
    let checks = &delivery.news.results.checks;
    if let Some(first) = batches.first_mut() {
        first.parts.extend(wish.check_statuses(checks, &head.host, &head.now));
    }
    // Before the values, for which it makes the items.
    let discovery = wish.discovery(checks, cursor.discovery.as_ref(), head.now.at);
    let discovery =
        discovery.map(|(parts, discovery)| Batch { parts, step: CursorStep::to(To::Discovery(discovery), 0) });
    let has_type = order::names_its_type(receiver);
    let batches = discovery.into_iter().chain(batches).zip(0..);
    let prepared = batches.map(|(Batch { parts, step }, id)| (wish.request(id, parts, has_type, head.now.at), step));
    Ok(Some(prepared.unzip()))
}

/// Returns what a receiver wants.
pub(super) fn wish<'a>(wanted: &'a ValuesSettings, object: &'a str) -> ValuesChoice<'a> {
    let ValuesSettings { format, only, unchanged, max_age, host: _ } = wanted;
    ValuesChoice { only, unchanged: *unchanged, max_age: *max_age, format, object }
}

/// Returns the request with what each check measured last.
pub(super) fn present(
    checks: &BTreeMap<String, CheckStatus>,
    wanted: &ValuesSettings,
    receiver: &Receiver,
    head: &Letterhead<'_>,
) -> DeliveryRequest {
    let object = head.named(&wanted.host);
    let wish = ValuesChoice { unchanged: None, max_age: None, ..wish(wanted, &object) };
    let measured = checks.values().filter_map(|check_status| Measured::of(&check_status.verdict, None));
    let ValuesPlan { batches, .. } =
        plan(measured.map(|measured| (0, measured)).collect(), 0, wish, &head.host, head.now.at);
    let parts = batches.into_iter().next().map(|batch| batch.parts).unwrap_or_default();
    wish.request(0, parts, order::names_its_type(receiver), head.now.at)
}
