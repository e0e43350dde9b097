#!/usr/bin/python3
"""Measures what ships against what operators run today: `make bench`.

    bench.py            builds, measures, writes BENCHMARKS.md and its charts; FAST=1: a little of each, into target/bench
    bench.py --render   writes them again from the last whole measurement
"""

import json
import sys

import chart
import machine
import markdown
from built import INTO, ROOT, Built, build
from process import become_subreaper
from scale import FAST, Scale, chosen
from tables import batch, command, commands, compute, footprint, one_check, processes, python_check


def measure(built: Built, scale: Scale) -> dict:
    return {
        "machine": machine.facts(),
        "one_check": one_check.measure(built, scale),
        "few": batch.measure(built, scale, scale.few, scale.middle),
        "many": batch.measure(built, scale, scale.many, scale.long),
        "growth": batch.growth(built, scale),
        "crowd": batch.crowd(built, scale),
        "command": command.measure(built, scale),
        "commands": commands.command(built, scale),
        "plugin": command.plugin(built, scale),
        "plugins": commands.plugin(built, scale),
        "processes": processes.measure(built, scale),
        "compute": compute.measure(built, scale),
        "python": python_check.measure(built, scale),
        "footprint": footprint.measure(built, scale),
    }


def main() -> None:
    scale = chosen()
    kept = INTO / ("fast.json" if scale is FAST else "results.json")
    if sys.argv[1:] != ["--render"]:
        become_subreaper()
        kept.write_text(json.dumps(measure(build(), scale), indent=1))
    results = json.loads(kept.read_text())
    into = INTO if scale is FAST else ROOT
    markdown.write(results, ROOT / "BENCHMARKS.md", into / "BENCHMARKS.md")
    chart.write(results, into / "docs")
    print(markdown.targets(results))


if __name__ == "__main__":
    main()
