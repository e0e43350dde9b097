"""Peak memory of each process of a round, first rounds with an empty cache, sizes on disk."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from built import HERE, ROOT, Built
from host import Host
from process import Failed, run, start
from scale import Scale
from tables import batch, one_check, python_check

SLEEPS = """\
[check.sleeps]
wasm  = "sleeps.wasm"
every = "1m"
[check.sleeps.grant]
files = ["/proc/meminfo"]
[[check.sleeps.grant.command]]
argv = ["/bin/sleep", "1"]
"""
SLEEPING_COMMAND = """\
[check.sleeping_command]
wasm  = "command.wasm"
every = "1m"
[[check.sleeping_command.grant.command]]
argv = ["/bin/sleep", "1"]
"""


def measure(built: Built, scale: Scale) -> dict:
    return {
        "sleeps": of_each_process(built.program, built.guest("sleeps"), SLEEPS),
        "command": of_each_process(built.program, built.checks / "command.wasm", SLEEPING_COMMAND),
        "python": of_a_python_check(built),
        "round_of_many": of_a_round_of(built, scale.many),
        "round_of_most": of_a_crowd(built, scale),
        "peers": of_peers(built, scale.middle),
        "first_rounds": [first_round(built) for _ in range(scale.long)],
        "sizes": sizes(built),
    }


# What the kernel shows of a name: 15 characters.
KINDS = {
    "roundsman": "round",
    "roundsman-zygot": "zygote",
    "roundsman-broke": "broker",
    "roundsman-reade": "reader",
    "roundsman-worke": "worker",
    "roundsman-compi": "compile worker",
    "sleep": "command",
}


def of_each_process(program: Path, component: Path, drop_in: str) -> dict[str, dict[str, int]]:
    """Bytes by the kind of process, while the command of the one check sleeps: `peak` (VmHWM), and of what is
    resident, what no other process shares."""
    with Host(program) as host:
        host.component(component)
        host.drop_in("sleeps", drop_in)
        host.reports()
        pid = start(host.round(), {})
        try:
            deadline = time.monotonic() + 10
            while "command" not in (tree := {kind(it): it for it in descendants(pid)}):
                if time.monotonic() > deadline:
                    raise Failed(f"no process sleeps: {tree}")
                time.sleep(0.01)
            return {kind: memory(it) for kind, it in tree.items() if kind != "command"}
        finally:
            os.waitpid(pid, 0)


def of_a_python_check(built: Built) -> dict[str, int]:
    """Of the process that compiles the largest component there is, and of the one that runs it."""
    with Host(built.program) as host:
        host.component(built.guest("python"))
        host.drop_in("python", python_check.DROP_IN)
        named = lambda name: lambda pid: [it for it in descendants(pid) if kind(it) == name]
        return {name: watched(host.round(), named(name)) for name in ("compile worker", "worker")}


def of_a_round_of(built: Built, count: int) -> dict[str, int]:
    """Of the round process."""
    with Host(built.program, batch.PARALLEL) as host:
        batch.fill(host, (built.checks / "memory.wasm").read_bytes(), count)
        return {"checks": count, "peak": watched(host.round(), lambda pid: [pid])}


def of_a_crowd(built: Built, scale: Scale) -> dict[str, int]:
    """Of the round process, of very many checks of few components."""
    with Host(built.program, batch.PARALLEL) as host:
        batch.share(host, (built.checks / "memory.wasm").read_bytes(), scale.few, scale.most)
        return {"checks": scale.most, "peak": watched(host.round(), lambda pid: [pid])}


def of_peers(built: Built, times: int) -> dict[str, int]:
    """Of the largest process of each; what starts in between two looks is missed, so the most of several starts."""
    plugin, script = one_check.check_load(), ["/bin/sh", str(HERE / "peers/memory.sh")]
    peers = {"check_load": plugin, "the shell script": script, "the zipapp": built.zipapp("meminfo")}
    return {name: max(watched(argv, descendants) for _ in range(times)) for name, argv in peers.items()}


def watched(argv: list[str], of: Callable[[int], list[int]]) -> int:
    """The largest peak of these processes of a start, looked at again and again until it ends."""
    pid, peak = start(argv, {}), 0
    while not os.waitpid(pid, os.WNOHANG)[0]:
        peak = max([peak, *(status(it, "VmHWM") for it in of(pid))])
    return peak


def first_round(built: Built) -> dict[str, float]:
    """Of the configuration in `dist/`, where nothing is compiled yet, and the one after it."""
    with Host(built.program) as host:
        for component in built.checks.glob("*.wasm"):
            host.component(component)
        for drop_in in (ROOT / "dist/conf.d").glob("*.toml"):
            host.drop_in(drop_in.stem, drop_in.read_text().replace("@DIR@", str(host.dir)))
        first, second = run(host.round()), run(host.round())
        return {"cpu": first.cpu, "wall": first.wall, "second_cpu": second.cpu, "second_wall": second.wall}


def sizes(built: Built) -> dict[str, dict[str, int]]:
    """Bytes on disk: of files, and of what the cache holds for each component."""
    components = sorted(built.checks.glob("*.wasm")) + [built.guest("python")]
    cached = {}
    for component in components:
        with Host(built.program) as host:
            host.component(component)
            host.drop_in("one", f'[check.one]\nwasm = "{component.name}"\nevery = "1m"\n')
            run(host.round())  # without a grant: it is compiled, and fails
            files = [it for it in (host.dir / "cache").rglob("*") if it.is_file()]
            cached[component.stem] = sum(it.stat().st_size for it in files)
    return {
        "files": {"roundsman": built.program.stat().st_size} | {it.stem: it.stat().st_size for it in components},
        "cached": cached,
    }


def descendants(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [pid, *(it for child in children for it in descendants(int(child)))]


def kind(pid: int) -> str:
    try:
        name = Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return KINDS.get(name, name)


def memory(pid: int) -> dict[str, int]:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    own = sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Private_"))
    return {"peak": status(pid, "VmHWM"), "own": own * 1024}


def status(pid: int, key: str) -> int:
    """Bytes; 0 of a process that has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{key}:")), 0)
