"""The check `processes` as it ships, which reads a file of each process."""

from built import PLUGINS, Built
from host import Host
from process import Failed, Sleepers, run
from samples import Entrant, take
from scale import Scale

DROP_IN = """\
[check.processes]
wasm  = "processes.wasm"
every = "1m"
[check.processes.grant]
files = ["/proc/[0-9]*/stat"]
"""


def measure(built: Built, scale: Scale) -> dict:
    with Host(built.program) as host, Sleepers(scale.sleepers) as kept:
        host.component(built.checks / "processes.wasm")
        host.drop_in("processes", DROP_IN)
        (report,) = host.settled()
        seen = int(report["summary"].split()[0])
        if seen < scale.sleepers:
            raise Failed(f"of {scale.sleepers} processes that sleep, {report['summary']} are seen")
        plugin = [str(PLUGINS / "check_procs"), "-w", "100000", "-c", "100000"]
        entrants = [
            Entrant("native", lambda: run(built.native("processes"), kept=kept)),
            Entrant("roundsman check", lambda: run(host.check("processes"), kept=kept)),
            Entrant("check_procs", lambda: run(plugin, kept=kept)),
        ]
        return take(f"`/proc/[0-9]*/stat` of {seen} processes", entrants, scale.middle)
