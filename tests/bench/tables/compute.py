"""Computation in a component, against the same source native."""

from built import Built
from host import Host
from process import Failed, output_of, run
from samples import Entrant, take
from scale import Scale

DROP_IN = """\
[check.compute]
wasm  = "compute.wasm"
every = "1m"
[check.compute.limits]
fuel    = 100_000_000_000
timeout = "50s"
"""


def measure(built: Built, scale: Scale) -> dict:
    with Host(built.program) as host:
        host.component(built.guest("compute"))
        host.drop_in("compute", DROP_IN)
        (report,) = host.settled()
        native = output_of(built.native("compute")).strip()
        if f"OK: {report['summary']}" != native:
            raise Failed(f"the component computes {report}, the native program {native}")
        entrants = [
            Entrant("native", lambda: run(built.native("compute"))),
            Entrant("roundsman check", lambda: run(host.check("compute"))),
        ]
        return take("A table of 10 MB of text, parsed", entrants, scale.middle) | {"fuel": report["fuel_used"]}
