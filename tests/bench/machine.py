"""Where and with what was measured."""

import datetime
import os
import re
import subprocess
from pathlib import Path

from built import PYTHON, ROOT

PACKAGES = ("monitoring-plugins-basic", "procps", "dash", "mawk")


def facts() -> dict[str, str]:
    cpu = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.M)
    memory = re.search(r"^MemTotal:\s*(\d+) kB", Path("/proc/meminfo").read_text(), re.M)
    kernel = os.uname()
    return {
        "date": datetime.date.today().isoformat(),
        "machine": f"{cpu[1] if cpu else kernel.machine}, {os.cpu_count()} CPUs, {int(memory[1]) >> 20} GiB of memory",
        "kernel": f"Linux {kernel.release}",
        "system": read_value("/etc/os-release", "PRETTY_NAME"),
        "started as": "root" if os.geteuid() == 0 else "an ordinary user",
        "revision": first_line("git", "-C", str(ROOT), "describe", "--always", "--dirty"),
        "rustc": first_line("rustc", "--version"),
        "wasmtime": locked("wasmtime"),
        "python": first_line(PYTHON, "--version"),
        "packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
    }


def first_line(*argv: str) -> str:
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.splitlines()[0]


def version(package: str) -> str:
    return first_line("dpkg-query", "--show", "--showformat=${Version}", package)


def read_value(path: str, key: str) -> str:
    found = re.search(rf'^{key}="?(.*?)"?$', Path(path).read_text(), re.M)
    return found[1] if found else "unknown"


def locked(crate: str) -> str:
    found = re.search(rf'name = "{crate}"\nversion = "(.*)"', (ROOT / "Cargo.lock").read_text())
    return found[1] if found else "unknown"
