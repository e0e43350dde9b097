//! A cache that cannot be used costs time and no check.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use crate::started::{host, kept, quiet, round};
use crate::traced::{opened, runs_from_a_file};

#[test]
fn a_cache_that_cannot_be_used_costs_no_check() {
    let told = |prepare: &dyn Fn(&Path), why: &str| {
        let host = host(&[("one", "minimal")]);
        let cache = host.path("cache");
        prepare(&cache);
        let (output, reports) = round(&host);
        assert_eq!((output.code, reports["one"]["summary"].as_str()), (0, Some("it lives")), "{why}: {output}");
        let lines: Vec<&str> = output.stderr.lines().collect();
        assert!(lines.len() == 1 && lines[0].contains(why), "not one line with {why:?}: {output}");
        host
    };
    let directory = |path: &Path| fs::create_dir(path).expect("a directory");
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
    let host = told(
        &|cache| {
            directory(cache);
            mode(cache, 0o777);
        },
        "chmod",
    );
    assert!(kept(&host, "").is_empty(), "nothing is written there");
    told(
        &|cache| {
            directory(cache);
            std::os::unix::fs::chown(cache, Some(65_534), None).expect("root gives a directory away");
        },
        "belongs to uid 65534",
    );
    told(&|cache| fs::write(cache, "a file").expect("a file"), "not a directory");
    told(&|cache| symlink("/nowhere/at/all", cache).expect("a link"), "/nowhere");
}

#[test]
fn a_full_cache_costs_no_check() {
    let host = host(&[("one", "minimal")]);
    let cache = host.path("cache");
    fs::create_dir(&cache).expect("a directory");
    let mount = |args: &[&str]| {
        let done = Command::new(args[0]).args(&args[1..]).arg(&cache).status().expect("mount");
        assert!(done.success(), "mounting takes root");
    };
    mount(&["mount", "-t", "tmpfs", "-o", "size=16k,mode=700", "tmpfs"]);
    let (full, _) = round(&host);
    let compile = host.run(["compile"]);
    assert_eq!(compile.code, 74, "{compile}");
    let litter = kept(&host, ".tmp");
    mount(&["mount", "-o", "remount,ro"]);
    let (read_only, reports) = round(&host);
    mount(&["umount"]);
    for (output, why) in [(&full, "No space left"), (&read_only, "Read-only")] {
        assert_eq!(output.code, 0, "{output}");
        assert!(output.stderr.contains(why) && output.stderr.lines().count() <= 2, "{output}");
    }
    assert_eq!(reports["one"]["summary"], "it lives");
    assert!(litter.is_empty(), "{litter:?}");
}

/// On a file system from which nothing is executed the code is copied.
#[test]
fn a_cache_on_a_noexec_mount_works_by_copying() {
    let host = host(&[("one", "minimal")]);
    let cache = host.path("cache");
    fs::create_dir(&cache).expect("a directory");
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "noexec,mode=700", "tmpfs"]).arg(&cache).status();
    assert!(mounted.expect("mount").success(), "mounting takes root");
    quiet(&host, "one", "it lives");
    quiet(&host, "one", "it lives");
    assert!(!runs_from_a_file(&opened(&host, &["run", "--all"])));
    let entries = kept(&host, ".code");
    let doctor = host.run(["doctor"]);
    assert!(Command::new("umount").arg(&cache).status().expect("umount").success());
    assert_eq!(entries.len(), 1);
    assert!(doctor.stdout.contains("noexec"), "{doctor}");
}

#[test]
fn who_cannot_read_the_cache_compiles_and_says_nothing() {
    let host = host(&[("one", "minimal")]);
    quiet(&host, "one", "it lives");
    let output = host.run_as_nobody(["check", "one"]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
    assert!(output.stdout.starts_with("OK: it lives"), "{output}");
}
