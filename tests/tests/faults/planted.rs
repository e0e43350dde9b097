//! E06: what another user puts where a state, a log or a lock should be: the victim is not touched, and nothing hangs.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, lchown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use roundsman_tests::{Host, Output};

use crate::after::{assert_next_round, host, main, processes, shows};

const NOBODY: u32 = 65_534;
const VICTIM: &str = "root:x:0:0:root:/root:/bin/sh\n";

/// A host with a directory that all may write, such as `/tmp`, and a file of root's that nobody else may.
fn shared() -> (Host, PathBuf, PathBuf) {
    let host = host();
    let shared = host.path("shared");
    fs::create_dir(&shared).expect("a directory");
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o1777)).expect("a mode");
    let victim = host.file("victim", VICTIM);
    (host, shared, victim)
}

/// The checks ran, what could not be stored is said, and the victim is as it was.
#[track_caller]
fn assert_refused(host: &Host, output: &Output, path: &Path, victim: &Path) {
    assert_eq!(output.code, 74, "{output}");
    assert!(shows(output, "OK", "fast"), "{output}");
    assert!(output.stderr.contains(path.to_str().expect("UTF-8")), "it is not named: {output}");
    assert_eq!(fs::read_to_string(victim).expect("the victim"), VICTIM);
    assert!(processes(host).is_empty(), "{:?}", processes(host));
}

fn fifo(path: &Path, owner: u32) {
    assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo").success());
    chown(path, Some(owner), Some(owner)).expect("an owner");
}

#[test]
fn a_log_that_another_user_planted_is_not_written() {
    let (host, shared, victim) = shared();
    let log = shared.join("roundsman.log");
    host.file("etc/roundsman.toml", paths(&host, "state", &log));

    symlink(&victim, &log).expect("a link");
    lchown(&log, Some(NOBODY), Some(NOBODY)).expect("an owner");
    assert_refused(&host, &host.run(["run", "--all"]), &log, &victim);
    fs::remove_file(&log).expect("a link");

    // With `fs.protected_hardlinks` on, another user could not make this hard link.
    fs::hard_link(&victim, &log).expect("a link");
    assert_refused(&host, &host.run(["run", "--all"]), &log, &victim);
    fs::remove_file(&log).expect("a link");

    fifo(&log, NOBODY);
    assert_refused(&host, &host.run(["run", "--all"]), &log, &victim);
    // With somebody who reads it.
    let reader = fs::File::options().read(true).write(true).open(&log).expect("a pipe");
    assert_refused(&host, &host.run(["run", "--all"]), &log, &victim);
    drop(reader);
    fs::remove_file(&log).expect("a pipe");

    fs::write(&log, "").expect("a file");
    chown(&log, Some(NOBODY), Some(NOBODY)).expect("an owner");
    assert_refused(&host, &host.run(["run", "--all"]), &log, &victim);
    assert_eq!(fs::read_to_string(&log).expect("a file"), "", "another user would read it");
    fs::remove_file(&log).expect("a file");

    assert_eq!(host.run(["run", "--all"]).code, 0, "what is ours is written there");
    assert!(fs::read_to_string(&log).expect("a log").contains("fast"));
}

/// A link that the operator made, in a place that is the operator's alone.
#[test]
fn a_log_may_be_a_link_of_the_operator() {
    let host = host();
    symlink(host.path("elsewhere.log"), host.path("roundsman.log")).expect("a link");
    assert_next_round(&host);
    assert!(host.path("elsewhere.log").is_file());
}

#[test]
fn a_state_directory_that_another_user_planted_is_not_used() {
    let (host, shared, victim) = shared();
    let state = shared.join("state");
    host.file("etc/roundsman.toml", paths(&host, "shared/state", &host.path("roundsman.log")));
    let theirs = shared.join("theirs");
    fs::create_dir(&theirs).expect("a directory");
    chown(&theirs, Some(NOBODY), Some(NOBODY)).expect("an owner");
    let plants: [&dyn Fn(); 3] = [
        &|| {
            symlink(&theirs, &state).expect("a link");
            lchown(&state, Some(NOBODY), Some(NOBODY)).expect("an owner");
        },
        &|| {
            fs::create_dir(&state).expect("a directory");
            chown(&state, Some(NOBODY), Some(NOBODY)).expect("an owner");
        },
        &|| fifo(&state, NOBODY),
    ];
    for plant in plants {
        plant();
        let output = host.run(["run", "--all"]);
        assert_eq!(output.code, 74, "{output}");
        assert!(output.stderr.contains(state.to_str().expect("UTF-8")), "it is not named: {output}");
        assert_eq!(fs::read_dir(&theirs).expect("a directory").count(), 0, "something was put into theirs");
        assert_eq!(fs::read_to_string(&victim).expect("the victim"), VICTIM);
        if state.is_dir() && !state.is_symlink() {
            fs::remove_dir_all(&state).expect("a directory");
        } else {
            fs::remove_file(&state).expect("a file");
        }
    }
}

/// Only root could do so, or a restored backup: it is said, nothing hangs, and nothing is followed.
#[test]
fn links_and_pipes_among_the_state_are_not_followed() {
    // The last is that of the only check that the host has.
    for lock in ["locks", "state.lock", "locks.N"] {
        let (host, _shared, victim) = shared();
        assert_next_round(&host);
        let numbered = fs::read_dir(host.path("state")).expect("a directory").filter_map(Result::ok);
        let numbered =
            numbered.map(|it| it.file_name().into_string().expect("UTF-8")).find(|it| it.starts_with("locks."));
        let numbered = numbered.expect("the file of a check's lock");
        let lock = if lock == "locks.N" { numbered.as_str() } else { lock };
        let path = host.path("state").join(lock);
        for plant in [&|| symlink(&victim, &path).expect("a link") as (), &|| fifo(&path, 0) as ()] as [&dyn Fn(); 2] {
            fs::remove_file(&path).expect("a lock");
            plant();
            assert_refused(&host, &host.run(["run", "--all"]), &path, &victim);
        }
        fs::remove_file(&path).expect("a pipe");
        assert_next_round(&host);
    }
}

/// The main file of a host whose state and log are elsewhere.
fn paths(host: &Host, state: &str, log: &Path) -> String {
    main(host, "");
    let toml = fs::read_to_string(host.path("etc/roundsman.toml")).expect("the main file");
    let place = |name: &str| host.path(name).display().to_string();
    let toml = toml.replace(&format!("\"{}\"", place("state")), &format!("\"{}\"", place(state)));
    toml.replace(&place("roundsman.log"), &log.display().to_string())
}

/// Something of another kind, and nobody's attack: what is told is how to take it away, and that mends it.
#[test]
fn what_is_in_the_way_of_a_file_of_ours_is_named_with_the_command_that_removes_it() {
    let host = host();
    let round = || host.run(["run", "--all"]);
    assert_eq!(round().code, 0);
    let cache = fs::read_dir(host.path("cache")).expect("the cache");
    let names = cache.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"));
    let index = names.filter(|name| name.starts_with("index")).map(|name| format!("cache/{name}")).next();
    let index = index.expect("the index of the cache");
    let directories = ["state/locks", "state/state.lock", "state/results.tmp", "state/state.tmp", "cache/lock", &index];
    let links = ["state/locks", "state/state.lock", "cache/lock"];
    let plants = directories.map(|place| (place, "mkdir -p", "/x")).into_iter();
    let plants = plants.chain(links.map(|place| (place, "ln -s /nowhere", ""))).chain([(
        "state/results.corrupt",
        "mkdir -p",
        "/x",
    )]);
    for (place, plant, below) in plants {
        let path = host.path(place);
        let path = path.to_str().expect("UTF-8");
        let sh = |script: &str| assert!(Command::new("sh").args(["-ec", script]).status().expect("a shell").success());
        // What is set aside is so only where there is something to set aside; the cache is written where it has news.
        let damage = if place.ends_with("corrupt") { host.path("state/results") } else { host.path(&index) };
        sh(&format!(
            "rm -rf '{path}' '{0}'; {plant} '{path}{below}'; [ -e '{0}' ] || echo x > '{0}'",
            damage.display()
        ));
        let output = round();
        let what = if below.is_empty() { "a symbolic link" } else { "a directory" };
        let told = format!("{path} is {what}, where a file of ours should be: ");
        let (_, remedy) = output.stderr.split_once(&told).unwrap_or_else(|| panic!("{place}: {output}"));
        assert!(shows(&output, "OK", "fast"), "{place}: {output}");
        let remedy = remedy.split(['\n', ';']).next().expect("a command");
        assert!(remedy.starts_with("rm ") && remedy.ends_with(path), "{remedy}");
        sh(remedy);
        round();
        let output = round();
        assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{place}: {output}");
    }
}
