"""A check in Python with what its programmers use: what its option `do` says."""

import datetime
import json
import os
import random
import socket
import sys
import time
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
    "flood": flooded,
    "nothing": lambda: "nothing",
}


class Guest(exports.Guest):
    def describe(self) -> str:
        return json.dumps(DESCRIPTOR)

    def validate(self, config: str) -> str:
        return "{}"

    def run(self, config: str) -> types.Outcome:
        return types.Outcome(types.Status.OK, ACTS[json.loads(config)["do"]](), [], [], [], [])
