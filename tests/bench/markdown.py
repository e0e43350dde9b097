"""The tables of BENCHMARKS.md, between the two markers; what stands around them is written by hand. Pure but `write`."""

from pathlib import Path

import targets as promised
from samples import median, quartiles

BEGIN = "<!-- measured: written by `make bench` -->\n"
END = "<!-- end of what was measured -->\n"
MIB = 1 << 20


def write(results: dict, template: Path, into: Path) -> None:
    before, _, rest = template.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    into.write_text(before + BEGIN + "\n" + measured(results) + "\n" + END + after)


def measured(results: dict) -> str:
    parts = [facts(results["machine"]), targets(results)]
    for key in ("one_check", "few", "many", "growth", "crowd", "command", "commands", "plugin", "plugins", "processes", "compute", "python"):
        parts.append(f"### {results[key]['title']}\n\n{starts(results[key])}")
    return "\n".join([*parts, footprint(results["footprint"])])


def facts(machine: dict) -> str:
    return table(["", ""], [[key, value] for key, value in machine.items()])


def targets(results: dict) -> str:
    rows = [[it.name, it.bound, it.measured, "met" if it.met else "**missed**"] for it in promised.judge(results)]
    return table(["CPU time of whole process trees", "target", "measured", ""], rows)


def starts(measured: dict) -> str:
    ours = median(next(row for row in measured["rows"] if row["name"].startswith("roundsman"))["cpu"])
    # Of each row, or of all.
    counts = [row.get("checks", measured.get("checks")) for row in measured["rows"]]
    heading = ["", "CPU, ms", "quartiles", "÷ ours", "wall, ms"]
    rows = []
    for row, checks in zip(measured["rows"], counts):
        cpu, (low, high) = median(row["cpu"]), quartiles(row["cpu"])
        cells = [row["name"], ms(cpu), f"{ms(low)}–{ms(high)}", f"{cpu / ours:.2f}", ms(median(row["wall"]))]
        rows.append(cells + ([ms(cpu / checks)] if checks else []))
    text = table(heading + (["CPU of each, ms"] if all(counts) else []), rows)
    return text + f"\nMedians of {measured['times']} starts of each.\n"


def footprint(footprint: dict) -> str:
    both = [
        (f"{kind} ({check})", of) for check in ("sleeps", "command") for kind, of in sorted(footprint[check].items())
    ]
    rows = [[kind, f"{of['peak'] / MIB:.1f}", f"{of['own'] / MIB:.1f}"] for kind, of in both]
    rows.extend([f"{kind} (Python)", f"{peak / MIB:.1f}", ""] for kind, peak in footprint["python"].items())
    for many in (footprint["round_of_many"], footprint["round_of_most"]):
        rows.append([f"round of {many['checks']:,} checks", f"{many['peak'] / MIB:.1f}", ""])
    rows.extend([f"largest of {peer}", f"{peak / MIB:.1f}", ""] for peer, peak in footprint["peers"].items())
    memory = table(["process", "peak of resident memory, MiB", "of it shared with no other, MiB"], rows)

    rounds = footprint["first_rounds"]
    of = lambda key: median([it[key] for it in rounds])
    first = table(
        ["a round of what `dist/conf.d` has", "CPU, ms", "wall, ms"],
        [["empty cache", ms(of("cpu")), ms(of("wall"))], ["the next", ms(of("second_cpu")), ms(of("second_wall"))]],
    )

    files, cached = footprint["sizes"]["files"], footprint["sizes"]["cached"]
    kb = lambda size: f"{size / 1000:,.0f}" if size else ""
    sizes = table(
        ["file", "size, KB", "in the cache, KB"], [[name, kb(size), kb(cached.get(name))] for name, size in files.items()]
    )
    return "\n".join(
        ["### Memory of each process\n", memory, "### First round\n", first, "### Sizes on disk\n", sizes]
    )


def ms(seconds: float) -> str:
    """Milliseconds in three digits."""
    value = seconds * 1e3
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(heading: list[str], rows: list[list[str]]) -> str:
    """The first column is text, the others are numbers."""
    align = ["---", *("--:" for _ in heading[1:])]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in [heading, align, *rows])
