//! Files that no pattern grants: their content is secret, or reading them does something.
//!
//! Judged on the path that was asked for and on the one that was opened. `grant.unsafe_files` is the only way past it.

/// Why no pattern grants the content of the file at these parts of a path; nothing if one may.
#[must_use]
pub fn reason(parts: &[&str]) -> Option<&'static str> {
    match parts {
        ["proc", pid, "task", tid, rest @ ..] if is_number(pid) && is_number(tid) => of_process(rest),
        ["proc", pid, rest @ ..] if is_number(pid) => of_process(rest),
        ["proc", rest @ ..] => of_kernel(rest),
        ["sys", rest @ ..] => of_sysfs(rest),
        ["etc", rest @ ..] | ["usr", "etc", rest @ ..] => of_accounts(rest),
        _ => None,
    }
}

/// See proc(5).
fn of_process(rest: &[&str]) -> Option<&'static str> {
    match rest {
        ["environ"] => Some("environments hold passwords"),
        ["mem"] => Some("it is the memory of a process"),
        ["auxv" | "maps" | "smaps" | "smaps_rollup" | "numa_maps" | "pagemap" | "stack" | "syscall"] => {
            Some("it tells memory addresses, which is what an exploit needs")
        }
        _ => None,
    }
}

fn of_kernel(rest: &[&str]) -> Option<&'static str> {
    match rest {
        ["kcore" | "vmcore"] => Some("it is the memory of the kernel"),
        ["kallsyms" | "timer_list" | "vmallocinfo" | "sched_debug"] => {
            Some("it tells kernel addresses, which is what an exploit needs")
        }
        [name] if name.starts_with("kpage") => Some("it tells how memory is laid out"),
        ["keys"] => Some("it lists the kernel's keys"),
        ["kmsg"] => Some("reading it takes the kernel's messages away from the system log"),
        ["sysrq-trigger"] => Some("it restarts the host"),
        // Configuration space of PCI: reading it can hang a device. See pci(5) of the kernel's sysfs-pci.rst.
        ["bus", ..] => Some("reading a device's registers can hang it"),
        ["sys", "net", .., "tcp_fastopen_key" | "stable_secret"] => Some("it is a key"),
        _ => None,
    }
}

fn of_sysfs(rest: &[&str]) -> Option<&'static str> {
    match rest {
        ["kernel", "debug", ..] => Some("drivers' debugging files may do anything when they are read"),
        ["kernel", "tracing", ..] => Some("reading a trace takes it away from its reader"),
        ["kernel", "vmcoreinfo" | "notes"] | ["module", _, "sections", ..] => {
            Some("it tells kernel addresses, which is what an exploit needs")
        }
        ["firmware", "efi", "efivars" | "vars", ..] => Some("firmware variables hold keys"),
        ["devices" | "bus" | "class" | "block", .., "config" | "rom" | "vpd"] => {
            Some("reading a device's registers can hang it")
        }
        // `resource` itself is text; `resource0` to `resource5_wc` are the registers.
        ["devices" | "bus" | "class" | "block", .., name]
            if name.strip_prefix("resource").is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit())) =>
        {
            Some("reading a device's registers can hang it")
        }
        ["devices" | "bus" | "class", .., "nvmem"] => Some("a device's own memory may hold keys"),
        _ => None,
    }
}

/// Passwords and keys at places that are the same on every distribution: a check that reads all of `/etc` as root
/// would carry them off. Their metadata (mode, owner, age) may be granted as that of any file.
fn of_accounts(rest: &[&str]) -> Option<&'static str> {
    match rest {
        ["shadow" | "shadow-" | "gshadow" | "gshadow-"] | ["security", "opasswd" | "opasswd.old"] => {
            Some("it holds password hashes")
        }
        ["ssh", name] if name.starts_with("ssh_host_") && name.ends_with("_key") => Some("it is a private key"),
        ["ssl", "private", ..] | ["pki", "tls", "private", ..] | ["krb5.keytab"] => Some("it is a private key"),
        ["roundsman", "secrets", ..] => Some("secrets are for granted programs, never for a component"),
        _ => None,
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied(path: &str) -> bool {
        reason(&path.split('/').skip(1).collect::<Vec<_>>()).is_some()
    }

    #[test]
    fn secrets_and_files_that_do_something() {
        for name in
            ["environ", "mem", "auxv", "maps", "smaps", "smaps_rollup", "numa_maps", "pagemap", "syscall", "stack"]
        {
            assert!(denied(&format!("/proc/1/{name}")), "{name}");
            assert!(denied(&format!("/proc/12/task/34/{name}")), "{name}");
        }
        for path in [
            "/proc/kcore",
            "/proc/kallsyms",
            "/proc/keys",
            "/proc/kpagecount",
            "/proc/kpageflags",
            "/proc/kpagecgroup",
            "/proc/kmsg",
            "/proc/vmcore",
            "/proc/sysrq-trigger",
            "/proc/bus/pci/00/00.0",
            "/proc/sys/net/ipv4/tcp_fastopen_key",
            "/proc/sys/net/ipv6/conf/eth0/stable_secret",
            "/sys/kernel/debug/tracing/trace_pipe",
            "/sys/kernel/tracing/trace_pipe",
            "/sys/kernel/tracing/per_cpu/cpu0/trace_pipe",
            "/sys/module/ext4/sections/.text",
            "/sys/bus/pci/devices/0000:00:00.0/config",
            "/sys/devices/pci0000:00/0000:00:01.0/resource0",
            "/sys/devices/pci0000:00/0000:00:01.0/resource2_wc",
            "/sys/firmware/efi/efivars/db",
            "/etc/shadow",
            "/etc/gshadow-",
            "/etc/ssh/ssh_host_ed25519_key",
            "/etc/roundsman/secrets/pg",
        ] {
            assert!(denied(path), "{path}");
        }
    }

    #[test]
    fn what_monitoring_reads() {
        for path in [
            "/proc/stat",
            "/proc/1/stat",
            "/proc/1/status",
            "/proc/1/task/1/stat",
            "/proc/1/net/dev",
            "/proc/1/mounts",
            "/proc/slabinfo",
            "/proc/sys/kernel/random/entropy_avail",
            "/proc/pressure/cpu",
            "/sys/class/net/lo/operstate",
            "/sys/devices/pci0000:00/0000:00:01.0/resource",
            "/sys/devices/pci0000:00/0000:00:01.0/host0/fc_host/host0/statistics/tx_frames",
            "/sys/fs/cgroup/system.slice/memory.current",
            "/etc/passwd",
            "/etc/ssh/ssh_host_ed25519_key.pub",
            "/var/log/kmsg",
            "/srv/proc/1/environ",
        ] {
            assert!(!denied(path), "{path}");
        }
    }
}
