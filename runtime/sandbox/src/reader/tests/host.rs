//! Files that must be readable on a real host.

use std::fs;

use rustix::fs::{OFlags, fcntl_getfl};

use super::*;
use roundsman_contract::{FileKind, Space};
use roundsman_grants::scope::Scope;

#[test]
fn a05_the_kernels_own_links() {
    let block = fs::read_dir("/sys/block").unwrap().next().unwrap().unwrap().file_name().into_string().unwrap();
    let block = format!("/sys/block/{block}/stat");
    for path in ["/proc/net/dev", "/proc/mounts", "/sys/class/net/lo/operstate", &block] {
        assert_eq!(host(&[path]).read(path).map(|data| data.is_empty()), Ok(false), "{path}");
    }
    let mut all = host(&["/sys/class/net/*/operstate", "/sys/class/net/*/statistics/rx_*"]);
    assert!(all.paths("/sys/class/net/*/operstate").contains(&"/sys/class/net/lo/operstate".to_owned()));
    assert!(all.paths("/sys/class/net/l*/statistics/*").contains(&"/sys/class/net/lo/statistics/rx_bytes".to_owned()));
}

#[test]
fn a07_nothing_is_open_for_writing() {
    let path = "/proc/sys/vm/swappiness";
    assert!(fs::OpenOptions::new().write(true).open(path).is_ok());
    let reader = host(&[path]);
    let scope = Scope { grants: &reader.grants, own: &[], secrets: &[] };
    let file = open::file(&reader.trees, &reader.others, scope.content(path).unwrap(), None).unwrap();
    let flags = fcntl_getfl(&file.fd).unwrap();
    assert_eq!(flags & OFlags::ACCMODE, OFlags::RDONLY);
    assert!(flags.contains(OFlags::NONBLOCK));
    let directory = trees::Want::Directory;
    let place =
        reader.trees.find(&roundsman_grants::requested_path::RequestedPath::parse("/proc/sys").unwrap(), directory);
    assert!(fcntl_getfl(&place.unwrap().fd).unwrap().contains(OFlags::PATH));
}

#[test]
fn a10_a_file_without_an_end_meets_the_limit() {
    let endless = format!("/proc/{}/pagemap", std::process::id());
    let granted = || Grants { unsafe_files: vec![endless.clone()], ..Grants::default() };
    let mut reader = reader(&Root::Host, granted(), LIMITS.budget(), Vec::new());
    assert_eq!(reader.read(&endless), Err(limit("file", 1 << 20)));
}

#[test]
fn a11_a12_sizes_are_not_believed() {
    let meminfo = "/proc/meminfo";
    assert_eq!(fs::metadata(meminfo).unwrap().len(), 0);
    assert!(host(&[meminfo]).read(meminfo).unwrap().starts_with(b"MemTotal:"));
    let operstate = "/sys/class/net/lo/operstate";
    assert_eq!(fs::metadata(operstate).unwrap().len(), 4096);
    assert_eq!(host(&[operstate]).read(operstate).unwrap(), b"unknown\n");
    // The kernel gives it in pieces of less than a page.
    let kallsyms = "/proc/kallsyms";
    let grants = Grants { unsafe_files: vec![kallsyms.to_owned()], ..Grants::default() };
    let mut reader =
        reader(&Root::Host, grants, ReadLimits { file: 64 << 20, read: 64 << 20, ..LIMITS }.budget(), vec![]);
    // Programs of BPF come and go at its end.
    let (ours, theirs) = (reader.read(kallsyms).unwrap(), fs::read(kallsyms).unwrap());
    assert!(ours.len() > 1 << 20 && ours.ends_with(b"\n"));
    assert_eq!(ours[..1 << 20], theirs[..1 << 20]);
}

#[test]
fn a14_errors_have_the_names_of_their_numbers() {
    let speed = "/sys/class/net/lo/speed";
    assert_eq!(host(&[speed]).read(speed), Err(Error::Io("EINVAL".to_owned())));
    assert_eq!(host(&["/proc/*"]).read("/proc/no-such"), Err(Error::NotFound));
    assert_eq!(host(&["/proc/*/*"]).read("/proc/stat/no-such"), Err(Error::NotFound));
}

#[test]
fn the_cgroup_tree_is_one_of_its_own() {
    let mut reader = host(&["/sys/fs/cgroup/*", "/sys/fs/cgroup/*/*"]);
    let found =
        [reader.read_glob("/sys/fs/cgroup/*").unwrap(), reader.read_glob("/sys/fs/cgroup/*/*").unwrap()].concat();
    let procs = found.iter().find(|(path, data)| path.ends_with("/cgroup.procs") && data.is_ok());
    assert!(procs.is_some(), "{found:?}");
}

#[test]
fn metadata_of_what_is_there() {
    let mut reader = reader(&Root::Host, grants(&["/etc/*"], &["/proc/mounts", "/", "/etc"]), LIMITS.budget(), vec![]);
    let link = reader.stat("/proc/mounts").unwrap();
    assert_eq!((link.kind, link.link_target.as_deref()), (FileKind::Symlink, Some("self/mounts")));
    assert_eq!(reader.stat("/").unwrap().kind, FileKind::Directory);
    let passwd = reader.stat("/etc/passwd").unwrap();
    let expected = fs::metadata("/etc/passwd").unwrap();
    use std::os::unix::fs::MetadataExt;
    assert_eq!((passwd.kind, passwd.size, passwd.mode), (FileKind::Regular, expected.len(), expected.mode() & 0o7777));
    assert_eq!((passwd.device, passwd.inode, passwd.owner), (expected.dev(), expected.ino(), expected.uid()));
    assert_eq!(passwd.modified, expected.mtime() * 1_000_000_000 + expected.mtime_nsec());
    let files_only = denied(reader.stat("/etc/alternatives")).hint;
    assert!(files_only.ends_with("[check.a.grant]\nmetadata = [\"/etc/alternatives\"]"), "{files_only}");
}

#[test]
fn sizes_of_what_is_mounted() {
    let all = Grants { filesystems: Filesystems::Mounted, ..Grants::default() };
    let reader = reader(&Root::Host, all, LIMITS.budget(), vec![]);
    let Reply::Files(Answer::Mounts(mounts)) = reader.serve(&Call::Mounts) else { panic!() };
    assert!(mounts.iter().any(|mount| mount.path == "/") && mounts.iter().any(|mount| mount.filesystem == "proc"));
    let Reply::Files(Answer::Space(space)) = reader.serve(&Call::Usage { path: "/".to_owned() }) else { panic!() };
    let expected = rustix::fs::statvfs("/").unwrap();
    assert_eq!(space.bytes_total, expected.f_blocks * expected.f_frsize);
    assert_eq!(space.inodes_total, expected.f_files);
    assert!(matches!(space, Space { bytes_free: 1.., .. }) && space.bytes_free <= space.bytes_total);
    let not_mounted = reader.serve(&Call::Usage { path: "/etc".to_owned() });
    assert_eq!(not_mounted, Reply::Error(Error::NotFound));
    let at = Grants { filesystems: Filesystems::At(vec!["/proc".to_owned()]), ..Grants::default() };
    let reader = super::reader(&Root::Host, at, LIMITS.budget(), vec![]);
    let Reply::Files(Answer::Mounts(mounts)) = reader.serve(&Call::Mounts) else { panic!() };
    assert_eq!(mounts.iter().map(|mount| &*mount.path).collect::<Vec<_>>(), ["/proc"]);
    let Reply::Error(error) = reader.serve(&Call::Usage { path: "/".to_owned() }) else { panic!() };
    assert_eq!(denied::<()>(Err(error)).capability, "filesystems");
}
