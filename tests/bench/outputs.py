#!/usr/bin/python3
"""Measures what outputs cost: a round of 100 checks with none, with files, with each kind of receiver, and 13 months of history.

    outputs.py DIRECTORY [TIMES]   DIRECTORY holds roundsman, roundsman-net and checks/, as `make dist` leaves them

Receivers are here, on threads of this process, and answer at once: what is counted is the round and all that it starts.
"""

import json
import random
import shutil
import socketserver
import statistics
import sys
import threading
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from pathlib import Path

from host import Host
from process import become_subreaper, output_of, run
from samples import Entrant, take

CHECKS = 100
TIMES = 20
DAYS = 396
CHECK = '[check.memory-{number}]\nwasm = "memory.wasm"\nevery = "1m"\ngrant.files = ["/proc/meminfo"]\n'


class Http(socketserver.StreamRequestHandler):
    """Takes every request of a connection."""

    def handle(self) -> None:
        while self.rfile.readline().strip():
            length = 0
            while line := self.rfile.readline().strip():
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            self.rfile.read(length)
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


class Trapper(socketserver.StreamRequestHandler):
    """Takes every value of a packet."""

    def handle(self) -> None:
        head = self.rfile.read(13)
        values = json.loads(self.rfile.read(int.from_bytes(head[5:9], "little")))["data"]
        info = f"processed: {len(values)}; failed: 0; total: {len(values)}; seconds spent: 0.000100"
        answer = json.dumps({"response": "success", "info": info}).encode()
        self.wfile.write(b"ZBXD\x01" + len(answer).to_bytes(4, "little") + bytes(4) + answer)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64


def listen(handler: type) -> int:
    server = Server(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def outputs(directory: str) -> dict[str, str]:
    """The keys of an output by what it is called in the table; `{dir}` is the host's directory."""
    http, trapper = f"http://127.0.0.1:{listen(Http)}", f"zabbix://127.0.0.1:{listen(Trapper)}"
    to_file = {
        "prometheus": 'path = "{dir}/etc/all.prom"',
        "checkmk": 'path = "{dir}/etc/300_roundsman"',
        "html": 'path = "{dir}/etc/index.html"',
    }
    to_url = {word: f'url = "{http}"' for word in ("webhook", "ping", "icinga", "alertmanager", "influx", "json", "otlp")}
    to_command = {
        "influx, by a command": 'command = {{ argv = ["/bin/cat"] }}',
        "mail": 'to = ["ops@example.com"]\ncommand = {{ argv = ["/bin/cat"] }}',
    }
    places = to_file | to_url | {"zabbix": f'url = "{trapper}"'} | to_command
    return {name: f'[output.one]\nformat = "{name.split(",")[0]}"\n{place}\n' for name, place in places.items()}


def host(stack: ExitStack, built: Path) -> Host:
    made = stack.enter_context(Host(built / "roundsman"))
    shutil.copy(built / "roundsman-net", made.dir / "roundsman-net")
    made.component(built / "checks/memory.wasm")
    return made


def rounds(built: Path, times: int) -> None:
    with ExitStack() as stack:
        entrants = []
        for name, output in ({"none": ""} | outputs("")).items():
            made = host(stack, built)
            made.drop_in("checks", "".join(CHECK.format(number=number) for number in range(CHECKS)))
            made.drop_in("output", output.format(dir=made.dir))
            made.settled()
            entrants.append(Entrant(name, lambda made=made: run(made.round())))
        table = take(f"A round of {CHECKS} checks, by its output", entrants, times)
    none = statistics.median(table["rows"][0]["cpu"])
    print("\n| output | CPU of the round | more than with none | until the last answer |\n|---|---|---|---|")
    for row in table["rows"]:
        cpu, wall = statistics.median(row["cpu"]), statistics.median(row["wall"])
        print(f"| {row['name']} | {cpu * 1e3:.0f} ms | {(cpu - none) * 1e3:+.1f} ms | {wall * 1e3:.0f} ms |")


def history(built: Path) -> None:
    """Changes of 13 months, each check one in three days, which a round then counts and shows."""
    print(f"\n| checks | changes in {DAYS} days | `changes` | `days` | the page |\n|---|---|---|---|---|")
    for count in (3, 30, 300):
        with ExitStack() as stack:
            made = host(stack, built)
            made.drop_in("checks", "".join(CHECK.format(number=number) for number in range(count)))
            made.drop_in("output", f'[output.page]\nformat = "html"\npath = "{made.dir}/etc/index.html"\n')
            state = made.dir / "state"
            state.mkdir(mode=0o700)
            changes = forged([f"memory-{number}" for number in range(count)])
            (state / "changes").write_text("".join(json.dumps(change) + "\n" for change in changes))
            for _ in range(2):
                output_of(made.round())
            sizes = [sum(file.stat().st_size for file in state.glob(name)) for name in ("changes*", "days")]
            sizes.append((made.dir / "etc/index.html").stat().st_size)
            print(f"| {count} | {len(changes)} | {' | '.join(f'{size / 1024:,.0f} KiB' for size in sizes)} |")


def forged(checks: list[str]) -> list[dict]:
    """Changes as a round writes them, the same each time but for their days."""
    numbers, now = random.Random(7), datetime.now(timezone.utc)
    at, status, changes = now - timedelta(days=DAYS), dict.fromkeys(checks), []
    while at < now - timedelta(hours=1):
        check = next((check for check in checks if status[check] is None), None)
        if check is None:
            check = numbers.choice(checks)
            at += timedelta(days=3) / len(checks) * numbers.random() * 2
        to = numbers.choice(["warning", "critical"]) if status[check] == "ok" else "ok"
        time = at.strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
        change = {"sequence": len(changes) + 1, "time": time, "event": "change", "check": check, "from": status[check]}
        summary = "91.3 % used, 1.4 GiB of 15.6 GiB available (warning 90, critical 95)"
        changes.append(change | {"to": to, "since": time, "summary": summary})
        status[check] = to
    return changes


if __name__ == "__main__":
    become_subreaper()
    rounds(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else TIMES)
    history(Path(sys.argv[1]))
