"""Errors as exceptions. One of the host that is not caught ends the run as a failure of its kind."""

from __future__ import annotations


class CheckError(Exception):
    """The check itself says why it could not judge: a failure of kind `check`.

    >>> raise CheckError("no volume is listed")
    Traceback (most recent call last):
    roundsman_sdk.errors.CheckError: no volume is listed
    """


class ParseError(CheckError):
    """A text is not what it should be; the message has the text and its place.

    >>> from roundsman_sdk import parse
    >>> parse.rows("a b")[0].column(1).integer()
    Traceback (most recent call last):
    roundsman_sdk.errors.ParseError: line 1, column 3: "b" is not a whole number
    """


class OptionError(CheckError):
    """An option of the operator is wrong: a failure of kind `config` with its key; dots nest, "" is the whole table.

    >>> OptionError("queue", "there is no such queue").key
    'queue'
    """

    def __init__(self, key: str, message: str) -> None:
        super().__init__(f"{key}: {message}" if key else message)
        self.key = key
        self.message = message


class HostError(CheckError):
    """The host did not do what was asked; `target` is the path, argv or key that it was about, `reason` such as `EACCES`.

    >>> HostError("/run/a", "EACCES").reason
    'EACCES'
    """

    def __init__(self, target: str, reason: str, value: object = None) -> None:
        super().__init__(f"{target}: {reason}")
        self.target = target
        self.reason = reason
        #: The error of the contract, which the host gets back; `None` in tests.
        self.value = value


class Denied(HostError):
    """No grant matches. The host tells the operator what to grant.

    >>> str(Denied("/run/a"))
    '/run/a: not granted'
    """

    def __init__(self, target: str, reason: str = "not granted", value: object = None) -> None:
        super().__init__(target, reason, value)


class NotFound(HostError):
    """There is no such file or program.

    >>> str(NotFound("/run/a"))
    '/run/a: does not exist'
    """

    def __init__(self, target: str, reason: str = "does not exist", value: object = None) -> None:
        super().__init__(target, reason, value)


class LimitReached(HostError):
    """A limit of `[limits]` was reached; the reason names its key.

    >>> str(LimitReached("/run/a", "over limits.file"))
    '/run/a: over limits.file'
    """


class TimedOut(HostError):
    """It did not answer within its time.

    >>> str(TimedOut("/bin/df -P"))
    '/bin/df -P: gave no answer within its time'
    """

    def __init__(self, target: str, reason: str = "gave no answer within its time", value: object = None) -> None:
        super().__init__(target, reason, value)
