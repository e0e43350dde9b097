"""One check that runs a command or a plugin, against the same command run in other ways."""

from built import Built
from host import Host
from process import run
from samples import Entrant, take
from scale import Scale
from tables.commands import CHECK_LOAD, DROP_IN as NUMBERED, toml

CAT = ["/bin/cat", "/proc/meminfo"]
DROP_IN = """\
[check.meminfo]
wasm  = "command.wasm"
every = "1m"
[[check.meminfo.grant.command]]
argv = ["/bin/cat", "/proc/meminfo"]
"""


def measure(built: Built, scale: Scale) -> dict:
    with Host(built.program) as host:
        host.component(built.checks / "command.wasm")
        host.drop_in("command", DROP_IN)
        host.settled()
        entrants = [
            Entrant("bare", lambda: run(CAT)),
            Entrant("sh -c", lambda: run(["/bin/sh", "-c", 'text=$(/bin/cat /proc/meminfo) && echo "OK: $text"'])),
            Entrant("roundsman check", lambda: run(host.check("meminfo"))),
            Entrant("zipapp", lambda: run(built.zipapp("cat", "/proc/meminfo"))),
        ]
        return take("One check that runs `/bin/cat /proc/meminfo`", entrants, scale.short)


def plugin(built: Built, scale: Scale) -> dict:
    with Host(built.program) as host:
        host.component(built.checks / "plugin.wasm")
        host.drop_in("plugin", NUMBERED.format(check="plugin", number=0, argv=toml(CHECK_LOAD)))
        host.settled()
        entrants = [
            Entrant("bare", lambda: run(CHECK_LOAD)),
            Entrant("roundsman check", lambda: run(host.check("plugin-0"))),
        ]
        return take(f"One check `plugin` of `{CHECK_LOAD[0]}`", entrants, scale.short)
