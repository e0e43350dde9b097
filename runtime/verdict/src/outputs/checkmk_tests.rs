use std::collections::BTreeMap;

use super::*;
use crate::check_status::Pause;
use crate::judge::sample;
use roundsman_contract::Unit;

fn check_status(check: &str, verdict: Verdict) -> (String, CheckStatus) {
    let verdict = Verdict { check: check.to_owned(), ..verdict };
    let overdue = "2026-11-22T19:25:03Z".parse().ok();
    (check.to_owned(), CheckStatus { verdict: verdict.clone(), overdue, ..CheckStatus::pending(verdict) })
}

fn encoded(checks: &BTreeMap<String, CheckStatus>, service: &str) -> String {
    encode(&OutputScene::sample(checks), &OutputKeys { service: service.to_owned(), ..OutputKeys::default() })
}

#[test]
fn a_check_is_a_line_with_its_age_and_what_has_no_status_alerts_nobody() {
    let range = roundsman_contract::range::RangeSpec::parse("80").unwrap().range;
    let mut metric = sample::metric("used", 97.2, Unit::Percent, &[("mount", "/data")]);
    (metric.warning, metric.max) = (Some(range), Some(100.0));
    let none = sample::metric("free", f64::NAN, Unit::Bytes, &[]);
    let critical =
        Verdict { status: Some(Status::Critical), metrics: vec![metric.clone(), none, metric], ..sample::verdict() };
    let (name, paused) = check_status("paused", critical.clone());
    let until = "2026-11-23T00:00:00Z".parse().unwrap();
    let pause = Some(Pause { until, reason: "new disks".to_owned(), by: None, at: None });
    let (late, stale) = check_status("stale", critical.clone());
    let checks = BTreeMap::from([
        check_status("disk", critical.clone()),
        (name, CheckStatus { pause: pause.map(Box::new), ..paused }),
        (late, CheckStatus { overdue: Some("2026-11-22T19:15:00Z".parse().unwrap()), ..stale }),
        check_status("other", Verdict { state: State::NotApplicable, status: None, ..critical.clone() }),
        ("new".to_owned(), CheckStatus::pending(critical)),
    ]);
    let lines = "\
        <<<local:sep(0)>>>\n\
        cached(1795374843,659) 2 \"web1 disk\" used_percent__data=97.2;80;;;100 2 of 2 mounted\n\
        0 \"web1 paused\" - PAUSED until 2026-11-23T00:00:00Z: new disks; before: CRITICAL: 2 of 2 mounted\n\
        3 \"web1 stale\" - stale: no outcome for 57 s, since 2026-11-22T19:14:03Z; the last: CRITICAL: 2 of 2 mounted\n\
        <<<>>>\n";
    assert_eq!(encoded(&checks, "{host} {check}"), lines);
}

#[test]
fn no_text_begins_a_line_or_a_section() {
    let hostile = "a\n<<<ps>>>\r\n<<<<<x>>>\u{1b}[2J\u{202e}";
    let mut metric = sample::metric("used", 1.0, Unit::Other(hostile.to_owned()), &[("mount", hostile)]);
    metric.name = hostile.to_owned();
    let verdict = Verdict {
        summary: hostile.to_owned(),
        details: vec![hostile.to_owned(), "b".to_owned()],
        metrics: vec![metric],
        ..sample::verdict()
    };
    let text = encoded(&BTreeMap::from([check_status("disk", verdict)]), &format!("\"{hostile}\" {{check}}"));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines.len(), lines[0], lines[2]), (3, "<<<local:sep(0)>>>", "<<<>>>"), "{text}");
    assert!(!lines[1].contains("<<<") && lines[1].contains("\\n  b") && !lines[1].contains(char::is_control), "{text}");
    assert_eq!(lines[1].matches('"').count(), 2, "{text}");
}
