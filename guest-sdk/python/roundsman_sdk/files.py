"""Files that the operator granted."""

from __future__ import annotations

import dataclasses

from . import host
from .errors import CheckError, HostError


@dataclasses.dataclass(frozen=True)
class Found:
    """A file that a pattern matched: its content, or why it could not be read, which hides no other file."""

    path: str
    content: bytes | HostError

    def read(self) -> bytes:
        """Returns the content, or raises what kept the host from reading it."""
        if isinstance(self.content, HostError):
            raise self.content
        return self.content

    def read_text(self) -> str:
        """Returns the text; bytes that are no UTF-8 are an error with their place."""
        return _text(self.path, self.read())


def read(path: str) -> bytes:
    """Reads a file."""
    return host.current().read(path)


def read_text(path: str) -> str:
    """Reads a file of text; bytes that are no UTF-8 are an error with their place."""
    return _text(path, read(path))


def read_glob(pattern: str) -> list[Found]:
    """Reads all files that match in one call, in the order of their paths."""
    return [Found(path, content) for path, content in host.current().read_glob(pattern)]


def _text(path: str, data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise CheckError(f"{path}: not UTF-8 text from byte {error.start} on") from None
