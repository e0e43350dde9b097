"""Builds what is measured: the program as it ships, the components, and what they are measured against."""

import subprocess
import sys
import zipapp
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGET = ROOT / "target"
INTO = TARGET / "bench"
PYTHON = "/usr/bin/python3"  # a version manager's is several times slower to start
PLUGINS = Path("/usr/lib/nagios/plugins")
GUESTS = ("compute", "sleeps")
NATIVE = ("memory", "processes", "compute")


@dataclass(frozen=True)
class Built:
    program: Path
    checks: Path

    def guest(self, name: str) -> Path:
        return INTO / f"{name}.wasm"

    def native(self, name: str) -> list[str]:
        return [str(INTO / name)]

    def zipapp(self, *job: str) -> list[str]:
        return [PYTHON, str(INTO / "monitor.pyz"), *job]


def call(*argv: str | Path) -> None:
    print("+", *argv, file=sys.stderr)
    subprocess.run([str(word) for word in argv], cwd=ROOT, check=True)


def build() -> Built:
    """The program and the checks are those of `make dist`."""
    INTO.mkdir(parents=True, exist_ok=True)
    call("scripts/guest-cargo", "build", "--manifest-path", HERE / "guests/Cargo.toml", "--examples")
    for name in GUESTS:
        built = TARGET / "guest/wasm32-unknown-unknown/guest/examples" / f"{name}.wasm"
        (INTO / f"{name}.wasm").write_bytes(built.read_bytes())
    for name in NATIVE:
        call("rustc", "--edition", "2024", "-O", "-o", INTO / name, HERE / f"peers/{name}.rs")
    zipapp.create_archive(HERE / "peers/zipapp", INTO / "monitor.pyz", main="monitor:main")
    componentize = [TARGET / "python/bin/componentize-py", "--wit-path", ROOT / "wit", "--world", "check"]
    call(*componentize, "componentize", "--stub-wasi", "-p", HERE / "python", "check", "-o", INTO / "python.wasm")
    # What an installed script has: Python keeps the compiled form of what it imports.
    call(PYTHON, "-m", "compileall", "-q", HERE / "python/meminfo.py")
    return Built(TARGET / "dist/roundsman", TARGET / "dist/checks")
