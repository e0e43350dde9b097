"""How much is measured: everything for BENCHMARKS.md, or a little to see that all of it works (FAST=1)."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Samples of what takes milliseconds, tenths of a second, and seconds; the sizes of a batch; sleeping processes."""

    short: int
    middle: int
    long: int
    least: int
    few: int
    many: int
    most: int
    sleepers: int


WHOLE = Scale(short=60, middle=15, long=3, least=10, few=100, many=1000, most=10000, sleepers=500)
FAST = Scale(short=3, middle=2, long=1, least=2, few=4, many=8, most=40, sleepers=20)


def chosen() -> Scale:
    return FAST if os.environ.get("FAST") else WHOLE
