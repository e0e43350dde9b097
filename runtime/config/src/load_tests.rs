//! Tests of layers, hiding and what no folder of the corpus can hold: modes, links, large files.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::Duration;

use super::*;
use crate::{ComponentPath, Schedule};
use roundsman_contract::Status;
use roundsman_tests::scratch::Scratch;

const CHECK: &str = "[check.NAME]\nwasm = 'x.wasm'\nevery = '5m'\n";

fn check_named(name: &str) -> String {
    CHECK.replace("NAME", name)
}

fn uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Returns `usr` and `etc` below a scratch directory, the main file in `etc`.
fn places(scratch: &Scratch, main: &str) -> Places {
    let mut places = Places::beside(&scratch.write("etc/roundsman.toml", main)).unwrap();
    places.layers = vec![scratch.path().join("usr"), scratch.path().join("etc/conf.d")];
    places
}

fn loaded(places: &Places) -> Config {
    load(places, uid()).unwrap()
}

fn names(config: &Config) -> Vec<&str> {
    config.checks.keys().map(String::as_str).collect()
}

fn main_error(main: impl AsRef<[u8]>) -> String {
    let scratch = Scratch::new();
    let file = scratch.write("roundsman.toml", main);
    let error = load(&Places::beside(&file).unwrap(), uid()).unwrap_err();
    error.to_string().replace(scratch.path().to_str().unwrap(), "DIR")
}

#[test]
fn a_later_layer_hides_files_of_the_same_name() {
    let scratch = Scratch::new();
    scratch.write("usr/disk.toml", check_named("packaged"));
    scratch.write("usr/load.toml", check_named("load"));
    scratch.write("usr/off.toml", check_named("off"));
    scratch.write("etc/conf.d/disk.toml", check_named("own"));
    scratch.write("etc/conf.d/off.toml", "");
    let config = loaded(&places(&scratch, &check_named("main")));
    assert_eq!(names(&config), ["load", "main", "own"]);
    assert!(config.refused.is_empty(), "{:?}", config.refused);
}

#[test]
fn only_toml_files_that_are_not_hidden_are_drop_ins() {
    let scratch = Scratch::new();
    for name in [".a.toml", "a.toml~", "a.toml.dpkg-old", "toml", "README"] {
        scratch.write(&format!("etc/conf.d/{name}"), "not TOML");
    }
    scratch.write("etc/conf.d/a.toml", check_named("a"));
    let config = loaded(&places(&scratch, ""));
    assert_eq!(names(&config), ["a"]);
    assert!(config.refused.is_empty());
}

#[test]
fn a_candidate_counts_as_if_it_stood_in_the_directory() {
    let scratch = Scratch::new();
    scratch.write("etc/conf.d/disk.toml", check_named("before"));
    let candidate = scratch.write("elsewhere/disk.toml", check_named("after"));
    fs::set_permissions(&candidate, fs::Permissions::from_mode(0o666)).unwrap();
    let places = places(&scratch, "");
    let config = load_with_candidates(&places, std::slice::from_ref(&candidate), uid()).unwrap();
    assert_eq!(names(&config), ["after"]);
    // One that is in its place is held to the rule.
    let in_place = scratch.path().join("etc/conf.d/disk.toml");
    fs::set_permissions(&in_place, fs::Permissions::from_mode(0o666)).unwrap();
    let config = load_with_candidates(&places, &[in_place], uid()).unwrap();
    assert_eq!(names(&config), Vec::<&str>::new());
    assert_eq!(config.refused.len(), 1);
    // The main file as a candidate is no drop-in.
    let config = load_with_candidates(&places, std::slice::from_ref(&places.main), uid()).unwrap();
    assert!(config.refused.iter().all(|refused| refused.file != places.main));
}

#[test]
fn what_others_may_write_gives_no_check() {
    let scratch = Scratch::new();
    let open = scratch.write("etc/conf.d/open.toml", check_named("open"));
    scratch.write("etc/conf.d/safe.toml", check_named("safe"));
    fs::set_permissions(&open, fs::Permissions::from_mode(0o664)).unwrap();
    let config = loaded(&places(&scratch, ""));
    assert_eq!(names(&config), ["safe"]);
    let expected = format!("{0} is writable by its group (mode 0664): chmod g-w {0}", open.display());
    assert_eq!(config.refused[0].problems, [expected]);
}

#[test]
fn a_main_file_that_others_may_write_stops_all() {
    let scratch = Scratch::new();
    let places = places(&scratch, "");
    fs::set_permissions(&places.main, fs::Permissions::from_mode(0o646)).unwrap();
    let error = load(&places, uid()).unwrap_err().to_string();
    assert_eq!(error, format!("{0} is writable by everyone (mode 0646): chmod o-w {0}", places.main.display()));
}

#[test]
fn no_main_file_is_no_configuration() {
    let scratch = Scratch::new();
    let main = scratch.path().join("none/roundsman.toml");
    let error = load(&Places::beside(&main).unwrap(), uid()).unwrap_err();
    assert!(matches!(&error, MainFileError::Missing(file) if *file == main), "{error}");
    // A link that leads nowhere is something else: the file is there, and says where it wants to go.
    let link = scratch.path().join("roundsman.toml");
    symlink(scratch.path().join("gone.toml"), &link).unwrap();
    let error = load(&Places::beside(&link).unwrap(), uid()).unwrap_err().to_string();
    assert!(error.ends_with("/gone.toml does not exist"), "{error}");
}

#[test]
fn drop_ins_that_cannot_be_read_are_refused_alone() {
    let scratch = Scratch::new();
    let directory = scratch.path().join("etc/conf.d");
    scratch.write("etc/conf.d/good.toml", check_named("good"));
    scratch.write("etc/conf.d/directory.toml/x", "");
    symlink("loop.toml", directory.join("loop.toml")).unwrap();
    symlink("nowhere", directory.join("dangling.toml")).unwrap();
    symlink("/dev/null", directory.join("null.toml")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        directory.join("pipe.toml"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from(0o600),
        0,
    )
    .unwrap();
    scratch.write("etc/conf.d/large.toml", vec![b'#'; 10 << 20]);
    let config = loaded(&places(&scratch, ""));
    assert_eq!(names(&config), ["good"]);
    let told: Vec<String> = config
        .refused
        .iter()
        .map(|refused| refused.problems.join("|").replace(directory.to_str().unwrap(), "DIR"))
        .collect();
    assert_eq!(
        told,
        [
            "DIR/dangling.toml leads to DIR/nowhere, which does not exist: mend the link, or remove it",
            "DIR/directory.toml is a directory, not a regular file",
            "DIR/large.toml is larger than 1024 KiB, the most that a configuration file may have: is it one?",
            "DIR/loop.toml leads through more than 40 symbolic links: it goes round in a circle",
            "/dev/null is writable by its group and everyone (mode 0666): chmod go-w /dev/null",
            "DIR/pipe.toml is a named pipe, not a regular file",
        ]
    );
}

#[test]
fn a_directory_of_drop_ins_that_is_a_file_is_told() {
    let scratch = Scratch::new();
    scratch.write("etc/conf.d", "");
    let config = loaded(&places(&scratch, &check_named("main")));
    assert_eq!(names(&config), ["main"]);
    assert!(config.refused[0].problems[0].contains("cannot be listed"), "{:?}", config.refused);
}

#[test]
fn a_main_file_of_ten_megabytes_is_an_error() {
    assert_eq!(
        main_error(vec![b' '; 10 << 20]),
        "DIR/roundsman.toml is larger than 1024 KiB, the most that a configuration file may have: is it one?"
    );
}

#[test]
fn defaults_hold_and_what_is_written_replaces_them() {
    let scratch = Scratch::new();
    let main = "[paths]\nstate = 'state'\n[limits]\nfile = '2MiB'\ncommands = 3\n\
                [defaults]\nevery = '10m'\non_failure = 'critical'\nenabled = false\nlimits.read = 7\n\
                [check.a]\nwasm = 'sub/x.wasm'\n[check.b]\nwasm = 'x.wasm'\ncron = '0 3 * * *'\nenabled = true\n\
                on_failure = 'warning'\n[check.b.limits]\nfile = 5\ntimeout = '1m'\n";
    let config = loaded(&places(&scratch, main));
    let etc = scratch.path().join("etc");
    assert_eq!(config.paths.state, etc.join("state"));
    assert_eq!(config.run.tick, Duration::from_secs(60));
    assert_eq!((config.run.parallel, config.run.worker_uid, config.run.require.is_none()), (4, 60_720, true));

    let (a, b) = (&config.checks["a"], &config.checks["b"]);
    assert_eq!(a.component, ComponentPath::At(etc.join("sub/x.wasm")));
    assert_eq!(b.component, ComponentPath::Named("x.wasm".to_owned()));
    assert_eq!(a.schedule, Schedule::Every(Duration::from_secs(600)));
    assert_eq!(b.schedule, Schedule::Cron { expression: "0 3 * * *".to_owned(), timezone: "local".to_owned() });
    assert_eq!((a.enabled, b.enabled), (false, true));
    assert_eq!((a.on_failure, b.on_failure), (Status::Critical, Status::Warning));
    assert_eq!((a.limits.file, a.limits.read, a.limits.commands), (2 << 20, 7, 3));
    assert_eq!((b.limits.file, b.limits.read, b.limits.timeout), (5, 7, Duration::from_secs(60)));
    assert_eq!((a.origin.line, b.origin.line), (11, 13));
    assert!(a.grants.files.is_empty() && a.grants.commands.is_empty() && a.thresholds.is_empty());
}

#[test]
fn the_sample_of_the_interface_is_resolved_whole() {
    use roundsman_grants::{EnvValue, Filesystems, StdinGrant};
    let scratch = Scratch::new();
    let sample = include_str!("../../../tests/cases/config/everything/roundsman.toml");
    let config = loaded(&places(&scratch, sample));
    let disk = &config.checks["disk"];
    assert_eq!(disk.severity.values().copied().collect::<Vec<_>>(), [Status::Warning]);
    assert_eq!(disk.options["exclude_types"], serde_json::json!(["tmpfs", "overlay"]));
    let entries = &disk.thresholds["used_percent"];
    assert_eq!(entries.len(), 3);
    let selector: Vec<(&str, &str)> = entries[1].selector.iter().map(|(l, g)| (l.as_str(), g.as_str())).collect();
    assert_eq!(selector, [("mount", "/data/*")]);
    assert_eq!(entries[1].absent, Some(Status::Critical));
    assert_eq!(entries[2].critical.as_ref().map(|range| range.range.high), Some(90.0));
    assert_eq!(entries[2].origin.line, entries[0].origin.line + 2);
    assert_eq!(disk.thresholds["free_bytes"][0].critical.as_ref().map(|r| r.range.low), Some(50.0 * 1_073_741_824.0));
    assert_eq!(disk.grants.filesystems, Filesystems::Mounted);
    assert_eq!(disk.grants.user.as_deref(), Some("root"));
    let command = &disk.grants.commands[0];
    assert_eq!(command.argv.program(), "/usr/sbin/smartctl");
    assert_eq!((command.timeout, command.memory), (Some(Duration::from_secs(20)), Some(128 << 20)));
    assert_eq!(command.env["PGPASSWORD"], EnvValue::File("/etc/roundsman/secrets/pg".into()));
    assert_eq!(command.stdin, StdinGrant::None);
    assert_eq!(config.run.require.as_ref().map(Vec::len), Some(2));
}

#[test]
fn a_configuration_cut_anywhere_never_panics() {
    let scratch = Scratch::new();
    let sample = include_str!("../../../tests/cases/config/everything/roundsman.toml");
    let places = places(&scratch, "");
    for at in (0..sample.len()).step_by(37) {
        scratch.write("etc/roundsman.toml", &sample.as_bytes()[..at]);
        scratch.write("etc/conf.d/rest.toml", &sample.as_bytes()[at..]);
        let _ = load(&places, uid());
    }
}

#[test]
fn a_name_that_looks_like_a_drop_in_is_noticed() {
    for odd in [
        "a.TOML",
        "a.toml.txt",
        "a.toml.bak",
        ".TOML",
        "a.tOml",
        "toml",
        "a.toml ",
        "a.conf",
        "a.yaml",
        ".a.toml",
        ".toml",
    ] {
        assert!(super::is_stranger(odd), "{odd}");
    }
    let left = ["a.toml.rpmnew", "a.toml.rpmsave", "a.toml.dpkg-dist", "a.toml.ucf-old", "a.toml~", "a.toml.dpkg-new"];
    for fine in left.into_iter().chain(["a.toml", "README", ".#a.toml"]) {
        assert!(!super::is_stranger(fine), "{fine}");
    }
}

#[test]
fn a_directory_of_drop_ins_below_is_noticed() {
    let scratch = Scratch::new();
    scratch.write("etc/conf.d/site/a.toml", check_named("a"));
    scratch.write("etc/conf.d/notes/README", "");
    scratch.write("etc/conf.d/b.toml", check_named("b"));
    let config = loaded(&places(&scratch, ""));
    assert_eq!(names(&config), ["b"]);
    assert_eq!(config.strangers, [scratch.path().join("etc/conf.d/site")]);
}
