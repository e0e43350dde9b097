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
    """As Icinga and Nagios define them."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"

    def worse(self, other: Status) -> Status:
        """Returns the one that an operator must see first: CRITICAL, then WARNING, UNKNOWN, OK."""
        order = [Status.OK, Status.UNKNOWN, Status.WARNING, Status.CRITICAL]
        return max(self, other, key=order.index)


@dataclasses.dataclass
class Metric:
    """One measured number, made by a `Measure`."""

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
    """One of many things that a check looks at. `failure` says why this one could not be judged, while others could."""

    labels: dict[str, str]
    text: str
    status: Status = Status.OK
    failure: CheckError | None = None


@dataclasses.dataclass
class Part:
    """What is known of one thing while it is looked at; see `Outcome.part`."""

    label: str
    value: str
    text: str = ""
    status: Status = Status.OK
    metrics: list[Metric] = dataclasses.field(default_factory=list)
    is_left_out: bool = False

    def leave_out(self) -> None:
        """Reports nothing of it: it is no thing of this kind, or none any more."""
        self.is_left_out = True

    def judged(self, status: Status) -> None:
        """Judges it: the worse of what it was and `status`."""
        self.status = self.status.worse(status)

    def measured(self, measure: Measure, value: float | None, **labels: str) -> None:
        """Reports a number of it, with the label of the part; `None` is a number that this thing does not have."""
        if value is not None:
            self.metrics.append(measure.value(value, **{self.label: self.value, **labels}))


@dataclasses.dataclass
class Outcome:
    """Facts, and what the check itself judged; thresholds of the operator are the host's work."""

    summary: str
    status: Status = Status.OK
    details: list[str] = dataclasses.field(default_factory=list)
    subchecks: list[Subcheck] = dataclasses.field(default_factory=list)
    metrics: list[Metric] = dataclasses.field(default_factory=list)

    @contextlib.contextmanager
    def part(self, label: str, value: str) -> Iterator[Part]:
        """Looks at one of many things. An error of the host or of parsing in the block makes this thing UNKNOWN, with that
        error, and hides no other.

            with outcome.part("disk", "sda") as part:
                part.text = "42 degrees"
                part.measured(TEMPERATURE, 42)
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
