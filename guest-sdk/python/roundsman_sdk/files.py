"""Files that the operator granted. Paths are absolute, without `.`, `..` or empty parts; patterns are globs by part with `*`,
`?` and `[a-z]`, where `*` crosses no `/`.

Each function may raise a `HostError`: `Denied` where no grant matches, `NotFound`, `LimitReached` over `[limits]`, `TimedOut`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from . import host
from .errors import CheckError, HostError
from .granted import GrantedFiles
from .metadata import FileKind, Metadata
from .space import Mount, Space

__all__ = [
    "FileKind",
    "Found",
    "GrantedFiles",
    "Metadata",
    "Mount",
    "Piece",
    "Seen",
    "Space",
    "Used",
    "granted",
    "mounts",
    "read",
    "read_at",
    "read_glob",
    "read_text",
    "stat",
    "stat_glob",
    "usage",
    "usages",
]


@dataclasses.dataclass(frozen=True)
class Found:
    """A file that a pattern matched: its content, or why it could not be read, which hides no other file.

    >>> Found("/run/a", b"text").read_text()
    'text'
    """

    path: str
    content: bytes | HostError

    def read(self) -> bytes:
        """Returns the content, or raises the `HostError` that kept the host from reading it.

        >>> Found("/run/a", HostError("/run/a", "EIO")).read()
        Traceback (most recent call last):
        roundsman_sdk.errors.HostError: /run/a: EIO
        """
        if isinstance(self.content, HostError):
            raise self.content
        return self.content

    def read_text(self) -> str:
        """Returns the text; bytes that are no UTF-8 are a `CheckError` with their place.

        >>> Found("/run/a", b"ab\\xff").read_text()
        Traceback (most recent call last):
        roundsman_sdk.errors.CheckError: /run/a: not UTF-8 text from byte 2 on
        """
        return _text(self.path, self.read())


@dataclasses.dataclass(frozen=True)
class Seen:
    """Something that a pattern matched: its metadata, or why they could not be had, which hides no other.

    >>> Seen("/run/a", Metadata(FileKind.DIRECTORY)).metadata().kind.value
    'directory'
    """

    path: str
    answer: Metadata | HostError

    def metadata(self) -> Metadata:
        """Returns the metadata, or raises the `HostError` that stood in the way.

        >>> Seen("/run/a", Metadata(FileKind.REGULAR, size=3)).metadata().size
        3
        """
        if isinstance(self.answer, HostError):
            raise self.answer
        return self.answer


@dataclasses.dataclass(frozen=True)
class Used:
    """A mounted file system that was asked for: its room, or why that is not known, which hides no other.

    >>> Used("/srv", Space(100, 50, 40)).space().bytes_free
    50
    """

    path: str
    answer: Space | HostError

    def space(self) -> Space:
        """Returns the room, or raises the `HostError` that stood in the way.

        >>> Used("/srv", HostError("/srv", "EIO")).space()
        Traceback (most recent call last):
        roundsman_sdk.errors.HostError: /srv: EIO
        """
        if isinstance(self.answer, HostError):
            raise self.answer
        return self.answer


@dataclasses.dataclass(frozen=True)
class Piece:
    """A part of a file, and which file it was when it was read; `size` is that of the whole file, in bytes.

    >>> Piece(b"end", device=1, inode=7, size=100).data
    b'end'
    """

    data: bytes
    device: int
    inode: int
    size: int


def read(path: str) -> bytes:
    """Reads a file; one over `limits.file` is an error, never a cut content.

    >>> from roundsman_sdk.fake import FakeHost
    >>> with FakeHost() as host:
    ...     _ = host.file("/run/a", "text")
    ...     read("/run/a")
    b'text'
    """
    return host.current().read(path)


def read_text(path: str) -> str:
    """Reads a file of text; bytes that are no UTF-8 are a `CheckError` with their place.

    >>> from roundsman_sdk.fake import FakeHost
    >>> with FakeHost() as host:
    ...     _ = host.file("/proc/uptime", "350.12 10.00")
    ...     read_text("/proc/uptime")
    '350.12 10.00'
    """
    return _text(path, read(path))


def read_at(path: str, offset: int, most: int) -> Piece:
    """Reads at most so many bytes from an offset; fewer only at the end of the file.

    >>> from roundsman_sdk.fake import FakeHost
    >>> with FakeHost() as host:
    ...     _ = host.file("/run/a", "abcdef")
    ...     read_at("/run/a", 2, 3).data
    b'cde'
    """
    return host.current().read_at(path, offset, most)


def read_glob(pattern: str) -> list[Found]:
    """Reads all regular files that match in one call, in the order of their paths; no match is an empty list.

    >>> from roundsman_sdk.fake import FakeHost
    >>> with FakeHost() as host:
    ...     _ = host.file("/run/b", "2").file("/run/a", "1")
    ...     [(found.path, found.read_text()) for found in read_glob("/run/*")]
    [('/run/a', '1'), ('/run/b', '2')]
    """
    return [Found(path, content) for path, content in host.current().read_glob(pattern)]


def stat(path: str) -> Metadata:
    """Returns the metadata of a path; a symbolic link is not followed at the end.

    >>> from roundsman_sdk.fake import FakeHost
    >>> with FakeHost() as host:
    ...     _ = host.file("/run/a", "text")
    ...     stat("/run/a").size
    4
    """
    return host.current().stat(path)


def stat_glob(pattern: str) -> list[Seen]:
    """Returns the metadata of all that matches in one call, in the order of their paths; no match is an empty list.

    >>> from roundsman_sdk.fake import FakeHost
    >>> with FakeHost() as host:
    ...     _ = host.file("/var/spool/q/1", "").file("/var/spool/q/2", "")
    ...     len(stat_glob("/var/spool/q/*"))
    2
    """
    return [Seen(path, answer) for path, answer in host.current().stat_glob(pattern)]


def usage(path: str) -> Space:
    """Returns the room of the file system mounted at a path; `NotFound` where nothing is mounted there.

    >>> from roundsman_sdk.fake import FakeHost
    >>> with FakeHost() as host:
    ...     _ = host.mount(Mount("/dev/sda1", "/srv", "ext4"), Space(100, 50, 40))
    ...     usage("/srv").bytes_available
    40
    """
    return usages([path])[0].space()


def usages(paths: Sequence[str]) -> list[Used]:
    """Does as `usage` for many, in their order: those that do not answer cost the time of one together.

    >>> from roundsman_sdk.fake import FakeHost
    >>> with FakeHost() as host:
    ...     _ = host.mount(Mount("/dev/sda1", "/srv", "ext4"), Space(100, 50, 40))
    ...     [str(used.answer) for used in usages(["/no"])]
    ['/no: does not exist']
    """
    return [Used(path, answer) for path, answer in host.current().usages(list(paths))]


def mounts() -> list[Mount]:
    """Lists the mounted file systems in the kernel's order, those only that a grant names.

    >>> from roundsman_sdk.fake import FakeHost
    >>> with FakeHost() as host:
    ...     _ = host.mount(Mount("/dev/sda1", "/srv", "ext4"), Space(100, 50, 40))
    ...     [mount.path for mount in mounts()]
    ['/srv']
    """
    return host.current().mounts()


def granted() -> GrantedFiles:
    """Returns what the operator granted, as written, so that a path is written once.

    >>> from roundsman_sdk.fake import FakeHost
    >>> with FakeHost() as host:
    ...     _ = host.grant_files("/var/log/*.log")
    ...     granted().files
    ['/var/log/*.log']
    """
    return host.current().granted_files()


def _text(path: str, data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise CheckError(f"{path}: not UTF-8 text from byte {error.start} on") from None
