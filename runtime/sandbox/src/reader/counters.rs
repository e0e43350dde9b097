//! Files that the kernel fills from its own counters.

/// Files of which a read waits for no device, no file system and no other process, so that nothing can hang on it. Others in
/// `/proc` may: files of a process wait for its memory, `mounts` for who mounts something. Of `/sys` only masks of processors
/// are here, which the kernel prints without a lock.
const COUNTERS: [&str; 35] = [
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
    "/proc/net/sockstat6",
    "/proc/net/softnet_stat",
    "/proc/pressure/cpu",
    "/proc/pressure/io",
    "/proc/pressure/memory",
    "/proc/softirqs",
    "/proc/spl/kstat/zfs/arcstats",
    "/proc/stat",
    "/proc/sys/fs/file-max",
    "/proc/sys/fs/file-nr",
    "/proc/sys/fs/inode-nr",
    "/proc/sys/fs/nr_open",
    "/proc/sys/kernel/osrelease",
    "/proc/sys/kernel/ostype",
    "/proc/sys/kernel/pid_max",
    "/proc/sys/kernel/tainted",
    "/proc/sys/kernel/threads-max",
    "/proc/sys/net/netfilter/nf_conntrack_count",
    "/proc/sys/net/netfilter/nf_conntrack_max",
    "/proc/uptime",
    "/proc/version",
    "/proc/vmstat",
    "/sys/devices/system/cpu/online",
    "/sys/devices/system/cpu/possible",
    "/sys/devices/system/cpu/present",
];

/// Tells whether reading this file of the host cannot hang.
#[must_use]
pub(crate) fn never_hangs(path: &str) -> bool {
    COUNTERS.binary_search(&path).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_the_list_is_found_in_it_and_nothing_like_it_is() {
        assert!(COUNTERS.iter().all(|path| never_hangs(path)));
        assert!(COUNTERS.is_sorted());
        for path in [
            "/proc/mounts",
            "/proc/1/stat",
            "/proc/meminfo/",
            "/proc/./meminfo",
            "/sys/proc/meminfo",
            "/sys/class/net",
            "meminfo",
            "",
        ] {
            assert!(!never_hangs(path), "{path}");
        }
    }
}
