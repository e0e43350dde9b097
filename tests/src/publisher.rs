//! A publisher of releases, with the real minisign.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::Host;

/// Runs a program that must succeed.
#[track_caller]
pub fn tool(program: &str, args: &[&str]) {
    let output = Command::new(program).args(args).output().expect("`make test` installs it");
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Makes a key pair below `keys` of a host, of which nothing is trusted.
pub fn publisher(host: &Host, name: &str) {
    let secret = host.file(&format!("keys/{name}.key"), "");
    fs::remove_file(&secret).expect("a place for it");
    let public = host.path(&format!("keys/{name}.pub"));
    tool("minisign", &["-G", "-W", "-p", text(&public), "-s", text(&secret)]);
}

/// Signs a file, with the signature beside it.
pub fn sign(host: &Host, file: &Path, by: &str, comment: &str) {
    let secret = host.path(&format!("keys/{by}.key"));
    tool("minisign", &["-S", "-s", text(&secret), "-t", comment, "-m", text(file)]);
}

/// Returns a path as the argument of a program.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}
