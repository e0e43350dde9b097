//! Files that have more than one name, and links in the place of files.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::PathBuf;

use super::*;
use roundsman_tests::scratch::Scratch;

/// Anybody but root.
const STRANGER: u32 = 4711;

/// A directory that is granted, and one that is not, on the file system of `/etc`.
struct Scene(Scratch);

impl Scene {
    fn new() -> Self {
        let scratch = Scratch::new();
        for name in ["granted", "kept"] {
            fs::create_dir(scratch.path().join(name)).unwrap();
            fs::set_permissions(scratch.path().join(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self(scratch)
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).into_os_string().into_string().unwrap()
    }

    fn reader(&self, secrets: &[&str]) -> Reader {
        let granted = grants(&[&self.path("granted/*")], &[]);
        reader_beside(&Root::Host, granted, LIMITS.budget(), Vec::new(), secrets)
    }
}

#[test]
fn a_second_name_of_a_file_that_no_pattern_grants() {
    let scene = Scene::new();
    let (link, other) = (scene.path("granted/harmless"), scene.path("granted/other"));
    fs::hard_link("/etc/shadow", &link).unwrap();
    fs::write(&other, "other").unwrap();
    assert_eq!(fs::read(&link).unwrap(), fs::read("/etc/shadow").unwrap());
    let hint = denied(scene.reader(&[]).read(&link)).hint;
    assert!(hint.contains(&format!("`{link}` is `/etc/shadow` by another name: it holds password hashes")), "{hint}");
    denied(scene.reader(&[]).read_at(&link, 0, 1));
    let found = scene.reader(&[]).read_glob(&scene.path("granted/*")).unwrap();
    assert!(matches!(&found[..], [(_, Err(Error::Denied(_))), (_, Ok(_))]), "{found:?}");
    // Size, owner and age are no secret.
    assert!(scene.reader(&[]).stat(&link).is_ok());
    let spelled_out = Grants { unsafe_files: vec!["/etc/shadow".to_owned()], ..grants(&[&link], &[]) };
    assert!(reader(&Root::Host, spelled_out, LIMITS.budget(), Vec::new()).read(&link).is_ok());
}

#[test]
fn a_file_of_root_to_which_others_could_give_a_name() {
    let scene = Scene::new();
    let (kept, link, directory) = (scene.path("kept/key"), scene.path("granted/link"), scene.path("granted"));
    fs::write(&kept, "key").unwrap();
    fs::set_permissions(&kept, fs::Permissions::from_mode(0o600)).unwrap();
    fs::hard_link(&kept, &link).unwrap();
    assert_eq!(scene.reader(&[]).read(&link), Ok(b"key".to_vec()), "root made both names");
    chown(&directory, Some(STRANGER), None).unwrap();
    let hint = denied(scene.reader(&[]).read(&link)).hint;
    assert!(hint.contains(&format!("`{link}` has 2 names, and others than its owner (uid 0)")), "{hint}");
    chown(&directory, Some(0), None).unwrap();
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o1777)).unwrap();
    denied(scene.reader(&[]).read(&link));
    fs::remove_file(&kept).unwrap();
    assert_eq!(scene.reader(&[]).read(&link), Ok(b"key".to_vec()), "the only name that is left");
    // A user's files with several names in his own directory are his.
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o755)).unwrap();
    fs::hard_link(&link, scene.path("granted/two")).unwrap();
    for path in [&directory, &link] {
        chown(path, Some(STRANGER), None).unwrap();
    }
    assert_eq!(scene.reader(&[]).read(&link), Ok(b"key".to_vec()));
}

#[test]
fn a_secret_of_a_grant_by_whatever_name() {
    let scene = Scene::new();
    let secret = scene.path("granted/secret");
    fs::write(&secret, "hunter2").unwrap();
    let named = [secret.as_str()];
    assert_eq!(scene.reader(&[]).read(&secret), Ok(b"hunter2".to_vec()), "where no grant names it");
    let hint = denied(scene.reader(&named).read(&secret)).hint;
    assert!(hint.contains("a grant names it as a secret") && hint.contains("unsafe_files"), "{hint}");
    assert!(scene.reader(&named).stat(&secret).is_ok());

    // The path of the grant leads there, and so does another name.
    let (by_link, twin) = (scene.path("kept/link"), scene.path("granted/twin"));
    symlink(&secret, &by_link).unwrap();
    fs::hard_link(&secret, &twin).unwrap();
    symlink("secret", scene.path("granted/soft")).unwrap();
    for named in [[secret.as_str()], [by_link.as_str()]] {
        let found = scene.reader(&named).read_glob(&scene.path("granted/*")).unwrap();
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found.iter().all(|(_, data)| matches!(data, Err(Error::Denied(_)))), "{named:?}: {found:?}");
    }
}

#[test]
fn a_match_that_is_refused_is_not_left_out() {
    let scene = Scene::new();
    let (kept, link) = (scene.0.write("kept/file", "kept"), scene.path("granted/b"));
    scene.0.write("granted/a", "a");
    symlink(&kept, &link).unwrap();
    symlink("a", scene.path("granted/c")).unwrap();
    symlink("no-such", scene.path("granted/d")).unwrap();
    fs::create_dir(scene.path("granted/e")).unwrap();
    symlink("e", scene.path("granted/f")).unwrap();
    let granted = scene.path("granted/*");
    let found = scene.reader(&[]).read_glob(&granted).unwrap();
    let [(_, Ok(_)), (path, Err(Error::Denied(denial))), (_, Ok(_))] = &found[..] else { panic!("{found:?}") };
    assert_eq!(*path, link);
    assert!(denial.hint.contains(&format!("leads to `{}`", kept.display())), "{denial:?}");
    let found = scene.reader(&[]).stat_glob(&granted).unwrap();
    let [(_, Ok(_)), (path, Err(Error::Denied(_))), (_, Ok(seen))] = &found[..] else { panic!("{found:?}") };
    assert_eq!((path, seen.link_target.as_deref()), (&link, Some("a")));
}

#[test]
fn a_directory_whose_place_a_link_takes_is_not_empty() {
    let scene = Scene::new();
    let hidden = PathBuf::from(scene.path("kept"));
    scene.0.write("kept/file", "kept");
    scene.0.write("granted/a/file", "a");
    let link = scene.path("granted/b");
    symlink(&hidden, &link).unwrap();
    let pattern = scene.path("granted/*/*");
    let mut reader = reader(&Root::Host, grants(&[&pattern], &[]), LIMITS.budget(), Vec::new());
    let found = reader.read_glob(&pattern).unwrap();
    let [(_, Ok(_)), (path, Err(Error::Denied(denial)))] = &found[..] else { panic!("{found:?}") };
    assert_eq!(*path, link);
    assert!(denial.hint.contains("where no grant does"), "{denial:?}");
}
