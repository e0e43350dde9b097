//! The caller: the account that logged in, also behind `sudo` and `su`.

use std::fs;

use roundsman_os::process::user::name_of;

/// Value of `/proc/self/loginuid` if nobody logged in, as under cron: audit(8).
const NOBODY: u32 = u32::MAX;
/// Longest name that is taken from the environment, in bytes: useradd(8) allows no longer one.
const LONGEST: usize = 32;

/// Names who calls: the account of the login, else the one that `sudo` was called by, else that of this process.
#[must_use]
pub(crate) fn who() -> String {
    let login = fs::read_to_string("/proc/self/loginuid").ok().and_then(|text| text.trim().parse().ok());
    if let Some(uid) = login.filter(|uid| *uid != NOBODY) {
        return name(uid);
    }
    let is_name = |name: &String| !name.is_empty() && name.len() <= LONGEST && !name.contains(char::is_control);
    let by_sudo = std::env::var("SUDO_USER").ok().filter(is_name);
    by_sudo.unwrap_or_else(|| name(rustix::process::getuid().as_raw()))
}

fn name(uid: u32) -> String {
    name_of(uid).unwrap_or_else(|| format!("uid {uid}"))
}
