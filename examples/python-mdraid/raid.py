"""One array as `/sys/block/mdN/md` shows it (the kernel's md.rst)."""

from __future__ import annotations

import dataclasses
import re

from roundsman_sdk import CheckError, parse
from roundsman_sdk.tree import Thing

MEMBER = re.compile(r"md/dev-(.+)/state")


@dataclasses.dataclass
class Member:
    """A disk of an array."""

    name: str
    #: Words of its state: `in_sync`, `faulty`, `spare`…
    state: list[str]
    errors: int | None


@dataclasses.dataclass
class Array:
    #: Such as `clean`, `active` and `inactive`.
    state: str
    #: A place for arrays that firmware describes: no array itself.
    is_container: bool
    #: Such as `raid1`.
    level: str
    #: `None` where the array does not know it yet.
    disks: int | None
    #: `None` of a level that has nothing to spare, such as `raid0`.
    degraded: int | None
    #: What is done to it: `idle`, `check`, `recover`…; `None` of such a level.
    action: str | None
    #: In percent.
    done: float | None
    mismatches: int | None
    members: list[Member]

    def named(self, word: str) -> list[str]:
        """Lists the disks whose state has this word."""
        return [member.name for member in self.members if word in member.state]


def read(files: Thing) -> Array | None:
    """Reads an array; `None` of one that vanished while the check looked, and of a device that is left of one: it is `clear`."""
    state = files.parsed("md/array_state", word)
    if state is None or state == "clear":
        return None
    # Arrays within a container have `external:/md127/0`, the container itself `external:imsm`.
    version = files.find("md/metadata_version") or ""
    return Array(
        state,
        is_container=version.startswith("external:") and not version.startswith("external:/"),
        level=files.find("md/level") or "",
        disks=files.parsed("md/raid_disks", raid_disks),
        degraded=files.parsed("md/degraded", parse.integer),
        action=files.parsed("md/sync_action", word),
        done=files.parsed("md/sync_completed", done),
        mismatches=files.parsed("md/mismatch_cnt", parse.integer),
        members=members(files),
    )


def members(files: Thing) -> list[Member]:
    found = []
    for name in (match[1] for match in map(MEMBER.fullmatch, files.files) if match):
        state = files.parsed(f"md/dev-{name}/state", word)
        # A disk that was taken out meanwhile is none.
        if state is not None:
            found.append(Member(name, state.split(","), files.parsed(f"md/dev-{name}/errors", parse.integer)))
    return found


def word(text: str, where: str) -> str:
    if not text:
        raise CheckError(f"{where}: is no state")
    return text


def raid_disks(text: str, where: str) -> int | None:
    """`2`, or `4 (3)` while the number of disks changes; empty where the array does not know it yet."""
    return parse.integer(text.partition(" ")[0], where) if text else None


def done(text: str, where: str) -> float | None:
    """`none`, `delayed`, or `4224 / 129024` sectors."""
    if "/" not in text:
        return None
    finished, _, every = (part.strip() for part in text.partition("/"))
    sectors = parse.integer(every, where)
    return parse.integer(finished, where) / sectors * 100 if sectors > 0 else None
