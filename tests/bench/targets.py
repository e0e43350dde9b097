"""What is promised, and whether one run of the benchmark kept it. Pure: from results to lines."""

from dataclasses import dataclass

from samples import quartiles, median


@dataclass(frozen=True)
class Target:
    name: str
    bound: str
    measured: str
    met: bool


MIB = 1 << 20


def judge(results: dict) -> list[Target]:
    few = results["few"]
    one, run, check, bare = "one_check", "roundsman run, 4 at a time", "roundsman check", "bare, one by one"
    footprint = results["footprint"]
    worker, crowd = footprint["command"].get("worker", {}).get("peak", 0), footprint["round_of_many"]["peak"]
    return [
        at_most("cold check ÷ `check_load`", 0.92, ratios(results[one], check, "check_load")),
        at_most("cold check ÷ zipapp", 0.15, ratios(results[one], check, "zipapp")),
        at_most("cold check ÷ `/bin/true`", 5.0, ratios(results[one], check, "/bin/true")),
        at_most(f"{few['checks']} checks ÷ as many `check_load`, one by one", 0.45, ratios(few, run, "check_load, one by one")),
        at_most(f"{few['checks']} checks ÷ as many zipapps, one by one", 0.06, ratios(few, run, "zipapp, one by one")),
        each_of(*results["growth"]["rows"][-2:]),
        each_of(*results["crowd"]["rows"]),
        above_bare("cold `command` check above the bare command", 3.5, results["command"], check, "bare"),
        above_bare("cold `plugin` check above the bare plugin", 3.5, results["plugin"], check, "bare"),
        *(
            above_bare(f"each of {results[key]['checks']} `{name}` checks above its bare start", most, results[key], run, bare)
            for key, name, most in (("commands", "command", 1.7), ("plugins", "plugin", 2))
        ),
        at_most("processes: check ÷ `check_procs`", 0.42, ratios(results["processes"], check, "check_procs")),
        at_most("computation: component ÷ native", 2.0, ratios(results["compute"], check, "native")),
        at_most("Python: component ÷ `python3`", 0.5, ratios(results["python"], check, "python3")),
        memory(f"round process, {footprint['round_of_many']['checks']:,} checks", 16, crowd),
        memory_of_each("round process, each check of", 10, footprint["round_of_most"]),
        memory("worker of a check that ships", 12, worker),
    ]


def row(table: dict, name: str) -> dict:
    return next(row for row in table["rows"] if row["name"] == name)


def ratios(table: dict, ours: str, theirs: str) -> list[float]:
    """Of CPU, turn by turn: both were measured one after the other."""
    return [a / b for a, b in zip(row(table, ours)["cpu"], row(table, theirs)["cpu"])]


def at_most(name: str, bound: float, values: list[float]) -> Target:
    low, high = quartiles(values)
    middle = median(values)
    return Target(name, f"≤ {bound:g}", f"{middle:.2f} ({low:.2f}–{high:.2f})", middle <= bound)


def each_of(few: dict, many: dict) -> Target:
    """Of two rows, turn by turn."""
    values = [a / many["checks"] / (b / few["checks"]) for a, b in zip(many["cpu"], few["cpu"])]
    return at_most(f"each of {many['checks']:,} ÷ each of {few['checks']}", 1.15, values)


def above_bare(name: str, most: float, table: dict, ours: str, theirs: str) -> Target:
    """Of each start, in ms; beside it how many times the bare one that is."""
    count = table.get("checks", 1)
    more = [(a - b) * 1e3 / count for a, b in zip(row(table, ours)["cpu"], row(table, theirs)["cpu"])]
    times = ratios(table, ours, theirs)
    (low, high), (least, largest) = quartiles(more), quartiles(times)
    said = f"{median(more):.2f} ms ({low:.2f}–{high:.2f}), {median(times):.2f} times ({least:.2f}–{largest:.2f})"
    return Target(name, f"≤ {most:g} ms", said, median(more) <= most)


def memory(name: str, bound: int, peak: int) -> Target:
    return Target(name, f"< {bound} MiB", f"{peak / MIB:.1f} MiB", 0 < peak < bound * MIB)


def memory_of_each(name: str, bound: int, crowd: dict) -> Target:
    each = crowd["peak"] / crowd["checks"] / 1000
    return Target(f"{name} {crowd['checks']:,}", f"< {bound} KB", f"{each:.1f} KB", 0 < each < bound)
