//! Tests that need a mount namespace, an account or a system call filter of their own.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use rustix::process::{Gid, Uid};
use rustix::thread::{set_thread_gid, set_thread_groups, set_thread_uid};
use seccompiler::{SeccompAction, SeccompFilter};

use super::*;
use roundsman_tests::scratch::Scratch;

/// In the run inside: a directory to mount things in, removed by the run outside.
const INSIDE: &str = "ROUNDSMAN_TEST_INSIDE";

/// Runs the test of this name again after `prepare`, a shell script, in a mount namespace. Gives the directory `$INSIDE`
/// of the script in the run inside.
fn inside(name: &str, prepare: &str) -> Option<String> {
    if let Ok(directory) = std::env::var(INSIDE) {
        return Some(directory);
    }
    let scratch = Scratch::new();
    let script = format!("set -e; INSIDE=${INSIDE}; {prepare}; exec \"$0\" --exact reader::tests::inside::{name}");
    let output = Command::new("unshare")
        .args(["--mount", "--propagation", "private", "sh", "-c", &script])
        .arg(std::env::current_exe().unwrap())
        .env(INSIDE, scratch.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "inside: {text}");
    None
}

/// Of this thread only, which ends with the test.
fn become_nobody() {
    set_thread_groups(&[]).unwrap();
    set_thread_gid(Gid::from_raw(65_534)).unwrap();
    set_thread_uid(Uid::from_raw(65_534)).unwrap();
}

#[test]
fn a17_something_else_mounted_over_a_file_of_proc() {
    if let Some(directory) = inside(
        "a17_something_else_mounted_over_a_file_of_proc",
        "mount --bind /etc/passwd /proc/loadavg; mount --bind /etc/passwd /sys/class/net/lo/operstate; \
         mount -t proc proc \"$INSIDE\"",
    ) {
        let expected = fs::read("/etc/passwd").unwrap();
        assert_eq!(fs::read("/proc/loadavg").unwrap(), expected);
        for path in ["/proc/loadavg", "/sys/class/net/lo/operstate"] {
            let hint = denied(host(&[path]).read(path)).hint;
            assert_eq!(hint, format!("# `{path}` leads out of its file system, by a link or by a mount over it"));
        }
        let found = host(&["/proc/*"]).read_glob("/proc/loadav*").unwrap();
        assert!(matches!(&found[..], [(_, Err(Error::Denied(_)))]), "{found:?}");
        // And the other way: /proc where the hard-deny list does not look for it.
        let (path, wide) = (format!("{directory}/stat"), format!("{directory}/*/*"));
        assert!(fs::read(&path).is_ok());
        assert!(denied(host(&[&path]).read(&path)).hint.contains("file system that belongs there"));
        let secrets = format!("{directory}/*/environ");
        let found = host(&[&wide]).read_glob(&secrets).unwrap();
        assert!(!found.is_empty() && found.iter().all(|(_, data)| matches!(data, Err(Error::Denied(_)))), "{found:?}");
    }
}

#[test]
fn trees_of_the_kernel_that_are_mounted_elsewhere() {
    if let Some(directory) = inside(
        "trees_of_the_kernel_that_are_mounted_elsewhere",
        "mkdir \"$INSIDE\"/sys \"$INSIDE\"/config; mount -t sysfs sysfs \"$INSIDE\"/sys; \
         mount --bind /sys/kernel \"$INSIDE\"/config",
    ) {
        for path in ["sys/kernel/notes", "sys/kernel/uevent_seqnum", "config/notes"] {
            let path = format!("{directory}/{path}");
            assert!(fs::read(&path).is_ok(), "{path}");
            assert!(denied(host(&[&path]).read(&path)).hint.contains("file system that belongs there"), "{path}");
        }
    }
}

#[test]
fn files_that_no_pattern_grants_by_another_mount() {
    if let Some(directory) = inside(
        "files_that_no_pattern_grants_by_another_mount",
        "mkdir \"$INSIDE\"/etc; : > \"$INSIDE\"/one; mount --bind /etc \"$INSIDE\"/etc; \
         mount --bind /etc/shadow \"$INSIDE\"/one",
    ) {
        let wide = [format!("{directory}/*"), format!("{directory}/*/*")];
        let reader = || host(&wide.each_ref().map(String::as_str));
        for path in ["etc/shadow", "one"] {
            let path = format!("{directory}/{path}");
            assert_eq!(fs::read(&path).unwrap(), fs::read("/etc/shadow").unwrap());
            let hint = denied(reader().read(&path)).hint;
            assert!(hint.contains("is `/etc/shadow` by another name: it holds password hashes"), "{hint}");
            assert!(hint.ends_with("unsafe_files = [\"/etc/shadow\"]"), "{hint}");
        }
        assert_eq!(reader().read(&format!("{directory}/etc/passwd")), Ok(fs::read("/etc/passwd").unwrap()));
    }
}

#[test]
fn a18_proc_is_not_mounted() {
    if inside("a18_proc_is_not_mounted", "umount --lazy /proc").is_some() {
        assert!(!fs::exists("/proc/stat").unwrap());
        let unavailable = || Error::other("unavailable", "procfs unavailable: it is not mounted at /proc");
        assert_eq!(host(&["/proc/stat"]).read("/proc/stat"), Err(unavailable()));
        assert_eq!(host(&["/proc/*/stat"]).read_glob("/proc/*/stat"), Err(unavailable()));
        assert_eq!(host(&["/etc/passwd"]).read("/etc/passwd"), Err(unavailable()));
        let all = Grants { filesystems: Filesystems::Mounted, ..Grants::default() };
        let reader = reader(&Root::Host, all, LIMITS.budget(), vec![]);
        assert_eq!(reader.serve(&Call::Mounts), Reply::Error(unavailable()));
    }
}

#[test]
fn a18_processes_are_hidden() {
    if inside("a18_processes_are_hidden", "mount -t proc -o hidepid=2 proc /proc").is_some() {
        assert!(!host(&["/proc/*/stat"]).paths("/proc/*/stat").is_empty(), "root sees them");
        become_nobody();
        assert_eq!(host(&["/proc/*/stat"]).paths("/proc/*/stat"), Vec::<String>::new());
        assert_eq!(host(&["/proc/*/stat"]).read("/proc/1/stat"), Err(Error::NotFound));
        assert!(host(&["/proc/stat"]).read("/proc/stat").is_ok());
    }
}

#[test]
fn what_an_account_may_not_read() {
    let scratch = Scratch::new();
    let path = scratch.write("a/file", "content");
    let mode = |mode| std::os::unix::fs::PermissionsExt::from_mode(mode);
    fs::set_permissions(&path, mode(0o600)).unwrap();
    let directory = path.parent().unwrap();
    let (path, pattern) = (path.to_str().unwrap(), format!("{}/*", directory.to_str().unwrap()));
    assert!(host(&[&pattern]).read(path).is_ok());
    let refused = || Error::Io("EACCES".to_owned());
    std::thread::scope(|threads| {
        threads.spawn(|| {
            become_nobody();
            assert_eq!(host(&[&pattern]).read(path), Err(refused()));
            assert_eq!(host(&[&pattern]).read_glob(&pattern), Ok(vec![(path.to_owned(), Err(refused()))]));
        });
    });
    // A directory that cannot be listed is not an empty one.
    fs::set_permissions(directory, mode(0o700)).unwrap();
    let listed = directory.to_str().unwrap().to_owned();
    std::thread::scope(|threads| {
        threads.spawn(|| {
            become_nobody();
            assert_eq!(host(&[&pattern]).read_glob(&pattern), Ok(vec![(listed, Err(refused()))]));
        });
    });
}

#[test]
fn a19_openat2_is_missing_or_forbidden() {
    for (number, expected) in [
        (libc::ENOSYS, Error::other("unavailable", "openat2 is missing: Linux 5.6 or newer is needed")),
        (libc::EPERM, Error::Io("EPERM".to_owned())),
    ] {
        std::thread::spawn(move || {
            let architecture = std::env::consts::ARCH.try_into().unwrap();
            let action = SeccompAction::Errno(u32::try_from(number).unwrap());
            let rules = BTreeMap::from([(libc::SYS_openat2, Vec::new())]);
            let filter = SeccompFilter::new(rules, SeccompAction::Allow, action, architecture).unwrap();
            let mut reader = host(&["/proc/stat", "/proc/*/stat"]);
            assert!(reader.read("/proc/stat").is_ok());
            let program: seccompiler::BpfProgram = filter.try_into().unwrap();
            seccompiler::apply_filter(&program).unwrap();
            // Refused, never opened in a weaker way.
            assert_eq!(reader.read("/proc/stat"), Err(expected.clone()));
            let listed = reader.read_glob("/proc/*/stat");
            assert!(
                matches!(&listed, Err(error) if *error == expected)
                    || listed == Ok(vec![("/proc".to_owned(), Err(expected))])
            );
        })
        .join()
        .unwrap();
    }
}
