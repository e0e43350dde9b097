"""Texts for a person."""

from __future__ import annotations

__all__ = ["count"]


def count(number: int, noun: str) -> str:
    """Writes a count with its noun, whose plural takes an `s`.

    >>> count(1, "array"), count(2, "array")
    ('1 array', '2 arrays')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"
