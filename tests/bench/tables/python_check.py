"""A check in Python as a component, against the same code under python3."""

from built import HERE, PYTHON, Built
from host import Host
from process import run
from samples import Entrant, take
from scale import Scale

DROP_IN = """\
[check.python]
wasm  = "python.wasm"
every = "1m"
[check.python.grant]
files = ["/proc/meminfo"]
"""


def measure(built: Built, scale: Scale) -> dict:
    with Host(built.program) as host:
        host.component(built.guest("python"))
        host.drop_in("python", DROP_IN)
        host.settled()
        entrants = [
            Entrant("roundsman check", lambda: run(host.check("python"))),
            Entrant("python3", lambda: run([PYTHON, str(HERE / "python/script.py")])),
            Entrant("python3 -S", lambda: run([PYTHON, "-S", str(HERE / "python/script.py")])),
        ]
        return take("A check in Python", entrants, scale.short)
