//! A test that mounts things: played again in a mount namespace of its own, which is gone with it.

use std::os::unix::fs::MetadataExt as _;
use std::process::Command;

/// In the test that is played again.
const APART: &str = "ROUNDSMAN_TEST_APART";

/// Tells whether this is a mount namespace of this test alone; if not, plays the test of this name in one, and it
/// passed there.
///
/// # Panics
/// It failed there, or this is not root.
#[must_use]
#[track_caller]
pub fn apart(test: &str) -> bool {
    played(test, &["--mount", "--propagation", "private"])
}

/// Works as [`apart`], and the processes of this test are its own too: what another round sweeps up is none of them.
///
/// # Panics
/// As [`apart`].
#[must_use]
#[track_caller]
pub fn alone(test: &str) -> bool {
    played(test, &["--pid", "--fork", "--kill-child", "--mount-proc"])
}

#[track_caller]
fn played(test: &str, namespaces: &[&str]) -> bool {
    if std::env::var_os(APART).is_some() {
        return true;
    }
    let output = Command::new("unshare")
        .args(namespaces)
        .arg(std::env::current_exe().expect("this test"))
        .args(["--exact", "--nocapture", test])
        .env(APART, "1")
        .output()
        .expect("unshare(1)");
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    false
}

/// Returns processes of this mount namespace that have this name, as the kernel cuts it.
///
/// # Panics
/// Without /proc.
#[must_use]
pub fn processes(name: &str) -> Vec<u32> {
    let space = |pid: &str| std::fs::metadata(format!("/proc/{pid}/ns/mnt")).map(|space| space.ino()).ok();
    let ours = space("self");
    let pids =
        std::fs::read_dir("/proc").expect("/proc").filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let named = |pid: &String| {
        let comm = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        comm.trim_end() == name && space(pid) == ours && state(pid).is_some_and(|state| state != 'Z')
    };
    pids.filter(named).filter_map(|pid| pid.parse().ok()).collect()
}

/// Returns the children of a process; of one that is gone, none.
#[must_use]
pub fn children(of: u32) -> Vec<u32> {
    let list = std::fs::read_to_string(format!("/proc/{of}/task/{of}/children")).unwrap_or_default();
    list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

/// Returns the letter of a process's state: `D` cannot be killed, `Z` is dead.
#[must_use]
pub fn state(pid: impl std::fmt::Display) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}
