"""One check of one file, started cold, as a monitoring daemon starts a plugin."""

from built import HERE, PLUGINS, Built
from host import Host
from process import run
from samples import Entrant, take
from scale import Scale

DROP_IN = """\
[check.memory]
wasm  = "memory.wasm"
every = "1m"
[check.memory.grant]
files = ["/proc/meminfo"]
"""


def measure(built: Built, scale: Scale) -> dict:
    with Host(built.program) as host:
        host.component(built.checks / "memory.wasm")
        host.drop_in("memory", DROP_IN)
        host.settled()
        log = {"PYZ": built.zipapp()[1], "LOG_FILE": str(host.dir / "zipapp.log")}
        swap = [str(PLUGINS / "check_swap"), "-w", "2%", "-c", "1%", "-n", "ok"]
        entrants = [
            Entrant("/bin/true", lambda: run(["/bin/true"])),
            Entrant("native", lambda: run(built.native("memory"))),
            Entrant("roundsman check", lambda: run(host.check("memory"))),
            Entrant("roundsman run", lambda: run(host.round())),
            Entrant("check_load", lambda: run(check_load())),
            Entrant("check_swap", lambda: run(swap)),
            Entrant("shell script", lambda: run(["/bin/sh", str(HERE / "peers/memory.sh")])),
            Entrant("zipapp", lambda: run(built.zipapp("meminfo"))),
            Entrant("zipapp, run.sh", lambda: run(["/bin/bash", str(HERE / "peers/zipapp.sh"), "meminfo"], env=log)),
        ]
        return take("One check of one file, cold", entrants, scale.short)


def check_load() -> list[str]:
    return [str(PLUGINS / "check_load"), "-w", "1000,1000,1000", "-c", "1000,1000,1000"]
