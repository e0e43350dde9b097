"""What a check keeps from one run to the next."""

from __future__ import annotations

from . import host


def get(key: str) -> bytes | None:
    """Returns what was kept under this key."""
    return host.current().state_get(key)


def put(key: str, value: bytes) -> None:
    """Keeps bytes under this key."""
    host.current().state_set(key, value)
