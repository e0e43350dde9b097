"""Mounted file systems and their room."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Space:
    """Room of a mounted file system: sizes in bytes, and inodes. `available` is what users other than root may take.

    >>> space = Space(bytes_total=100, bytes_free=25, bytes_available=20)
    >>> space.bytes_total - space.bytes_free
    75
    """

    bytes_total: int
    bytes_free: int
    bytes_available: int
    #: Zero where the file system has no fixed number of them.
    inodes_total: int = 0
    inodes_free: int = 0
    inodes_available: int = 0
    #: Whether it cannot be written there.
    read_only: bool = False


@dataclasses.dataclass(frozen=True)
class Mount:
    """A mounted file system: its device or server, its path, and its type.

    >>> Mount("/dev/sda1", "/", "ext4").filesystem
    'ext4'
    """

    source: str
    path: str
    #: Such as `ext4`.
    filesystem: str
    #: The number of its device: what has the same one shares its space.
    device: int = 0
    #: What of the file system is mounted there: `/`, or a directory in it.
    root: str = "/"
    #: Whether the mount may not be written, and whether the file system may not, wherever it is mounted.
    read_only: bool = False
    filesystem_read_only: bool = False
    #: Options that are single words, of the mount and of the file system.
    options: tuple[str, ...] = ()
    filesystem_options: tuple[str, ...] = ()
