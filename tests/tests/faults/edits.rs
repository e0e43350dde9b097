//! E23, E32, E34: an operator, or a deployment, that works on the configuration while rounds go by.

use std::fmt::Write as _;
use std::fs;

use roundsman_tests::Host;

use crate::after::{assert_clean, assert_next_round, checksummed, host};

/// A part of the error, and the function that makes the bad file.
type Spoiler<'s> = (&'s str, &'s dyn Fn(&Host));

#[test]
fn one_bad_file_of_forty_takes_none_of_the_others_with_it() {
    let spoilers: [Spoiler<'_>; 7] = [
        ("bad.toml:1:", &|host| drop(host.drop_in("bad", "[check.bad\n"))),
        ("bad.toml:4:", &|host| {
            drop(host.drop_in("bad", "[check.bad]\nwasm = \"minimal.wasm\"\nevery = \"1m\"\ncolour = 1\n"));
        }),
        // As an editor of another system writes it.
        ("bad.toml:4:2:", &|host| {
            let text = "\u{feff}[check.bad]\r\n\twasm = \"minimal.wasm\"\r\n\tevery = \"1m\"\r\n\tcolour\t=\t1\r\n";
            drop(host.drop_in("bad", text));
        }),
        ("n7", &|host| drop(host.drop_in("bad", "[check.n7]\nwasm = \"minimal.wasm\"\nevery = \"1m\"\n"))),
        ("chmod", &|host| {
            let path = host.drop_in("bad", "[check.bad]\nwasm = \"minimal.wasm\"\nevery = \"1m\"\n");
            fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o666)).expect("a mode");
        }),
        ("bad.toml", &|host| {
            std::os::unix::fs::symlink("bad.toml", host.path("etc/conf.d/bad.toml")).expect("a loop");
        }),
        ("bad.toml", &|host| drop(host.drop_in("bad", &"#".repeat(16 << 20)))),
    ];
    for (said, spoil) in spoilers {
        let host = host();
        for number in 0..39 {
            host.drop_in(
                &format!("n{number}"),
                &format!("[check.n{number}]\nwasm = \"minimal.wasm\"\nevery = \"1m\"\n"),
            );
        }
        // Such a file is as good as any.
        host.drop_in("n0", "\u{feff}[check.n0]\r\n\twasm\t= \"minimal.wasm\"\r\n\tevery = \"1m\"\t\r\n");
        spoil(&host);
        let output = host.run(["run", "--all", "--format", "json"]);
        let (mut good, mut lost) = (0, String::new());
        for verdict in output.json_lines().iter().filter(|verdict| verdict["check"] != "roundsman") {
            match verdict["failure"]["kind"].as_str() {
                None => good += 1,
                Some("config") => _ = write!(lost, "{} ", verdict["check"].as_str().unwrap_or_default()),
                Some(_) => panic!("{verdict}"),
            }
        }
        // `fast` and 39 others; of a name that two files give, none.
        assert_eq!(good, if said == "n7" { 39 } else { 40 }, "{said}: {output}");
        assert!(output.stderr.contains(said), "{said}: {}", output.stderr);
        assert_eq!(output.code, 78, "{said}: {}", output.stderr);
        let itself = output.json_lines().into_iter().find(|verdict| verdict["check"] == "roundsman").expect("itself");
        assert_eq!(itself["status"], "warning", "{said}: {itself}");
        assert_clean(&host, &[]);
        fs::remove_file(host.path("etc/conf.d/bad.toml")).expect("the bad file");
        assert_next_round(&host);
    }
}

/// E34: what a check remembers is the round's, whoever looks in between.
#[test]
fn a_run_by_hand_between_two_rounds_takes_no_line_from_them() {
    let host = host();
    let log = host.file("app.log", "before\n");
    host.drop_in(
        "app",
        &format!(
            "[check.app]\nwasm = \"log.wasm\"\nevery = \"1m\"\n[check.app.config]\npaths = [\"{0}\"]\ncritical = [\"boom\"]\n\
             [check.app.grant]\nfiles = [\"{0}\"]\n",
            log.display()
        ),
    );
    assert_next_round(&host);
    fs::write(&log, "before\nboom one\nboom two\n").expect("written");
    let (results, state) = (fs::read(host.path("state/results")), fs::read(host.path("state/state")));
    for _ in 0..2 {
        let output = host.run(["check", "app", "--format", "json"]);
        assert_eq!((output.code, output.json()["status"].as_str()), (2, Some("critical")), "{output}");
    }
    assert_eq!(fs::read(host.path("state/results")).ok(), results.ok(), "a run by hand wrote results");
    assert_eq!(fs::read(host.path("state/state")).ok(), state.ok(), "a run by hand wrote state");
    let output = host.run(["run", "--all", "--format", "json"]);
    let verdicts = output.json_lines();
    let app = verdicts.iter().find(|verdict| verdict["check"] == "app").expect("a verdict");
    assert_eq!(app["status"], "critical", "{app}");
    assert!(app.to_string().contains("boom one") && app.to_string().contains("boom two"), "{app}");
    assert_next_round(&host);
    // With --keep-state it is as a round's.
    fs::write(&log, "before\nboom one\nboom two\nboom three\n").expect("written");
    assert_eq!(host.run(["check", "app", "--keep-state"]).code, 2);
    assert_next_round(&host);
    assert!(checksummed(&host, "state").is_ok());
}
