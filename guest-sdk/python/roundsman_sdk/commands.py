"""Commands that the operator granted."""

from __future__ import annotations

from collections.abc import Sequence

from . import host
from .errors import CheckError
from .host import Completed


def run(argv: Sequence[str], *, given: bytes | None = None, codes: Sequence[int] = (0,)) -> str:
    """Runs a command, without a shell, and returns its standard output. Another exit code than `codes` is an error that
    tells the last line of standard error."""
    ended = complete(argv, given=given)
    shown = " ".join(argv)
    if ended.signal is not None:
        raise CheckError(f"{shown}: ended by signal {ended.signal}")
    if ended.code not in codes:
        said = ended.error.decode(errors="replace").strip().splitlines()
        why = f": {said[-1]}" if said else ""
        raise CheckError(f"{shown}: exit code {ended.code}{why}")
    try:
        return ended.output.decode()
    except UnicodeDecodeError as error:
        raise CheckError(f"{shown}: byte {error.start} of its output is no UTF-8") from None


def complete(argv: Sequence[str], *, given: bytes | None = None) -> Completed:
    """Runs a command and returns how it ended, whatever that was."""
    return host.current().run(list(argv), given)
