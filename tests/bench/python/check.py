"""The check as a component, by componentize-py."""

import wit_world
from componentize_py_types import Err
from meminfo import used_percent
from wit_world.imports import files, types

UNIT = types.Unit_Percent()
NAME = "used_percent"


class WitWorld(wit_world.WitWorld):
    def describe(self) -> types.Descriptor:
        metric = types.MetricInfo(NAME, "memory in use, of all", UNIT, types.MetricKind.GAUGE, [], None, None)
        need = types.Need(types.Access_Files("/proc/meminfo"), "the kernel tells memory here")
        return types.Descriptor("memory", "0.1.0", "memory in use", [], [metric], False, [need], [])

    def validate(self, config: str) -> list[types.Need]:
        return []

    def run(self, config: str) -> types.Outcome:
        try:
            used = used_percent(files.read("/proc/meminfo").decode())
        except Err as error:
            raise Err(types.Failure("/proc/meminfo", types.Cause_Host(error.value)))
        limits = (types.Range(0.0, 90.0, False), types.Range(0.0, 95.0, False))
        metric = types.Metric(NAME, used, UNIT, types.MetricKind.GAUGE, [], *limits, 0.0, 100.0, [])
        return types.Outcome(types.Status.OK, f"{used:.1f}% of memory used", [], [], [metric], [])
