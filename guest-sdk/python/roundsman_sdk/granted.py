"""What a check is told of its grants."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class GrantedFiles:
    """The patterns of files and metadata that the operator granted, and mount points or the one word `mounted`.

    >>> GrantedFiles(files=["/proc/uptime"]).metadata
    []
    """

    files: list[str] = dataclasses.field(default_factory=list)
    metadata: list[str] = dataclasses.field(default_factory=list)
    filesystems: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class GrantedCommand:
    """A command that the operator granted: its argv as it is where `literal` says so, else a pattern for each argument.

    >>> GrantedCommand("list", ["/bin/ls", "-lh"], literal=True).argv
    ['/bin/ls', '-lh']
    """

    #: The operator's name for it.
    id: str | None
    argv: list[str]
    literal: bool
