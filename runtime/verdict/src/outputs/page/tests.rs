use std::collections::BTreeMap;

use jiff::Timestamp;

use super::*;
use crate::check_status::Pause;
use crate::history::{Change, Days, Event, HistoryEntry};
use crate::judge::{JudgedSubcheck, State, sample};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn check_status(name: &str, status: Status, summary: &str) -> (String, CheckStatus) {
    let verdict =
        Verdict { check: name.to_owned(), status: Some(status), summary: summary.to_owned(), ..sample::verdict() };
    let since = Some(at("2026-11-22T17:15:00Z"));
    (name.to_owned(), CheckStatus { verdict: verdict.clone(), since, ..CheckStatus::pending(verdict) })
}

fn page(checks: &BTreeMap<String, CheckStatus>, entries: Vec<HistoryEntry>) -> String {
    let now = at("2026-11-22T19:15:00Z");
    let days = Days::default().counted_on(&entries, now);
    encode(&OutputScene { days, latest: entries, ..OutputScene::sample(checks) }, &OutputKeys::default())
}

fn change(sequence: u64, time: &str, from: Option<Status>, to: Option<Status>, summary: &str) -> HistoryEntry {
    let (check, summary) = ("disk".to_owned(), summary.to_owned());
    let event = Event::Change(Change { check, subcheck: None, from, to, since: None, summary, silenced: None });
    HistoryEntry { sequence, time: at(time), event }
}

#[test]
fn the_worst_comes_first_and_what_is_paused_alerts_nobody() {
    let (name, paused) = check_status("paused", Status::Critical, "x");
    let until = at("2026-11-23T00:00:00Z");
    let pause = Some(Pause { until, reason: "new disks".to_owned(), by: None, at: None });
    let checks = BTreeMap::from([
        check_status("a", Status::Ok, "fine"),
        check_status("b", Status::Warning, "slow"),
        check_status("c", Status::Critical, "down"),
        check_status("d", Status::Unknown, "what"),
        (name, CheckStatus { pause: pause.map(Box::new), ..paused }),
    ]);
    let page = page(&checks, Vec::new());
    let names: Vec<&str> = page.split("<th scope=\"row\">").skip(1).map(|row| row.split('<').next().unwrap()).collect();
    assert_eq!(names, ["c", "b", "d", "paused", "a"], "{page}");
    assert!(page.contains("<title>web1: 1 critical, 1 warning, 1 unknown, 1 paused, 1 ok</title>"), "{page}");
    assert!(page.contains("<time datetime=\"2026-11-22T17:15:00Z\">2 h</time>"), "{page}");
    assert!(page.contains("PAUSED</span>") && page.contains("until 2026-11-23T00:00:00Z: new disks"), "{page}");
}

#[test]
fn days_in_a_row_are_one_bar_and_changes_are_listed_newest_first() {
    let (ok, critical) = (Some(Status::Ok), Some(Status::Critical));
    let entries = vec![
        change(1, "2026-11-10T00:00:00Z", None, ok, "first"),
        change(2, "2026-11-20T06:00:00Z", ok, critical, "97% used"),
        change(3, "2026-11-20T12:00:00Z", critical, ok, "2 of 2 mounted"),
    ];
    let page = page(&BTreeMap::from([check_status("disk", Status::Ok, "fine")]), entries);
    assert!(page.contains("aria-label=\"90 days: 1 CRITICAL, 12 OK, 77 not known\""), "{page}");
    let bars = "<rect class=ok x=77 width=13><title>OK</title></rect><rect x=0 width=77>\
                <title>2026-08-25 to 2026-11-09: nothing known</title></rect>\
                <rect class=critical x=87><title>2026-11-20: 6 h CRITICAL</title></rect></svg>";
    assert!(page.contains(bars), "{page}");
    let latest = page.split("Latest changes").nth(1).unwrap();
    let said: Vec<usize> = ["CRITICAL; 2 of 2 mounted", "OK; 97% used"].map(|text| latest.find(text).unwrap()).into();
    assert!(said[0] < said[1] && !latest.contains("first"), "{latest}");
}

#[test]
fn no_text_is_markup_and_the_policy_names_the_style() {
    let hostile = "</td><script>alert(1)</script>&\"'\u{202e}\n<style>";
    let (_, mut check_status) = check_status("x", Status::Critical, hostile);
    let labels = vec![(hostile.to_owned(), hostile.to_owned())];
    check_status.verdict.subchecks =
        vec![JudgedSubcheck { labels, status: Status::Critical, text: hostile.to_owned(), failure: None }];
    let checks = BTreeMap::from([(hostile.to_owned(), check_status)]);
    let latest = vec![change(1, "2026-11-22T19:00:00Z", Some(Status::Ok), None, hostile)];
    let scene = OutputScene { host: hostile.into(), latest, ..OutputScene::sample(&checks) };
    let page = encode(&scene, &OutputKeys::default());
    assert!(!page.contains("<script") && !page.contains("alert(1)<") && !page.contains('\u{202e}'), "{page}");
    assert_eq!((page.matches("<style>").count(), page.matches(" style=").count()), (1, 0), "{page}");
    let style = page.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
    let digest = STANDARD.encode(Sha256::digest(style));
    assert!(page.contains(&format!("content=\"default-src 'none'; style-src 'sha256-{digest}'\"")), "{page}");
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#39;\\u{202e}\\n"), "{page}");
}

#[test]
fn many_that_are_well_are_folded_and_a_page_stays_small() {
    let all = |count: usize| {
        let one = |number: usize| {
            check_status(
                &format!("check-{number}"),
                if number == 7 { Status::Critical } else { Status::Ok },
                "12 GiB of 16 GiB used, 4.0 GiB available",
            )
        };
        (0..count).map(one).collect::<BTreeMap<_, _>>()
    };
    let thirty = page(&all(30), Vec::new());
    assert!(thirty.len() < 40_000 && !thirty.contains("more checks"), "{} bytes", thirty.len());
    let many = page(&all(300), Vec::new());
    assert!(many.contains("<summary>299 more checks, of which nothing is wrong</summary>"), "{many}");
    assert_eq!(many.matches("<th scope=\"row\">").count(), 300);
    let pending = CheckStatus::pending(Verdict { state: State::Pending, ..sample::verdict() });
    assert!(page(&BTreeMap::from([("new".to_owned(), pending)]), Vec::new()).contains("PENDING</span>"));
}
