//! Tests of the ownership rule: the decision on plain numbers, the walk on real files.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;
use roundsman_tests::scratch::Scratch;

const FILE: u32 = 0o100_000;
const DIRECTORY: u32 = 0o040_000;
const LINK: u32 = 0o120_000;

fn stat(owner: u32, mode: u32) -> Stat {
    let mut stat = fstat(File::open("/").unwrap()).unwrap();
    (stat.st_uid, stat.st_mode) = (owner, mode);
    stat
}

fn verdict(acting: u32, owner: u32, mode: u32) -> Result<(), String> {
    judge(Path::new("/x"), &stat(owner, mode), OwnerRule::OwnedBy(acting), Sticky::Helps).map_err(|e| e.to_string())
}

fn me() -> OwnerRule {
    OwnerRule::OwnedBy(rustix::process::geteuid().as_raw())
}

fn wrong(path: &Path) -> String {
    find(path, me()).unwrap_err().to_string()
}

#[test]
fn root_and_the_acting_user_may_own() {
    assert_eq!(verdict(1000, 0, FILE | 0o644), Ok(()));
    assert_eq!(verdict(1000, 1000, FILE | 0o600), Ok(()));
    assert_eq!(verdict(0, 0, DIRECTORY | 0o755), Ok(()));
    assert_eq!(verdict(0, 0, LINK | 0o777), Ok(()));
}

#[test]
fn any_other_owner_is_named_with_the_chown() {
    assert_eq!(verdict(0, 1000, FILE | 0o600), Err("/x belongs to uid 1000, not to root: chown 0 /x".to_owned()));
    assert_eq!(
        verdict(33, 1000, LINK | 0o777),
        Err("/x belongs to uid 1000, neither to root nor to uid 33, who uses it: chown 33 /x".to_owned())
    );
}

#[test]
fn writable_by_others_is_named_with_the_chmod() {
    assert_eq!(verdict(0, 0, FILE | 0o664), Err("/x is writable by its group (mode 0664): chmod g-w /x".to_owned()));
    assert_eq!(verdict(0, 0, FILE | 0o602), Err("/x is writable by everyone (mode 0602): chmod o-w /x".to_owned()));
    assert_eq!(
        verdict(0, 0, DIRECTORY | 0o777),
        Err("/x is writable by its group and everyone (mode 0777): chmod go-w /x".to_owned())
    );
}

#[test]
fn only_directories_of_root_may_be_sticky_and_shared() {
    assert_eq!(verdict(1000, 0, DIRECTORY | 0o1777), Ok(()));
    assert!(verdict(1000, 1000, DIRECTORY | 0o1777).is_err());
    assert!(verdict(1000, 0, FILE | 0o1666).is_err());
}

#[test]
fn what_is_kept_in_a_directory_is_nobody_elses_doing_though_it_is_sticky() {
    let scratch = Scratch::new();
    let shared = scratch.path().join("shared");
    std::fs::create_dir(&shared).unwrap();
    std::fs::create_dir(shared.join("own")).unwrap();
    std::fs::set_permissions(&shared, std::fs::Permissions::from_mode(0o1777)).unwrap();
    let error = directory(&shared, me()).unwrap_err().to_string();
    assert!(error.ends_with("(mode 1777): it is there for everyone; use a directory of its own"), "{error}");
    // Of root's alone, as other owners could do more in it.
    assert_eq!(directory(&shared.join("own"), me()).is_ok(), rustix::process::geteuid().is_root());
}

#[test]
fn a_lifted_rule_judges_no_owner() {
    assert!(judge(Path::new("/x"), &stat(1000, FILE | 0o666), OwnerRule::Lifted, Sticky::Helps).is_ok());
}

#[test]
fn a_file_is_found_opened_and_read() {
    let scratch = Scratch::new();
    let path = scratch.write("a.toml", "content");
    let found = find(&path, me()).unwrap();
    let mut text = String::new();
    found.open().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "content");
    assert_eq!(found.path(), fs::canonicalize(&path).unwrap());
    assert_eq!(found.stat().st_size, 7);
}

#[test]
fn a_directory_that_its_group_may_write_is_the_part_named() {
    let scratch = Scratch::new();
    let path = scratch.write("open/a.toml", "");
    let directory = path.parent().unwrap();
    fs::set_permissions(directory, fs::Permissions::from_mode(0o775)).unwrap();
    assert_eq!(wrong(&path), format!("{0} is writable by its group (mode 0775): chmod g-w {0}", directory.display()));
    assert!(find(&path, OwnerRule::Lifted).is_ok());
}

#[test]
fn the_target_of_a_link_is_judged_with_its_directories() {
    let scratch = Scratch::new();
    let target = scratch.write("open/a.toml", "");
    fs::set_permissions(target.parent().unwrap(), fs::Permissions::from_mode(0o777)).unwrap();
    let link = scratch.path().join("link.toml");
    symlink(&target, &link).unwrap();
    assert!(wrong(&link).contains("/open is writable by its group and everyone"), "{}", wrong(&link));
}

#[test]
fn relative_links_and_parents_are_resolved() {
    let scratch = Scratch::new();
    scratch.write("deep/er/a.toml", "");
    let target = scratch.write("b.toml", "");
    let link = scratch.path().join("deep/er/link.toml");
    symlink("../.././deep/../b.toml", &link).unwrap();
    assert_eq!(find(&link, me()).unwrap().path(), target);
}

#[test]
fn a_circle_of_links_ends() {
    let scratch = Scratch::new();
    let (a, b) = (scratch.path().join("a"), scratch.path().join("b"));
    symlink(&a, &b).unwrap();
    symlink(&b, &a).unwrap();
    assert!(wrong(&a).ends_with("leads through more than 40 symbolic links: it goes round in a circle"));
}

#[test]
fn what_is_no_regular_file_is_named_and_never_opened() {
    let scratch = Scratch::new();
    let pipe = scratch.path().join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, FileType::Fifo, Mode::from(0o600), 0).unwrap();
    assert!(wrong(&pipe).ends_with("pipe is a named pipe, not a regular file"));
    assert!(wrong(&pipe.join("x")).ends_with("pipe is a named pipe, not a directory"));
    assert!(wrong(scratch.path()).ends_with("is a directory, not a regular file"));
    assert_eq!(
        wrong(Path::new("/dev/null")),
        "/dev/null is writable by its group and everyone (mode 0666): chmod go-w /dev/null"
    );
}

#[test]
fn a_missing_part_is_the_part_named() {
    let scratch = Scratch::new();
    assert_eq!(
        wrong(&scratch.path().join("no/where.toml")),
        format!("{} does not exist", scratch.path().join("no").display())
    );
}

#[test]
fn a_file_replaced_after_it_was_judged_is_not_read() {
    let scratch = Scratch::new();
    let path = scratch.write("a.toml", "judged");
    let found = find(&path, me()).unwrap();
    let other = scratch.write("b.toml", "swapped in");
    fs::rename(other, &path).unwrap();
    assert!(matches!(found.open(), Err(SafePathError::Replaced(_))));
}

#[test]
fn a_path_in_a_message_can_be_pasted_into_a_shell() {
    assert_eq!(shown(Path::new("/a b/it's")), r"'/a b/it'\''s'");
    assert_eq!(shown(Path::new("/a\u{1b}[2J")), "'/a\\x1b[2J'");
    assert_eq!(shown(Path::new("/etc/ä.toml")), "/etc/ä.toml");
}
