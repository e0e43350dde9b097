"""Starts programs one after the other or several at a time, and tells what their whole process trees cost.

CPU is user plus system time as the kernel accounts it (wait4): of the program and of every descendant that was waited
for. What is orphaned on the way comes to this process, which is a subreaper, and is waited for and added too.
"""

import ctypes
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
# What a start gets, as under cron: nothing that depends on who measures.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
# Seconds after which a start counts as hung.
PATIENCE = 900


@dataclass
class Cost:
    """In seconds."""

    cpu: float = 0.0
    wall: float = 0.0


class Failed(Exception):
    """A start that did not end as it must, or printed something else than it should."""


def become_subreaper() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def start(argv: list[str], env: dict[str, str], output: int | None = None) -> int:
    """The pid of a start with /dev/null for stdin, stdout and stderr; `output` takes stdout instead."""
    actions = [(os.POSIX_SPAWN_OPEN, fd, "/dev/null", os.O_RDWR, 0) for fd in (0, 1, 2)]
    if output is not None:
        actions[1] = (os.POSIX_SPAWN_DUP2, output, 1)
    return os.posix_spawn(argv[0], argv, ENVIRONMENT | env, file_actions=actions)


def orphans(kept: set[int]) -> set[int]:
    own = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    return {int(pid) for pid in own.split()} - kept


def add(cost: Cost, usage) -> None:
    cost.cpu += usage.ru_utime + usage.ru_stime


def run(argv: list[str], codes: set[int] = frozenset({0}), env: dict[str, str] = {}, kept: set[int] = frozenset()) -> Cost:
    """One start to its end. `kept` are children of this process that are none of its business."""
    cost = Cost()
    before = time.perf_counter()
    pid = start(argv, env)
    _, status, usage = os.wait4(pid, 0)
    cost.wall = time.perf_counter() - before
    add(cost, usage)
    while left := orphans(kept):
        add(cost, os.wait4(left.pop(), 0)[2])
    check(argv, status, codes)
    return cost


def run_many(argvs: list[list[str]], at_a_time: int, codes: set[int] = frozenset({0})) -> Cost:
    """All of these, so many at a time, as a scheduler would; wall is that of all together."""
    cost = Cost()
    waiting, running = list(reversed(argvs)), {}
    before = time.perf_counter()
    while waiting or running:
        while waiting and len(running) < at_a_time:
            argv = waiting.pop()
            running[start(argv, {})] = argv
        pid, status, usage = os.wait4(-1, 0)
        add(cost, usage)
        if argv := running.pop(pid, None):
            check(argv, status, codes)
    cost.wall = time.perf_counter() - before
    while left := orphans(set()):
        add(cost, os.wait4(left.pop(), 0)[2])
    return cost


def check(argv: list[str], status: int, codes: set[int]) -> None:
    code = os.waitstatus_to_exitcode(status)
    if code not in codes:
        raise Failed(f"{' '.join(argv)}: ended with {code}")


def output_of(argv: list[str], codes: set[int] = frozenset({0}), env: dict[str, str] = {}) -> str:
    """What a start prints; not measured."""
    read, write = os.pipe()
    pid = start(argv, env, output=write)
    os.close(write)
    with os.fdopen(read, encoding="utf-8", errors="replace") as stream:
        text = stream.read()
    _, status, _ = os.wait4(pid, 0)
    try:
        check(argv, status, codes)
    except Failed as failed:
        raise Failed(f"{failed}, and printed: {text}") from None
    return text


class Sleepers:
    """Processes that sleep, for as long as the block lasts."""

    def __init__(self, count: int):
        self.count = count
        self.pids: set[int] = set()

    def __enter__(self) -> set[int]:
        for _ in range(self.count):
            self.pids.add(start(["/bin/sleep", str(PATIENCE)], {}))
        return self.pids

    def __exit__(self, *_) -> None:
        for pid in self.pids:
            os.kill(pid, signal.SIGKILL)
        for pid in self.pids:
            os.waitpid(pid, 0)
