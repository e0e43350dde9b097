"""Samples of several programs, taken in turns so that what disturbs the machine disturbs all of them alike."""

import statistics
import sys
from dataclasses import asdict, dataclass, field
from typing import Callable

from process import Cost


@dataclass
class Entrant:
    """One program of a table: how it is called there, and one start of it."""

    name: str
    start: Callable[[], Cost]


@dataclass
class Row:
    """What its starts cost, in seconds, turn by turn."""

    name: str
    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)


def take(title: str, entrants: list[Entrant], times: int) -> dict:
    """`times` samples of each in turns, after one start of each that is not counted."""
    print(f"{title}: {times} × {', '.join(entrant.name for entrant in entrants)}", file=sys.stderr)
    for entrant in entrants:
        entrant.start()
    rows = [Row(entrant.name) for entrant in entrants]
    for turn in range(times):
        # Each turn begins with another, so that none always follows the same.
        for at in range(len(entrants)):
            at = (at + turn) % len(entrants)
            cost = entrants[at].start()
            rows[at].cpu.append(cost.cpu)
            rows[at].wall.append(cost.wall)
    return {"title": title, "times": times, "rows": [asdict(row) for row in rows]}


def median(values: list[float]) -> float:
    return statistics.median(values)


def quartiles(values: list[float]) -> tuple[float, float]:
    if len(values) < 4:
        return min(values), max(values)
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, high
