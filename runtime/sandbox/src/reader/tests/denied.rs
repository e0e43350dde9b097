//! Files that no grant gives, on the real host: each is first shown to be readable without confinement.

use std::fs;
use std::io::Write;
use std::process::{Child, Command};

use rustix::event::{PollFd, PollFlags, poll};

use super::*;

/// As wide as an operator could be.
const WIDE: [&str; 7] =
    ["/proc/*", "/proc/*/*", "/proc/*/*/*", "/proc/*/*/*/*", "/proc/*/*/*/*/*", "/sys/*/*", "/etc/*"];

/// Another process, that is ended with the test.
struct Other(Child);

impl Other {
    fn start() -> Self {
        let child = Command::new("sleep").arg("60").env("SECRET", "hunter2").spawn().unwrap();
        // The kernel lets the parent go on before it has laid out the program's stack, where the environment is.
        while fs::read(format!("/proc/{}/environ", child.id())).unwrap().is_empty() {
            std::thread::yield_now();
        }
        Self(child)
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn a01_other_spellings() {
    assert!(fs::read("/proc/../etc/passwd").is_ok());
    for path in ["/proc/../etc/passwd", "/proc/net/../../etc/passwd", "//proc/stat", "/proc/./stat", "/proc/stat\0"] {
        assert!(denied(host(&WIDE).read(path)).hint.starts_with("# "), "{path}");
    }
    assert!(host(&WIDE).read("/proc/stat").is_ok());
}

#[test]
fn a02_links_that_are_more_than_a_path() {
    let other = Other::start();
    let process = format!("/proc/{}", other.0.id());
    for link in ["root/etc/passwd", "exe", "fd/0", "ns/mnt", "cwd/Cargo.toml", "task/TID/root/etc/passwd"] {
        let path = format!("{process}/{}", link.replace("TID", &other.0.id().to_string()));
        assert!(fs::File::open(&path).is_ok() || link == "fd/0", "{path}");
        denied(host(&WIDE).read(&path));
    }
    let found = host(&WIDE).read_glob(&format!("{process}/*/*")).unwrap();
    let read: Vec<_> = found.iter().filter(|(_, data)| data.is_ok()).map(|(path, _)| path).collect();
    assert!(!read.is_empty() && !read.iter().any(|path| path.contains("/root/") || path.contains("/fd/")), "{read:?}");
    // A refused file is among those that were found, and not left out.
    let descriptor = found.iter().find(|(path, _)| path.ends_with("/fd/0")).map(|(_, data)| data.clone());
    assert!(matches!(descriptor, Some(Err(Error::Denied(_)))), "{descriptor:?}");
}

#[test]
fn a03_secrets_of_processes_and_of_the_kernel() {
    let other = Other::start();
    let process = format!("/proc/{}", other.0.id());
    assert!(fs::read_to_string(format!("{process}/environ")).unwrap().contains("hunter2"));
    for name in ["environ", "mem", "auxv", "maps", "smaps", "smaps_rollup", "pagemap", "syscall", "stack"] {
        let hint = denied(host(&WIDE).read(&format!("{process}/{name}"))).hint;
        assert!(hint.contains("unsafe_files"), "{hint}");
        denied(host(&WIDE).read(&format!("{process}/task/{}/{name}", other.0.id())));
    }
    for path in ["/proc/kcore", "/proc/kallsyms", "/proc/keys", "/proc/kpagecount", "/proc/vmcore", "/etc/shadow"] {
        denied(host(&WIDE).read(path));
    }
    let found = host(&WIDE).read_glob(&format!("{process}/*")).unwrap();
    assert!(found.iter().any(|(path, _)| path.ends_with("/stat")));
    assert!(
        found.iter().all(|(_, data)| !data.as_ref().is_ok_and(|data| data.windows(7).any(|part| part == b"hunter2")))
    );
    let spelled_out = Grants { unsafe_files: vec![format!("{process}/environ")], ..Grants::default() };
    let mut reader = reader(&Root::Host, spelled_out, LIMITS.budget(), Vec::new());
    assert!(reader.read(&format!("{process}/environ")).is_ok());
}

#[test]
fn a04_processes_of_our_own() {
    let own = format!("/proc/{}", std::process::id());
    assert!(fs::read(format!("{own}/status")).is_ok());
    for path in ["/proc/self/status", "/proc/thread-self/status", &format!("{own}/status")] {
        denied(host(&WIDE).read(path));
        denied(host(&WIDE).stat(path));
    }
    let found = host(&WIDE).paths("/proc/*/status");
    assert!(found.len() > 1, "{found:?}");
    assert!(!found.iter().any(|path| path.contains("self") || path.starts_with(&format!("{own}/"))), "{found:?}");
}

#[test]
fn a08_a_read_that_takes_the_kernels_messages() {
    fs::OpenOptions::new()
        .write(true)
        .open("/dev/kmsg")
        .unwrap()
        .write_all(b"roundsman: a test writes this line\n")
        .unwrap();
    let unread = || {
        let kmsg = fs::File::open("/proc/kmsg").unwrap();
        let mut polled = [PollFd::new(&kmsg, PollFlags::IN)];
        poll(&mut polled, Some(&rustix::time::Timespec { tv_sec: 0, tv_nsec: 0 })).unwrap() == 1
    };
    assert!(unread(), "there is something to take");
    assert!(denied(host(&WIDE).read("/proc/kmsg")).hint.contains("takes the kernel's messages away"));
    let found = host(&WIDE).read_glob("/proc/kms*").unwrap();
    assert!(matches!(&found[..], [(path, Err(Error::Denied(_)))] if path == "/proc/kmsg"), "{found:?}");
    assert!(unread(), "and it is still there");
}

#[test]
fn a10_devices() {
    assert!(fs::File::open("/dev/zero").is_ok());
    let error = PathPattern::parse("/dev/zero").unwrap_err();
    assert!(error.to_string().contains("never granted"), "{error}");
    denied(host(&["/*/*"]).read("/dev/zero"));
    let mut reader = reader(&Root::Host, grants(&[], &["/*/*"]), LIMITS.budget(), Vec::new());
    denied(reader.stat("/dev/zero"));
    let found = reader.stat_glob("/*/*").unwrap();
    assert!(found.len() > 10 && !found.iter().any(|(path, _)| path.starts_with("/dev/")));
}

#[test]
fn a23_a_directory_is_no_file() {
    let hint = denied(host(&WIDE).read("/proc/sys")).hint;
    assert_eq!(hint, "# `/proc/sys` is a directory, not a regular file");
    denied(host(&WIDE).read("/proc/1/"));
}

#[test]
fn nothing_without_a_grant() {
    let nothing = host(&[]);
    for request in [
        Call::Read { path: "/proc/stat".to_owned() },
        Call::ReadAt { path: "/proc/stat".to_owned(), offset: 0, max: 1 },
        Call::ReadGlob { pattern: "/proc/*".to_owned() },
        Call::Stat { path: "/proc/stat".to_owned() },
        Call::StatGlob { pattern: "/*".to_owned() },
        Call::Usage { path: "/".to_owned() },
        Call::Mounts,
    ] {
        let Reply::Error(error) = nothing.serve(&request) else { panic!("{request:?}") };
        denied::<()>(Err(error));
    }
    let granted = GrantedFiles { files: vec![], metadata: vec![], filesystems: vec![] };
    assert_eq!(nothing.serve(&Call::Granted), Reply::Files(Answer::Granted(granted)));
}
