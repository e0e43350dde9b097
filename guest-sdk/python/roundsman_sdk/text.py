"""Texts for a person."""

from __future__ import annotations


def count(number: int, noun: str) -> str:
    """Writes a count with its noun, whose plural takes an `s`: `1 array`, `2 arrays`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
