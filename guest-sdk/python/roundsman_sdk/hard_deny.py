"""Files that no pattern grants, as the host has them: their content is secret, or reading them does something."""

from __future__ import annotations

from collections.abc import Sequence

_ADDRESSES = "it tells addresses, which is what an exploit needs"
_REGISTERS = "reading a device's registers can hang it"
_MEMORY = "it tells how memory is laid out"
_KEY = "it is a password or a key"
_HASHES = "it holds password hashes"
_SEED = "random numbers and addresses of the kernel are made of it"


def reason(names: Sequence[str]) -> str | None:
    """Says why no pattern grants the file at these parts of a path; `None` where one may."""
    match list(names):
        case ["proc", pid, "task", tid, *rest] if _is_number(pid) and _is_number(tid):
            return _of_process(rest)
        case ["proc", pid, *rest] if _is_number(pid):
            return _of_process(rest)
        case ["proc", *rest]:
            return _of_kernel(rest)
        case ["sys", *rest]:
            return _of_sysfs(rest)
        case ["etc", *rest] | ["usr", "etc", *rest]:
            return _of_accounts(rest)
        case ["var", "backups", "shadow.bak" | "gshadow.bak"]:
            return _HASHES
    return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _of_process(rest: list[str]) -> str | None:
    match rest:
        case ["environ"]:
            return "environments hold passwords"
        case ["mem"]:
            return "it is the memory of a process"
        case ["auxv" | "maps" | "smaps" | "smaps_rollup" | "numa_maps" | "pagemap" | "stack" | "syscall" | "timers"]:
            return _ADDRESSES
        case ["net", *rest]:
            return _of_network(rest)
    return None


def _of_network(rest: list[str]) -> str | None:
    match rest:
        case ["rpc", _, "channel"]:
            return "reading it takes the kernel's questions away from the daemon that answers them"
    return None


def _of_kernel(rest: list[str]) -> str | None:
    match rest:
        case ["kcore" | "vmcore"]:
            return "it is the memory of the kernel"
        case ["kallsyms" | "timer_list" | "vmallocinfo" | "sched_debug" | "modules" | "iomem" | "ioports"]:
            return _ADDRESSES
        case ["lockdep" | "lockdep_chains" | "lock_stat"]:
            return _ADDRESSES
        case [name] if name.startswith("kpage"):
            return _MEMORY
        case ["keys"]:
            return "it lists the kernel's keys"
        case ["kmsg"] | ["acpi", "event"]:
            return "reading it takes messages away from who handles them"
        case ["sysrq-trigger"]:
            return "it restarts the host"
        case ["device-tree", *rest]:
            return _of_device_tree(rest)
        case ["bus", *_]:
            return _REGISTERS
        case ["driver", "nvram"]:
            return "a device's own memory may hold keys"
        case ["net", *rest]:
            return _of_network(rest)
        case ["sys", "net", *_, "tcp_fastopen_key" | "stable_secret"]:
            return _KEY
    return None


def _of_device_tree(rest: list[str]) -> str | None:
    return _SEED if rest and rest[-1] in ("rng-seed", "kaslr-seed") else None


def _of_sysfs(rest: list[str]) -> str | None:
    match rest:
        case ["kernel", "debug", *_]:
            return "drivers' debugging files may do anything when they are read"
        case ["kernel", "tracing", *_]:
            return "reading a trace takes it away from its reader"
        case ["kernel", "vmcoreinfo" | "notes"] | ["module", _, "sections", *_]:
            return _ADDRESSES
        case ["kernel", "boot_params", *_]:
            return _SEED
        case ["power", "wakeup_count"]:
            return "reading it waits until no device is about to wake the host"
        case ["firmware", *rest]:
            return _of_firmware(rest)
        case ["devices" | "bus" | "class" | "block" | "dev", *rest]:
            return _of_devices(rest)
    return None


def _of_firmware(rest: list[str]) -> str | None:
    match rest:
        case ["efi", "efivars" | "vars", *_]:
            return "firmware variables hold keys"
        case ["efi", "systab" | "config_table" | "fw_vendor" | "runtime" | "runtime-map", *_] | ["memmap", *_]:
            return _MEMORY
        case ["acpi", "tables", *_]:
            return "tables of the firmware hold licence keys and memory addresses"
        case ["qemu_fw_cfg", *_]:
            return "the hypervisor may hand over keys and passwords there"
        case ["fdt"]:
            return _SEED
        case ["devicetree", *rest]:
            return _of_device_tree(rest)
        case ["ibft", *_, name] if "secret" in name:
            return _KEY
    return None


def _of_devices(rest: list[str]) -> str | None:
    match rest:
        case [*_, "config" | "rom" | "vpd"]:
            return _REGISTERS
        # `resource` itself is text; `resource0` to `resource5_wc` are the registers.
        case [*_, name] if name.startswith("resource") and _is_number(name[8:9]):
            return _REGISTERS
        case [*_, "nvmem" | "eeprom"]:
            return "a device's own memory may hold keys"
        case [*_, "devcoredump", _, "data"]:
            return "it is the memory of a device"
        case [*_, "password" | "password_in" | "dhchap_secret" | "dhchap_ctrl_secret" | "tls_key" | "key"]:
            return _KEY
    return None


def _of_accounts(rest: list[str]) -> str | None:
    match rest:
        case ["shadow" | "shadow-" | "gshadow" | "gshadow-"] | ["security", "opasswd" | "opasswd.old"]:
            return _HASHES
        case ["ssh", name] if name.startswith("ssh_host_") and name.endswith("_key"):
            return "it is a private key"
        case ["ssl", "private", *_] | ["pki", "tls", "private", *_] | ["krb5.keytab" | "ipsec.secrets"]:
            return "it is a private key"
        case ["NetworkManager", "system-connections", *_]:
            return "it holds passwords of networks"
        case ["roundsman", "secrets", *_]:
            return "secrets are for granted programs, never for a component"
    return None
