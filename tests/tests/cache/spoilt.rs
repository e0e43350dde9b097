//! Entries that are spoilt, planted or another user's never run, and are compiled anew.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::process::Command;

use roundsman_tests::Host;

use crate::started::{SETTLED, entry, host, kept, mended, quiet, round};

#[test]
fn a_spoilt_entry_is_compiled_anew_and_said() {
    let host = host(&[("one", "minimal")]);
    quiet(&host, "one", "it lives");
    let path = entry(&host);
    let whole = fs::read(&path).expect("the entry");
    let spoil = |content: &[u8], why: &str| {
        fs::write(&path, content).expect("spoilt");
        mended(&host, why);
        assert_eq!(fs::read(&path).expect("the entry"), whole, "compiled anew");
    };
    for at in [0, whole.len() / 2, whole.len() - 200] {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        spoil(&flipped, "its checksum differs");
    }
    fs::File::options().write(true).open(&path).expect("the entry").set_len(1 << 40).expect("a hole");
    mended(&host, "it is larger than");
    spoil(&whole[..whole.len() / 2], "it is cut off");
    spoil(&[], "it is cut off");
    spoil(&[&whole[..], b"more"].concat(), "it is cut off, or of another form");
    let mut foreign = whole.clone();
    // The engine's key is the second of the three digests at the end.
    let key = whole.len() - 64;
    foreign[key] ^= 1;
    spoil(&foreign, "it was made by another build or for another processor");
}

#[test]
fn a_spoilt_index_costs_a_look_at_each_component_and_is_said() {
    let host = host(&[("one", "minimal"), ("two", "logs")]);
    quiet(&host, "one", "it lives");
    let [path] = <[PathBuf; 1]>::try_from(indexes(&host)).expect("one index");
    let (whole, code) = (fs::read(&path).expect("the index"), kept(&host, ".code"));
    let made = |code: &[PathBuf]| -> Vec<_> {
        code.iter().map(|path| fs::metadata(path).expect("an entry").modified().expect("a time")).collect()
    };
    let before = made(&code);
    let mut of_another_form = whole.clone();
    of_another_form[b"roundsman components ".len()] = b'9';
    let mut flipped = whole.clone();
    *flipped.last_mut().expect("a last byte") ^= 1;
    for content in [&whole[..whole.len() / 2], &[], b"what is no index\n", &flipped, &of_another_form] {
        fs::write(&path, content).expect("spoilt");
        index_mended(&host);
    }
    fs::File::options().write(true).open(&path).expect("the index").set_len(1 << 40).expect("a hole");
    index_mended(&host);
    fs::write(&path, &whole).expect("whole");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).expect("a mode");
    index_mended(&host);
    // The code was good all the while.
    assert_eq!(made(&code), before);
}

fn indexes(host: &Host) -> Vec<PathBuf> {
    let mut all = kept(host, "");
    all.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("index-")));
    all
}

/// A round that reads the components again, with one line that says why; then all is as before.
#[track_caller]
fn index_mended(host: &Host) {
    let (output, reports) = round(host);
    assert_eq!((output.code, reports["one"]["summary"].as_str()), (0, Some("it lives")), "{output}");
    let lines: Vec<&str> = output.stderr.lines().collect();
    let says = |line: &str| line.contains("/index-") && line.contains("is not used, components are read again: ");
    assert!(lines.len() == 1 && says(lines[0]), "not one line that says why: {output}");
    quiet(host, "one", "it lives");
}

#[test]
fn a_flipped_byte_of_an_entry_that_was_found_whole_is_seen() {
    let host = host(&[("one", "minimal")]);
    quiet(&host, "one", "it lives");
    std::thread::sleep(SETTLED);
    quiet(&host, "one", "it lives");
    let path = entry(&host);
    let (mut content, before) = (fs::read(&path).expect("the entry"), fs::metadata(&path).expect("the entry"));
    content[100] ^= 1;
    fs::write(&path, content).expect("spoilt");
    // As a disk that lies, or somebody who hides it, would have it.
    fs::File::options()
        .write(true)
        .open(&path)
        .expect("the entry")
        .set_modified(before.modified().expect("a time"))
        .expect("set");
    mended(&host, "its checksum differs");
}

#[test]
fn what_others_could_have_written_never_runs() {
    let host = host(&[("one", "minimal"), ("two", "logs")]);
    let (_, reports) = round(&host);
    let digest = |name: &str| reports[name]["component"]["sha256"].as_str().expect("a digest").to_owned();
    let path_of = |name: &str| {
        let digest = digest(name);
        kept(&host, ".code").into_iter().find(|path| path.to_string_lossy().contains(&digest)).expect("an entry")
    };
    let (one, two) = (path_of("one"), path_of("two"));

    // Good code, of another component.
    fs::copy(&two, &one).expect("planted");
    mended(&host, "it is the code of another component");

    fs::set_permissions(&one, fs::Permissions::from_mode(0o666)).expect("a mode");
    mended(&host, "others can write it (mode 0666)");

    let elsewhere = host.file("elsewhere", fs::read(&one).expect("the entry"));
    fs::remove_file(&one).expect("removed");
    symlink(&elsewhere, &one).expect("planted");
    mended(&host, "it is a symbolic link");

    fs::hard_link(&one, host.path("second-name")).expect("a second name");
    mended(&host, "it has 2 names");

    std::os::unix::fs::chown(&one, Some(65_534), None).expect("root gives a file away");
    mended(&host, "it belongs to uid 65534");

    fs::remove_file(&one).expect("removed");
    assert!(Command::new("mkfifo").arg(&one).status().expect("mkfifo").success());
    mended(&host, "it is no regular file");
}
