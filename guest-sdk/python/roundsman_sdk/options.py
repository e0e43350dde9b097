"""Options read off a dataclass: what operators are told of them, and the dataclass made of an operator's table."""

from __future__ import annotations

import dataclasses
import enum
import json
import types
import typing
from typing import Any, Union

_WORDS: dict[type, str] = {bool: "boolean", int: "integer", float: "number", str: "text", dict: "table"}


@dataclasses.dataclass(frozen=True)
class _Shape:
    """The type of an option: a scalar, some words of a text, or a table with keys of its own; one or many of them."""

    word: str
    scalar: type
    many: bool = False
    optional: bool = False
    values: tuple[str, ...] = ()


def described(cls: type) -> list[dict[str, Any]]:
    """Describes the fields of a dataclass, as the descriptor has them. The help of a field is `metadata={"help": …}`."""
    hints = typing.get_type_hints(cls)
    options = []
    for field in dataclasses.fields(cls):
        shape = _shape(hints[field.name])
        # Help is a phrase to those who read it in a list, and a sentence to who writes it.
        option: dict[str, Any] = {"key": field.name, "help": field.metadata.get("help", field.name).removesuffix(".")}
        option["type"] = shape.word + ("s" if shape.many else "")
        if shape.values:
            option["values"] = list(shape.values)
        if dataclasses.is_dataclass(shape.scalar):
            option["options"] = described(shape.scalar)
        if _has_default(field):
            value = _default(field)
            if value is not None:
                option["default"] = _plain(value)
        elif not shape.optional:
            option["required"] = True
        options.append(option)
    return options


def read(cls: type, config: str) -> tuple[Any, list[dict[str, str]]]:
    """Makes the dataclass of the operator's table in JSON, or lists what is wrong, by key. A `ValueError` of the dataclass's own
    `__post_init__` is a problem of the whole table."""
    problems: list[dict[str, str]] = []
    made = _table(cls, json.loads(config), "", problems)
    return (None if problems else made), problems


def _table(cls: type, given: dict[str, Any], above: str, problems: list[dict[str, str]]) -> Any:
    hints = typing.get_type_hints(cls)
    known = {field.name: field for field in dataclasses.fields(cls)}
    before = len(problems)
    for key in sorted(given.keys() - known.keys()):
        message = f"there is no such option; there are {', '.join(known) or 'none'}"
        problems.append({"key": above + key, "message": message})
    values: dict[str, Any] = {}
    for name, field in known.items():
        shape = _shape(hints[name])
        if given.get(name) is not None:
            values[name] = _value(shape, given[name], above + name, problems)
        elif not _has_default(field):
            values[name] = None
            if not shape.optional:
                problems.append({"key": above + name, "message": "is required"})
    if len(problems) > before:
        return None
    try:
        return cls(**values)
    except ValueError as error:
        problems.append({"key": above.removesuffix("."), "message": str(error)})
        return None


def _value(shape: _Shape, given: Any, key: str, problems: list[dict[str, str]]) -> Any:
    if not shape.many:
        return _one(shape, given, key, problems)
    if not isinstance(given, list):
        problems.append({"key": key, "message": f"a list of {shape.word}s is wanted"})
        return None
    return [_one(shape, item, f"{key}.{place}", problems) for place, item in enumerate(given)]


def _one(shape: _Shape, given: Any, key: str, problems: list[dict[str, str]]) -> Any:
    if dataclasses.is_dataclass(shape.scalar) and isinstance(given, dict):
        return _table(shape.scalar, given, f"{key}.", problems)
    if shape.values and given in shape.values:
        return shape.scalar(given) if issubclass(shape.scalar, enum.Enum) else given
    if not shape.values and _fits(given, shape.scalar):
        return float(given) if shape.scalar is float else given
    wanted = f"one of {', '.join(shape.values)}" if shape.values else shape.word
    problems.append({"key": key, "message": f"{wanted} is wanted, not {json.dumps(given, ensure_ascii=False)[:80]}"})
    return None


def _fits(value: Any, kind: type) -> bool:
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    # A bool is an int in Python, and not to an operator.
    return type(value) is kind


def _has_default(field: dataclasses.Field[Any]) -> bool:
    return field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _shape(hint: Any) -> _Shape:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        inner = [argument for argument in arguments if argument is not type(None)]
        if len(inner) == 1:
            return dataclasses.replace(_shape(inner[0]), optional=True)
    elif origin is list:
        inside = _shape(arguments[0])
        if not inside.many:
            return dataclasses.replace(inside, many=True)
    elif origin is typing.Literal and all(isinstance(word, str) for word in arguments):
        return _Shape("text", str, values=arguments)
    elif isinstance(hint, type) and issubclass(hint, enum.Enum) and all(isinstance(it.value, str) for it in hint):
        return _Shape("text", hint, values=tuple(it.value for it in hint))
    elif isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _Shape("table", hint)
    elif hint in _WORDS:
        return _Shape(_WORDS[hint], hint)
    raise TypeError(
        f"an option cannot be of type {hint}: use bool, int, float, str, dict, Literal of texts, an enum of texts, a dataclass, "
        "a list of one of these, or one of these or None"
    )


def _plain(value: Any) -> Any:
    """Writes a default as JSON has it."""
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value
