//! Files that no pattern grants: their content is secret, or reading them does something.
//!
//! Judged on the path that was asked for and on the one that was opened; a file that has other names too, also by its inode
//! (`reader/other_names.rs`, which looks for [`LITERALS`] and in [`DIRECTORIES`]). `grant.unsafe_files` is the only way past it.

/// Files outside of the kernel's trees that [`reason`] names one by one.
pub const LITERALS: [&str; 12] = [
    "/etc/gshadow",
    "/etc/gshadow-",
    "/etc/ipsec.secrets",
    "/etc/krb5.keytab",
    "/etc/security/opasswd",
    "/etc/security/opasswd.old",
    "/etc/shadow",
    "/etc/shadow-",
    "/usr/etc/gshadow",
    "/usr/etc/shadow",
    "/var/backups/gshadow.bak",
    "/var/backups/shadow.bak",
];

/// Directories outside of the kernel's trees of which [`reason`] names some files, or all down to any depth.
pub const DIRECTORIES: [&str; 5] = [
    "/etc/NetworkManager/system-connections",
    "/etc/pki/tls/private",
    "/etc/roundsman/secrets",
    "/etc/ssh",
    "/etc/ssl/private",
];

const KERNEL_ADDRESSES: &str = "it tells kernel addresses, which is what an exploit needs";
const REGISTERS: &str = "reading a device's registers can hang it";
const PRIVATE_KEY: &str = "it is a private key";

/// Tells why no pattern grants the content of the file at these parts of a path; `None` if one may.
#[must_use]
pub fn reason(parts: &[&str]) -> Option<&'static str> {
    match parts {
        ["proc", pid, "task", tid, rest @ ..] if is_number(pid) && is_number(tid) => of_process(rest),
        ["proc", pid, rest @ ..] if is_number(pid) => of_process(rest),
        ["proc", rest @ ..] => of_kernel(rest),
        ["sys", rest @ ..] => of_sysfs(rest),
        ["etc", rest @ ..] | ["usr", "etc", rest @ ..] => of_accounts(rest),
        ["var", "backups", "shadow.bak" | "gshadow.bak"] => Some("it holds password hashes"),
        _ => None,
    }
}

/// See proc(5).
fn of_process(rest: &[&str]) -> Option<&'static str> {
    match rest {
        ["environ"] => Some("environments hold passwords"),
        ["mem"] => Some("it is the memory of a process"),
        ["auxv" | "maps" | "smaps" | "smaps_rollup" | "numa_maps" | "pagemap" | "stack" | "syscall" | "timers"] => {
            Some("it tells memory addresses, which is what an exploit needs")
        }
        ["net", rest @ ..] => of_network(rest),
        _ => None,
    }
}

/// Returns the reason of a denial below `/proc/net` and `/proc/PID/net`.
fn of_network(rest: &[&str]) -> Option<&'static str> {
    match rest {
        // Of the kernel's sunrpc cache: what is read there is not asked of the daemon that should have answered it.
        ["rpc", _, "channel"] => Some("reading it takes the kernel's questions away from the daemon that answers them"),
        _ => None,
    }
}

fn of_kernel(rest: &[&str]) -> Option<&'static str> {
    match rest {
        ["kcore" | "vmcore"] => Some("it is the memory of the kernel"),
        // `modules` has the address of each, `iomem` the place of the kernel in physical memory, which it is hidden in.
        [
            "kallsyms" | "timer_list" | "vmallocinfo" | "sched_debug" | "modules" | "iomem" | "lockdep"
            | "lockdep_chains" | "lock_stat",
        ] => Some(KERNEL_ADDRESSES),
        ["ioports"] => Some("it tells where devices can be reached, which is what an exploit needs"),
        [name] if name.starts_with("kpage") => Some("it tells how memory is laid out"),
        ["keys"] => Some("it lists the kernel's keys"),
        ["kmsg"] => Some("reading it takes the kernel's messages away from the system log"),
        ["acpi", "event"] => Some("reading it takes events away from the daemon that handles them"),
        ["sysrq-trigger"] => Some("it restarts the host"),
        ["device-tree", rest @ ..] => of_device_tree(rest),
        // Configuration space of PCI: reading it can hang a device. See pci(5) of the kernel's sysfs-pci.rst.
        ["bus", ..] => Some(REGISTERS),
        ["driver", "nvram"] => Some("a device's own memory may hold keys"),
        ["net", rest @ ..] => of_network(rest),
        ["sys", "net", .., "tcp_fastopen_key" | "stable_secret"] => Some("it is a key"),
        _ => None,
    }
}

/// Finds what a boot loader hands to the kernel by a device tree.
fn of_device_tree(rest: &[&str]) -> Option<&'static str> {
    match rest {
        [.., "rng-seed" | "kaslr-seed"] => {
            Some("random numbers and addresses of the kernel are made of it, which is what an exploit needs")
        }
        _ => None,
    }
}

fn of_sysfs(rest: &[&str]) -> Option<&'static str> {
    match rest {
        ["kernel", "debug", ..] => Some("drivers' debugging files may do anything when they are read"),
        ["kernel", "tracing", ..] => Some("reading a trace takes it away from its reader"),
        ["kernel", "vmcoreinfo" | "notes"] | ["module", _, "sections", ..] => Some(KERNEL_ADDRESSES),
        // The seed of random numbers is among the boot loader's data; memory maps are, too.
        ["kernel", "boot_params", ..] => Some("it holds what the boot loader handed over: seeds and memory maps"),
        ["power", "wakeup_count"] => Some("reading it waits until no device is about to wake the host"),
        ["firmware", rest @ ..] => of_firmware(rest),
        ["devices" | "bus" | "class" | "block" | "dev", rest @ ..] => of_devices(rest),
        _ => None,
    }
}

fn of_firmware(rest: &[&str]) -> Option<&'static str> {
    match rest {
        ["efi", "efivars" | "vars", ..] => Some("firmware variables hold keys"),
        ["efi", "systab" | "config_table" | "fw_vendor" | "runtime" | "runtime-map", ..] | ["memmap", ..] => {
            Some("it tells how memory is laid out")
        }
        ["acpi", "tables", ..] => Some("tables of the firmware hold licence keys and memory addresses"),
        ["qemu_fw_cfg", ..] => Some("the hypervisor may hand over keys and passwords there"),
        // All of the tree in one file, the seeds among it.
        ["fdt"] => Some("random numbers and addresses of the kernel are made of it, which is what an exploit needs"),
        ["devicetree", rest @ ..] => of_device_tree(rest),
        ["ibft", .., name] if name.contains("secret") => Some("it is a password of the boot disk"),
        _ => None,
    }
}

fn of_devices(rest: &[&str]) -> Option<&'static str> {
    match rest {
        [.., "config" | "rom" | "vpd"] => Some(REGISTERS),
        // `resource` itself is text; `resource0` to `resource5_wc` are the registers.
        [.., name]
            if name.strip_prefix("resource").is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit())) =>
        {
            Some(REGISTERS)
        }
        [.., "nvmem" | "eeprom"] => Some("a device's own memory may hold keys"),
        [.., "devcoredump", _, "data"] => Some("it is the memory of a device"),
        // Of iSCSI, NVMe over fabrics and Thunderbolt.
        [.., "password" | "password_in" | "dhchap_secret" | "dhchap_ctrl_secret" | "tls_key" | "key"] => {
            Some("it is a password or a key")
        }
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
        ["ssh", name] if name.starts_with("ssh_host_") && name.ends_with("_key") => Some(PRIVATE_KEY),
        ["ssl", "private", ..] | ["pki", "tls", "private", ..] | ["krb5.keytab" | "ipsec.secrets"] => Some(PRIVATE_KEY),
        ["NetworkManager", "system-connections", ..] => Some("it holds passwords of networks"),
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
            "/proc/iomem",
            "/proc/ioports",
            "/proc/modules",
            "/proc/lock_stat",
            "/proc/acpi/event",
            "/proc/driver/nvram",
            "/proc/net/rpc/nfsd.fh/channel",
            "/proc/1/net/rpc/auth.unix.ip/channel",
            "/proc/1/task/1/net/rpc/auth.unix.ip/channel",
            "/proc/1/timers",
            "/proc/device-tree/chosen/rng-seed",
            "/sys/firmware/devicetree/base/chosen/kaslr-seed",
            "/sys/firmware/fdt",
            "/sys/firmware/memmap/0/start",
            "/sys/firmware/efi/config_table",
            "/sys/firmware/acpi/tables/MSDM",
            "/sys/firmware/qemu_fw_cfg/by_name/opt/key/raw",
            "/sys/firmware/ibft/target0/rev-chap-secret",
            "/sys/kernel/boot_params/setup_data/0/data",
            "/sys/power/wakeup_count",
            "/sys/class/devcoredump/devcd1/data",
            "/sys/class/iscsi_session/session1/password",
            "/sys/class/nvme/nvme0/dhchap_secret",
            "/sys/dev/char/1:1/device/config",
            "/etc/NetworkManager/system-connections/wifi",
            "/var/backups/shadow.bak",
            "/etc/shadow",
            "/etc/gshadow-",
            "/etc/ssh/ssh_host_ed25519_key",
            "/etc/roundsman/secrets/pg",
        ] {
            assert!(denied(path), "{path}");
        }
    }

    #[test]
    fn what_is_looked_for_by_its_inode_is_of_the_list() {
        for path in LITERALS {
            assert!(denied(path), "{path}");
        }
        for directory in DIRECTORIES {
            let names = ["a", "ssh_host_rsa_key"];
            assert!(names.iter().any(|name| denied(&format!("{directory}/{name}"))), "{directory}");
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
            "/proc/net/rpc/nfsd",
            "/proc/net/rpc/nfsd.fh/content",
            "/proc/net/tcp",
            "/proc/acpi/wakeup",
            "/proc/device-tree/model",
            "/sys/power/state",
            "/sys/firmware/devicetree/base/model",
            "/sys/devices/virtual/dmi/id/sys_vendor",
            "/var/backups/dpkg.status.0",
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
