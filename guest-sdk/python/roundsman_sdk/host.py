"""The host that is asked: that of WebAssembly where this runs as a component, a fake one in tests."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Protocol

from .errors import HostError
from .granted import GrantedCommand, GrantedFiles
from .metadata import Metadata
from .space import Mount, Space

if TYPE_CHECKING:
    from .files import Piece


@dataclasses.dataclass(frozen=True)
class Completed:
    """A program that ended: its exit code, or the signal that ended it, and all that it wrote.

    >>> Completed(code=0, signal=None, output=b"total 0", error=b"").output
    b'total 0'
    """

    #: The exit code; `None` where a signal ended it.
    code: int | None
    signal: int | None
    output: bytes
    error: bytes


class Host(Protocol):
    """What a check can ask for. Each call may raise a `HostError`."""

    def read(self, path: str) -> bytes: ...

    def read_at(self, path: str, offset: int, most: int) -> Piece: ...

    def read_glob(self, pattern: str) -> list[tuple[str, bytes | HostError]]: ...

    def stat(self, path: str) -> Metadata: ...

    def stat_glob(self, pattern: str) -> list[tuple[str, Metadata | HostError]]: ...

    def usages(self, paths: list[str]) -> list[tuple[str, Space | HostError]]: ...

    def mounts(self) -> list[Mount]: ...

    def granted_files(self) -> GrantedFiles: ...

    def run(self, argv: list[str], given: bytes | None) -> Completed: ...

    def granted_commands(self) -> list[GrantedCommand]: ...

    def log(self, level: str, message: str) -> None: ...

    def state_get(self, key: str) -> bytes | None: ...

    def state_set(self, key: str, value: bytes) -> None: ...

    def state_remove(self, key: str) -> None: ...


_hosts: list[Host] = []


def enter(host: Host) -> None:
    """Makes this the host that is asked, until it is left."""
    _hosts.append(host)


def leave() -> None:
    """Takes the host away that was entered last."""
    _hosts.pop()


def current() -> Host:
    """Returns the host that is asked; outside of a component and of a fake host there is none, which is an error."""
    if _hosts:
        return _hosts[-1]
    try:
        from .component import ComponentHost
    except ImportError:
        raise RuntimeError(
            "there is no host here: in a test, call the check within `with FakeHost() as host:`"
        ) from None
    return ComponentHost()
