"""Sessions of each user, as `who` lists them."""

import collections
import dataclasses

from roundsman_sdk import Measure, Need, Outcome, check, commands, files, parse

WHO = ["/usr/bin/who"]
UPTIME = "/proc/uptime"

SESSIONS = Measure("sessions", "sessions of the user", labels=("user",))
UP = Measure("up", "since the host was started", unit="seconds")


@dataclasses.dataclass
class Options:
    """What an operator may set in `[check.NAME.config]`."""

    ignore: list[str] = dataclasses.field(default_factory=list, metadata={"help": "Users that are not counted."})


@check(
    name="sample_check",
    version="0.1.0",
    summary="sessions of each user",
    options=Options,
    measures=[SESSIONS, UP],
    needs=[Need.command(WHO, "lists the sessions"), Need.file(UPTIME, "when the host was started")],
)
def run(options: Options) -> Outcome:
    up = parse.decimal(parse.column(files.read_text(UPTIME), 0, UPTIME), UPTIME)
    lines = [line.split() for line in commands.run(WHO).splitlines()]
    users = collections.Counter(words[0] for words in lines if words and words[0] not in options.ignore)
    metrics = [SESSIONS.value(sessions, user=user) for user, sessions in users.items()]
    return Outcome(f"{len(users)} users are logged in", metrics=[*metrics, UP.value(up)])


# What the component exports.
Guest = run.guest()
