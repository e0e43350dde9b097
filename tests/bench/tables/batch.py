"""Many distinct components in one round, against as many starts of a plugin."""

from contextlib import ExitStack

from built import Built
from host import Host
from process import Failed, run, run_many
from samples import Entrant, take
from scale import Scale
from tables.one_check import check_load

DROP_IN = """\
[check.memory-{number}]
wasm  = "memory-{number}.wasm"
every = "1m"
[check.memory-{number}.grant]
files = ["/proc/meminfo"]
"""
PARALLEL = 4
PER_FILE = 5_000


def measure(built: Built, scale: Scale, count: int, times: int) -> dict:
    with Host(built.program, PARALLEL) as host:
        fill(host, (built.checks / "memory.wasm").read_bytes(), count)
        load, zipapp = [check_load()] * count, [built.zipapp("meminfo")] * count
        entrants = [
            Entrant(f"roundsman run, {PARALLEL} at a time", lambda: run(host.round())),
            Entrant("check_load, one by one", lambda: run_many(load, 1)),
            Entrant(f"check_load, {PARALLEL} at a time", lambda: run_many(load, PARALLEL)),
            Entrant("zipapp, one by one", lambda: run_many(zipapp, 1)),
            Entrant(f"zipapp, {PARALLEL} at a time", lambda: run_many(zipapp, PARALLEL)),
        ]
        return take(f"{count:,} distinct checks of a file, all of them", entrants, times) | {"checks": count}


def growth(built: Built, scale: Scale) -> dict:
    """Rounds of few and of many checks, in turns: what each costs in either."""
    component = (built.checks / "memory.wasm").read_bytes()
    counts = (scale.least, scale.few, scale.many)
    with ExitStack() as stack:
        entrants = []
        for count in counts:
            host = stack.enter_context(Host(built.program, PARALLEL))
            fill(host, component, count)
            entrants.append(Entrant(f"roundsman run of {count:,}", lambda host=host: run(host.round())))
        table = take("Rounds of few and of many checks, in turns", entrants, scale.middle)
    for row, checks in zip(table["rows"], counts):
        row["checks"] = checks
    return table


def crowd(built: Built, scale: Scale) -> dict:
    """Very many checks in turns with few, of the same components: what each costs in either."""
    component = (built.checks / "memory.wasm").read_bytes()
    counts = (scale.few, scale.most)
    with ExitStack() as stack:
        entrants = []
        for count in counts:
            host = stack.enter_context(Host(built.program, PARALLEL))
            share(host, component, scale.few, count)
            entrants.append(Entrant(f"roundsman run of {count:,}", lambda host=host: run(host.round())))
        title = f"Rounds of {scale.few} and of {scale.most:,} checks, of {scale.few} components, in turns"
        table = take(title, entrants, scale.long * 2)
    for row, checks in zip(table["rows"], counts):
        row["checks"] = checks
    return table


def share(host: Host, component: bytes, components: int, count: int) -> None:
    """So many checks of fewer distinct components, compiled; many in a file, as a generator writes them."""
    fill(host, component, components)
    drop_in = DROP_IN.replace("memory-{number}.wasm", "memory-{component}.wasm")
    # A configuration file has 1 MiB at most.
    for first in range(components, count, PER_FILE):
        numbers = range(first, min(first + PER_FILE, count))
        more = (drop_in.format(number=number, component=number % components) for number in numbers)
        host.drop_in(f"more-{first}", "".join(more))
    if len(reports := host.settled()) != count:
        raise Failed(f"{len(reports)} of {count} checks report")


def fill(host: Host, component: bytes, count: int) -> None:
    """So many distinct components, compiled: copies with a custom section that holds their number."""
    for number in range(count):
        (host.dir / "checks" / f"memory-{number}.wasm").write_bytes(component + custom_section(f"{number:06}".encode()))
    host.drop_in("batch", "".join(DROP_IN.format(number=number) for number in range(count)))
    host.compile()
    if len(reports := host.settled()) != count:
        raise Failed(f"{len(reports)} of {count} checks report")


def custom_section(data: bytes) -> bytes:
    """WebAssembly's section 0: its size, the length of its name, its name, data. Lengths are below 128: one byte each."""
    name = b"number"
    return bytes([0, 1 + len(name) + len(data), len(name)]) + name + data
