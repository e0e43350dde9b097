"""Programs that the operator granted. There is no shell, and no choice of environment, directory, user or time."""

from __future__ import annotations

from collections.abc import Sequence

from . import host
from .errors import CheckError, OptionError
from .granted import GrantedCommand
from .host import Completed

__all__ = ["Completed", "GrantedCommand", "by_id", "complete", "granted", "only_granted", "run"]

#: Characters of what a program said that are repeated in an error.
_SAID = 300


def run(argv: Sequence[str], *, given: bytes | None = None, codes: Sequence[int] = (0,)) -> str:
    """Runs a program to its end and returns its standard output, which must be UTF-8. `argv` is its absolute path or file
    name, then the arguments. `given` is what it reads, which must be granted (`stdin = "component"`).

    A signal, or another exit code than `codes`, is a `CheckError` with the first line that it wrote to standard error, or else
    to standard output. A program that is not granted, is not there, or takes too long is a `HostError`.

    >>> from roundsman_sdk.fake import FakeHost
    >>> with FakeHost() as host:
    ...     _ = host.command(["/bin/ls", "-lh"], "total 0").command(["/bin/false"], code=1)
    ...     run(["ls", "-lh"])
    'total 0'
    >>> with host:
    ...     run(["/bin/false"])
    Traceback (most recent call last):
    roundsman_sdk.errors.CheckError: /bin/false: exit code 1, and printed nothing
    """
    ended = complete(argv, given=given)
    shown = " ".join(argv)
    if ended.code not in codes:
        how = f"exit code {ended.code}" if ended.signal is None else f"signal {ended.signal}"
        raise CheckError(f"{shown}: {how}{_said(ended)}")
    try:
        return ended.output.decode()
    except UnicodeDecodeError as error:
        raise CheckError(f"standard output of {shown}: not UTF-8 text from byte {error.start} on") from None


def complete(argv: Sequence[str], *, given: bytes | None = None) -> Completed:
    """Runs a program as `run` does and returns how it ended, whatever that was.

    >>> from roundsman_sdk.fake import FakeHost
    >>> with FakeHost() as host:
    ...     _ = host.command(["/bin/false"], code=1)
    ...     complete(["/bin/false"]).code
    1
    """
    return host.current().run(list(argv), given)


def granted() -> list[GrantedCommand]:
    """Returns the granted commands in the operator's order.

    >>> from roundsman_sdk.fake import FakeHost
    >>> with FakeHost() as host:
    ...     _ = host.grant_command(["/bin/df", "-P"])
    ...     [command.argv for command in granted()]
    [['/bin/df', '-P']]
    """
    return host.current().granted_commands()


def by_id(name: str, option: str) -> list[str]:
    """Returns the argv of the granted command with this id, whose arguments the operator wrote out. `option` is where the
    operator gave the id; what is wrong is an `OptionError` of it.

    >>> from roundsman_sdk.fake import FakeHost
    >>> with FakeHost() as host:
    ...     _ = host.grant_command(["/bin/df", "-P"], id="disks")
    ...     by_id("disks", "id")
    ['/bin/df', '-P']
    """
    all_granted = granted()
    for command in all_granted:
        if command.id == name:
            return _literal(command, option)
    ids = [command.id for command in all_granted if command.id is not None]
    known = f"ids are {', '.join(ids)}" if ids else "none has an id"
    raise OptionError(option, f'no granted command has the id "{name}"; of {len(all_granted)} granted, {known}')


def only_granted(option: str) -> list[str]:
    """Returns the argv of the one command that the operator granted, so that it is written once. `option` is what would choose
    one of many; what is wrong is an `OptionError` of it, and no grant at all a `CheckError`.

    >>> from roundsman_sdk.fake import FakeHost
    >>> with FakeHost() as host:
    ...     _ = host.grant_command(["/bin/df", "-P"])
    ...     only_granted("id")
    ['/bin/df', '-P']
    """
    all_granted = granted()
    if not all_granted:
        raise CheckError(
            'no command is granted: write [[check.NAME.grant.command]] with argv = ["/usr/bin/PROGRAM", "ARGUMENT"]'
        )
    if len(all_granted) > 1:
        said = "; ".join(" ".join(command.argv) for command in all_granted)
        raise OptionError(option, f"{len(all_granted)} commands are granted ({said}): say which one")
    return _literal(all_granted[0], option)


def _literal(command: GrantedCommand, option: str) -> list[str]:
    if not command.literal:
        raise OptionError(option, f"{' '.join(command.argv)} has wildcards: give the whole argv")
    return list(command.argv)


def _said(ended: Completed) -> str:
    for data in (ended.error, ended.output):
        lines = (line.strip() for line in data.decode(errors="replace").splitlines())
        first = next((line for line in lines if line), None)
        if first is not None:
            return f": {first[:_SAID]}"
    return ", and printed nothing"
