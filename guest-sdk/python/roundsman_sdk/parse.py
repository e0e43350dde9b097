"""Parsing that never guesses: what does not parse is a `ParseError` with its text and place, never a number.

`rows` and `lines` give pieces that know where they stand; `integer`, `decimal` and `column` take a text alone.
"""

from __future__ import annotations

import dataclasses
import math
import re

from .errors import ParseError

__all__ = ["Field", "ParseError", "Row", "column", "decimal", "integer", "lines", "rows"]

_WHOLE = re.compile(r"-?[0-9]+")
_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_HEX = re.compile(r"0x[0-9a-fA-F]+")
_LONGEST = 80


@dataclasses.dataclass(frozen=True)
class Field:
    """A piece of a text, and its place: line and column count from 1, `where` is the file or program that it is from.

    >>> Field("7x").integer()
    Traceback (most recent call last):
    roundsman_sdk.errors.ParseError: line 1, column 1: "7x" is not a whole number
    """

    text: str
    line: int = 1
    column: int = 1
    where: str = ""

    def integer(self) -> int:
        """Reads a whole number of decimal digits. `int` would take `1_000`, blanks and digits of other scripts as well.

        >>> Field("-12").integer()
        -12
        """
        if _WHOLE.fullmatch(self.text) is None:
            raise self.error("is not a whole number")
        return int(self.text)

    def decimal(self) -> float:
        """Reads a number such as `-12`, `0.5` or `1e-3`. `float` would take `nan`, `inf` and `1e999` as well.

        >>> Field("0.25").decimal()
        0.25
        """
        if _DECIMAL.fullmatch(self.text) is None:
            raise self.error("is not a number")
        number = float(self.text)
        if math.isinf(number):
            raise self.error("is out of range for a number")
        return number

    def hex(self) -> int:
        """Reads hex digits after `0x`, such as the counters below `/sys/class/fc_host`.

        >>> Field("0x1f").hex()
        31
        """
        if _HEX.fullmatch(self.text) is None:
            raise self.error("is not a hex number that begins with 0x")
        return int(self.text, 16)

    def trimmed(self) -> Field:
        """Returns it without white space at both ends.

        >>> Field("  a ").trimmed().column
        3
        """
        return self._part(len(self.text) - len(self.text.lstrip()), self.text.strip())

    def split_once(self, separator: str) -> tuple[Field, Field]:
        """Returns the parts before and after the first separator, which must be there.

        >>> before, after = Field("1/83").split_once("/")
        >>> before.integer(), after.integer(), after.column
        (1, 83, 3)
        """
        at = self.text.find(separator)
        if at < 0:
            raise self.error(f'has no "{separator}"')
        after = at + len(separator)
        return self._part(0, self.text[:at]), self._part(after, self.text[after:])

    def without_end(self, suffix: str) -> Field:
        """Returns it without this end, which must be there.

        >>> Field("37%").without_end("%").integer()
        37
        """
        if not self.text.endswith(suffix):
            raise self.error(f'does not end in "{suffix}"')
        return self._part(0, self.text.removesuffix(suffix))

    def error(self, message: str) -> ParseError:
        """Makes the error that this text is not what it should be, to be raised.

        >>> str(Field("odd", line=2, where="raidcli").error("is no state"))
        'raidcli: line 2, column 1: "odd" is no state'
        """
        text = f'"{self.text[:_LONGEST]}"' if self.text else "an empty text"
        return ParseError(f"{_at(self.where)}line {self.line}, column {self.column}: {text} {message}")

    def _part(self, start: int, text: str) -> Field:
        return Field(text, self.line, self.column + start, self.where)


@dataclasses.dataclass(frozen=True)
class Row:
    """A line, and its columns as white space separates them.

    >>> [field.text for field in rows("sda  ok")[0].columns]
    ['sda', 'ok']
    """

    line: Field
    columns: tuple[Field, ...]

    def column(self, index: int) -> Field:
        """Returns a column, counted from 0; a line that is too short is an error.

        >>> rows("sda ok")[0].column(2)
        Traceback (most recent call last):
        roundsman_sdk.errors.ParseError: line 1, column 1: "sda ok" has 2 columns, not 3 or more
        """
        if not 0 <= index < len(self.columns):
            raise self.line.error(f"has {len(self.columns)} columns, not {index + 1} or more")
        return self.columns[index]

    def exactly(self, count: int) -> tuple[Field, ...]:
        """Returns the columns, of which there must be so many.

        >>> name, state = rows("sda ok")[0].exactly(2)
        >>> state.text
        'ok'
        """
        if len(self.columns) != count:
            raise self.line.error(f"has {len(self.columns)} columns, not {count}")
        return self.columns


def lines(text: str, where: str = "") -> list[Field]:
    """Returns the lines of a text, without their ends.

    >>> [line.text for line in lines("a\\nb\\n")]
    ['a', 'b']
    """
    # Not `splitlines`, which also ends a line at a form feed and at a dozen other characters.
    parts = text.removesuffix("\n").split("\n") if text else []
    return [Field(part.removesuffix("\r"), number, 1, where) for number, part in enumerate(parts, 1)]


def rows(text: str, where: str = "") -> list[Row]:
    """Returns the lines that are not blank, in columns; `where` is said in their errors.

    >>> rows("a 1\\n\\nb x\\n", "/run/table")[1].column(1).integer()
    Traceback (most recent call last):
    roundsman_sdk.errors.ParseError: /run/table: line 3, column 3: "x" is not a whole number
    """
    filled = (line for line in lines(text, where) if line.text.strip())
    return [Row(line, tuple(line._part(it.start(), it[0]) for it in re.finditer(r"\S+", line.text))) for line in filled]


def integer(text: str, where: str = "") -> int:
    """Reads a whole number of decimal digits, as `Field.integer` does; `where` is said in the error.

    >>> integer("12"), integer("-3")
    (12, -3)
    """
    if _WHOLE.fullmatch(text) is None:
        raise ParseError(f'{_at(where)}"{text[:_LONGEST]}" is not a whole number')
    return int(text)


def decimal(text: str, where: str = "") -> float:
    """Reads a number with or without a fraction, as `Field.decimal` does; `where` is said in the error.

    >>> decimal("350735.47")
    350735.47
    """
    if _DECIMAL.fullmatch(text) is None or math.isinf(float(text)):
        raise ParseError(f'{_at(where)}"{text[:_LONGEST]}" is not a number')
    return float(text)


def column(line: str, index: int, where: str = "") -> str:
    """Returns one column of a line, counted from 0, as white space separates them.

    >>> column("0.41 0.95 0.53 1/83 9597", 3)
    '1/83'
    """
    columns = line.split()
    if not 0 <= index < len(columns):
        raise ParseError(
            f'{_at(where)}"{line[:_LONGEST]}" has {len(columns)} columns, and column {index + 1} is wanted'
        )
    return columns[index]


def _at(where: str) -> str:
    return f"{where}: " if where else ""
