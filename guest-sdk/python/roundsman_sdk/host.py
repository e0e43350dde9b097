"""The host that is asked: that of WebAssembly where this runs as a component, a fake one in tests."""

from __future__ import annotations

import dataclasses
from typing import Protocol

from .errors import HostError


@dataclasses.dataclass(frozen=True)
class Completed:
    """A command that ended."""

    #: The exit code; `None` where a signal ended it.
    code: int | None
    signal: int | None
    output: bytes
    error: bytes


class Host(Protocol):
    """What a check can ask for. Each call may raise a `HostError`."""

    def read(self, path: str) -> bytes: ...

    def read_glob(self, pattern: str) -> list[tuple[str, bytes | HostError]]: ...

    def run(self, argv: list[str], given: bytes | None) -> Completed: ...

    def log(self, level: str, message: str) -> None: ...

    def state_get(self, key: str) -> bytes | None: ...

    def state_set(self, key: str, value: bytes) -> None: ...


_hosts: list[Host] = []


def enter(host: Host) -> None:
    """Makes this the host that is asked, until it is left."""
    _hosts.append(host)


def leave() -> None:
    """Takes the host away that was entered last."""
    _hosts.pop()


def current() -> Host:
    """The host that is asked."""
    if _hosts:
        return _hosts[-1]
    from .component import ComponentHost

    return ComponentHost()
