"""Lines for the operator, kept with the outcome up to `limits.log`; the rest is dropped and counted."""

from __future__ import annotations

from . import host

__all__ = ["debug", "error", "info", "warning"]


def debug(message: str) -> None:
    """Writes a line of level debug.

    >>> from roundsman_sdk.fake import FakeHost
    >>> with FakeHost() as host:
    ...     debug("3 lines were read")
    ...     host.logged
    ['debug: 3 lines were read']
    """
    host.current().log("debug", message)


def info(message: str) -> None:
    """Writes a line of level info.

    >>> from roundsman_sdk.fake import FakeHost
    >>> with FakeHost() as host:
    ...     info("a new disk")
    ...     host.logged
    ['info: a new disk']
    """
    host.current().log("info", message)


def warning(message: str) -> None:
    """Writes a line of level warning.

    >>> from roundsman_sdk.fake import FakeHost
    >>> with FakeHost() as host:
    ...     warning("an unknown column is left out")
    ...     host.logged
    ['warning: an unknown column is left out']
    """
    host.current().log("warning", message)


def error(message: str) -> None:
    """Writes a line of level error; the last one before a trap is the message of the failure.

    >>> from roundsman_sdk.fake import FakeHost
    >>> with FakeHost() as host:
    ...     error("the table is cut off")
    ...     host.logged
    ['error: the table is cut off']
    """
    host.current().log("error", message)
