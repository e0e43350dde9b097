"""Files of many things below one directory, as sysfs and `/proc` have them: a directory for each, small files in it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import TypeVar

from . import files
from .errors import Denied, HostError, NotFound

__all__ = ["Thing", "Tree", "read"]

T = TypeVar("T")


@dataclasses.dataclass
class Thing:
    """One of them, with those of its files that were asked for, by their names below its directory.

    >>> Thing("host0", "/sys/class/fc_host/host0").files
    {}
    """

    name: str
    path: str
    files: dict[str, files.Found] = dataclasses.field(default_factory=dict)

    def find(self, file: str) -> str | None:
        """Returns the text of a file without white space around it; `None` where there is no such file, or was none any
        more when it was read: things vanish between two files. What else goes wrong is raised.

        >>> Thing("a", "/run/a", {"state": files.Found("/run/a/state", b"up\\n")}).find("state")
        'up'
        """
        found = self.files.get(file)
        try:
            return None if found is None else found.read_text().strip()
        except NotFound:
            return None
        except HostError as error:
            if error.reason == "ENODEV":
                return None
            raise

    def parsed(self, file: str, parse: Callable[[str, str], T]) -> T | None:
        """Reads a file by a function that takes the text and the path, such as `parse.integer`; `None` as with `find`.

        >>> from roundsman_sdk import parse
        >>> Thing("a", "/run/a", {"size": files.Found("/run/a/size", b"12\\n")}).parsed("size", parse.integer)
        12
        """
        text = self.find(file)
        return None if text is None else parse(text, f"{self.path}/{file}")


@dataclasses.dataclass
class Tree:
    """The things of a directory, as far as they could be read.

    >>> Tree([Thing("a", "/run/a")], []).things[0].name
    'a'
    """

    #: Sorted by name.
    things: list[Thing]
    #: Patterns that could not be looked for, each with the reason.
    errors: list[HostError]


def read(root: str, patterns: Sequence[str]) -> Tree:
    """Reads what these patterns match below `root`, such as `*/port_state` below `/sys/class/fc_host`: many files in one
    call each. The part of a path that follows `root` names the thing, the rest its file. A pattern that is not granted is
    raised; what else goes wrong with one is kept beside what the others found.

    >>> from roundsman_sdk.fake import FakeHost
    >>> with FakeHost() as host:
    ...     _ = host.file("/sys/class/fc_host/host0/port_state", "Online\\n")
    ...     [(thing.name, thing.find("port_state")) for thing in read("/sys/class/fc_host", ["*/port_state"]).things]
    [('host0', 'Online')]
    """
    things: dict[str, Thing] = {}
    errors: list[HostError] = []
    for pattern in patterns:
        try:
            found = files.read_glob(f"{root}/{pattern}")
        except Denied:
            raise
        except HostError as error:
            errors.append(error)
            continue
        for each in found:
            name, _, file = each.path.removeprefix(f"{root}/").partition("/")
            if file:
                things.setdefault(name, Thing(name, f"{root}/{name}")).files[file] = each
    return Tree(sorted(things.values(), key=lambda thing: thing.name), errors)
