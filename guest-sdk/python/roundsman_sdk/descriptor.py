"""What a check says of itself: metrics and needs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from .errors import CheckError
from .outcome import Metric

#: The words of units, `number`, `bytes`, `seconds`, `percent` and `celsius`; any other is written by its usual symbol.
Unit = str


@dataclasses.dataclass(frozen=True)
class Measure:
    """A metric that may be reported: its name in `snake_case`, help, and unit. Values are in base units: bytes, never KiB; seconds,
    never milliseconds; percent from 0 to 100.

    >>> USED = Measure("used_percent", "space in use", unit="percent", labels=("mount",), critical=(0, 95))
    >>> USED.value(12.5, mount="/data").labels
    {'mount': '/data'}
    """

    name: str
    help: str
    unit: Unit = "number"
    #: `gauge`, or `counter` for a number that only rises.
    kind: str = "gauge"
    labels: tuple[str, ...] = ()
    #: The values that are in order where the operator says nothing, from low to high, both included.
    warning: tuple[float, float] | None = None
    critical: tuple[float, float] | None = None
    #: The smallest and the largest value possible.
    between: tuple[float, float] | None = None

    def value(self, value: float, **labels: str) -> Metric:
        """Makes the metric of one thing. Labels that are not those declared are a `CheckError`.

        >>> Measure("jobs", "that wait").value(3).value
        3.0
        """
        if set(labels) != set(self.labels):
            raise CheckError(f"metric {self.name}: labels {sorted(labels)}, and {sorted(self.labels)} are declared")
        bounds = (self.warning, self.critical, self.between)
        return Metric(self.name, float(value), self.unit, self.kind, labels, *bounds)

    def described(self) -> dict[str, Any]:
        """Describes it, as the descriptor has it.

        >>> Measure("jobs", "that wait").described()["unit"]
        'number'
        """
        info: dict[str, Any] = {"name": self.name, "help": self.help, "unit": self.unit, "kind": self.kind}
        info["labels"] = list(self.labels)
        for key, bounds in (("warning", self.warning), ("critical", self.critical)):
            if bounds is not None:
                info[key] = {"low": bounds[0], "high": bounds[1]}
        return info


@dataclasses.dataclass(frozen=True)
class Need:
    """Something that the check would like to be granted, and why. It is a request: only the operator grants.

    >>> Need.file("/proc/uptime", "since when the host is up").capability
    'files'
    """

    capability: str
    target: dict[str, Any]
    reason: str
    #: Whether the check also works without it.
    optional: bool = False

    @classmethod
    def file(cls, pattern: str, reason: str, *, optional: bool = False) -> Need:
        """Asks for the content and metadata of a file, or of all regular files that match a pattern.

        >>> Need.file("/sys/class/hwmon/*/temp1_input", "temperatures").target
        {'pattern': '/sys/class/hwmon/*/temp1_input'}
        """
        return cls("files", {"pattern": pattern}, reason, optional)

    @classmethod
    def metadata(cls, pattern: str, reason: str, *, optional: bool = False) -> Need:
        """Asks for names, sizes, times, owners, modes and link targets of what a pattern matches.

        >>> Need.metadata("/var/spool/q/*", "counts what waits").capability
        'metadata'
        """
        return cls("metadata", {"pattern": pattern}, reason, optional)

    @classmethod
    def filesystem(cls, place: str, reason: str, *, optional: bool = False) -> Need:
        """Asks for size and inodes of the file system mounted at a path; `mounted` means all of them, and their list.

        >>> Need.filesystem("mounted", "the room of each").target
        {'pattern': 'mounted'}
        """
        return cls("filesystems", {"pattern": place}, reason, optional)

    @classmethod
    def command(cls, argv: Sequence[str], reason: str, *, optional: bool = False) -> Need:
        """Asks for a program by its absolute path, with these arguments and no others.

        >>> Need.command(["/usr/bin/who"], "lists sessions").target
        {'argv': ['/usr/bin/who']}
        """
        return cls("commands", {"argv": list(argv)}, reason, optional)

    @classmethod
    def command_pattern(cls, argv: Sequence[str], reason: str, *, optional: bool = False) -> Need:
        """Asks for a program by its absolute path, then a pattern for each argument.

        >>> Need.command_pattern(["/usr/sbin/smartctl", "-a", "/dev/sd[a-z]"], "health of disks").capability
        'commands'
        """
        return cls("commands", {"argv_pattern": list(argv)}, reason, optional)

    def described(self) -> dict[str, Any]:
        """Describes it, as the descriptor has it.

        >>> Need.command(["/usr/bin/who"], "lists sessions", optional=True).described()["optional"]
        True
        """
        described = {"capability": self.capability, "reason": self.reason, **self.target}
        return described | ({"optional": True} if self.optional else {})
