"""Many checks that run a command each, in one round, against as many starts of the bare command."""

from built import PLUGINS, Built
from host import Host
from process import Failed, run, run_many
from samples import Entrant, take
from scale import Scale

CAT = ["/bin/cat", "/proc/meminfo"]
CHECK_LOAD = [str(PLUGINS / "check_load"), "-w", "1000,1000,1000", "-c", "1000,1000,1000"]
DROP_IN = """\
[check.{check}-{number}]
wasm  = "{check}.wasm"
every = "1m"
[[check.{check}-{number}.grant.command]]
argv = {argv}
"""


def command(built: Built, scale: Scale) -> dict:
    return measure(built, scale, "command", CAT)


def plugin(built: Built, scale: Scale) -> dict:
    return measure(built, scale, "plugin", CHECK_LOAD)


def measure(built: Built, scale: Scale, check: str, argv: list[str]) -> dict:
    count = scale.few
    with Host(built.program) as host:
        host.component(built.checks / f"{check}.wasm")
        drop_ins = [DROP_IN.format(check=check, number=number, argv=toml(argv)) for number in range(count)]
        host.drop_in("commands", "".join(drop_ins))
        if len(reports := host.settled()) != count:
            raise Failed(f"{len(reports)} of {count} checks report")
        entrants = [
            Entrant("roundsman run, 4 at a time", lambda: run(host.round())),
            Entrant("bare, one by one", lambda: run_many([argv] * count, 1)),
        ]
        title = f"{count:,} checks `{check}` of `{' '.join(argv[:2])}`, all of them"
        return take(title, entrants, scale.middle) | {"checks": count}


def toml(words: list[str]) -> str:
    return "[" + ", ".join(f'"{word}"' for word in words) + "]"
