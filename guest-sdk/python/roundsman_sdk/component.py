"""The host of WebAssembly. `componentize-py` makes `wit_world` of the interfaces that the world of the check names."""

# mypy: ignore-errors
# `wit_world` exists in components only, so nothing is known of its types here.

from __future__ import annotations

from componentize_py_types import Err

from .errors import Denied, HostError, LimitReached, NotFound, TimedOut
from .host import Completed

# All while the component is made: later there are no files to import from.
try:
    from wit_world.imports import files as _files
except ImportError:
    _files = None
try:
    from wit_world.imports import commands as _commands
except ImportError:
    _commands = None
try:
    from wit_world.imports import state as _state
except ImportError:
    _state = None
from wit_world.imports import logging as _logging
from wit_world.imports import types


def _of(interface, name: str):
    if interface is None:
        raise HostError(name, f"the world of this check does not import it: add `import roundsman:check/{name}@0.1.0;`")
    return interface


def raised(target: str, error: Err) -> HostError:
    """The exception for an error of the contract."""
    value = error.value
    match value:
        case types.Error_Denied():
            return Denied(target, value=value)
        case types.Error_NotFound():
            return NotFound(target, value=value)
        case types.Error_Limit():
            # One limit is of all checks together, the others are of each.
            table = "run" if value.value.key == "buffers" else "limits"
            return LimitReached(target, f"over {table}.{value.value.key}", value)
        case types.Error_TimedOut():
            return TimedOut(target, value=value)
        case types.Error_Io():
            return HostError(target, value.value, value)
        case _:
            return HostError(target, value.value.message, value)


def _content(content) -> bytes | HostError:
    return raised(content.path, content.data) if isinstance(content.data, Err) else content.data.value


class ComponentHost:
    """Asks the host that runs this component."""

    def read(self, path: str) -> bytes:
        try:
            return _of(_files, "files").read(path)
        except Err as error:
            raise raised(path, error) from None

    def read_glob(self, pattern: str) -> list[tuple[str, bytes | HostError]]:
        try:
            contents = _of(_files, "files").read_glob(pattern)
        except Err as error:
            raise raised(pattern, error) from None
        return [(content.path, _content(content)) for content in contents]

    def run(self, argv: list[str], given: bytes | None) -> Completed:
        try:
            ended = _of(_commands, "commands").run(argv, given)
        except Err as error:
            raise raised(" ".join(argv), error) from None
        number = ended.ending.value
        is_code = type(ended.ending).__name__.endswith("Code")
        code, signal = (number, None) if is_code else (None, number)
        return Completed(code, signal, ended.standard_output, ended.standard_error)

    def log(self, level: str, message: str) -> None:
        _logging.log(_logging.Level[level.upper()], message)

    def state_get(self, key: str) -> bytes | None:
        try:
            return _of(_state, "state").get(key)
        except Err as error:
            raise raised(key, error) from None

    def state_set(self, key: str, value: bytes) -> None:
        try:
            _of(_state, "state").set(key, value)
        except Err as error:
            raise raised(key, error) from None
