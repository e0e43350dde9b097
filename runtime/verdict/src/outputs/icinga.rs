//! The body of Icinga's `POST /v1/actions/process-check-result` for one run of a check.

use jiff::Timestamp;
use serde_json::json;

use super::host::HostNames;
use super::nagios;
use super::scene::OutputKeys;
use crate::check_status::CheckStatus;
use crate::judge::State;
use crate::judge::humanize::Now;
use roundsman_contract::Status;
use roundsman_grants::escape;

/// Encodes the last run as it stands now; `None` of a check that has not run, or does not apply to this host. `ttl` is the time
/// until it is overdue, after which Icinga itself calls the service late.
#[must_use]
pub fn encode(
    check_status: &CheckStatus,
    host: &HostNames<'_>,
    host_object: &str,
    keys: &OutputKeys,
    now: &Now,
) -> Option<String> {
    let verdict = check_status.without_alert(now.clone());
    let started = verdict.started.filter(|_| !matches!(verdict.state, State::Pending | State::NotApplicable))?;
    let (text, performance_data) = nagios::parts(&verdict, nagios::DEFAULT_MAX_OUTPUT);
    let status = verdict.status.map_or(0, Status::number);
    // A silence begins after the run: what is older than a run that is known would be dropped.
    let (started, ended) = match check_status.is_silenced(now.at) {
        true => (now.at, now.at),
        false => (started, started.checked_add(verdict.duration).unwrap_or(started)),
    };
    let mut body = json!({
        "type": "Service",
        // By its name, of which no character is part of a filter; a filter that finds nothing would be status 500.
        "service": format!("{host_object}!{}", keys.service(&verdict.check, &host.name)),
        "exit_status": status,
        "plugin_output": text,
        "performance_data": performance_data,
        "check_source": host.name,
        "execution_start": seconds(started),
        "execution_end": seconds(ended),
    });
    let holds = check_status.paused(now.at).map(|pause| pause.until).into_iter().chain(check_status.overdue).max();
    let ttl = holds.map(|until| until.duration_since(now.at).as_secs().max(1));
    if let (Some(ttl), Some(body)) = (ttl, body.as_object_mut()) {
        body.insert("ttl".to_owned(), ttl.into());
    }
    Some(escape::json(&body.to_string()))
}

fn seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{Verdict, sample};
    use roundsman_contract::Unit;
    use serde_json::Value;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn encoded(verdict: Verdict) -> Option<Value> {
        let check_status = CheckStatus { verdict: verdict.clone(), ..CheckStatus::pending(verdict) };
        let check_status = CheckStatus { overdue: Some(at("2026-11-22T19:25:00Z")), ..check_status };
        let now = at("2026-11-22T19:15:00Z").into();
        let body = encode(&check_status, &"web1".into(), "web1.example", &OutputKeys::default(), &now)?;
        Some(serde_json::from_str(&body).unwrap())
    }

    #[test]
    fn a_run_is_one_result() {
        let metrics = vec![
            sample::metric("used", 97.2, Unit::Percent, &[("mount", "/data")]),
            sample::metric("free", f64::NAN, Unit::Bytes, &[]),
        ];
        let details = vec!["one | two".to_owned()];
        let body = encoded(Verdict { status: Some(Status::Critical), metrics, details, ..sample::verdict() }).unwrap();
        let expected = json!({
            "type": "Service",
            "service": "web1.example!disk",
            "exit_status": 2,
            "plugin_output": "CRITICAL: 2 of 2 mounted\n  one ¦ two",
            "performance_data": ["/data:used=97.2%"],
            "check_source": "web1",
            "execution_start": 1_795_374_843.123,
            "execution_end": 1_795_374_843.135,
            "ttl": 600,
        });
        assert_eq!(body, expected);
    }

    #[test]
    fn what_has_not_run_is_no_result() {
        assert_eq!(encoded(Verdict { started: None, ..sample::verdict() }), None);
        assert_eq!(encoded(Verdict { state: State::NotApplicable, ..sample::verdict() }), None);
    }
}
