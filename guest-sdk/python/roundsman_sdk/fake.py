"""A host for tests, under plain pytest: what it was not told of is denied or not there."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from . import host
from .errors import Denied, HostError, NotFound
from .grants import Argv, Grants, Pattern
from .host import Completed


class FakeHost:
    """Answers as the host would: `with FakeHost() as host: host.file(…)`, then the check is called as a function.

    What a test sets up is granted, and nothing else is, until it says by `grant_files` or `grant_command` what files or
    commands are."""

    def __init__(self) -> None:
        self.logged: list[str] = []
        self.kept: dict[str, bytes] = {}
        self._files: dict[str, bytes | HostError] = {}
        self._commands: dict[tuple[str, ...], Completed | HostError] = {}
        self._granted = Grants()
        self._says_files = False
        self._says_commands = False

    def __enter__(self) -> Self:
        host.enter(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        host.leave()

    def file(self, path: str, content: str | bytes | HostError) -> FakeHost:
        """Sets up a file with this content, or one that answers with this error."""
        self._files[path] = content.encode() if isinstance(content, str) else content
        return self

    def files_below(self, root: str, table: str) -> FakeHost:
        """Sets up files below a directory as a recorded table has them: a line for each, its path, a tab, and its content,
        which gets a line end."""
        for line in table.splitlines():
            path, _, content = line.partition("\t")
            self.file(f"{root}/{path}", f"{content}\n")
        return self

    def remove(self, path: str) -> FakeHost:
        """Takes a file away."""
        del self._files[path]
        return self

    def command(self, argv: Sequence[str], output: str = "", *, code: int = 0, error: str = "") -> FakeHost:
        """Sets up a command that ends so."""
        self._commands[tuple(argv)] = Completed(code, None, output.encode(), error.encode())
        return self

    def grant_files(self, *patterns: str) -> FakeHost:
        """Grants what these patterns match, as an operator's `files` do."""
        self._granted.files.extend(Pattern.parse(pattern) for pattern in patterns)
        self._says_files = True
        return self

    def grant_unsafe_files(self, *paths: str) -> FakeHost:
        """Grants these files although no pattern does, as an operator's `unsafe_files` do; only beside `grant_files`."""
        self._granted.unsafe_files.extend(paths)
        return self

    def grant_command(self, argv: Sequence[str], *, pattern: bool = False, takes_input: bool = False) -> FakeHost:
        """Grants a command, as an operator's `argv` does, or with `pattern` an `argv_pattern`; with `takes_input` the check
        may give it something to read, as with `stdin = "component"`."""
        self._granted.commands.append(Argv.parse(argv, is_pattern=pattern, takes_input=takes_input))
        self._says_commands = True
        return self

    def read(self, path: str) -> bytes:
        # What was set up is granted each by itself, whatever it is.
        own = Grants(unsafe_files=[path] if path in self._files else [])
        if not (self._granted if self._says_files else own).allows_file(path):
            raise Denied(path)
        if path not in self._files:
            raise NotFound(path)
        content = self._files[path]
        if isinstance(content, HostError):
            raise content
        return content

    def read_glob(self, pattern: str) -> list[tuple[str, bytes | HostError]]:
        granted = self._granted if self._says_files else Grants(_patterns(pattern), unsafe_files=list(self._files))
        if not granted.allows_glob(pattern):
            raise Denied(pattern)
        found: list[tuple[str, bytes | HostError]] = []
        for path, content in sorted(self._files.items(), key=lambda file: file[0]):
            allowed = granted.finds(pattern, path)
            if allowed is not None:
                found.append((path, content if allowed else Denied(path)))
        return found

    def run(self, argv: list[str], given: bytes | None) -> Completed:
        granted = self._granted if self._says_commands else Grants(commands=self._as_set_up())
        whole = granted.command(argv, with_input=given is not None)
        if whole is None:
            raise Denied(" ".join(argv))
        ended = self._commands.get(tuple(argv), self._commands.get(tuple(whole)))
        if ended is None:
            raise NotFound(argv[0])
        if isinstance(ended, HostError):
            raise ended
        return ended

    def log(self, level: str, message: str) -> None:
        self.logged.append(f"{level}: {message}")

    def state_get(self, key: str) -> bytes | None:
        return self.kept.get(key)

    def state_set(self, key: str, value: bytes) -> None:
        self.kept[key] = value

    def _as_set_up(self) -> list[Argv]:
        # A program that was set up by its file name is one of `/usr/bin`, as no grant goes without a path.
        whole = ((known[0] if "/" in known[0] else f"/usr/bin/{known[0]}", *known[1:]) for known in self._commands)
        return [Argv.parse(argv, is_pattern=False, takes_input=True) for argv in whole]


def _patterns(text: str) -> list[Pattern]:
    """The pattern as a list; one that the host would refuse is none."""
    try:
        return [Pattern.parse(text)]
    except ValueError:
        return []
