"""Files that the operator granted."""

from __future__ import annotations

from . import host
from .errors import CheckError


def read(path: str) -> bytes:
    """Reads a file."""
    return host.current().read(path)


def read_text(path: str) -> str:
    """Reads a file of text; bytes that are no UTF-8 are an error with their place."""
    return _text(path, read(path))


def read_glob(pattern: str) -> list[tuple[str, str]]:
    """Reads all files that match, as pairs of path and text, in the order of their paths."""
    return [(path, _text(path, data)) for path, data in host.current().read_glob(pattern)]


def _text(path: str, data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise CheckError(f"{path}: byte {error.start} is no UTF-8") from None
