//! What lies where a release is written or read, and is not what it should be: links, files of others, layouts that lead elsewhere.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::PathBuf;

use roundsman_tests::publisher::{text, tool};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::{CHECK, Site, disk};

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes an image layout whose tag `one` has this manifest, and returns its directory.
fn layout(site: &Site, digest: &str, manifest: &str) -> PathBuf {
    let entry = json!({ "digest": digest, "annotations": { "org.opencontainers.image.ref.name": "one" } });
    site.host.file("layout/index.json", json!({ "schemaVersion": 2, "manifests": [entry] }).to_string());
    site.host.file(&format!("layout/blobs/sha256/{}", sha256(manifest.as_bytes())), manifest);
    site.host.path("layout")
}

/// A manifest of a signed component with this digest.
fn manifest(layer: &str) -> String {
    json!({ "layers": [{ "mediaType": "application/wasm", "digest": layer }], "annotations": { "roundsman.minisig": "x" } })
        .to_string()
}

// D14
#[test]
fn a_layout_leads_to_no_file_but_its_own() {
    let site = Site::new();
    let secret = site.host.file("blobs/secret", "a secret");
    let reference = format!("oci:{}:one", site.host.path("layout").display());
    let zeros = "0".repeat(64);
    let lies = |digest: &str| (digest.to_owned(), format!("`{digest}` is no digest that is known"));
    let digests = [
        lies("sha256:../../../blobs/secret"),
        lies(&format!("sha256:{}", secret.display())),
        lies(&format!("sha512:{}", "0".repeat(128))),
        lies(&format!("md5:{}", "0".repeat(32))),
        lies(&zeros),
        lies(""),
        (format!("sha256:{zeros}"), "No such file".to_owned()),
    ];
    for (digest, said) in &digests {
        layout(&site, digest, "{}");
        site.refuses(&reference, said);
        let inside = manifest(digest);
        layout(&site, &format!("sha256:{}", sha256(inside.as_bytes())), &inside);
        site.refuses(&reference, said);
    }
    // A blob that is a link: to what has no end, and to a file of another digest.
    let directory = layout(&site, &format!("sha256:{zeros}"), "{}");
    for (target, said) in [("/dev/zero", "no regular file"), (text(&secret), "has another digest")] {
        let blob = directory.join("blobs/sha256").join(&zeros);
        let _ = fs::remove_file(&blob);
        symlink(target, &blob).expect("a link");
        site.refuses(&reference, said);
    }
    let output = site.run(&["install", &reference]);
    assert!(!output.to_string().contains("a secret"), "{output}");
    // An index that is larger than any, deeper than any, a pipe.
    let index = directory.join("index.json");
    fs::write(&index, vec![b' '; 2 << 20]).expect("written");
    site.refuses(&reference, "is larger than 1048576 bytes");
    fs::write(&index, "[".repeat(100_000)).expect("written");
    site.refuses(&reference, "index.json is not that of an OCI image");
    fs::remove_file(&index).expect("removed");
    symlink(site.host.file("secret.json", "\"a secret\""), &index).expect("a link");
    site.refuses(&reference, "index.json is not that of an OCI image: column 10 of line 1");
    fs::remove_file(&index).expect("removed");
    tool("mkfifo", &[text(&index)]);
    site.refuses(&reference, "no regular file");
}

// D15
#[test]
fn what_is_written_follows_no_link() {
    let site = Site::new();
    site.host.drop_in("mine", CHECK);
    assert_eq!(site.run(&["install", &site.disk("1.0.0")]).code, 0);
    let shelf = site.host.path("state/components");
    let victim = site.host.file("victim", "untouched");
    let reference = site.disk("1.1.0");
    let digest = sha256(&disk("1.1.0", json!({})));
    let lock = site.host.path("etc/versions.lock");
    for name in [format!("{digest}.wasm"), format!("{digest}.wasm.tmp"), format!("{digest}.minisig.tmp")] {
        symlink(&victim, shelf.join(name)).expect("a link");
    }
    symlink(&victim, site.host.path("etc/versions.lock.tmp")).expect("a link");
    let installed = site.run(&["install", &reference]);
    assert_eq!(installed.code, 0, "{installed}");
    assert_eq!(fs::read_to_string(&victim).expect("the file"), "untouched");
    let is_file = |path: &PathBuf| fs::symlink_metadata(path).is_ok_and(|it| it.is_file());
    assert!(is_file(&shelf.join(format!("{digest}.wasm"))) && is_file(&lock));
    assert_eq!(fs::metadata(shelf.join("lock")).expect("the lock").mode() & 0o777, 0o600, "nobody else can hold it");
    assert_eq!(site.run(&["verify"]).code, 0);
    assert_eq!(site.run(&["check", "mine"]).code, 0);
}

// D09
#[test]
fn what_belongs_to_another_user_is_refused_with_the_chown() {
    let site = Site::new();
    let reference = site.disk("1.0.0");
    assert_eq!(site.run(&["install", &reference]).code, 0);
    let (old, newer) = (site.lock(), site.disk("1.1.0"));
    for part in ["state/components", "state/components/seen.json", "etc/versions.lock", "etc/keys.d/acme.pub"] {
        let path = site.host.path(part);
        chown(&path, Some(12_345), None).expect("the tests are root's");
        let refused = site.run(&["install", &newer]);
        let mend = format!("belongs to uid 12345, not to root: chown 0 {}", path.display());
        assert!(refused.code == 78 && refused.stderr.contains(&mend), "{part}: {refused}");
        chown(&path, Some(0), None).expect("the tests are root's");
        assert_eq!(site.lock(), old, "{part}");
    }
    fs::set_permissions(site.host.path("state/components"), fs::Permissions::from_mode(0o777)).expect("a mode");
    let open = site.run(&["install", &newer]);
    assert!(open.code == 78 && open.stderr.contains("chmod go-w "), "{open}");
}

// D08
#[test]
fn a_key_that_is_removed_while_its_release_is_installed_is_told_by_verify() {
    let site = Site::new();
    site.host.drop_in("mine", CHECK);
    assert_eq!(site.run(&["install", &site.disk("1.0.0")]).code, 0);
    site.publisher("other");
    site.trust("other", "");
    fs::remove_file(site.host.path("etc/keys.d/acme.pub")).expect("removed");
    let verified = site.run(&["verify"]);
    assert!(verified.code == 65 && verified.stderr.contains("none of the keys in"), "{verified}");
    let lock = site.host.path("etc/versions.lock");
    let locked = site.run(&["install", "--locked", text(&lock)]);
    assert_eq!(locked.code, 65, "{locked}");
    // What the lock pins runs on until it is taken out: a check that goes dark would be the greater harm.
    assert_eq!(site.run(&["check", "mine"]).code, 0);
    assert_eq!(site.run(&["upgrade"]).code, 65);
}
