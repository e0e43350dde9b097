"""What a run reports."""

from __future__ import annotations

import contextlib
import dataclasses
import enum
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .errors import CheckError

if TYPE_CHECKING:
    from .descriptor import Measure


class Status(enum.Enum):
    """States as Icinga and Nagios define them.

    >>> Status("warning")
    <Status.WARNING: 'warning'>
    """

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"

    def worse(self, other: Status) -> Status:
        """Returns the one that an operator must see first: CRITICAL, then WARNING, UNKNOWN, OK.

        >>> Status.UNKNOWN.worse(Status.WARNING).name
        'WARNING'
        """
        order = [Status.OK, Status.UNKNOWN, Status.WARNING, Status.CRITICAL]
        return max(self, other, key=order.index)


@dataclasses.dataclass
class Metric:
    """One measured number in its base unit, made by `Measure.value`.

    >>> Metric("jobs", 3.0, "number", "gauge", {}).value
    3.0
    """

    name: str
    value: float
    unit: str
    kind: str
    labels: dict[str, str]
    warning: tuple[float, float] | None = None
    critical: tuple[float, float] | None = None
    #: The smallest and the largest value possible.
    between: tuple[float, float] | None = None


@dataclasses.dataclass
class Subcheck:
    """One of many things that a check looks at; `Outcome.part` makes it. `failure` says why this one could not be judged, while
    others could.

    >>> Subcheck({"disk": "sda"}, "42 degrees").status.name
    'OK'
    """

    labels: dict[str, str]
    text: str
    status: Status = Status.OK
    failure: CheckError | None = None


@dataclasses.dataclass
class Part:
    """What is known of one thing while it is looked at: `text` has its facts in one line. See `Outcome.part`.

    >>> Part("disk", "sda", "42 degrees").text
    '42 degrees'
    """

    label: str
    value: str
    text: str = ""
    status: Status = Status.OK
    metrics: list[Metric] = dataclasses.field(default_factory=list)
    is_left_out: bool = False

    def leave_out(self) -> None:
        """Reports nothing of it: it is no thing of this kind, or none any more.

        >>> outcome = Outcome("0 disks")
        >>> with outcome.part("disk", "sr0") as part:
        ...     part.leave_out()
        >>> outcome.subchecks
        []
        """
        self.is_left_out = True

    def judged(self, status: Status) -> None:
        """Judges it: the worse of what it was and `status`.

        >>> part = Part("disk", "sda")
        >>> part.judged(Status.CRITICAL)
        >>> part.judged(Status.WARNING)
        >>> part.status.name
        'CRITICAL'
        """
        self.status = self.status.worse(status)

    def measured(self, measure: Measure, value: float | None, **labels: str) -> None:
        """Reports a number of it, with the label of the part; `None` is a number that this thing does not have.

        >>> from roundsman_sdk import Measure
        >>> part = Part("disk", "sda")
        >>> part.measured(Measure("temperature", "of the disk", unit="celsius", labels=("disk",)), 42)
        >>> part.metrics[0].labels
        {'disk': 'sda'}
        """
        if value is not None:
            self.metrics.append(measure.value(value, **{self.label: self.value, **labels}))


@dataclasses.dataclass
class Outcome:
    """Facts, and what the check itself judged; thresholds of the operator are the host's work. `summary` is one line and no verdict:
    `3 of 4 ports online`, never `OK`.

    >>> Outcome("3 of 4 ports online", status=Status.WARNING, details=["port 2 is down"]).status.value
    'warning'
    """

    summary: str
    status: Status = Status.OK
    details: list[str] = dataclasses.field(default_factory=list)
    subchecks: list[Subcheck] = dataclasses.field(default_factory=list)
    metrics: list[Metric] = dataclasses.field(default_factory=list)

    @contextlib.contextmanager
    def part(self, label: str, value: str) -> Iterator[Part]:
        """Looks at one of many things. An error of the host or of parsing in the block makes this thing UNKNOWN, with that
        error, and hides no other.

        >>> from roundsman_sdk import parse
        >>> outcome = Outcome("2 disks")
        >>> for disk, degrees in [("sda", "42"), ("sdb", "n/a")]:
        ...     with outcome.part("disk", disk) as part:
        ...         part.text = f"{parse.integer(degrees)} degrees"
        >>> [(subcheck.status.name, subcheck.text) for subcheck in outcome.subchecks]
        [('OK', '42 degrees'), ('UNKNOWN', '"n/a" is not a whole number')]
        """
        part = Part(label, value)
        try:
            yield part
        except CheckError as error:
            self.subchecks.append(Subcheck({label: value}, str(error), Status.UNKNOWN, error))
            return
        if not part.is_left_out:
            self.subchecks.append(Subcheck({label: value}, part.text, part.status))
            self.metrics.extend(part.metrics)
