"""The host of WebAssembly. `componentize-py` makes `wit_world` of the interfaces that the world of the check names."""

# mypy: ignore-errors
# `wit_world` exists in components only, so nothing is known of its types here.

from __future__ import annotations

from componentize_py_types import Err

from .errors import Denied, HostError, LimitReached, NotFound, TimedOut
from .files import Piece
from .granted import GrantedCommand, GrantedFiles
from .host import Completed
from .metadata import FileKind, Metadata
from .space import Mount, Space

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


def _asked(target: str, call, *arguments):
    """Calls the host; its error is about this target."""
    try:
        return call(*arguments)
    except Err as error:
        raise raised(target, error) from None


def _answer(path: str, result, read):
    """Reads one of many answers, or makes the error of it."""
    return raised(path, result) if isinstance(result, Err) else read(result.value)


def _metadata(it) -> Metadata:
    kind = FileKind(it.kind.name.lower().replace("_", "-"))
    facts = (it.size, it.modified / 1e9, it.device, it.inode, it.owner, it.group, it.mode, it.link_target)
    return Metadata(kind, *facts)


def _space(it) -> Space:
    sizes = (it.bytes_total, it.bytes_free, it.bytes_available)
    return Space(*sizes, it.inodes_total, it.inodes_free, it.inodes_available, it.read_only)


def _mount(it) -> Mount:
    read_only = (it.read_only, it.filesystem_read_only)
    words = (tuple(it.options), tuple(it.filesystem_options))
    return Mount(it.source, it.path, it.filesystem, it.device, it.root, *read_only, *words)


class ComponentHost:
    """Asks the host that runs this component."""

    def read(self, path: str) -> bytes:
        return _asked(path, _of(_files, "files").read, path)

    def read_at(self, path: str, offset: int, most: int) -> Piece:
        piece = _asked(path, _of(_files, "files").read_at, path, offset, most)
        return Piece(piece.data, piece.device, piece.inode, piece.size)

    def read_glob(self, pattern: str) -> list[tuple[str, bytes | HostError]]:
        contents = _asked(pattern, _of(_files, "files").read_glob, pattern)
        return [(it.path, _answer(it.path, it.data, bytes)) for it in contents]

    def stat(self, path: str) -> Metadata:
        return _metadata(_asked(path, _of(_files, "files").stat, path))

    def stat_glob(self, pattern: str) -> list[tuple[str, Metadata | HostError]]:
        entries = _asked(pattern, _of(_files, "files").stat_glob, pattern)
        return [(it.path, _answer(it.path, it.metadata, _metadata)) for it in entries]

    def usages(self, paths: list[str]) -> list[tuple[str, Space | HostError]]:
        used = _asked("the mounted file systems", _of(_files, "files").usages, paths)
        return [(it.path, _answer(it.path, it.space, _space)) for it in used]

    def mounts(self) -> list[Mount]:
        return [_mount(it) for it in _asked("the mounted file systems", _of(_files, "files").mounts)]

    def granted_files(self) -> GrantedFiles:
        granted = _of(_files, "files").granted()
        return GrantedFiles(granted.files, granted.metadata, granted.filesystems)

    def granted_commands(self) -> list[GrantedCommand]:
        return [GrantedCommand(it.id, it.argv, it.literal) for it in _of(_commands, "commands").granted()]

    def run(self, argv: list[str], given: bytes | None) -> Completed:
        ended = _asked(" ".join(argv), _of(_commands, "commands").run, argv, given)
        number = ended.ending.value
        is_code = type(ended.ending).__name__.endswith("Code")
        code, signal = (number, None) if is_code else (None, number)
        return Completed(code, signal, ended.standard_output, ended.standard_error)

    def log(self, level: str, message: str) -> None:
        _logging.log(_logging.Level[level.upper()], message)

    def state_get(self, key: str) -> bytes | None:
        return _asked(f'state "{key}"', _of(_state, "state").get, key)

    def state_set(self, key: str, value: bytes) -> None:
        _asked(f'state "{key}"', _of(_state, "state").set, key, value)

    def state_remove(self, key: str) -> None:
        _asked(f'state "{key}"', _of(_state, "state").remove, key)
