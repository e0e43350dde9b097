//! What an answer means for the request: done, later, or never. Pure.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use roundsman_order::DeliveryOutcome;

/// Longest time that a receiver may ask for, in seconds: a day.
const LONGEST_WAIT: u64 = 86_400;

/// Explains status 404 of a receiver that knows objects by name, which Icinga also answers to a user who may not see them.
const UNKNOWN: &str = "HTTP status 404: the receiver does not know the object; make it there, mend `host` or `service`, or give the \
                       user of `auth` the right to it (of Icinga: the permission `actions/process-check-result`)";

/// Explains a success of which a receiver of OpenTelemetry says that it is none of all values.
pub const REJECTED: &str =
    "the receiver did not take some of the values: its log, or `roundsman send --test`, says why";

/// Explains status 403 of a receiver that knows the object.
const CLOSED: &str =
    "HTTP status 403: the receiver takes no results of others for the object; set `enable_passive_checks = true` in it";

/// Judges a status of HTTP, and explains one that is not a success. What speaks of our address, our right or the receiver's own
/// trouble says nothing against the request, which then waits: an alert is not lost by a password that ran out. Redirects are
/// never followed.
#[must_use]
pub(crate) fn of_status(status: u16) -> (DeliveryOutcome, String) {
    match status {
        200..=299 => (DeliveryOutcome::Done, String::new()),
        300..=399 | 401 | 403 | 404 | 407 | 408 | 421 | 425 | 429 | 502 | 503 | 504 => {
            (DeliveryOutcome::Later, reason(status))
        }
        _ => (DeliveryOutcome::Refused, reason(status)),
    }
}

/// Judges an answer that is about the object of the request, which holds up no other: `None` where it is about anything else.
#[must_use]
pub(crate) fn of_object(status: u16, body: &[u8]) -> Option<(DeliveryOutcome, String)> {
    let names_it =
        || serde_json::from_slice::<serde_json::Value>(body).is_ok_and(|answer| answer["results"].is_array());
    match status {
        404 => Some((DeliveryOutcome::Refused, UNKNOWN.to_owned())),
        // A newer result is there, which says more.
        409 => Some((DeliveryOutcome::Done, String::new())),
        403 if names_it() => Some((DeliveryOutcome::Refused, CLOSED.to_owned())),
        _ => None,
    }
}

/// Explains a status that is not a success, with what mends it where that is ours to say.
fn reason(status: u16) -> String {
    let mend = match status {
        300..=399 => " is a redirect, which is never followed: set `url` to where it leads",
        401 | 403 => ": the receiver does not let us in; mend `auth`",
        404 => ": there is nothing at this `url`",
        407 => ": the proxy does not let us through; mend `proxy`",
        429 => ": the receiver asks for fewer requests",
        500..=599 => ": the receiver is in trouble itself",
        _ => ": the receiver does not take this request",
    };
    format!("HTTP status {status}{mend}")
}

/// Reads a header `Retry-After`: seconds, or a date of HTTP (RFC 9110), from `now` on.
#[must_use]
pub(crate) fn retry_after(value: &[u8], now: Timestamp) -> Option<u64> {
    let text = std::str::from_utf8(value).ok()?.trim();
    let seconds = text.parse().ok().or_else(|| {
        let until = date(text)?.duration_since(now).as_secs();
        u64::try_from(until.max(0)).ok()
    });
    Some(seconds?.min(LONGEST_WAIT))
}

/// Reads a date of HTTP in any of its three forms: that of today, and those of RFC 850 and of asctime.
fn date(text: &str) -> Option<Timestamp> {
    let old = |form: &str| DateTime::strptime(form, text).ok()?.to_zoned(TimeZone::UTC).ok();
    let read = rfc2822::parse(text).ok().or_else(|| old("%A, %d-%b-%y %H:%M:%S GMT"));
    read.or_else(|| old("%a %b %e %H:%M:%S %Y")).map(|date| date.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_has_its_outcome() {
        for (status, outcome) in [
            (200, DeliveryOutcome::Done),
            (204, DeliveryOutcome::Done),
            (301, DeliveryOutcome::Later),
            (400, DeliveryOutcome::Refused),
            (401, DeliveryOutcome::Later),
            (413, DeliveryOutcome::Refused),
            (429, DeliveryOutcome::Later),
            (500, DeliveryOutcome::Refused),
            (503, DeliveryOutcome::Later),
        ] {
            assert_eq!(of_status(status).0, outcome, "{status}");
        }
    }

    #[test]
    fn an_answer_about_an_object_is_told_from_one_about_us() {
        let about = |status, body: &str| of_object(status, body.as_bytes()).map(|(outcome, _)| outcome);
        let closed = r#"{"results":[{"code":403.0,"status":"Passive checks are disabled for object 'web1!disk'."}]}"#;
        assert_eq!(about(403, closed), Some(DeliveryOutcome::Refused));
        assert_eq!(about(403, r#"{"error":403,"status":"Forbidden. Please check your permissions."}"#), None);
        // As Icinga answers both of an object that is not there and to a user without the permission.
        assert_eq!(about(404, r#"{"error":404,"status":"No objects found."}"#), Some(DeliveryOutcome::Refused));
        assert_eq!((about(404, ""), about(409, "")), (Some(DeliveryOutcome::Refused), Some(DeliveryOutcome::Done)));
        assert_eq!((about(200, closed), about(500, closed)), (None, None));
    }

    #[test]
    fn a_wait_is_seconds_or_a_date() {
        let now = "2026-10-21T07:27:00Z".parse().unwrap();
        let dates =
            [&b"Wed, 21 Oct 2026 07:28:00 GMT"[..], b"Wed, 21 Oct 2026 07:26:00 GMT", b"Tue, 01 Jan 2999 00:00:00 GMT"];
        assert_eq!(dates.map(|date| retry_after(date, now)), [Some(60), Some(0), Some(LONGEST_WAIT)]);
        let old = [&b"Wednesday, 21-Oct-26 07:28:00 GMT"[..], b"Wed Oct 21 07:28:00 2026"];
        assert_eq!(old.map(|date| retry_after(date, now)), [Some(60), Some(60)]);
        assert_eq!(
            [&b"30"[..], b" 7 ", b"999999999", b"soon", b"-1"].map(|value| retry_after(value, now)),
            [Some(30), Some(7), Some(LONGEST_WAIT), None, None]
        );
    }
}
