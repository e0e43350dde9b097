//! Trees made for a test.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::*;
use roundsman_contract::{FileKind, Otherwise};
use roundsman_tests::scratch::Scratch;

#[test]
fn a06_links_in_a_recorded_tree() {
    let scratch = Scratch::new();
    let root = scratch.path().join("root");
    scratch.write("outside", "outside");
    scratch.write("root/etc/secret", "secret");
    scratch.write("root/sys/devices/lo/operstate", "up");
    scratch.write("root/sys/class/net/evil/x", "");
    symlink("../../devices/lo", root.join("sys/class/net/lo")).unwrap();
    symlink("/etc/secret", root.join("sys/class/net/evil/operstate")).unwrap();
    fs::create_dir(root.join("sys/class/net/out")).unwrap();
    symlink(scratch.path().join("outside"), root.join("sys/class/net/out/operstate")).unwrap();
    fs::create_dir(root.join("sys/class/net/up")).unwrap();
    symlink("../../../../../outside", root.join("sys/class/net/up/operstate")).unwrap();
    assert_eq!(fs::read(root.join("sys/class/net/up/operstate")).unwrap(), b"outside");

    let pattern = "/sys/class/net/*/operstate";
    let mut reader = tree(&root, &[pattern], &[]);
    assert_eq!(reader.read("/sys/class/net/lo/operstate").unwrap(), b"up");
    let hint = denied(reader.read("/sys/class/net/evil/operstate")).hint;
    assert!(hint.starts_with("# `/sys/class/net/evil/operstate` leads to `/etc/secret`\n"), "{hint}");
    for out in ["out", "up"] {
        assert_eq!(reader.read(&format!("/sys/class/net/{out}/operstate")), Err(Error::NotFound));
    }
    let found = reader.read_glob(pattern).unwrap();
    let [(_, Err(Error::Denied(_))), (path, Ok(_))] = &found[..] else { panic!("{found:?}") };
    assert_eq!(path, "/sys/class/net/lo/operstate");
}

#[test]
fn links_made_by_whoever_can_write_there() {
    let scratch = Scratch::new();
    let top = scratch.path().to_str().unwrap().to_owned();
    scratch.write("log/a.log", "a");
    scratch.write("log/secret", "secret");
    symlink("a.log", scratch.path().join("log/same.log")).unwrap();
    symlink("secret", scratch.path().join("log/evil.log")).unwrap();
    symlink(scratch.path().join("log"), scratch.path().join("linked")).unwrap();
    let pattern = format!("{top}/log/*.log");
    // The same on the host as in a tree, where the paths are shorter.
    for (mut reader, top) in [
        (host(&[&pattern, &format!("{top}/linked/*")]), top.as_str()),
        (tree(scratch.path(), &["/log/*.log", "/linked/*"], &[]), ""),
    ] {
        assert_eq!(reader.read(&format!("{top}/log/same.log")).unwrap(), b"a");
        assert!(denied(reader.read(&format!("{top}/log/evil.log"))).hint.contains(&format!("\"{top}/log/secret\"")));
        let found = reader.read_glob(&format!("{top}/log/*")).unwrap();
        let [(_, Ok(_)), (evil, Err(Error::Denied(_))), (_, Ok(_))] = &found[..] else { panic!("{found:?}") };
        assert_eq!(*evil, format!("{top}/log/evil.log"));
        // Names are seen only where a grant could match, and what is not granted is not among them.
        // In the tree the link leads to nothing.
        let found = reader.read_glob(&format!("{top}/linked/*")).unwrap();
        match &found[..] {
            [(path, Err(Error::Denied(_)))] => assert_eq!(*path, format!("{top}/linked")),
            found => assert!(found.is_empty() && top.is_empty(), "{found:?}"),
        }
    }
}

#[test]
fn a09_a_file_that_would_block() {
    let scratch = Scratch::new();
    let fifo = scratch.path().join("fifo");
    mknodat(CWD, &fifo, FileType::Fifo, Mode::RUSR, 0).unwrap();
    let _listening = UnixListener::bind(scratch.path().join("socket")).unwrap();
    let started = Instant::now();
    let mut reader = tree(scratch.path(), &["/*"], &["/*"]);
    assert_eq!(denied(reader.read("/fifo")).hint, "# `/fifo` is a FIFO, not a regular file");
    assert_eq!(denied(reader.read("/socket")).hint, "# `/socket` is a socket, not a regular file");
    assert_eq!(reader.paths("/*"), Vec::<String>::new());
    let kinds: Vec<_> = reader.stat_glob("/*").unwrap().into_iter().map(|(_, entry)| entry.unwrap().kind).collect();
    assert_eq!(kinds, [FileKind::Fifo, FileKind::Socket]);
    assert!(started.elapsed() < Duration::from_secs(1));
}

#[test]
fn a10_a11_limits_of_a_file_and_of_all() {
    let scratch = Scratch::new();
    fs::File::create(scratch.path().join("large")).unwrap().set_len((1 << 20) + 1).unwrap();
    fs::File::create(scratch.path().join("full")).unwrap().set_len(1 << 20).unwrap();
    scratch.write("small", "0123456789");
    let mut reader = tree(scratch.path(), &["/*"], &[]);
    assert_eq!(reader.read("/large"), Err(limit("file", 1 << 20)));
    assert_eq!(reader.read("/full").unwrap().len(), 1 << 20);
    let piece = reader.read_at("/large", (1 << 20) - 1, 10).unwrap();
    assert_eq!((piece.data, piece.size), (vec![0, 0], (1 << 20) + 1));
    assert_eq!(reader.read_at("/small", 3, 4).unwrap().data, b"3456");
    assert_eq!(reader.read_at("/small", 11, 4).unwrap().data, b"");
    assert_eq!(reader.read_at("/large", 0, u64::MAX), Err(limit("file", 1 << 20)));
    assert_eq!(reader.read_at("/small", u64::MAX, 1), Err(Error::Io("EINVAL".to_owned())));
    let found = reader.read_glob("/[ls]*").unwrap();
    assert_eq!(found[0], ("/large".to_owned(), Err(limit("file", 1 << 20))));
    assert_eq!(found[1], ("/small".to_owned(), Ok(b"0123456789".to_vec())));
    let all = (0..20).map(|_| reader.read("/full")).find_map(Result::err);
    assert_eq!(all, Some(limit("read", 16 << 20)));
    assert_eq!(reader.read_glob("/small"), Err(limit("read", 16 << 20)));
}

#[test]
fn a20_a_glob_over_very_much() {
    let scratch = Scratch::new();
    fs::create_dir_all(scratch.path().join("a/b")).unwrap();
    for number in 0..20_000 {
        fs::File::create(scratch.path().join(format!("a/b/{number}"))).unwrap();
    }
    let limited = |entries| {
        let granted = grants(&["/*/*/*"], &[]);
        let budget = ReadLimits { entries, ..LIMITS }.budget();
        reader(&Root::At(scratch.path().to_owned()), granted, budget, vec![])
    };
    let started = Instant::now();
    assert_eq!(limited(4096).read_glob("/*/*/*"), Err(limit("entries", 4096)));
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    assert_eq!(limited(65_536).read_glob("/*/*/*").unwrap().len(), 20_000);
    // The limit is of the run, not of the call.
    let mut reader = limited(50_000);
    assert!(reader.read_glob("/a/b/*").is_ok());
    assert_eq!(reader.read_glob("/a/b/*"), Err(limit("entries", 50_000)));
    assert_eq!(reader.read("/a/b/1"), Err(limit("entries", 50_000)));
}

#[test]
fn a21_odd_names() {
    let scratch = Scratch::new();
    let long = "x".repeat(255);
    for name in [&b"a\xff"[..], b"\n", b"\x1b[2J", "ä".as_bytes(), b"a\\xff", b".hidden", long.as_bytes()] {
        fs::write(scratch.path().join(std::ffi::OsStr::from_bytes(name)), name).unwrap();
    }
    fs::create_dir(scratch.path().join(std::ffi::OsStr::from_bytes(b"d\xfe"))).unwrap();
    let mut reader = tree(scratch.path(), &["/*", "/*/*"], &["/*"]);
    let found = reader.read_glob("/*").unwrap();
    let unopenable = || Err(Error::Io("EILSEQ".to_owned()));
    let expected = [
        ("/\n", Ok(b"\n".to_vec())),
        ("/\x1b[2J", Ok(b"\x1b[2J".to_vec())),
        ("/a\\xff", unopenable()),
        ("/a\\xff", Ok(b"a\\xff".to_vec())),
        (&format!("/{long}"), Ok(long.clone().into_bytes())),
        ("/ä", Ok("ä".as_bytes().to_vec())),
    ];
    let mut found: Vec<_> = found.iter().map(|(path, data)| (path.as_str(), data.clone())).collect();
    // Two names that look the same are in no order.
    found.sort_by_key(|(path, data)| ((*path).to_owned(), data.is_ok()));
    assert_eq!(found, expected);
    assert!(
        reader
            .stat_glob("/*")
            .unwrap()
            .contains(&("/d\\xfe".to_owned(), unopenable().map(|_: Vec<u8>| unreachable!())))
    );
    assert_eq!(reader.paths("/*/*"), Vec::<String>::new());
}

#[test]
fn a_directory_that_may_not_be_read_is_no_empty_one() {
    let scratch = Scratch::new();
    let root = Root::At(scratch.path().join("no-such"));
    let mut reader = reader(&root, grants(&["/*"], &[]), LIMITS.budget(), vec![]);
    let Err(Error::Other(Otherwise { message, .. })) = reader.read_glob("/*") else { panic!("an error was expected") };
    assert!(message.contains("no-such"), "{message}");
    let mut reader = tree(scratch.path(), &["/no-such/*", "/a/*"], &[]);
    assert_eq!(reader.paths("/no-such/*"), Vec::<String>::new());
    symlink("a", scratch.path().join("a")).unwrap();
    assert_eq!(reader.read("/a/b"), Err(Error::Io("ELOOP".to_owned())));
}

#[test]
fn mounts_of_a_recorded_tree() {
    let scratch = Scratch::new();
    scratch.write(
        "proc/self/mountinfo",
        "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /a\\040b ro - xfs /dev/sdb1 rw\n3 1 0:1 / /auto rw - autofs x rw\n\
         4 1 0:2 / /hidden rw - tmpfs one rw\n5 1 0:3 / /hidden rw - tmpfs two rw\n",
    );
    fs::create_dir(scratch.path().join("a b")).unwrap();
    fs::create_dir(scratch.path().join("auto")).unwrap();
    let granted = Grants { filesystems: Filesystems::Mounted, ..Grants::default() };
    let reader = reader(&Root::At(scratch.path().to_owned()), granted, LIMITS.budget(), vec![]);
    let Reply::Files(Answer::Mounts(mounts)) = reader.serve(&Call::Mounts) else { panic!() };
    let shown: Vec<_> = mounts.iter().map(|mount| (&*mount.path, &*mount.source, mount.read_only)).collect();
    assert_eq!(shown, [("/", "/dev/sda1", false), ("/a b", "/dev/sdb1", true), ("/hidden", "two", false)]);
    assert!(matches!(reader.serve(&Call::Usage { path: "/a b".to_owned() }), Reply::Files(Answer::Space(_))));
    assert_eq!(reader.serve(&Call::Usage { path: "/auto".to_owned() }), Reply::Error(Error::NotFound));
}
