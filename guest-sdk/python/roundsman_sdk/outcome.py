"""What a run reports."""

from __future__ import annotations

import dataclasses
import enum


class Status(enum.Enum):
    """As Icinga and Nagios define them."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


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


@dataclasses.dataclass
class Subcheck:
    """One of many things that a check looks at. `failure` says why this one could not be judged, while others could."""

    labels: dict[str, str]
    text: str
    status: Status = Status.OK
    failure: str | None = None


@dataclasses.dataclass
class Outcome:
    """Facts, and what the check itself judged; thresholds of the operator are the host's work."""

    summary: str
    status: Status = Status.OK
    details: list[str] = dataclasses.field(default_factory=list)
    subchecks: list[Subcheck] = dataclasses.field(default_factory=list)
    metrics: list[Metric] = dataclasses.field(default_factory=list)
