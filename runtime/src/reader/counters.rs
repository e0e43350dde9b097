//! Files that the kernel fills from its own counters.

/// Reading one of these waits for no device, no file system and no other process, so nothing can hang on it. What else is
/// in `/proc` may: files of a process wait for its memory, `mounts` for who mounts something.
const COUNTERS: [&str; 19] = [
    "/proc/cpuinfo",
    "/proc/diskstats",
    "/proc/interrupts",
    "/proc/loadavg",
    "/proc/meminfo",
    "/proc/net/dev",
    "/proc/net/netstat",
    "/proc/net/snmp",
    "/proc/net/snmp6",
    "/proc/net/sockstat",
    "/proc/net/softnet_stat",
    "/proc/pressure/cpu",
    "/proc/pressure/io",
    "/proc/pressure/memory",
    "/proc/softirqs",
    "/proc/stat",
    "/proc/uptime",
    "/proc/version",
    "/proc/vmstat",
];

/// Whether reading this file of the host cannot hang.
#[must_use]
pub fn never_hangs(path: &str) -> bool {
    COUNTERS.binary_search(&path).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_the_list_is_found_in_it_and_nothing_like_it_is() {
        assert!(COUNTERS.iter().all(|path| never_hangs(path)));
        for path in
            ["/proc/mounts", "/proc/1/stat", "/proc/meminfo/", "/proc/./meminfo", "/sys/proc/meminfo", "meminfo", ""]
        {
            assert!(!never_hangs(path), "{path}");
        }
    }
}
