"""A host for tests, under plain pytest: what it was not told of is denied or not there."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self, TypeVar

from . import host
from .errors import Denied, HostError, NotFound
from .files import Piece
from .granted import GrantedCommand, GrantedFiles
from .grants import Argv, Grants, Pattern
from .host import Completed
from .metadata import FileKind, Metadata
from .space import Mount, Space

__all__ = ["FakeHost"]

T = TypeVar("T")

#: Seconds since 1970 UTC at which files were written, where a test says nothing: 2026-01-01.
_WRITTEN = 1_767_225_600.0


class FakeHost:
    """Answers as the host would: what a test sets up is granted, and nothing else is, until it says by `grant_files`,
    `grant_metadata` or `grant_command` what files or commands are.

    >>> from roundsman_sdk import files
    >>> with FakeHost() as host:
    ...     _ = host.file("/proc/uptime", "350.12 10.00")
    ...     files.read_text("/proc/uptime")
    '350.12 10.00'
    """

    def __init__(self) -> None:
        #: The lines of the log, each as `level: message`.
        self.logged: list[str] = []
        #: What the check keeps, by key.
        self.kept: dict[str, bytes] = {}
        self._files: dict[str, bytes | HostError] = {}
        self._metadata: dict[str, Metadata] = {}
        self._mounts: list[tuple[Mount, Space | HostError]] = []
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

    def file(self, path: str, content: str | bytes | HostError, *, modified: float = _WRITTEN) -> FakeHost:
        """Sets up a regular file with this content, or one that answers with this error; `modified` is in seconds since 1970
        UTC.

        >>> FakeHost().file("/run/a", "text").file("/run/b", HostError("/run/b", "EIO")).stat("/run/a").size
        4
        """
        self._files[path] = content.encode() if isinstance(content, str) else content
        size = 0 if isinstance(content, HostError) else len(self._files[path])  # type: ignore[arg-type]
        self._metadata[path] = Metadata(FileKind.REGULAR, size, modified, device=1, inode=100 + len(self._metadata))
        return self

    def metadata(self, path: str, metadata: Metadata) -> FakeHost:
        """Sets up something else than a file, such as a directory or a link, or what else matters of a file.

        >>> FakeHost().metadata("/run/q", Metadata(FileKind.DIRECTORY)).stat("/run/q").kind.value
        'directory'
        """
        self._metadata[path] = metadata
        return self

    def files_below(self, root: str, table: str) -> FakeHost:
        """Sets up files below a directory as a recorded table has them: a line for each, its path, a tab, and its content,
        which gets a line end.

        >>> FakeHost().files_below("/sys/block", "sda/size\\t100").read("/sys/block/sda/size")
        b'100\\n'
        """
        for line in table.splitlines():
            path, _, content = line.partition("\t")
            self.file(f"{root}/{path}", f"{content}\n")
        return self

    def remove(self, path: str) -> FakeHost:
        """Takes a file away.

        >>> FakeHost().file("/run/a", "").remove("/run/a").read("/run/a")
        Traceback (most recent call last):
        roundsman_sdk.errors.Denied: /run/a: not granted
        """
        self._files.pop(path, None)
        del self._metadata[path]
        return self

    def mount(self, mount: Mount, space: Space | HostError) -> FakeHost:
        """Sets up a mounted file system with its room, or one that answers with this error.

        >>> FakeHost().mount(Mount("/dev/sda1", "/", "ext4"), Space(100, 50, 40)).mounts()[0].path
        '/'
        """
        self._mounts.append((mount, space))
        return self

    def command(
        self,
        argv: Sequence[str],
        output: str | HostError = "",
        *,
        code: int = 0,
        error: str = "",
        signal: int | None = None,
    ) -> FakeHost:
        """Sets up a program that writes this and ends with this code, or by this signal; or one that answers with this error of
        the host.

        >>> FakeHost().command(["/bin/false"], code=1, error="no").run(["/bin/false"], None).error
        b'no'
        """
        ended = Completed(None if signal is not None else code, signal, str(output).encode(), error.encode())
        self._commands[tuple(argv)] = output if isinstance(output, HostError) else ended
        return self

    def grant_files(self, *patterns: str) -> FakeHost:
        """Grants what these patterns match, as an operator's `files` do; a pattern that no operator can write is a `ValueError`.

        >>> FakeHost().grant_files("/run/*").file("/etc/a", "").read("/etc/a")
        Traceback (most recent call last):
        roundsman_sdk.errors.Denied: /etc/a: not granted
        """
        self._granted.files.extend(Pattern.parse(pattern) for pattern in patterns)
        self._says_files = True
        return self

    def grant_metadata(self, *patterns: str) -> FakeHost:
        """Grants a look at what these patterns match, as an operator's `metadata` do, and no content.

        >>> FakeHost().grant_metadata("/run/*").file("/run/a", "text").stat("/run/a").size
        4
        """
        self._granted.metadata.extend(Pattern.parse(pattern) for pattern in patterns)
        self._says_files = True
        return self

    def grant_unsafe_files(self, *paths: str) -> FakeHost:
        """Grants these files although no pattern does, as an operator's `unsafe_files` do; only beside `grant_files`.

        >>> FakeHost().grant_files().grant_unsafe_files("/etc/shadow").file("/etc/shadow", "x").read("/etc/shadow")
        b'x'
        """
        self._granted.unsafe_files.extend(paths)
        return self

    def grant_command(
        self, argv: Sequence[str], *, pattern: bool = False, takes_input: bool = False, id: str | None = None
    ) -> FakeHost:
        """Grants a command, as an operator's `argv` does, or with `pattern` an `argv_pattern`; with `takes_input` the check
        may give it something to read, as with `stdin = "component"`. An argv that no operator can write is a `ValueError`.

        >>> FakeHost().grant_command(["/bin/df", "-P"], id="disks").granted_commands()[0].id
        'disks'
        """
        self._granted.commands.append(Argv.parse(argv, is_pattern=pattern, takes_input=takes_input, id=id))
        self._says_commands = True
        return self

    def read(self, path: str) -> bytes:
        """Answers `files.read`.

        >>> FakeHost().file("/run/a", "text").read("/run/a")
        b'text'
        """
        # What was set up is granted each by itself, whatever it is.
        own = Grants(unsafe_files=[path] if path in self._files else [])
        if not (self._granted if self._says_files else own).allows_file(path):
            raise Denied(path)
        return _given(self._files.get(path, NotFound(path)))

    def read_at(self, path: str, offset: int, most: int) -> Piece:
        """Answers `files.read_at`.

        >>> FakeHost().file("/run/a", "abcdef").read_at("/run/a", 4, 10).data
        b'ef'
        """
        content = self.read(path)
        seen = self._metadata[path]
        return Piece(content[offset : offset + most], seen.device, seen.inode, len(content))

    def read_glob(self, pattern: str) -> list[tuple[str, bytes | HostError]]:
        """Answers `files.read_glob`.

        >>> FakeHost().file("/run/a", "text").read_glob("/run/*")
        [('/run/a', b'text')]
        """
        return self._matching(pattern, self._files, content=True)

    def stat(self, path: str) -> Metadata:
        """Answers `files.stat`.

        >>> FakeHost().file("/run/a", "text").stat("/run/a").size
        4
        """
        own = Grants(unsafe_files=[path] if path in self._metadata else [])
        if not (self._granted if self._says_files else own).allows_metadata(path):
            raise Denied(path)
        return _given(self._metadata.get(path, NotFound(path)))

    def stat_glob(self, pattern: str) -> list[tuple[str, Metadata | HostError]]:
        """Answers `files.stat_glob`.

        >>> [path for path, seen in FakeHost().file("/run/a", "text").stat_glob("/run/*")]
        ['/run/a']
        """
        return self._matching(pattern, self._metadata, content=False)

    def usages(self, paths: list[str]) -> list[tuple[str, Space | HostError]]:
        """Answers `files.usages`.

        >>> FakeHost().usages(["/"])
        [('/', NotFound('/: does not exist'))]
        """
        known = {mount.path: space for mount, space in self._mounts}
        return [(path, known.get(path, NotFound(path))) for path in paths]

    def mounts(self) -> list[Mount]:
        """Answers `files.mounts`.

        >>> FakeHost().mounts()
        []
        """
        return [mount for mount, _ in self._mounts]

    def granted_files(self) -> GrantedFiles:
        """Answers `files.granted`: what the test said, or else all that it set up.

        >>> FakeHost().file("/run/a", "").granted_files().files
        ['/run/a']
        """
        files = [pattern.text for pattern in self._granted.files] if self._says_files else sorted(self._files)
        metadata = [pattern.text for pattern in self._granted.metadata]
        return GrantedFiles(files, metadata, ["mounted"] if self._mounts else [])

    def run(self, argv: list[str], given: bytes | None) -> Completed:
        """Answers `commands.complete`.

        >>> FakeHost().command(["/bin/ls", "-lh"], "total 0").run(["ls", "-lh"], None).output
        b'total 0'
        """
        granted = self._granted if self._says_commands else Grants(commands=self._as_set_up())
        whole = granted.command(argv, with_input=given is not None)
        if whole is None:
            raise Denied(" ".join(argv))
        return _given(self._commands.get(tuple(argv), self._commands.get(tuple(whole), NotFound(" ".join(argv)))))

    def granted_commands(self) -> list[GrantedCommand]:
        """Answers `commands.granted`: what the test said, or else all that it set up.

        >>> FakeHost().command(["/bin/ls", "-lh"]).granted_commands()[0].literal
        True
        """
        granted = self._granted.commands if self._says_commands else self._as_set_up()
        return [GrantedCommand(it.id, [it.program, *it.arguments], not it.is_pattern) for it in granted]

    def log(self, level: str, message: str) -> None:
        """Keeps a line in `logged`.

        >>> host = FakeHost()
        >>> host.log("info", "a line")
        >>> host.logged
        ['info: a line']
        """
        self.logged.append(f"{level}: {message}")

    def state_get(self, key: str) -> bytes | None:
        """Answers `state.get`.

        >>> FakeHost().state_get("last") is None
        True
        """
        return self.kept.get(key)

    def state_set(self, key: str, value: bytes) -> None:
        """Keeps bytes in `kept`.

        >>> host = FakeHost()
        >>> host.state_set("last", b"42")
        >>> host.kept
        {'last': b'42'}
        """
        self.kept[key] = value

    def state_remove(self, key: str) -> None:
        """Forgets a key of `kept`.

        >>> FakeHost().state_remove("last")
        """
        self.kept.pop(key, None)

    def _matching(
        self, pattern: str, known: dict[str, T | HostError] | dict[str, T], *, content: bool
    ) -> list[tuple[str, T | HostError]]:
        granted = self._granted if self._says_files else Grants(_patterns(pattern), unsafe_files=list(known))
        if not granted.allows_glob(pattern, content=content):
            raise Denied(pattern)
        found: list[tuple[str, T | HostError]] = []
        for path, answer in sorted(known.items(), key=lambda file: file[0]):
            allowed = granted.finds(pattern, path, content=content)
            if allowed is not None:
                found.append((path, answer if allowed else Denied(path)))
        return found

    def _as_set_up(self) -> list[Argv]:
        # A program that was set up by its file name is one of `/usr/bin`, as no grant goes without a path.
        whole = ((known[0] if "/" in known[0] else f"/usr/bin/{known[0]}", *known[1:]) for known in self._commands)
        return [Argv.parse(argv, is_pattern=False, takes_input=True) for argv in whole]


def _given(answer: T | HostError) -> T:
    if isinstance(answer, HostError):
        raise answer
    return answer


def _patterns(text: str) -> list[Pattern]:
    """The pattern as a list; one that the host would refuse is none."""
    try:
        return [Pattern.parse(text)]
    except ValueError:
        return []
