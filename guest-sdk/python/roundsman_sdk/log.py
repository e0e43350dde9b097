"""Lines for the operator, kept with the outcome."""

from __future__ import annotations

from . import host


def debug(message: str) -> None:
    host.current().log("debug", message)


def info(message: str) -> None:
    host.current().log("info", message)


def warning(message: str) -> None:
    host.current().log("warning", message)
