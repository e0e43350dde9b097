//! The output `html`, as a round of the built program writes it and a browser shows it.
#![expect(clippy::disallowed_methods, reason = "date(1) is started")]

use std::fmt::Write as _;
use std::path::PathBuf;

use roundsman_tests::chromium::Chromium;
use roundsman_tests::{Host, component, guest, root};
use serde_json::json;

/// What a hostile host may make of a text: markup, a word without end, a turn of the order of reading.
const HOSTILE: &str =
    "/<script>document.title=1</script>&\"'\\u202E-long-long-long-long-long-long-long-long-long-long-long-long";

/// What the bars of the hostile check say: each of ten troubles is part of two days, and the last begins now.
const DAYS: &str = "aria-label=\"90 days: 11 CRITICAL, 10 WARNING, 60 OK, 9 not known\"";

/// A host with so many checks, of which the first is hostile and critical, and a history of 80 days.
fn host(count: usize) -> (Host, PathBuf) {
    let host = Host::new();
    host.main("[run]\nsplay = \"0s\"\n[host]\nname = \"web1.example.com\"\n");
    host.file("checks/minimal.wasm", component::wat("minimal"));
    let page = host.file("out/index.html", "");
    let mut toml = format!("[output.page]\nformat = \"html\"\npath = \"{}\"\n", page.display());
    let _ = write!(
        toml,
        "[check.hostile]\nwasm = \"{}\"\nevery = \"1m\"\non_failure = \"critical\"\n[check.hostile.config]\npass_on = true\n\
         ask = [{{ read = \"{}\" }}]\n",
        guest("probe").display(),
        HOSTILE.replace('"', "\\\"")
    );
    for number in 1..count {
        let name = format!("check-number-{number}");
        let _ = writeln!(toml, "[check.{name}]\nwasm = \"minimal.wasm\"\nevery = \"1m\"");
    }
    host.drop_in("all", &toml);
    history(&host);
    (host, page)
}

/// Writes what rounds of the last 80 days would have noted: a day in trouble each week.
fn history(host: &Host) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time").as_secs();
    let day = |back: u64| {
        let at = format!("@{}", now - 86_400 * back);
        let output = std::process::Command::new("date").args(["-u", "-d", &at, "+%FT%TZ"]).output().expect("date");
        String::from_utf8(output.stdout).expect("text").trim().to_owned()
    };
    let mut lines = String::new();
    let mut add = |back: u64, from: serde_json::Value, to: &str| {
        let sequence = lines.lines().count() + 1;
        let entry = json!({ "sequence": sequence, "time": day(back), "event": "change", "check": "hostile", "from": from, "to": to, "since": null, "summary": HOSTILE });
        let _ = writeln!(lines, "{entry}");
    };
    add(80, json!(null), "ok");
    for week in (1..11).rev() {
        add(7 * week + 1, json!("ok"), if week % 2 == 0 { "critical" } else { "warning" });
        add(7 * week, json!(if week % 2 == 0 { "critical" } else { "warning" }), "ok");
    }
    let path = host.file("state/changes", lines);
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(path, private).expect("a mode");
}

/// Whether the browser shows all names of checks.
const NAMES: &str = "[...document.querySelectorAll('main > table:first-of-type th[scope=row], details > table th[scope=row]')]\
                     .filter(name => name.textContent && name.checkVisibility() && name.getBoundingClientRect().width > 0).length";

/// How high bars are shown that are critical, warning, OK and of days of which nothing is known, by the width of a day.
const HEIGHTS: &str = "['rect.critical', 'rect.warning', 'rect.ok', 'rect:not([class])'].map(\
                       one => Math.round(document.querySelector(one).getBoundingClientRect().height))";

#[test]
fn a_browser_shows_it_in_both_schemes_at_both_widths_and_axe_finds_nothing() {
    let mut browser = Chromium::start();
    for count in [3, 30, 300] {
        let (host, page) = host(count);
        let output = host.run(["run", "--cron", "--all"]);
        assert_eq!(output.code, 0, "{output}");
        let text = std::fs::read_to_string(&page).expect("the page");
        assert!(text.contains(DAYS) && text.contains("Latest changes"), "{text}");
        if count == 30 {
            assert!(text.len() < 50_000, "{} bytes of 30 checks", text.len());
        }
        for (scheme, back) in [("light", "rgb(255, 255, 255)"), ("dark", "rgb(18, 18, 18)")] {
            for width in [360, 1280] {
                let about = format!("{count} checks, {scheme}, {width} px");
                browser.show(&page, width, scheme, false);
                // Under its own policy: it allows the style by its digest.
                let shown = browser.evaluate("getComputedStyle(document.body).backgroundColor");
                assert_eq!(shown, back, "{about}");
                let wide =
                    browser.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
                assert_eq!(wide, 0, "{about}: it scrolls sideways");
                assert_eq!(browser.evaluate("document.scripts.length"), 0, "{about}");
                assert!(
                    browser.evaluate("document.title").as_str().is_some_and(|title| title.contains("1 critical")),
                    "{about}"
                );
                // The worse, the higher.
                let heights = browser.evaluate(HEIGHTS);
                assert_eq!(heights, json!([24, 18, 8, 2]), "{about}");
                let folded = browser.evaluate("document.querySelectorAll('main > details').length");
                assert_eq!(folded, u64::from(count > 200), "{about}");
                if count > 200 {
                    assert_eq!(browser.evaluate(NAMES), 1, "{about}");
                    browser.evaluate("document.querySelectorAll('main > details').forEach(one => one.open = true)");
                }
                // With the check of the runtime itself.
                assert_eq!(browser.evaluate(NAMES), count + 1, "{about}");
                let pictures = root().join("target/pictures");
                std::fs::create_dir_all(&pictures).expect("a directory");
                if count == 30 {
                    browser.picture(&pictures.join(format!("page-{scheme}-{width}.png")));
                }
                browser.show(&page, width, scheme, true);
                let found = browser.axe();
                assert!(found.is_empty(), "{about}: {found:#?}");
            }
        }
    }
}

#[test]
fn where_the_days_cannot_be_kept_that_is_said_and_the_page_is_whole() {
    let (host, page) = host(3);
    std::fs::create_dir_all(host.path("state/days/in-the-way")).expect("a directory");
    let output = host.run(["run", "--cron", "--all"]);
    assert!(output.code == 74 && output.stderr.contains("state/days: "), "{output}");
    let text = std::fs::read_to_string(&page).expect("the page");
    assert!(text.contains(DAYS) && text.contains("check-number-1"), "{text}");
}
