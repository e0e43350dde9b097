"""A check in Python with what its programmers use: what its option `do` says."""

import datetime
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import uuid

from wit_world import exports
from wit_world.imports import types

DESCRIPTOR = {
    "name": "speaks",
    "version": "0.1.0",
    "summary": "a test",
    "options": [{"key": "do", "type": "text", "help": "what it does"}],
}


def fetched() -> str:
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    opened.connect(("127.0.0.1", 9))
    return "connected"


def attempts() -> str:
    """Tries each way out, and lists what was no error."""
    ways = {
        "listen": lambda: socket.create_server(("127.0.0.1", 0)),
        "send": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9)),
        "name": lambda: socket.getaddrinfo("localhost", 80),
        "http": lambda: urllib.request.urlopen("http://127.0.0.1:9/"),
        "thread": lambda: threading.Thread(target=print).start(),
        "program": lambda: subprocess.run(["/bin/true"]),
        "fork": lambda: os.fork(),
        "write": lambda: open("/tmp/written", "w"),
        "list": lambda: os.listdir("/"),
    }
    done, said = [], []
    for name, way in ways.items():
        try:
            way()
            done.append(name)
        except Exception as error:
            said.append(f"{name}: {type(error).__name__}")
    return f"{done} {' '.join(said)}"


def printed() -> str:
    print("to standard output")
    print("to standard error", file=sys.stderr)
    return "printed"


def opened() -> str:
    with open("/etc/hostname") as file:
        return file.read()


def raised() -> str:
    return str(int("no number"))


def exited() -> str:
    sys.exit("giving up")


def slept(seconds: float) -> str:
    started = time.monotonic()
    time.sleep(seconds)
    return f"slept {time.monotonic() - started:.2f}"


def flooded() -> str:
    for number in range(100_000):
        print("line", number)
    return "flooded"


ACTS = {
    "print": printed,
    "raise": raised,
    "time": lambda: str(datetime.datetime.now(datetime.timezone.utc).timestamp()),
    "uuid": lambda: str(uuid.uuid4()),
    "random": lambda: str(random.SystemRandom().random()),
    "much random": lambda: str(len(os.urandom(1 << 20))),
    "open": opened,
    "exit": exited,
    "environment": lambda: f"{dict(os.environ)} {sys.argv}",
    "sleep": lambda: slept(0.05),
    "sleep forever": lambda: slept(1e6),
    "socket": fetched,
    "attempts": attempts,
    "flood": flooded,
    "nothing": lambda: "nothing",
}


class Guest(exports.Guest):
    def describe(self) -> str:
        # What it sees of the host meanwhile, for whoever inspects it.
        return json.dumps(DESCRIPTOR | {"summary": f"clock {time.time_ns()}, file {os.path.exists('/etc/hostname')}"})

    def validate(self, config: str) -> str:
        return "{}"

    def run(self, config: str) -> types.Outcome:
        return types.Outcome(types.Status.OK, ACTS[json.loads(config)["do"]](), [], [], [], [])
