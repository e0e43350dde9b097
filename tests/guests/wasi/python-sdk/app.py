"""Every call of the SDK for Python, one for each word of its option `do`."""

import dataclasses
import json

from roundsman_sdk import CheckError, Need, Outcome, Status, check, commands, files, log, parse, state


@dataclasses.dataclass
class Options:
    """What the check does, and to what."""

    do: list[str]
    path: str = "/"
    worst: Status = Status.OK


def seen(it: files.Metadata) -> list[object]:
    return [it.kind.value, it.size, it.modified, it.owner, it.mode, it.link_target]


def kept(_: str) -> object:
    before = state.get("count")
    state.put("other", b"x")
    state.remove("other")
    state.remove("never there")
    count = 0 if before is None else parse.integer(before.decode())
    state.put("count", str(count + 1).encode())
    return [count, state.get("other") is None]


def logged(_: str) -> object:
    for write in (log.debug, log.info, log.warning, log.error):
        write(write.__name__)
    return None


ACTS = {
    "read": lambda path: files.read_text(path),
    "read at": lambda path: files.read_at(path, 2, 3).data.decode(),
    "read glob": lambda path: [[it.path, str(it.content)] for it in files.read_glob(path)],
    "stat": lambda path: seen(files.stat(path)),
    "stat glob": lambda path: [[it.path, seen(it.metadata())] for it in files.stat_glob(path)],
    "usage": lambda path: dataclasses.asdict(files.usage(path)),
    "usages": lambda path: [[it.path, isinstance(it.answer, files.Space)] for it in files.usages([path, "/no/mount"])],
    "mounts": lambda _: [[it.path, it.filesystem] for it in files.mounts()],
    "granted": lambda _: [dataclasses.asdict(files.granted()), [dataclasses.asdict(it) for it in commands.granted()]],
    "run": lambda path: commands.run([path]),
    "run by id": lambda path: commands.run(commands.by_id("named", "path")),
    "state": kept,
    "log": logged,
    "divide": lambda _: 1 // 0,
}


@check(
    name="calls",
    version="0.1.0",
    summary="calls of the SDK",
    options=Options,
    option_needs=lambda options: [Need.metadata(options.path, "it is looked at")],
)
def run(options: Options) -> Outcome:
    outcome = Outcome("calls", status=options.worst)
    for act in options.do:
        with outcome.part("act", act) as part:
            part.text = json.dumps(ACTS[act](options.path))
    if not outcome.subchecks:
        raise CheckError("nothing was asked for")
    return outcome


Guest = run.guest()
