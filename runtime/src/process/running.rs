//! Since when another process runs, as `/proc` tells it.

use std::time::Duration;

use jiff::Timestamp;
use rustix::process::Pid;

/// When the process started; nothing where there is none of that number, or no `/proc`.
#[must_use]
pub fn since(pid: u32, now: Timestamp) -> Option<Timestamp> {
    Pid::from_raw(i32::try_from(pid).ok()?)?;
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let boot = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let age = u64::try_from(boot.tv_sec).ok()?.checked_sub(start(&stat)? / rustix::param::clock_ticks_per_second())?;
    now.checked_sub(Duration::from_secs(age)).ok()
}

/// The start in clock ticks after boot: the 22nd field (proc_pid_stat(5)). The second, the name, may hold anything.
fn start(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(19)?.parse().ok()
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
    }

    #[test]
    fn a_name_full_of_blanks_and_brackets_is_passed_over() {
        let fields = (3..=30).map(|field| field.to_string()).collect::<Vec<_>>().join(" ");
        assert_eq!(start(&format!("7 (a) b (c) {fields}")), Some(22));
        assert_eq!(start("7 (cut"), None);
    }
}
