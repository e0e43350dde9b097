"""What a path is, without its content."""

from __future__ import annotations

import dataclasses
import enum


class FileKind(enum.Enum):
    """What is at a path.

    >>> FileKind("symlink")
    <FileKind.SYMLINK: 'symlink'>
    """

    REGULAR = "regular"
    DIRECTORY = "directory"
    SYMLINK = "symlink"
    FIFO = "fifo"
    SOCKET = "socket"
    BLOCK_DEVICE = "block-device"
    CHARACTER_DEVICE = "character-device"
    OTHER = "other"


@dataclasses.dataclass(frozen=True)
class Metadata:
    """Kind, size, time, owner and place of something in the file system.

    >>> Metadata(FileKind.REGULAR, size=4096).size
    4096
    """

    kind: FileKind
    #: In bytes.
    size: int = 0
    #: Seconds since 1970 UTC, as `time.time()` has them.
    modified: float = 0.0
    device: int = 0
    inode: int = 0
    #: The numbers of user and group.
    owner: int = 0
    group: int = 0
    #: The permission bits.
    mode: int = 0o644
    #: Where a symbolic link leads.
    link_target: str | None = None
