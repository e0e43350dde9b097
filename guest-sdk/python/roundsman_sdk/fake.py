"""A host for tests, under plain pytest: what it was not told of is denied or not there."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from . import host
from .errors import Denied, HostError
from .host import Completed


class FakeHost:
    """Answers as the host would: `with FakeHost() as host: host.file(…)`, then the check is called as a function."""

    def __init__(self) -> None:
        self.logged: list[str] = []
        self.kept: dict[str, bytes] = {}
        self._files: dict[str, bytes | HostError] = {}
        self._commands: dict[tuple[str, ...], Completed | HostError] = {}

    def __enter__(self) -> Self:
        host.enter(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        host.leave()

    def file(self, path: str, content: str | bytes | HostError) -> FakeHost:
        """Grants a file with this content, or one that answers with this error."""
        self._files[path] = content.encode() if isinstance(content, str) else content
        return self

    def command(self, argv: Sequence[str], output: str = "", *, code: int = 0, error: str = "") -> FakeHost:
        """Grants a command that ends so."""
        self._commands[tuple(argv)] = Completed(code, None, output.encode(), error.encode())
        return self

    def read(self, path: str) -> bytes:
        if path not in self._files:
            raise Denied(path, "denied: the test grants no such file")
        content = self._files[path]
        if isinstance(content, HostError):
            raise content
        return content

    def read_glob(self, pattern: str) -> list[tuple[str, bytes]]:
        # A star of a pattern matches no slash.
        depth = pattern.count("/")
        matching = (path for path in sorted(self._files) if path.count("/") == depth)
        return [(path, self.read(path)) for path in matching if fnmatch.fnmatchcase(path, pattern)]

    def run(self, argv: list[str], given: bytes | None) -> Completed:
        ended = self._commands.get(tuple(argv))
        if ended is None:
            raise Denied(" ".join(argv), "denied: the test grants no such command")
        if isinstance(ended, HostError):
            raise ended
        return ended

    def log(self, level: str, message: str) -> None:
        self.logged.append(f"{level}: {message}")

    def state_get(self, key: str) -> bytes | None:
        return self.kept.get(key)

    def state_set(self, key: str, value: bytes) -> None:
        self.kept[key] = value
