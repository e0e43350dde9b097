"""Errors of the host as exceptions. One that is not caught ends the run as a failure of its kind."""

from __future__ import annotations


class CheckError(Exception):
    """The check itself says why it could not judge."""


class HostError(CheckError):
    """The host did not do what was asked; `target` is the path, argv or key that it was about."""

    def __init__(self, target: str, reason: str, value: object = None) -> None:
        super().__init__(f"{target}: {reason}")
        self.target = target
        self.reason = reason
        #: The error of the contract, which the host gets back; `None` in tests.
        self.value = value


class Denied(HostError):
    """No grant matches. The host tells the operator what to grant."""

    def __init__(self, target: str, reason: str = "not granted", value: object = None) -> None:
        super().__init__(target, reason, value)


class NotFound(HostError):
    """There is no such file or program."""

    def __init__(self, target: str, reason: str = "does not exist", value: object = None) -> None:
        super().__init__(target, reason, value)


class LimitReached(HostError):
    """A limit of `[limits]` was reached."""


class TimedOut(HostError):
    """It did not answer within its time."""

    def __init__(self, target: str, reason: str = "gave no answer within its time", value: object = None) -> None:
        super().__init__(target, reason, value)
