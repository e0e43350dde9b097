//! State and start time of other processes, as `/proc` tells them.

use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::time::Duration;

use jiff::Timestamp;
use rustix::process::Pid;

/// Tells when the process started; `None` where there is none of that number, or no `/proc`.
#[must_use]
pub fn since(pid: u32, now: Timestamp) -> Option<Timestamp> {
    let boot = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let age = u64::try_from(boot.tv_sec).ok()?.checked_sub(start(pid)? / rustix::param::clock_ticks_per_second())?;
    now.checked_sub(Duration::from_secs(age)).ok()
}

/// Tells when the process started, in clock ticks after boot; `None` where there is none of that number, or a dead one that its
/// parent has not buried yet. With the pid it is no other process, as long as the host runs.
#[must_use]
pub fn start(pid: u32) -> Option<u64> {
    Pid::from_raw(i32::try_from(pid).ok()?)?;
    start_in(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// Returns the 22nd field of proc_pid_stat(5), if the third is no dead state. The second, the name, may hold anything.
fn start_in(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace();
    let state = fields.next()?;
    fields.nth(18)?.parse().ok().filter(|_| !matches!(state, "Z" | "X"))
}

/// Tells how many processes of this uid there are.
#[must_use]
pub fn of_user(uid: u32) -> usize {
    let Ok(entries) = std::fs::read_dir("/proc") else { return 0 };
    let of_a_process = |entry: &std::fs::DirEntry| entry.file_name().as_bytes().iter().all(u8::is_ascii_digit);
    let owned = |entry: &std::fs::DirEntry| entry.metadata().is_ok_and(|metadata| metadata.uid() == uid);
    entries.filter_map(Result::ok).filter(|entry| of_a_process(entry) && owned(entry)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_just_started_and_a_stranger_has_not() {
        let now = Timestamp::now();
        let since = since(std::process::id(), now).unwrap();
        assert!(since <= now && now.duration_since(since).as_secs() < 3600, "{since}");
        assert_eq!(super::since(0, now), None);
        assert_eq!(super::since(u32::MAX, now), None);
        assert!(start(std::process::id()).is_some() && start(0).is_none());
    }

    #[test]
    fn a_name_full_of_blanks_and_brackets_is_passed_over() {
        let fields = (3..=30).map(|field| field.to_string()).collect::<Vec<_>>().join(" ");
        assert_eq!(start_in(&format!("7 (a) b (c) {fields}")), Some(22));
        assert_eq!(start_in(&format!("7 (a) b (c) Z{}", &fields[1..])), None);
        assert_eq!(start_in("7 (cut"), None);
    }
}
