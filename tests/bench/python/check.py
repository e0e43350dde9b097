"""The check as a component, by componentize-py."""

import json

from componentize_py_types import Err
from meminfo import used_percent
from wit_world import exports
from wit_world.imports import files, types

NAME = "used_percent"

DESCRIPTOR = {
    "name": "memory",
    "version": "0.1.0",
    "summary": "memory in use",
    "metrics": [{"name": NAME, "help": "memory in use, of all", "unit": "percent"}],
    "needs": [{"capability": "files", "pattern": "/proc/meminfo", "reason": "the kernel tells memory here"}],
}


class Guest(exports.Guest):
    def describe(self) -> str:
        return json.dumps(DESCRIPTOR)

    def validate(self, config: str) -> str:
        return "{}"

    def run(self, config: str) -> types.Outcome:
        try:
            used = used_percent(files.read("/proc/meminfo").decode())
        except Err as error:
            raise Err(types.Failure("/proc/meminfo", types.Cause_Host(error.value), []))
        limits = (types.Range(0.0, 90.0, False), types.Range(0.0, 95.0, False))
        metric = types.Metric(
            NAME, used, types.Unit_Percent(), types.MetricKind.GAUGE, [], *limits, 0.0, 100.0, []
        )
        return types.Outcome(types.Status.OK, f"{used:.1f}% of memory used", [], [], [metric], [])
