"""Parsing that never guesses: what does not parse is an error with its text, never a number."""

from __future__ import annotations

import re

from .errors import CheckError

_WHOLE = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def integer(text: str, where: str = "") -> int:
    """Reads a whole number of decimal digits. `int` would take `1_000` and digits of other scripts as well."""
    if _WHOLE.fullmatch(text) is None:
        raise CheckError(f'{_at(where)}"{text[:80]}" is not a whole number')
    return int(text)


def decimal(text: str, where: str = "") -> float:
    """Reads a number with or without a fraction. `float` would take `nan` and `1e999` as well."""
    if _DECIMAL.fullmatch(text) is None:
        raise CheckError(f'{_at(where)}"{text[:80]}" is not a number')
    return float(text)


def column(line: str, index: int, where: str = "") -> str:
    """Returns one column of a line, counted from 0, as white space separates them."""
    columns = line.split()
    if not 0 <= index < len(columns):
        raise CheckError(f'{_at(where)}"{line[:80]}" has {len(columns)} columns, and column {index + 1} is wanted')
    return columns[index]


def _at(where: str) -> str:
    return f"{where}: " if where else ""
