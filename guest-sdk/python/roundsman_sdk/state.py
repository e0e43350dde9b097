"""What a check keeps from one run to the next: bytes by key. A change is kept only once the outcome of the run is stored; a run
that fails changes nothing.

The world of the check must import `roundsman:check/state@0.1.0`; without it each call raises a `HostError` that says so.
"""

from __future__ import annotations

from . import host

__all__ = ["get", "put", "remove"]


def get(key: str) -> bytes | None:
    """Returns what was kept under this key; `None` if it was never set.

    >>> from roundsman_sdk.fake import FakeHost
    >>> with FakeHost():
    ...     get("last") is None
    True
    """
    return host.current().state_get(key)


def put(key: str, value: bytes) -> None:
    """Keeps bytes under this key; over `limits.state`, for all keys of the check together, it raises `LimitReached`.

    >>> from roundsman_sdk.fake import FakeHost
    >>> with FakeHost():
    ...     put("last", b"42")
    ...     get("last")
    b'42'
    """
    host.current().state_set(key, value)


def remove(key: str) -> None:
    """Forgets a key; one that is not there is no error.

    >>> from roundsman_sdk.fake import FakeHost
    >>> with FakeHost():
    ...     put("last", b"42")
    ...     remove("last")
    ...     get("last") is None
    True
    """
    host.current().state_remove(key)
