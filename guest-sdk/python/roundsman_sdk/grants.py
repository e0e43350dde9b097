"""The host's decision whether a check may reach something, for the fake host: both are tested by the table
`guest-sdk/grants.json`."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Sequence

from . import hard_deny
from .glob import Glob

#: Longest path or pattern, in bytes.
_LONGEST = 4096


@dataclasses.dataclass(frozen=True)
class Pattern:
    """A pattern of paths: absolute, a glob for each part."""

    segments: tuple[Glob, ...]
    #: As it was written.
    text: str

    @classmethod
    def parse(cls, text: str) -> Pattern:
        """Checks a pattern; what is wrong with it is a `ValueError`."""
        names = parts(text)
        if any("**" in name for name in names):
            raise ValueError(f"`{text}` has `**`, which is not supported; write one `*` for each level")
        segments = tuple(Glob.parse(name) for name in names)
        literals = [segment.literal() for segment in segments]
        # A class of one character is a literal, and `[.][.]` a way up.
        if "." in literals or ".." in literals:
            raise ValueError(f"`{text}` has a part of dots; write the path without it")
        first_wild = literals.index(None) if None in literals else len(literals)
        _not_never([literal or "" for literal in literals[:first_wild]], text)
        return cls(segments, text)

    @classmethod
    def of(cls, path: str) -> Pattern:
        """Makes the pattern that matches this path and nothing else."""
        return cls.parse(re.sub(r"[*?[]", r"[\g<0>]", path))

    def matches(self, names: Sequence[str]) -> bool:
        """Tells whether the path of these parts is as the pattern says."""
        return len(names) == len(self.segments) and all(
            _segment_matches(segment, name) for segment, name in zip(self.segments, names)
        )

    def may_intersect(self, other: Pattern) -> bool:
        """Tells whether some path could match both."""
        return len(self.segments) == len(other.segments) and all(
            _may_intersect(mine, theirs) for mine, theirs in zip(self.segments, other.segments)
        )


@dataclasses.dataclass(frozen=True)
class Argv:
    """The argv of a grant: an absolute program, then each argument as it is, or a pattern for each."""

    program: str
    arguments: tuple[str, ...]
    is_pattern: bool
    #: The operator's name for it.
    id: str | None = None
    #: Whether the check may give the program something to read.
    takes_input: bool = False

    @classmethod
    def parse(cls, argv: Sequence[str], *, is_pattern: bool, takes_input: bool = False, id: str | None = None) -> Argv:
        """Checks the argv of a grant; what is wrong with it is a `ValueError`."""
        if not argv:
            raise ValueError("the argv is empty; write a program by its absolute path, then its arguments")
        program, *arguments = argv
        if "*" in program or "?" in program:
            raise ValueError(f"the program `{program}` has a wildcard; a grant names one program")
        if (parts(program) or ["dev"])[0] in ("dev", "proc"):
            raise ValueError(f"the program `{program}` is below `/dev` or `/proc`, where no program lives")
        if any("\0" in argument for argument in arguments):
            raise ValueError("an argument has a NUL, which no argument can have")
        if is_pattern:
            for argument in arguments:
                Glob.parse(argument)
        return cls(program, tuple(arguments), is_pattern, id, takes_input)

    def allows(self, argv: Sequence[str], *, with_input: bool) -> bool:
        """Tells whether a check that asks for this argv means, and may have, this one."""
        if not argv or (with_input and not self.takes_input):
            return False
        program, *arguments = argv
        return (
            program in (self.program, self.program.rpartition("/")[2])
            and len(arguments) == len(self.arguments)
            and all(self._argument(mine, asked) for mine, asked in zip(self.arguments, arguments))
        )

    def _argument(self, mine: str, asked: str) -> bool:
        if "\0" in asked:
            return False
        if not self.is_pattern:
            return mine == asked
        glob = Glob.parse(mine)
        literal = glob.literal()
        if literal is not None:
            return literal == asked
        return glob.matches(asked) and not _smuggles(asked, mine, glob)


@dataclasses.dataclass
class Grants:
    """Everything that a check may reach; nothing by default."""

    files: list[Pattern] = dataclasses.field(default_factory=list)
    metadata: list[Pattern] = dataclasses.field(default_factory=list)
    unsafe_files: list[str] = dataclasses.field(default_factory=list)
    commands: list[Argv] = dataclasses.field(default_factory=list)

    def allows_file(self, path: str) -> bool:
        """Tells whether the content of a file may be read."""
        try:
            names = parts(path)
            _not_never(names, path)
        except ValueError:
            return False
        if path in self.unsafe_files:
            return True
        return hard_deny.reason(names) is None and any(pattern.matches(names) for pattern in self.files)

    def allows_metadata(self, path: str) -> bool:
        """Tells whether size, times and owner of a path may be looked at. What is granted as a file is meant as a regular one."""
        try:
            names = parts(path)
            _not_never(names, path)
        except ValueError:
            return False
        return path in self.unsafe_files or any(pattern.matches(names) for pattern in (*self.files, *self.metadata))

    def allows_glob(self, text: str, *, content: bool = True) -> bool:
        """Tells whether something that a pattern matches could be granted: its content, or its metadata alone."""
        try:
            asked = Pattern.parse(text)
        except ValueError:
            return False
        patterns = self.files if content else (*self.files, *self.metadata)
        return any(pattern.may_intersect(asked) for pattern in patterns)

    def finds(self, text: str, path: str, *, content: bool = True) -> bool | None:
        """Tells of a path that matches a pattern whether it may be read, or looked at; `None` where it is not found, as no grant
        has it."""
        names = parts(path)
        patterns = self.files if content else (*self.files, *self.metadata)
        granted = path in self.unsafe_files or any(pattern.matches(names) for pattern in patterns)
        if not granted or not Pattern.parse(text).matches(names):
            return None
        return self.allows_file(path) if content else self.allows_metadata(path)

    def command(self, argv: Sequence[str], *, with_input: bool) -> list[str] | None:
        """Returns the argv with its whole program where it may be run, and be given input; `None` where it may not."""
        allowing = (grant for grant in self.commands if grant.allows(argv, with_input=with_input))
        return next(([grant.program, *argv[1:]] for grant in allowing), None)


def parts(text: str) -> list[str]:
    """Splits an absolute path in its one spelling; another one is a `ValueError`."""
    if len(text.encode()) > _LONGEST:
        raise ValueError(f"a path of {len(text.encode())} bytes; the longest is {_LONGEST}")
    if "\0" in text:
        raise ValueError(f"the path {text!r} has a NUL, which no path can have")
    if not text.startswith("/"):
        raise ValueError(f"`{text}` is not absolute; write the whole path, from `/` on")
    names = text[1:].split("/") if text != "/" else []
    for name in names:
        if name in ("", ".", ".."):
            raise ValueError(f"`{text}` has the part `{name}`; write the path without it")
    return names


def _not_never(names: Sequence[str], text: str) -> None:
    """Raises where no grant reaches a path, whatever the operator writes."""
    match list(names):
        case ["dev", *_] | ["proc", "self" | "thread-self", *_] | ["proc", _, "map_files", *_]:
            raise ValueError(f"`{text}` is never granted")


def _segment_matches(segment: Glob, name: str) -> bool:
    # As in a shell: what is hidden is meant only by who writes its dot.
    return (not name.startswith(".") or segment.first_literal() == ".") and segment.matches(name)


def _may_intersect(mine: Glob, theirs: Glob) -> bool:
    literal, other = mine.literal(), theirs.literal()
    if literal is not None:
        return _segment_matches(theirs, literal)
    if other is not None:
        return _segment_matches(mine, other)
    return mine.intersects(theirs)


def _smuggles(argument: str, written: str, glob: Glob) -> bool:
    """Tells arguments that no wildcard of an operator means: an option, an empty one, a way out of a directory, or control
    characters, which programs that read by line take apart."""

    def climbs(text: str) -> bool:
        return ".." in text.split("/")

    def controls(text: str) -> bool:
        return any(unicodedata.category(character) == "Cc" for character in text)

    return (
        not argument
        or (argument.startswith("-") and glob.first_literal() != "-")
        or (climbs(argument) and not climbs(written))
        or (controls(argument) and not controls(written))
    )
