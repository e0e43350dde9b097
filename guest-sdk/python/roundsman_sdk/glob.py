"""Globs as the host has them: `*` is any text, `?` one character, `[a-z]` one of those; `[*]` is a literal star."""

from __future__ import annotations

import dataclasses
import functools
import re

#: Ranges of characters that one place of a text may have, both ends included.
Ranges = tuple[tuple[str, str], ...]
_ANY_CHARACTER: Ranges = (("\0", "\U0010ffff"),)


@dataclasses.dataclass(frozen=True)
class Glob:
    """A glob, checked. Each token is a place with its ranges, or `None` for a star."""

    tokens: tuple[Ranges | None, ...]

    @classmethod
    def parse(cls, text: str) -> Glob:
        """Checks a glob; what is wrong with it is a `ValueError`."""
        tokens: list[Ranges | None] = []
        at = 0
        while at < len(text):
            character = text[at]
            if character == "*":
                if not tokens or tokens[-1] is not None:
                    tokens.append(None)
            elif character == "?":
                tokens.append(_ANY_CHARACTER)
            elif character == "[":
                end = text.find("]", at)
                if end < 0:
                    raise ValueError(f"`{text}` has a `[` without its `]`; a literal bracket is written `[[]`")
                tokens.append(_class(text[at + 1 : end], text))
                at = end
            else:
                tokens.append(((character, character),))
            at += 1
        return cls(tuple(tokens))

    def matches(self, text: str) -> bool:
        """Tells whether the whole text is as the glob says."""
        places = (".*" if ranges is None else f"[{_escaped(ranges)}]" for ranges in self.tokens)
        return re.fullmatch("".join(places), text, re.DOTALL) is not None

    def literal(self) -> str | None:
        """Returns the one text that it matches, where it has no wildcard."""
        characters = [_only(ranges) for ranges in self.tokens]
        return None if None in characters else "".join(character or "" for character in characters)

    def first_literal(self) -> str | None:
        """Returns the character that each text it matches begins with, where it begins with no wildcard."""
        return _only(self.tokens[0]) if self.tokens else None

    def intersects(self, other: Glob) -> bool:
        """Tells whether some text matches both."""

        @functools.cache
        def from_here(mine: int, theirs: int) -> bool:
            if mine == len(self.tokens) and theirs == len(other.tokens):
                return True
            here = self.tokens[mine] if mine < len(self.tokens) else ()
            there = other.tokens[theirs] if theirs < len(other.tokens) else ()
            # A star takes nothing, or what the other's token takes.
            if here is None:
                return from_here(mine + 1, theirs) or (there != () and from_here(mine, theirs + 1))
            if there is None:
                return from_here(mine, theirs + 1) or (here != () and from_here(mine + 1, theirs))
            overlap = any(low <= most and least <= high for low, high in here for least, most in there)
            return overlap and from_here(mine + 1, theirs + 1)

        return from_here(0, 0)


def _only(ranges: Ranges | None) -> str | None:
    if ranges is None or len(ranges) != 1 or ranges[0][0] != ranges[0][1]:
        return None
    return ranges[0][0]


def _escaped(ranges: Ranges) -> str:
    return "".join(f"{re.escape(low)}-{re.escape(high)}" for low, high in ranges)


def _class(inside: str, glob: str) -> Ranges:
    if not inside:
        raise ValueError(f"`{glob}` has an empty `[]`; a literal bracket is written `[[]`")
    if len(inside) > 1 and inside[0] in "!^":
        raise ValueError(f"`{glob}`: a class cannot be negated, name the characters that may stand there")
    ranges = []
    at = 0
    while at < len(inside):
        is_range = inside[at + 1 : at + 2] == "-" and at + 2 < len(inside)
        low, high = inside[at], inside[at + 2] if is_range else inside[at]
        if low > high:
            raise ValueError(f"`{glob}` has the range `{low}-{high}`, which is backwards; write `{high}-{low}`")
        ranges.append((low, high))
        at += 3 if is_range else 1
    return tuple(ranges)
