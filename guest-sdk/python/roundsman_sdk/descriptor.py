"""What a check says of itself: metrics, needs, and options read off a dataclass."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Sequence
from typing import Any, Union

from .errors import CheckError
from .outcome import Metric

#: The words of units; any other is written by its usual symbol.
Unit = str

_TYPES = {bool: "boolean", int: "integer", float: "number", str: "text", dict: "table"}


@dataclasses.dataclass(frozen=True)
class Measure:
    """A metric that may be reported: its name, unit and help."""

    name: str
    help: str
    unit: Unit = "number"
    kind: str = "gauge"
    labels: tuple[str, ...] = ()
    #: The values that are in order where the operator says nothing, from low to high.
    warning: tuple[float, float] | None = None
    critical: tuple[float, float] | None = None
    #: The smallest and the largest value possible.
    between: tuple[float, float] | None = None

    def value(self, value: float, **labels: str) -> Metric:
        """Makes the metric of one thing."""
        if set(labels) != set(self.labels):
            raise CheckError(f"metric {self.name}: labels {sorted(labels)}, and {sorted(self.labels)} are declared")
        bounds = (self.warning, self.critical, self.between)
        return Metric(self.name, float(value), self.unit, self.kind, labels, *bounds)

    def described(self) -> dict[str, Any]:
        info: dict[str, Any] = {"name": self.name, "help": self.help, "unit": self.unit, "kind": self.kind}
        info["labels"] = list(self.labels)
        for key, bounds in (("warning", self.warning), ("critical", self.critical)):
            if bounds is not None:
                info[key] = {"low": bounds[0], "high": bounds[1]}
        return info


@dataclasses.dataclass(frozen=True)
class Need:
    """Something that the check would like to be granted, and why."""

    capability: str
    target: dict[str, Any]
    reason: str
    #: Whether the check also works without it.
    optional: bool = False

    @classmethod
    def file(cls, pattern: str, reason: str, *, optional: bool = False) -> Need:
        """A file, or all that match a pattern."""
        return cls("files", {"pattern": pattern}, reason, optional)

    @classmethod
    def command(cls, argv: Sequence[str], reason: str, *, optional: bool = False) -> Need:
        """A command with these arguments and no others."""
        return cls("commands", {"argv": list(argv)}, reason, optional)

    def described(self) -> dict[str, Any]:
        described = {"capability": self.capability, "reason": self.reason, **self.target}
        return described | ({"optional": True} if self.optional else {})


def options_of(cls: type) -> list[dict[str, Any]]:
    """Describes the fields of a dataclass. The help of a field is `metadata={"help": …}`."""
    hints = typing.get_type_hints(cls)
    described = []
    for field in dataclasses.fields(cls):
        # Help is a phrase to those who read it in a list, and a sentence to who writes it.
        option: dict[str, Any] = {"key": field.name, "help": field.metadata.get("help", field.name).removesuffix(".")}
        kind, many, optional = _kind(hints[field.name])
        option["type"] = _TYPES[kind] + ("s" if many else "")
        if field.default is not dataclasses.MISSING:
            if field.default is not None:
                option["default"] = field.default
        elif field.default_factory is not dataclasses.MISSING:
            option["default"] = field.default_factory()
        elif not optional:
            option["required"] = True
        described.append(option)
    return described


def read_options(cls: type, config: str) -> tuple[Any, list[dict[str, str]]]:
    """Makes the dataclass of the operator's table, or lists what is wrong, by key."""
    given = json.loads(config)
    problems = []
    hints = typing.get_type_hints(cls)
    known = {field.name: field for field in dataclasses.fields(cls)}
    for key in given.keys() - known.keys():
        problems.append({"key": key, "message": f"there is no such option; there are {', '.join(known) or 'none'}"})
    values: dict[str, Any] = {}
    for name, field in known.items():
        kind, many, optional = _kind(hints[name])
        if given.get(name) is None:
            has_default = field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
            if optional and not has_default:
                values[name] = None
            elif not has_default:
                problems.append({"key": name, "message": "is required"})
        elif not _fits(given[name], kind, many):
            wanted = _TYPES[kind]
            problems.append(
                {"key": name, "message": f"a list of {wanted}s is wanted" if many else f"{wanted} is wanted"}
            )
        else:
            values[name] = given[name]
    return (None if problems else cls(**values)), problems


def _kind(hint: Any) -> tuple[type, bool, bool]:
    """The scalar type of a field, whether there are many, and whether it may be left out."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        inner = [argument for argument in arguments if argument is not type(None)]
        kind, many, _ = _kind(inner[0])
        return kind, many, True
    if origin is list:
        return arguments[0], True, False
    if hint in _TYPES:
        return hint, False, False
    raise TypeError(f"an option cannot be of type {hint}: use bool, int, float, str, dict, or a list of one of these")


def _fits(value: Any, kind: type, many: bool) -> bool:
    if many:
        return isinstance(value, list) and all(_fits(item, kind, False) for item in value)
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    # A bool is an int in Python, and not to an operator.
    return type(value) is kind
